#include "commands.hpp"

#include "../numbers.hpp"
#include "../terminal.hpp"
#include "listing.hpp"
#include "options.hpp"
#include "patterns.hpp"
#include "words.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace nacre::tools {

namespace {

using Words = std::vector<std::string>;

/// What is wrong, or "".
std::string verdict(const Remote& remote, const std::string& path, const Result<void>& result) {
    return result ? std::string() : path + ": " + remote.why(result.error());
}

std::string verdict(const std::string& path, bool done) {
    return done ? std::string() : path + ": " + std::strerror(errno);
}

/// Options of get and put in front of `words`, which are taken off.
std::string take_copy_options(Words& words, CopyOptions& options) {
    while (!words.empty() && words.front().size() > 1 && words.front().front() == '-') {
        for (const char c : words.front().substr(1)) {
            switch (c) {
                case 'r':
                case 'R':
                    options.recursive = true;
                    break;
                case 'p':
                case 'P':
                    options.keep = true;
                    break;
                case 'a':
                    options.resume = true;
                    break;
                case 'A':
                    options.resume = options.verify = true;
                    break;
                default:
                    return std::string("unknown option -") + c;
            }
        }
        words.erase(words.begin());
    }
    if (words.empty() || words.size() > 2) return "one or two names are needed";
    return {};
}

template <auto Run>
std::string copy(Shell& shell, const Words& given, bool resume) {
    Words words = given;
    CopyOptions options = shell.defaults;
    options.resume = options.resume || resume;
    if (auto fault = take_copy_options(words, options); !fault.empty()) return fault;
    const std::string to = words.size() > 1 ? plain(words[1]) : ".";
    return Run(shell.remote, shell.provider, options, words[0], to);
}

std::string get(Shell& shell, const Words& words) {
    return copy<get_files>(shell, words, false);
}
std::string reget(Shell& shell, const Words& words) {
    return copy<get_files>(shell, words, true);
}
std::string put(Shell& shell, const Words& words) {
    return copy<put_files>(shell, words, false);
}
std::string reput(Shell& shell, const Words& words) {
    return copy<put_files>(shell, words, true);
}

std::string rename(Shell& shell, const Words& words) {
    Remote& remote = shell.remote;
    const std::string from = plain(words[0]), to = plain(words[1]);
    const auto& server = remote.client->server();
    // As mv: what is there is replaced, where the server can.
    const bool replace = server.version >= 5 || server.has("posix-rename@openssh.com", "1");
    return verdict(remote, from, remote.done([&](auto reply) {
        remote.client->rename(remote.at(from), remote.at(to), replace, std::move(reply));
    }));
}

std::string rm(Shell& shell, const Words& words) {
    Remote& remote = shell.remote;
    for (const auto& word : words) {
        for (const auto& path : remote_matches(remote, word)) {
            const auto removed = remote.done(
                [&](auto reply) { remote.client->remove(remote.at(path), std::move(reply)); });
            if (!removed) return verdict(remote, path, removed);
        }
    }
    return {};
}

std::string mkdir(Shell& shell, const Words& words) {
    Remote& remote = shell.remote;
    const std::string path = plain(words[0]);
    return verdict(remote, path, remote.done([&](auto reply) {
        remote.client->make_directory(remote.at(path), {}, std::move(reply));
    }));
}

std::string rmdir(Shell& shell, const Words& words) {
    Remote& remote = shell.remote;
    for (const auto& word : words) {
        for (const auto& path : remote_matches(remote, word)) {
            const auto removed = remote.done([&](auto reply) {
                remote.client->remove_directory(remote.at(path), std::move(reply));
            });
            if (!removed) return verdict(remote, path, removed);
        }
    }
    return {};
}

std::string link(Shell& shell, const std::string& existing, const std::string& name, bool soft) {
    Remote& remote = shell.remote;
    return verdict(remote, name, remote.done([&](auto reply) {
        if (soft) {
            remote.client->symlink(existing, remote.at(name), std::move(reply));
        } else {
            remote.client->hard_link(remote.at(existing), remote.at(name), std::move(reply));
        }
    }));
}

std::string ln(Shell& shell, const Words& words) {
    const bool soft = words[0] == "-s";
    if (words.size() != (soft ? 3U : 2U)) return "two names are needed";
    return link(shell, plain(words[words.size() - 2]), plain(words.back()), soft);
}

std::string symlink(Shell& shell, const Words& words) {
    return link(shell, plain(words[0]), plain(words[1]), true);
}

std::string readlink(Shell& shell, const Words& words) {
    Remote& remote = shell.remote;
    const std::string path = plain(words[0]);
    const auto target = remote.get<std::string>(
        [&](auto reply) { remote.client->read_link(remote.at(path), std::move(reply)); });
    if (!target) return path + ": " + remote.why(target.error());
    std::printf("%s\n", safe_line(*target).c_str());
    return {};
}

std::string copy_on_server(Shell& shell, const Words& words) {
    Remote& remote = shell.remote;
    const std::string from = plain(words[0]), to = plain(words[1]);
    auto copied = remote.done([&](auto reply) {
        remote.client->copy_file(remote.at(from), remote.at(to), true, std::move(reply));
    });
    if (copied || copied.error().code != Errc::unsupported) return verdict(remote, from, copied);
    // As OpenSSH: the data from one handle to another.
    sftp::OpenFlags reading, writing;
    reading.read = true;
    writing.write = writing.create = writing.truncate = true;
    const auto open = [&](const std::string& path, sftp::OpenFlags flags) {
        return remote.get<sftp::RemoteHandle>(
            [&](auto reply) { remote.client->open(remote.at(path), flags, {}, std::move(reply)); });
    };
    const auto close = [&](const sftp::RemoteHandle& handle) {
        return remote.done(
            [&](auto reply) { remote.client->close_handle(handle, std::move(reply)); });
    };
    if (!remote.client->server().has("copy-data", "1")) return from + ": the server cannot copy";
    const auto source = open(from, reading);
    if (!source) return from + ": " + remote.why(source.error());
    const auto target = open(to, writing);
    if (!target) {
        const std::string why = to + ": " + remote.why(target.error());
        static_cast<void>(close(*source));
        return why;
    }
    copied = remote.done(
        [&](auto reply) { remote.client->copy_data(*source, 0, 0, *target, 0, std::move(reply)); });
    const std::string why = verdict(remote, from, copied);
    static_cast<void>(close(*source));
    const auto closed = close(*target);
    return why.empty() ? verdict(remote, to, closed) : why;
}

/// Sets what `change` makes of the attributes that a file has.
template <class F>
std::string set_attrs(Shell& shell, const Words& words, F change) {
    Remote& remote = shell.remote;
    for (std::size_t i = 1; i < words.size(); ++i) {
        for (const auto& path : remote_matches(remote, words[i])) {
            const auto there = remote.get<sftp::Attrs>([&](auto reply) {
                remote.client->stat(remote.at(path), sftp::Follow::yes, std::move(reply));
            });
            if (!there) return path + ": " + remote.why(there.error());
            const sftp::Attrs wanted = change(*there);
            const auto set = remote.done([&](auto reply) {
                remote.client->set_stat(remote.at(path), wanted, sftp::Follow::yes,
                                        std::move(reply));
            });
            if (!set) return verdict(remote, path, set);
        }
    }
    return {};
}

std::string chmod(Shell& shell, const Words& words) {
    const auto mode = parse_number<std::uint32_t>(words[0], 8);
    if (!mode || *mode > 07777) return "a mode is up to four octal digits";
    return set_attrs(shell, words, [&](const sftp::Attrs&) {
        sftp::Attrs wanted;
        wanted.permissions = *mode;
        return wanted;
    });
}

/// chown and chgrp: versions 3 has numbers, those above have names.
std::string change_owner(Shell& shell, const Words& words, bool group) {
    const auto id = parse_number<std::uint32_t>(words[0], 10);
    const bool names = shell.remote.client->server().version > 3;
    if (!id && !names) return "a number is needed with this version of SFTP";
    return set_attrs(shell, words, [&](const sftp::Attrs& there) {
        sftp::Attrs wanted;
        if (names) {
            wanted.owner = group ? there.owner.value_or("") : plain(words[0]);
            wanted.group = group ? plain(words[0]) : there.group.value_or("");
        } else {
            wanted.uid = group ? there.uid.value_or(0) : *id;
            wanted.gid = group ? *id : there.gid.value_or(0);
        }
        return wanted;
    });
}
std::string chown(Shell& shell, const Words& words) {
    return change_owner(shell, words, false);
}
std::string chgrp(Shell& shell, const Words& words) {
    return change_owner(shell, words, true);
}

std::string cd(Shell& shell, const Words& words) {
    Remote& remote = shell.remote;
    if (words.empty()) {
        remote.folder.clear();
        return {};
    }
    const auto matches = remote_matches(remote, words[0]);
    const std::string path = matches.front();
    const auto real = remote.get<std::string>(
        [&](auto reply) { remote.client->real_path(remote.at(path), std::move(reply)); });
    if (!real) return path + ": " + remote.why(real.error());
    const auto attrs = remote.get<sftp::Attrs>(
        [&](auto reply) { remote.client->stat(*real, sftp::Follow::yes, std::move(reply)); });
    if (!attrs) return path + ": " + remote.why(attrs.error());
    if (attrs->type != sftp::FileType::directory) return path + ": is no folder";
    remote.folder = *real;
    return {};
}

std::string pwd(Shell& shell, const Words&) {
    Remote& remote = shell.remote;
    const auto real = remote.get<std::string>(
        [&](auto reply) { remote.client->real_path(remote.at("."), std::move(reply)); });
    if (!real) return remote.why(real.error());
    std::printf("Remote working directory: %s\n", safe_line(*real).c_str());
    return {};
}

std::string lcd(Shell&, const Words& words) {
    const char* home = std::getenv("HOME");
    const std::string path =
        words.empty() ? (home == nullptr ? "/" : home) : local_matches(words[0]).front();
    return verdict(path, ::chdir(path.c_str()) == 0);
}

std::string lpwd(Shell&, const Words&) {
    std::error_code error;
    const auto folder = std::filesystem::current_path(error);
    if (error) return error.message();
    std::printf("Local working directory: %s\n", folder.c_str());
    return {};
}

std::string lls(Shell&, const Words& words) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(
             words.empty() ? std::string(".") : plain(words[0]), error)) {
        std::string name = entry.path().filename();
        if (name.front() != '.') names.push_back(std::move(name));
    }
    if (error) return error.message();
    std::sort(names.begin(), names.end());
    for (const auto& name : names) std::printf("%s\n", safe_line(name).c_str());
    return {};
}

