#include "listing.hpp"

#include "../terminal.hpp"
#include "patterns.hpp"
#include "words.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <ctime>

namespace nacre::tools {

namespace {

struct ListOptions {
    bool lines = false;     ///< -l, -n
    bool all = false;       ///< -a: names that begin with a dot too
    bool unsorted = false;  ///< -f
    bool reverse = false;   ///< -r
    bool by_size = false;   ///< -S
    bool by_time = false;   ///< -t
};

/// The options in front of `words`, which are taken off; an unknown one is returned.
std::string take_list_options(std::vector<std::string>& words, ListOptions& options) {
    while (!words.empty() && words.front().size() > 1 && words.front().front() == '-') {
        for (const char c : words.front().substr(1)) {
            switch (c) {
                case 'l':
                case 'n':
                    options.lines = true;
                    break;
                case 'a':
                    options.all = true;
                    break;
                case 'f':
                    options.unsorted = true;
                    break;
                case 'r':
                    options.reverse = true;
                    break;
                case 'S':
                    options.by_size = true;
                    break;
                case 't':
                    options.by_time = true;
                    break;
                case '1':
                case 'h':
                    break;
                default:
                    return std::string("unknown option -") + c;
            }
        }
        words.erase(words.begin());
    }
    return {};
}

char letter_of(sftp::FileType type) {
    switch (type) {
        case sftp::FileType::regular:
            return '-';
        case sftp::FileType::directory:
            return 'd';
        case sftp::FileType::symlink:
            return 'l';
        case sftp::FileType::socket:
            return 's';
        case sftp::FileType::char_device:
            return 'c';
        case sftp::FileType::block_device:
            return 'b';
        case sftp::FileType::fifo:
            return 'p';
        case sftp::FileType::special:
        case sftp::FileType::unknown:
            break;
    }
    return '?';
}

std::string mode_text(const sftp::Attrs& attrs) {
    std::string text(1, letter_of(attrs.type));
    const std::uint32_t mode = attrs.permissions.value_or(0);
    for (int bit = 8; bit >= 0; --bit)
        text += (mode >> static_cast<unsigned>(bit) & 1) != 0 ? "xwr"[bit % 3] : '-';
    return attrs.permissions ? text : text + "?";
}

std::string owner_text(const std::optional<std::string>& name,
                       const std::optional<std::uint32_t>& number) {
    if (name && !name->empty()) return *name;
    return number ? std::to_string(*number) : "?";
}

std::string time_text(const std::optional<sftp::FileTime>& time, const char* format) {
    if (!time) return "?";
    const auto seconds = static_cast<std::time_t>(time->seconds);
    std::tm utc{};
    char text[40] = "?";
    if (::gmtime_r(&seconds, &utc) != nullptr) std::strftime(text, sizeof text, format, &utc);
    return text;
}

/// The server's own line (version 3), or one like it.
std::string line_of(const sftp::RemoteEntry& entry) {
    if (!entry.longname.empty()) return entry.longname;
    const auto& a = entry.attrs;
    char line[160];
    std::snprintf(line, sizeof line, "%s %4u %-8s %-8s %12" PRIu64 " %s ", mode_text(a).c_str(),
                  a.link_count.value_or(1), owner_text(a.owner, a.uid).substr(0, 32).c_str(),
                  owner_text(a.group, a.gid).substr(0, 32).c_str(), a.size.value_or(0),
                  time_text(a.mtime, "%Y-%m-%d %H:%M").c_str());
    return line + entry.name;
}

void show(std::vector<sftp::RemoteEntry>& entries, const ListOptions& options) {
    const auto before = [&](const sftp::RemoteEntry& x, const sftp::RemoteEntry& y) {
        if (options.by_size && x.attrs.size != y.attrs.size) return x.attrs.size > y.attrs.size;
        if (options.by_time && x.attrs.mtime && y.attrs.mtime &&
            x.attrs.mtime->seconds != y.attrs.mtime->seconds)
            return x.attrs.mtime->seconds > y.attrs.mtime->seconds;
        return x.name < y.name;
    };
    if (!options.unsorted) std::sort(entries.begin(), entries.end(), before);
    if (options.reverse) std::reverse(entries.begin(), entries.end());
    for (const auto& entry : entries) {
        if (!options.all && !entry.name.empty() && entry.name.front() == '.') continue;
        std::printf("%s\n", safe_line(options.lines ? line_of(entry) : entry.name).c_str());
    }
}

const char* type_name(sftp::FileType type) {
    switch (type) {
        case sftp::FileType::regular:
            return "regular file";
        case sftp::FileType::directory:
            return "directory";
        case sftp::FileType::symlink:
            return "symbolic link";
        case sftp::FileType::socket:
            return "socket";
        case sftp::FileType::char_device:
            return "character device";
        case sftp::FileType::block_device:
            return "block device";
        case sftp::FileType::fifo:
            return "fifo";
        case sftp::FileType::special:
            return "special file";
        case sftp::FileType::unknown:
            break;
    }
    return "unknown";
}

}  // namespace

std::string show_files(Shell& shell, const std::vector<std::string>& given) {
    Remote& remote = shell.remote;
    auto words = given;
    ListOptions options;
    if (auto fault = take_list_options(words, options); !fault.empty()) return fault;
    if (words.empty()) words.emplace_back(".");
    std::vector<sftp::RemoteEntry> files;
    std::vector<std::string> folders;
    for (const auto& word : words) {
        for (const auto& path : remote_matches(remote, word)) {
            const auto found = remote.get<sftp::Attrs>([&](auto reply) {
                remote.client->stat(remote.at(path), sftp::Follow::yes, std::move(reply));
            });
            if (found && found->type == sftp::FileType::directory) {
                folders.push_back(path);
            } else if (auto itself = remote.attrs(path, sftp::Follow::no)) {
                files.push_back({path, "", std::move(*itself)});
            } else {
                return path + ": " + (found ? "cannot be listed" : remote.why(found.error()));
            }
        }
    }
    const bool named = folders.size() + files.size() > 1;
    ListOptions of_files = options;
    of_files.all = true;
    show(files, of_files);
    for (const auto& folder : folders) {
        auto entries = remote.list(folder);
        if (!entries) return folder + ": " + remote.why(entries.error());
        if (named) std::printf("\n%s:\n", safe_line(folder).c_str());
        show(*entries, options);
    }
    return {};
}

std::string show_attrs(Shell& shell, const std::vector<std::string>& words) {
    Remote& remote = shell.remote;
    const std::string path = plain(words[0]);
    const auto attrs = remote.get<sftp::Attrs>([&](auto reply) {
        remote.client->stat(remote.at(path), sftp::Follow::no, std::move(reply));
    });
    if (!attrs) return path + ": " + remote.why(attrs.error());
    std::printf("name   %s\ntype   %s\n", safe_line(path).c_str(), type_name(attrs->type));
    if (attrs->size) std::printf("size   %" PRIu64 "\n", *attrs->size);
    if (attrs->permissions) std::printf("mode   %04o\n", *attrs->permissions);
    if (attrs->owner || attrs->uid)
        std::printf("owner  %s:%s\n", safe_line(owner_text(attrs->owner, attrs->uid)).c_str(),
                    safe_line(owner_text(attrs->group, attrs->gid)).c_str());
    if (attrs->link_count) std::printf("links  %u\n", *attrs->link_count);
    if (attrs->mtime)
        std::printf("mtime  %s UTC\n", time_text(attrs->mtime, "%Y-%m-%d %H:%M:%S").c_str());
    return {};
}

std::string show_space(Shell& shell, const std::vector<std::string>& given) {
    Remote& remote = shell.remote;
    auto words = given;
    // -h and -i are OpenSSH's; there is one way of showing it here.
    while (!words.empty() && words.front().starts_with('-')) words.erase(words.begin());
    const std::string path = words.empty() ? "." : plain(words[0]);
    std::printf("%15s %15s %15s %15s %s\n", "1K-blocks", "used", "available", "files free", "path");
    const auto line = [&](double total, double used, double available, const std::string& files) {
        std::printf("%15.0f %15.0f %15.0f %15s %s\n", total / 1024, used / 1024, available / 1024,
                    files.c_str(), safe_line(path).c_str());
    };
    const auto stats = remote.get<sftp::FilesystemStats>(
        [&](auto reply) { remote.client->stat_filesystem(remote.at(path), std::move(reply)); });
    if (stats) {
        const auto unit = static_cast<double>(stats->fragment_size);
        const std::uint64_t used = stats->blocks - std::min(stats->blocks, stats->blocks_free);
        line(static_cast<double>(stats->blocks) * unit, static_cast<double>(used) * unit,
             static_cast<double>(stats->blocks_available) * unit,
             std::to_string(stats->files_available));
        return {};
    }
    if (stats.error().code != Errc::unsupported) return path + ": " + remote.why(stats.error());
    const auto space = remote.get<sftp::RemoteSpace>(
        [&](auto reply) { remote.client->space_available(remote.at(path), std::move(reply)); });
    if (!space) return path + ": " + remote.why(space.error());
    const std::uint64_t used =
        space->device_bytes - std::min(space->device_bytes, space->device_unused);
    line(static_cast<double>(space->device_bytes), static_cast<double>(used),
         static_cast<double>(space->user_unused), "?");
    return {};
}

std::string show_server(Shell& shell, const std::vector<std::string>&) {
    const auto& server = shell.remote.client->server();
    std::printf("SFTP protocol version %u\n", server.version);
    if (server.vendor)
        std::printf("%s\n", safe_line(server.vendor->vendor + " " + server.vendor->product + " " +
                                      server.vendor->version)
                                .c_str());
    return {};
}

}  // namespace nacre::tools
