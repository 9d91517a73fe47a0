#include "sftp/mounted_directory.hpp"

#include <algorithm>

namespace nacre::sftp {
namespace {

constexpr std::uint32_t kFolderPermissions = 0755;

/// What the mount below has, then the mounts.
class MountedDirectory final : public Directory,
                               public std::enable_shared_from_this<MountedDirectory> {
  public:
    MountedDirectory(std::shared_ptr<Directory> inner, std::vector<MountedName> names)
        : inner_(std::move(inner)), names_(std::move(names)), inner_ended_(inner_ == nullptr) {
        if (inner_ended_) ready_ = {{".", made_up_folder()}, {"..", made_up_folder()}};
    }

    void read(std::size_t max_entries, Reply<std::vector<DirEntry>> reply) override {
        max_entries_ = max_entries;
        reply_ = std::move(reply);
        if (inner_ended_) {
            describe();
        } else {
            read_inner();
        }
    }
    void stat(AttrMask wanted, Reply<Attrs> reply) override {
        if (inner_) {
            inner_->stat(wanted, std::move(reply));
        } else {
            reply(made_up_folder());
        }
    }
    void set_stat(const Attrs& attrs, Reply<void> reply) override {
        if (inner_) {
            inner_->set_stat(attrs, std::move(reply));
        } else {
            reply(failure(Status::permission_denied));
        }
    }
    void close(HandleEnd why) override {
        if (inner_) inner_->close(why);
    }

  private:
    bool is_hidden(const DirEntry& entry) const {
        return std::any_of(names_.begin(), names_.end(),
                           [&](const MountedName& name) { return name.name == entry.name; });
    }
    void read_inner() {
        inner_->read(max_entries_,
                     Reply<std::vector<DirEntry>>::from(
                         [self = shared_from_this()](Result<std::vector<DirEntry>>&& entries) {
                             self->on_inner(std::move(entries));
                         }));
    }
    void on_inner(Result<std::vector<DirEntry>>&& entries) {
        if (!entries) {
            reply_(entries.error());
            return;
        }
        if (entries->empty()) {
            inner_ended_ = true;
            describe();
            return;
        }
        std::erase_if(*entries, [&](const DirEntry& entry) { return is_hidden(entry); });
        // Nothing would mean the end.
        if (entries->empty()) {
            read_inner();
        } else {
            reply_(std::move(entries));
        }
    }
    /// Finds out what the next mounts are, one after the other, and answers.
    void describe() {
        if (ready_.size() >= max_entries_ || next_ == names_.size()) {
            auto rest = std::min(ready_.size(), max_entries_);
            std::vector<DirEntry> entries(ready_.begin(),
                                          ready_.begin() + static_cast<std::ptrdiff_t>(rest));
            ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(rest));
            reply_(std::move(entries));
            return;
        }
        const auto& name = names_[next_];
        if (!name.filesystem) {
            on_described(made_up_folder());
            return;
        }
        name.filesystem->stat(
            "/", Follow::yes, kAttrCommon,
            Reply<Attrs>::from([self = shared_from_this()](Result<Attrs>&& attrs) {
                self->on_described(std::move(attrs));
            }));
    }
    void on_described(Result<Attrs>&& attrs) {
        ready_.push_back({names_[next_].name, std::move(attrs).value_or(made_up_folder())});
        ++next_;
        describe();
    }

    std::shared_ptr<Directory> inner_;
    std::vector<MountedName> names_;
    std::size_t next_ = 0;  // in names_
    bool inner_ended_;
    std::vector<DirEntry> ready_;
    std::size_t max_entries_ = 0;
    Reply<std::vector<DirEntry>> reply_;
};

}  // namespace

Attrs made_up_folder() {
    Attrs attrs;
    attrs.type = FileType::directory;
    attrs.size = 0;
    attrs.uid = attrs.gid = 0;
    attrs.permissions = kFolderPermissions;
    attrs.atime = attrs.mtime = FileTime{};
    attrs.link_count = 2;
    return attrs;
}

std::shared_ptr<Directory> make_mounted_directory(std::shared_ptr<Directory> inner,
                                                  std::vector<MountedName> names) {
    return std::make_shared<MountedDirectory>(std::move(inner), std::move(names));
}

}  // namespace nacre::sftp
