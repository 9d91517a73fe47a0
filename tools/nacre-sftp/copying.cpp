#include "copying.hpp"

#include "../terminal.hpp"
#include "disk.hpp"
#include "patterns.hpp"
#include "progress.hpp"

#include <nacre/sftp/tree_transfer.hpp>

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace nacre::tools {

namespace {

std::string last_part(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path.substr(path.rfind('/') + 1);
}

/// The name that `path` has inside of a folder.
std::string inside(const std::string& folder, const std::string& path) {
    return folder + (folder.empty() || folder.back() == '/' ? "" : "/") + last_part(path);
}

/// For errors of copies, which may be ours.
std::string explain(const Remote& remote, const Error& error) {
    if (error.code == Errc::local_failed) return std::strerror(static_cast<int>(error.detail));
    return remote.why(error);
}

bool local_folder(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

sftp::Resume resume_of(const CopyOptions& options) {
    if (!options.resume) return sftp::Resume::no;
    return options.verify ? sftp::Resume::verified : sftp::Resume::by_size;
}

/// One copy between the server and this machine.
class Copy {
  public:
    Copy(Remote& remote, const Provider& provider, const CopyOptions& options)
        : remote_(remote), provider_(provider), options_(options) {}

    std::string get_one(const std::string& from, const std::string& to) {
        // What is there is emptied only when the server's file is open.
        const int flags = (options_.resume ? O_RDWR : O_WRONLY) | O_CREAT;
        auto found = remote_.get<sftp::Attrs>([&](auto reply) {
            remote_.client->stat(remote_.at(from), sftp::Follow::yes, std::move(reply));
        });
        if (!found) return from + ": " + remote_.why(found.error());
        const sftp::Attrs attrs = std::move(*found);
        if (attrs.type == sftp::FileType::directory)
            return options_.recursive ? get_folder(from, to) : from + ": is a folder";
        auto file = open_disk_file(to, flags, provider_);
        if (!file) return to + ": " + explain(remote_, file.error());
        Progress progress(last_part(from), attrs.size, options_.progress);
        auto options = file_options(progress);
        options.source = attrs;
        const auto got = remote_.get<sftp::FileResult>([&](auto reply) {
            sftp::get_file(remote_.client, remote_.at(from), std::move(*file), options,
                           std::move(reply));
        });
        return verdict(from, to, got);
    }

    std::string put_one(const std::string& from, const std::string& to) {
        struct stat status {};
        if (::stat(from.c_str(), &status) != 0) return from + ": " + std::strerror(errno);
        if (S_ISDIR(status.st_mode))
            return options_.recursive ? put_folder(from, to) : from + ": is a folder";
        auto file = open_disk_file(from, O_RDONLY, provider_);
        if (!file) return from + ": " + explain(remote_, file.error());
        const auto attrs = attrs_of(status);
        Progress progress(last_part(from), attrs.size, options_.progress);
        auto options = file_options(progress);
        options.source = attrs;
        const auto put = remote_.get<sftp::FileResult>([&](auto reply) {
            sftp::put_file(remote_.client, std::move(*file), remote_.at(to), options,
                           std::move(reply));
        });
        return verdict(to, to, put);
    }

  private:
    sftp::FileOptions file_options(Progress& progress) const {
        sftp::FileOptions options;
        options.resume = resume_of(options_);
        options.keep_modes = options.keep_times = options_.keep;
        options.control.progress = [&progress](std::uint64_t done,
                                               std::optional<std::uint64_t> total) {
            progress.set(done, total);
        };
        return options;
    }

    /// `refused`: the server's name of the file.
    std::string verdict(const std::string& refused, const std::string& target,
                        const Result<sftp::FileResult>& result) const {
        if (!result && result.error().code == Errc::peer_refused)
            return refused + ": " + remote_.why(result.error());
        if (!result) return target + " is incomplete: " + explain(remote_, result.error());
        if (!result->attrs_kept) return target + ": times or modes could not be kept";
        return {};
    }

    sftp::TreeOptions tree_options(Progress& progress) const {
        sftp::TreeOptions options;
        options.resume = resume_of(options_);
        options.keep_modes = options.keep_times = options_.keep;
        options.progress = [&progress](const sftp::TreeCounts& counts) {
            progress.set(counts.bytes, std::nullopt);
        };
        options.on_failure = [](std::string_view path, const Error& error) {
            const char* why = error.code == Errc::local_failed
                                  ? std::strerror(static_cast<int>(error.detail))
                                  : error.what;
            std::fprintf(stderr, "nacre-sftp: %s: %s\n", safe_line(path).c_str(), why);
        };
        return options;
    }

    std::string verdict(const std::string& folder, const Result<sftp::TreeCounts>& counts) const {
        if (!counts) return folder + ": " + explain(remote_, counts.error());
        if (counts->skipped != 0)
            std::fprintf(stderr, "nacre-sftp: %s: %llu links or special files were left out\n",
                         safe_line(folder).c_str(),
                         static_cast<unsigned long long>(counts->skipped));
        if (counts->failed != 0) return folder + " is incomplete";
        return {};
    }

    std::string get_folder(const std::string& from, const std::string& to) {
        Progress progress(last_part(from), std::nullopt, options_.progress);
        return verdict(from, remote_.get<sftp::TreeCounts>([&](auto reply) {
            sftp::get_tree(remote_.client, remote_.at(from), make_disk_tree(to, provider_),
                           tree_options(progress), std::move(reply));
        }));
    }

    std::string put_folder(const std::string& from, const std::string& to) {
        Progress progress(last_part(from), std::nullopt, options_.progress);
        return verdict(from, remote_.get<sftp::TreeCounts>([&](auto reply) {
            sftp::put_tree(remote_.client, make_disk_tree(from, provider_), remote_.at(to),
                           tree_options(progress), std::move(reply));
        }));
    }

    Remote& remote_;
    const Provider& provider_;
    const CopyOptions& options_;
};

/// Each of `sources` by `copy` to `to`, or into it.
template <class F>
std::string each(const std::vector<std::string>& sources, const std::string& to, bool into,
                 F copy) {
    if (sources.size() > 1 && !into) return to + ": is no folder";
    std::string fault;
    for (const auto& source : sources) {
        const std::string why = copy(source, into ? inside(to, source) : to);
        if (why.empty()) continue;
        if (!fault.empty()) std::fprintf(stderr, "nacre-sftp: %s\n", safe_line(fault).c_str());
        fault = why;
    }
    return fault;
}

}  // namespace

std::string get_files(Remote& remote, const Provider& provider, const CopyOptions& options,
                      const std::string& from, const std::string& to) {
    Copy copy(remote, provider, options);
    return each(
        remote_matches(remote, from), to, local_folder(to),
        [&](const auto& source, const auto& target) { return copy.get_one(source, target); });
}

std::string put_files(Remote& remote, const Provider& provider, const CopyOptions& options,
                      const std::string& from, const std::string& to) {
    Copy copy(remote, provider, options);
    return each(
        local_matches(from), to, remote.is_folder(to),
        [&](const auto& source, const auto& target) { return copy.put_one(source, target); });
}

}  // namespace nacre::tools
