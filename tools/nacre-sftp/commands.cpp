#include "commands.hpp"

#include "copying.hpp"
#include "options.hpp"
#include "remote.hpp"
#include "terminal.hpp"

#include <nacre/sftp/transfer.hpp>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <ctime>

namespace nacre::tools {

namespace {

using Arguments = std::vector<std::string>;

/// What is wrong, or "".
std::string verdict(const Remote& remote, const std::string& path, const Result<void>& result) {
    return result ? std::string() : path + ": " + remote.why(result.error());
}

std::string get(Remote& remote, const Arguments& a) {
    return get_file(remote, a[0], a.size() > 1 ? a[1] : ".");
}

std::string put(Remote& remote, const Arguments& a) {
    return put_file(remote, a[0], a.size() > 1 ? a[1] : ".");
}

std::string ls(Remote& remote, const Arguments& a) {
    const bool lines = !a.empty() && a[0] == "-l";
    if (a.size() > (lines ? 2U : 1U)) return "too many arguments";
    const std::string path = a.size() > (lines ? 1U : 0U) ? a.back() : ".";
    auto entries = remote.get<std::vector<sftp::RemoteEntry>>(
        [&](auto reply) { sftp::list_directory(remote.client, path, std::move(reply)); });
    if (!entries) {
        const std::string why = remote.why(entries.error());
        const auto attrs = remote.get<sftp::Attrs>(
            [&](auto reply) { remote.client->stat(path, sftp::Follow::no, std::move(reply)); });
        if (!attrs || attrs->type == sftp::FileType::directory) return path + ": " + why;
        std::printf("%s\n", safe_line(path).c_str());
        return {};
    }
    std::sort(entries->begin(), entries->end(),
              [](const auto& x, const auto& y) { return x.name < y.name; });
    for (const auto& entry : *entries) {
        if (entry.name == "." || entry.name == "..") continue;
        std::printf("%s\n", safe_line(lines ? entry.longname : entry.name).c_str());
    }
    return {};
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
        case sftp::FileType::unknown:
            break;
    }
    return "unknown";
}

std::string stat(Remote& remote, const Arguments& a) {
    const auto attrs = remote.get<sftp::Attrs>(
        [&](auto reply) { remote.client->stat(a[0], sftp::Follow::no, std::move(reply)); });
    if (!attrs) return a[0] + ": " + remote.why(attrs.error());
    std::printf("name   %s\ntype   %s\n", safe_line(a[0]).c_str(), type_name(attrs->type));
    if (attrs->size) std::printf("size   %" PRIu64 "\n", *attrs->size);
    if (attrs->permissions) std::printf("mode   %04o\n", *attrs->permissions);
    if (attrs->uid && attrs->gid) std::printf("owner  %u:%u\n", *attrs->uid, *attrs->gid);
    if (attrs->mtime) {
        const auto seconds = static_cast<std::time_t>(attrs->mtime->seconds);
        std::tm utc{};
        char text[32] = "";
        if (::gmtime_r(&seconds, &utc) != nullptr)
            std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &utc);
        std::printf("mtime  %s UTC\n", text);
    }
    return {};
}

std::string rename(Remote& remote, const Arguments& a) {
    // As mv: what is there is replaced, where the server can.
    const bool replace = remote.client->server().has("posix-rename@openssh.com", "1");
    return verdict(remote, a[0], remote.done([&](auto reply) {
        remote.client->rename(a[0], a[1], replace, std::move(reply));
    }));
}

std::string rm(Remote& remote, const Arguments& a) {
    for (const auto& path : a) {
        const auto removed =
            remote.done([&](auto reply) { remote.client->remove(path, std::move(reply)); });
        if (!removed) return verdict(remote, path, removed);
    }
    return {};
}

std::string mkdir(Remote& remote, const Arguments& a) {
    return verdict(remote, a[0], remote.done([&](auto reply) {
        remote.client->make_directory(a[0], {}, std::move(reply));
    }));
}

std::string rmdir(Remote& remote, const Arguments& a) {
    return verdict(remote, a[0], remote.done([&](auto reply) {
        remote.client->remove_directory(a[0], std::move(reply));
    }));
}

std::string df(Remote& remote, const Arguments& a) {
    const std::string path = a.empty() ? "." : a[0];
    const auto stats = remote.get<sftp::FilesystemStats>(
        [&](auto reply) { remote.client->stat_filesystem(path, std::move(reply)); });
    if (!stats) return path + ": " + remote.why(stats.error());
    const auto kibibytes = [&](std::uint64_t blocks) {
        return static_cast<double>(blocks) * static_cast<double>(stats->fragment_size) / 1024;
    };
    const std::uint64_t used = stats->blocks - std::min(stats->blocks, stats->blocks_free);
    std::printf("%15s %15s %15s %15s %s\n", "1K-blocks", "used", "available", "files free", "path");
    std::printf("%15.0f %15.0f %15.0f %15" PRIu64 " %s\n", kibibytes(stats->blocks),
                kibibytes(used), kibibytes(stats->blocks_available), stats->files_available,
                safe_line(path).c_str());
    return {};
}

std::string ln(Remote& remote, const Arguments& a) {
    const bool soft = a[0] == "-s";
    if (a.size() != (soft ? 3U : 2U)) return "two names are needed";
    const std::string& link = a.back();
    const std::string& existing = a[a.size() - 2];
    return verdict(remote, link, remote.done([&](auto reply) {
        if (soft) {
            remote.client->symlink(existing, link, std::move(reply));
        } else {
            remote.client->hard_link(existing, link, std::move(reply));
        }
    }));
}

struct Command {
    const char* name;
    const char* arguments;
    std::size_t least, most;
    std::string (*run)(Remote&, const Arguments&);
};

constexpr std::size_t kAny = static_cast<std::size_t>(-1);

constexpr Command kCommands[] = {
    {"get", "PATH [FILE]", 1, 2, get},    {"put", "FILE [PATH]", 1, 2, put},
    {"ls", "[-l] [PATH]", 0, 2, ls},      {"stat", "PATH", 1, 1, stat},
    {"rename", "PATH NEW", 2, 2, rename}, {"rm", "PATH...", 1, kAny, rm},
    {"mkdir", "PATH", 1, 1, mkdir},       {"rmdir", "PATH", 1, 1, rmdir},
    {"df", "[PATH]", 0, 1, df},           {"ln", "[-s] PATH LINK", 2, 3, ln},
};

const Command* find(const std::string& name) {
    const auto* found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                     [&](const Command& c) { return name == c.name; });
    return found == std::end(kCommands) ? nullptr : found;
}

}  // namespace

void print_commands() {
    for (const auto& command : kCommands) std::printf("  %s %s\n", command.name, command.arguments);
}

std::string check_command(const std::vector<std::string>& command) {
    if (command.empty()) return "no command given";
    const Command* known = find(command[0]);
    if (known == nullptr) return "unknown command " + command[0];
    const std::size_t count = command.size() - 1;
    if (count < known->least || count > known->most)
        return "usage: " + command[0] + " " + known->arguments;
    return {};
}

int run_command(Remote& remote, const std::vector<std::string>& command) {
    const std::string fault = find(command[0])->run(remote, {command.begin() + 1, command.end()});
    if (fault.empty()) return kDone;
    std::fprintf(stderr, "nacre-sftp: %s: %s\n", command[0].c_str(), safe_line(fault).c_str());
    return kFailed;
}

}  // namespace nacre::tools
