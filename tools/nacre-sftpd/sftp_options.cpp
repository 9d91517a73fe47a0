// The options of what SFTP shows and allows.
#include "option_row.hpp"

#include <algorithm>
#include <array>

namespace nacre::sftpd {

namespace {

constexpr std::uint32_t kMaxListingEntries = 10'000;
constexpr std::size_t kMaxOmitted = 64;
constexpr std::size_t kMaxMountedFolders = 64;
constexpr std::uint32_t kMaxMode = 07777;

std::string set_newline(Options& options, const std::string& value) {
    static constexpr std::array<std::pair<std::string_view, const char*>, 3> kNewlines{{
        {"lf", "\n"},
        {"crlf", "\r\n"},
        {"cr", "\r"},
    }};
    const char* newline = nullptr;
    auto wrong = set_choice(newline, value, kNewlines);
    if (wrong.empty()) options.newline = newline;
    return wrong;
}

std::string add_omitted(Options& options, const std::string& value) {
    const auto printable = [](char c) { return c > ' ' && c <= '~'; };
    if (value.empty() || !std::all_of(value.begin(), value.end(), printable))
        return "not the name of an extension: " + quoted(value);
    if (options.omit_extensions.size() == kMaxOmitted) return "given too often";
    options.omit_extensions.push_back(value);
    return {};
}

template <std::uint32_t Options::*kField>
std::string set_mode(Options& options, const std::string& value) {
    const auto mode = parse_number<std::uint32_t>(value, 8);
    if (!mode || *mode > kMaxMode) return "not an octal mode: " + quoted(value);
    options.*kField = *mode;
    return {};
}

/// A path as clients write it.
template <std::string Options::*kField>
std::string set_absolute(Options& options, const std::string& value) {
    if (!value.starts_with('/')) return "not a path that begins with '/': " + quoted(value);
    return set_text<kField>(options, value);
}

std::string set_atomic_upload(Options& options, const std::string& value) {
    static constexpr std::array<std::pair<std::string_view, AtomicUploads>, 3> kModes{{
        {"off", AtomicUploads::off},
        {"on", AtomicUploads::on},
        {"sync", AtomicUploads::sync},
    }};
    return set_choice(options.atomic_upload, value, kModes);
}

std::string set_quota(Options& options, const std::string& value) {
    const auto bytes = parse_size(value);
    if (!bytes) return "not a number of bytes (K, M and G may follow): " + quoted(value);
    options.quota = *bytes;
    return {};
}

std::string add_mount(Options& options, const std::string& value) {
    const auto equals = value.find('=');
    if (!value.starts_with('/') || equals == std::string::npos || equals + 1 == value.size() ||
        value.find_first_not_of('/') == equals || value.find('\0') != std::string::npos)
        return "not /PATH=FOLDER: " + quoted(value);
    if (options.mounts.size() == kMaxMountedFolders) return "given too often";
    options.mounts.push_back({value.substr(0, equals), value.substr(equals + 1)});
    return {};
}

constexpr OptionRow kOptions[] = {
    {{"sftp-version", "N", false, "The highest version of SFTP, 3 to 6. Default: 6"},
     set_number<&Options::sftp_version, 3, 6>},
    {{"newline", "NAME", false, "How lines of text files end: lf, crlf or cr. Default: lf"},
     set_newline},
    {{"listing-entries", "N", false,
      "Most entries in one reply of a listing; 0: as many as fit. Default: 0"},
     set_number<&Options::listing_entries, 0, kMaxListingEntries>},
    {{"iso-dates", nullptr, false, "Show dates as 2026-11-22 14:40 instead of as ls does"},
     set_flag<&Options::iso_dates>},
    {{"omit-extension", "NAME", true, "An extension of SFTP that is not offered"}, add_omitted},
    {{"home", "PATH", false, "Where users begin, inside the folder. Default: /"},
     set_text<&Options::home>},
    {{"umask", "MODE", false, "Taken from the modes of new files. Default: that of the process"},
     set_mode<&Options::umask>},
    {{"allow-modes", "MODE", false, "The bits of modes that users may set. Default: 0777"},
     set_mode<&Options::allow_modes>},
    {{"numeric-ids", nullptr, false, "Show owners and groups by number"},
     set_flag<&Options::numeric_ids>},
    {{"allow-other-homes", nullptr, false, "Tell where the homes of other users are"},
     set_flag<&Options::allow_other_homes>},
    {{"charset", "NAME", false,
      "The character set of names on disk, as ISO-8859-1. Default: they are as clients send them"},
     set_text<&Options::charset>},
    {{"atomic-upload", "MODE", false,
      "on: uploaded files appear when they are closed; sync: and on disk; off. Default: off"},
     set_atomic_upload},
    {{"keep-partial", nullptr, false,
      "Keep what was uploaded of files that were never closed, as NAME.partial-..."},
     set_flag<&Options::keep_partial>},
    {{"confine", "PATH", false,
      "All that users reach, inside the folder; paths still begin at the folder"},
     set_absolute<&Options::confine>},
    {{"quota", "N", false, "Most bytes in files of the folder (K, M, G). Default: 0, no limit"},
     set_quota},
    {{"temp-folder", "PATH", false, "Where clients may make folders for a while. Default: none"},
     set_absolute<&Options::temp_folder>},
    {{"mount", "PATH=DIR", true, "Another folder DIR of this machine that users see as PATH"},
     add_mount},
};

}  // namespace

std::span<const OptionRow> sftp_options() noexcept {
    return kOptions;
}

}  // namespace nacre::sftpd
