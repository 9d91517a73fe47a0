#include "folders.hpp"

#include <nacre/sftp/charset_filesystem.hpp>
#include <nacre/sftp/memory_filesystem.hpp>
#include <nacre/sftp/mounted_filesystem.hpp>

#include <sys/stat.h>

#include <cerrno>
#include <cstring>

namespace nacre::sftpd {

namespace {

fs::LocalFilesystemConfig config_of(const Options& options) {
    fs::LocalFilesystemConfig config;
    config.read_only = options.read_only;
    config.allow_devices = options.allow_devices;
    config.mode_mask = options.allow_modes;
    config.umask = options.umask;
    config.numeric_names_only = options.numeric_ids;
    config.allow_other_homes = options.allow_other_homes;
    config.atomic_upload.enabled = options.atomic_upload != AtomicUploads::off;
    config.atomic_upload.sync = options.atomic_upload == AtomicUploads::sync;
    if (options.keep_partial) config.atomic_upload.unfinished = fs::AtomicUpload::Unfinished::keep;
    config.shared = fs::make_local_shared();
    return config;
}

std::string check_folder(const std::string& path) {
    struct stat st {};
    if (::stat(path.c_str(), &st) != 0) return path + ": " + std::strerror(errno);
    if (!S_ISDIR(st.st_mode)) return path + ": " + std::strerror(ENOTDIR);
    return {};
}

}  // namespace

std::string Folders::take(const Options& options) {
    const fs::LocalFilesystemConfig common = config_of(options);
    Place root{"/", common};
    root.config.root = options.root.empty() ? "." : options.root;
    root.config.confine = options.confine;
    home_ = options.home.empty() ? options.confine : options.home;
    if (!home_.starts_with('/')) home_.insert(0, 1, '/');
    root.config.home = home_;
    root.config.temporary_folder = options.temp_folder;
    if (options.quota != 0) root.config.quota = std::make_shared<fs::Quota>(options.quota);
    places_.push_back(std::move(root));
    for (const auto& mount : options.mounts) {
        Place place{mount.path, common};
        place.config.root = mount.folder;
        places_.push_back(std::move(place));
    }
    std::vector<nacre::sftp::Mount> mounts;
    for (const auto& place : places_) {
        auto wrong = check_folder(place.config.root);
        if (!wrong.empty()) return wrong;
        mounts.push_back({place.path, nacre::sftp::make_memory_filesystem()});
    }
    const auto tried = nacre::sftp::make_mounted_filesystem(std::move(mounts), home_);
    if (!tried) return std::string("--mount: ") + tried.error().what;
    charset_ = options.charset;
    if (!charset_.empty() &&
        !nacre::sftp::make_charset_filesystem(nacre::sftp::make_memory_filesystem(), charset_))
        return "--charset: not known, or not for names of files: " + charset_;
    return {};
}

std::vector<fs::LocalFolder>& Folders::folders_of(server::Loop& loop) {
    const std::lock_guard lock(mutex_);
    auto& folders = folders_[&loop];
    if (folders.empty()) {
        folders.reserve(places_.size());
        for (const auto& place : places_) folders.emplace_back(place.config, loop.files());
    }
    return folders;
}

Result<std::shared_ptr<nacre::sftp::Filesystem>> Folders::filesystem(server::Loop& loop) {
    auto& folders = folders_of(loop);
    NACRE_TRY(auto served, folders.front().filesystem());
    if (folders.size() > 1) {
        std::vector<nacre::sftp::Mount> mounts{{"/", std::move(served)}};
        for (std::size_t i = 1; i < folders.size(); ++i) {
            NACRE_TRY(auto mounted, folders[i].filesystem());
            mounts.push_back({places_[i].path, std::move(mounted)});
        }
        NACRE_TRY(served, nacre::sftp::make_mounted_filesystem(std::move(mounts), home_));
    }
    if (charset_.empty()) return served;
    return nacre::sftp::make_charset_filesystem(std::move(served), charset_);
}

}  // namespace nacre::sftpd