std::string lmkdir(Shell&, const Words& words) {
    const std::string path = plain(words[0]);
    return verdict(path, ::mkdir(path.c_str(), 0777) == 0);
}

std::string lumask(Shell&, const Words& words) {
    const auto mask = parse_number<std::uint32_t>(words[0], 8);
    if (!mask || *mask > 0777) return "a mask is up to three octal digits";
    ::umask(*mask);
    return {};
}

std::string progress(Shell& shell, const Words&) {
    shell.defaults.progress = !shell.defaults.progress;
    return {};
}

std::string help(Shell&, const Words&) {
    print_commands();
    return {};
}

std::string quit(Shell& shell, const Words&) {
    shell.over = true;
    return {};
}

struct Command {
    const char* name;
    const char* arguments;  ///< null: another name of the one before
    std::size_t least, most;
    std::string (*run)(Shell&, const Words&);
};

constexpr std::size_t kAny = static_cast<std::size_t>(-1);

constexpr Command kCommands[] = {
    {"get", "[-aAprR] PATH [FILE]", 1, kAny, get},
    {"mget", nullptr, 1, kAny, get},
    {"reget", "[-Apr] PATH [FILE]", 1, kAny, reget},
    {"put", "[-aAprR] FILE [PATH]", 1, kAny, put},
    {"mput", nullptr, 1, kAny, put},
    {"reput", "[-Apr] FILE [PATH]", 1, kAny, reput},
    {"ls", "[-1aflnrSt] [PATH...]", 0, kAny, show_files},
    {"dir", nullptr, 0, kAny, show_files},
    {"stat", "PATH", 1, 1, show_attrs},
    {"rename", "PATH NEW", 2, 2, rename},
    {"mv", nullptr, 2, 2, rename},
    {"copy", "PATH NEW", 2, 2, copy_on_server},
    {"cp", nullptr, 2, 2, copy_on_server},
    {"rm", "PATH...", 1, kAny, rm},
    {"delete", nullptr, 1, kAny, rm},
    {"mkdir", "PATH", 1, 1, mkdir},
    {"rmdir", "PATH...", 1, kAny, rmdir},
    {"chmod", "MODE PATH...", 2, kAny, chmod},
    {"chown", "OWNER PATH...", 2, kAny, chown},
    {"chgrp", "GROUP PATH...", 2, kAny, chgrp},
    {"df", "[PATH]", 0, 2, show_space},
    {"ln", "[-s] PATH LINK", 2, 3, ln},
    {"symlink", "PATH LINK", 2, 2, symlink},
    {"readlink", "PATH", 1, 1, readlink},
    {"cd", "[PATH]", 0, 1, cd},
    {"chdir", nullptr, 0, 1, cd},
    {"pwd", "", 0, 0, pwd},
    {"lcd", "[FOLDER]", 0, 1, lcd},
    {"lpwd", "", 0, 0, lpwd},
    {"lls", "[FOLDER]", 0, 1, lls},
    {"lmkdir", "FOLDER", 1, 1, lmkdir},
    {"lumask", "MASK", 1, 1, lumask},
    {"progress", "", 0, 0, progress},
    {"version", "", 0, 0, show_server},
    {"help", "", 0, 0, help},
    {"?", nullptr, 0, 0, help},
    {"quit", "", 0, 0, quit},
    {"bye", nullptr, 0, 0, quit},
    {"exit", nullptr, 0, 0, quit},
};

const Command* find(const std::string& name) {
    const auto* found = std::find_if(std::begin(kCommands), std::end(kCommands),
                                     [&](const Command& c) { return name == c.name; });
    return found == std::end(kCommands) ? nullptr : found;
}

}  // namespace

void print_commands() {
    for (const auto& command : kCommands)
        if (command.arguments != nullptr) std::printf("  %s %s\n", command.name, command.arguments);
}

std::string check_command(const std::vector<std::string>& command) {
    if (command.empty()) return "no command given";
    const Command* known = find(command[0]);
    if (known == nullptr) return "unknown command " + command[0];
    const std::size_t count = command.size() - 1;
    if (count >= known->least && count <= known->most) return {};
    while (known->arguments == nullptr) --known;
    return "usage: " + command[0] + " " + known->arguments;
}

std::string Shell::run(const std::vector<std::string>& command) {
    const std::string fault = find(command[0])->run(*this, {command.begin() + 1, command.end()});
    return fault.empty() ? fault : command[0] + ": " + fault;
}

}  // namespace nacre::tools
