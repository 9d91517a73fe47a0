// The options of what SFTP shows and allows.
#include "option_row.hpp"

#include <algorithm>
#include <array>

namespace nacre::sftpd {

namespace {

constexpr std::uint32_t kMaxListingEntries = 10'000;
constexpr std::size_t kMaxOmitted = 64;
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
    std::uint32_t mode = 0;
    const auto* const end = value.data() + value.size();
    const auto [at, error] = std::from_chars(value.data(), end, mode, 8);
    if (error != std::errc{} || at != end || mode > kMaxMode)
        return "not an octal mode: " + quoted(value);
    options.*kField = mode;
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
};

}  // namespace

std::span<const OptionRow> sftp_options() noexcept {
    return kOptions;
}

}  // namespace nacre::sftpd
