#include "sftp/longname.hpp"

#include <array>
#include <cstdio>
#include <string>

namespace nacre::sftp {
namespace {

char type_letter(FileType type) noexcept {
    switch (type) {
        case FileType::regular:
            return '-';
        case FileType::directory:
            return 'd';
        case FileType::symlink:
            return 'l';
        case FileType::socket:
            return 's';
        case FileType::char_device:
            return 'c';
        case FileType::block_device:
            return 'b';
        case FileType::fifo:
            return 'p';
        case FileType::special:
        case FileType::unknown:
            return '?';
    }
    return '?';
}

/// The ten letters of ls, and the blank that strmode(3) puts where others mark an ACL.
std::array<char, 12> mode_text(const Attrs& attrs) noexcept {
    const std::uint32_t mode = attrs.permissions.value_or(0);
    std::array<char, 12> text{};
    text[0] = type_letter(attrs.type);
    constexpr std::array<char, 3> kLetters{'r', 'w', 'x'};
    for (std::size_t i = 0; i < 9; ++i)
        text[1 + i] = (mode & (0400u >> i)) != 0 ? kLetters[i % 3] : '-';
    const auto special = [&](std::uint32_t bit, std::size_t at, char with_x, char without_x) {
        if ((mode & bit) != 0) text[at] = text[at] == 'x' ? with_x : without_x;
    };
    special(04000, 3, 's', 'S');
    special(02000, 6, 's', 'S');
    special(01000, 9, 't', 'T');
    text[10] = ' ';
    return text;
}

std::array<char, 24> time_text(const Attrs& attrs, std::time_t now, LongnameDates dates) noexcept {
    constexpr std::time_t kHalfYear = 365 * 24 * 60 * 60 / 2;
    std::array<char, 24> text{};
    const std::time_t time = attrs.mtime ? static_cast<std::time_t>(attrs.mtime->seconds) : 0;
    std::tm parts{};
    const bool recent = time <= now && time > now - kHalfYear;
    if (!attrs.mtime || localtime_r(&time, &parts) == nullptr) return {'?'};
    std::size_t written = 0;
    if (dates == LongnameDates::iso) {
        written = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M", &parts);
    } else if (recent) {
        written = std::strftime(text.data(), text.size(), "%b %e %H:%M", &parts);
    } else {
        written = std::strftime(text.data(), text.size(), "%b %e  %Y", &parts);
    }
    if (written == 0) return {'?'};
    return text;
}

std::string owner_text(const std::optional<std::string>& name,
                       const std::optional<std::uint32_t>& id) {
    if (name && !name->empty()) return *name;
    return id ? std::to_string(*id) : std::string("?");
}

}  // namespace

void append_longname(Bytes& out, const DirEntry& entry, std::time_t now, LongnameDates dates) {
    const Attrs& attrs = entry.attrs;
    // Names of owners are cut far above what any system allows.
    std::array<char, 320> line{};
    const int n = std::snprintf(line.data(), line.size(), "%s %3u %-8.64s %-8.64s %8llu %s ",
                                mode_text(attrs).data(), attrs.link_count.value_or(1),
                                owner_text(attrs.owner, attrs.uid).c_str(),
                                owner_text(attrs.group, attrs.gid).c_str(),
                                static_cast<unsigned long long>(attrs.size.value_or(0)),
                                time_text(attrs, now, dates).data());
    if (n > 0) append(out, as_bytes({line.data(), static_cast<std::size_t>(n)}));
    append(out, as_bytes(entry.name));
}

}  // namespace nacre::sftp
