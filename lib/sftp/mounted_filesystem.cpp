#include "sftp/lexical_path.hpp"
#include "sftp/mount_table.hpp"
#include "sftp/mounted_directory.hpp"

#include <nacre/sftp/mounted_filesystem.hpp>

#include <cerrno>

namespace nacre::sftp {
namespace {

Error across_mounts() noexcept {
    return failure_from_errno(EXDEV);
}

class MountedFilesystem final : public Filesystem,
                                public Links,
                                public Space,
                                public Users,
                                public Copies,
                                public TemporaryFolders {
  public:
    explicit MountedFilesystem(MountTable table) : table_(std::move(table)) {}

    void open(std::string_view path, OpenFlags flags, const Attrs& attrs,
              Reply<std::shared_ptr<File>> reply) override {
        const auto place = table_.find(path);
        if (refused(place, Status::file_is_a_directory, reply)) return;
        place.mount->filesystem->open(place.inner, flags, attrs, std::move(reply));
    }
    void open_directory(std::string_view path, Reply<std::shared_ptr<Directory>> reply) override;
    void stat(std::string_view path, Follow follow, AttrMask wanted, Reply<Attrs> reply) override {
        stat_place(table_.find(path), follow, wanted, std::move(reply));
    }
    void set_stat(std::string_view path, const Attrs& attrs, Follow follow,
                  Reply<void> reply) override {
        const auto place = table_.find(path);
        if (place.mount != nullptr) {
            place.mount->filesystem->set_stat(place.inner, attrs, follow, std::move(reply));
        } else {
            reply(failure(place.fixed() ? Status::permission_denied : Status::no_such_file));
        }
    }
    void remove(std::string_view path, Reply<void> reply) override {
        const auto place = table_.find(path);
        if (refused(place, Status::file_is_a_directory, reply)) return;
        place.mount->filesystem->remove(place.inner, std::move(reply));
    }
    void make_directory(std::string_view path, const Attrs& attrs, Reply<void> reply) override {
        const auto place = table_.find(path);
        if (refused(place, Status::file_already_exists, reply)) return;
        place.mount->filesystem->make_directory(place.inner, attrs, std::move(reply));
    }
    void remove_directory(std::string_view path, Reply<void> reply) override {
        const auto place = table_.find(path);
        if (refused(place, Status::permission_denied, reply)) return;
        place.mount->filesystem->remove_directory(place.inner, std::move(reply));
    }
    void real_path(std::string_view path, PathCheck check, Reply<RealPath> reply) override;
    void rename(std::string_view from, std::string_view to, bool overwrite,
                Reply<void> reply) override {
        const auto source = table_.find(from);
        const auto target = table_.find(to);
        if (refused(source, Status::permission_denied, reply)) return;
        if (refused(target, overwrite ? Status::permission_denied : Status::file_already_exists,
                    reply))
            return;
        if (source.mount == target.mount) {
            source.mount->filesystem->rename(source.inner, target.inner, overwrite,
                                             std::move(reply));
        } else {
            reply(across_mounts());
        }
    }

    Links* links() noexcept override { return any(&Filesystem::links) ? this : nullptr; }
    Space* space() noexcept override { return any(&Filesystem::space) ? this : nullptr; }
    Users* users() noexcept override { return any(&Filesystem::users) ? this : nullptr; }
    Copies* copies() noexcept override { return any(&Filesystem::copies) ? this : nullptr; }
    TemporaryFolders* temporary_folders() noexcept override {
        return any(&Filesystem::temporary_folders) ? this : nullptr;
    }
    FilesystemTraits traits() const noexcept override {
        auto common = table_.mounts().front().filesystem->traits();
        for (const auto& mount : table_.mounts()) {
            const auto traits = mount.filesystem->traits();
            common.attrs &= traits.attrs;
            common.attrib_bits &= traits.attrib_bits;
            common.acl_capabilities &= traits.acl_capabilities;
            common.locks = common.locks && traits.locks;
        }
        return common;
    }
    std::string take_message() override {
        std::string message;
        for (const auto& mount : table_.mounts()) {
            // All are asked: what is left would go with a later status.
            auto own = mount.filesystem->take_message();
            if (message.empty()) message = std::move(own);
        }
        return message;
    }
    void on_end() override {
        for (const auto& mount : table_.mounts()) mount.filesystem->on_end();
    }

    void read_link(std::string_view path, Reply<std::string> reply) override;
    void symlink(std::string_view target, std::string_view link, Reply<void> reply) override;
    void hard_link(std::string_view existing, std::string_view link, Reply<void> reply) override {
        const auto source = table_.find(existing);
        const auto target = table_.find(link);
        if (refused(source, Status::permission_denied, reply)) return;
        if (refused(target, Status::file_already_exists, reply)) return;
        if (source.mount != target.mount) {
            reply(across_mounts());
        } else if (auto* group = group_of(source, &Filesystem::links, reply)) {
            group->hard_link(source.inner, target.inner, std::move(reply));
        }
    }
    void stat_filesystem(std::string_view path, Reply<FilesystemStats> reply) override {
        const auto place = table_.find(path);
        if (auto* group = group_of(place, &Filesystem::space, reply))
            group->stat_filesystem(place.inner, std::move(reply));
    }
    void home_directory(std::string_view user, Reply<std::string> reply) override {
        if (user.empty()) {
            reply(table_.home());
            return;
        }
        const auto place = table_.find(table_.home());
        if (auto* group = group_of(place, &Filesystem::users, reply))
            group->home_directory(user, to_outer(*place.mount, std::move(reply)));
    }
    void names_of(std::vector<std::uint32_t> uids, std::vector<std::uint32_t> gids,
                  Reply<Names> reply) override {
        any(&Filesystem::users)
            ->filesystem->users()
            ->names_of(std::move(uids), std::move(gids), std::move(reply));
    }
    void copy_file(std::string_view from, std::string_view to, bool overwrite,
                   Reply<void> reply) override {
        const auto source = table_.find(from);
        const auto target = table_.find(to);
        if (refused(source, Status::file_is_a_directory, reply)) return;
        if (refused(target, Status::file_is_a_directory, reply)) return;
        if (source.mount != target.mount) {
            reply(across_mounts());
        } else if (auto* group = group_of(source, &Filesystem::copies, reply)) {
            group->copy_file(source.inner, target.inner, overwrite, std::move(reply));
        }
    }
    void temporary_folder(Reply<std::string> reply) override {
        const auto& mount = for_temporaries();
        mount.filesystem->temporary_folders()->temporary_folder(to_outer(mount, std::move(reply)));
    }
    void make_temporary_folder(Reply<std::string> reply) override {
        const auto& mount = for_temporaries();
        mount.filesystem->temporary_folders()->make_temporary_folder(
            to_outer(mount, std::move(reply)));
    }

  private:
    using Place = MountTable::Place;

    /// Answers what no mount can be asked: about a folder that stays as it is, or about nothing.
    template <class T>
    static bool refused(const Place& place, Status fixed, Reply<T>& reply) {
        if (place.fixed()) {
            reply(failure(fixed));
        } else if (place.mount == nullptr) {
            reply(failure(Status::no_such_file));
        } else {
            return false;
        }
        return true;
    }
    /// The group that a path's mount has; without it, the question is answered.
    template <class Group, class T>
    static Group* group_of(const Place& place, Group* (Filesystem::*group)() noexcept,
                           Reply<T>& reply) {
        Group* found = nullptr;
        if (place.mount == nullptr) {
            reply(failure(place.fixed() ? Status::op_unsupported : Status::no_such_file));
        } else {
            found = (place.mount->filesystem.get()->*group)();
            if (found == nullptr) reply(failure(Status::op_unsupported));
        }
        return found;
    }
    /// The first mount that has a group.
    template <class Group>
    const Mount* any(Group* (Filesystem::*group)() noexcept) const {
        for (const auto& mount : table_.mounts())
            if ((mount.filesystem.get()->*group)() != nullptr) return &mount;
        return nullptr;
    }
    /// That of the home folder, if it knows such folders. Precondition: one mount does.
    const Mount& for_temporaries() const {
        const auto home = table_.find(table_.home());
        if (home.mount != nullptr && home.mount->filesystem->temporary_folders() != nullptr)
            return *home.mount;
        return *any(&Filesystem::temporary_folders);
    }
    /// A reply that takes a path in a mount.
    static Reply<std::string> to_outer(const Mount& mount, Reply<std::string> reply) {
        auto held = std::make_shared<Reply<std::string>>(std::move(reply));
        return Reply<std::string>::from([mount, held](Result<std::string>&& path) {
            (*held)(path ? Result<std::string>(MountTable::outer(mount, *path)) : path);
        });
    }
    void stat_place(const Place& place, Follow follow, AttrMask wanted, Reply<Attrs> reply);
    std::vector<MountedName> names_in(const Place& place) const;

    MountTable table_;
};

void MountedFilesystem::stat_place(const Place& place, Follow follow, AttrMask wanted,
                                   Reply<Attrs> reply) {
    if (place.mount == nullptr) {
        reply(place.fixed() ? Result<Attrs>(made_up_folder()) : failure(Status::no_such_file));
        return;
    }
    auto& filesystem = *place.mount->filesystem;
    if (place.is_mount || !place.leads_to_mount) {
        filesystem.stat(place.inner, follow, wanted, std::move(reply));
        return;
    }
    // A folder, whatever is there.
    auto held = std::make_shared<Reply<Attrs>>(std::move(reply));
    filesystem.stat(place.inner, follow, wanted, Reply<Attrs>::from([held](Result<Attrs>&& attrs) {
                        const bool folder = attrs && attrs->type == FileType::directory;
                        (*held)(folder ? std::move(attrs) : made_up_folder());
                    }));
}

std::vector<MountedName> MountedFilesystem::names_in(const Place& place) const {
    std::vector<MountedName> names;
    for (auto& name : table_.names_in(place.path)) {
        const auto below = table_.find(path_below(place.path, name));
        auto filesystem = below.is_mount ? below.mount->filesystem : nullptr;
        names.push_back({std::move(name), std::move(filesystem)});
    }
    return names;
}

void MountedFilesystem::open_directory(std::string_view path,
                                       Reply<std::shared_ptr<Directory>> reply) {
    const auto place = table_.find(path);
    if (!place.leads_to_mount) {
        if (place.mount == nullptr) {
            reply(failure(Status::no_such_file));
        } else {
            place.mount->filesystem->open_directory(place.inner, std::move(reply));
        }
        return;
    }
    auto names = names_in(place);
    if (place.mount == nullptr) {
        reply(make_mounted_directory(nullptr, std::move(names)));
        return;
    }
    auto held = std::make_shared<Reply<std::shared_ptr<Directory>>>(std::move(reply));
    place.mount->filesystem->open_directory(
        place.inner, Reply<std::shared_ptr<Directory>>::from(
                         [held, names = std::move(names), must_open = place.is_mount](
                             Result<std::shared_ptr<Directory>>&& inner) mutable {
                             if (!inner && must_open) {
                                 (*held)(inner.error());
                                 return;
                             }
                             (*held)(make_mounted_directory(std::move(inner).value_or(nullptr),
                                                            std::move(names)));
                         }));
}

void MountedFilesystem::real_path(std::string_view path, PathCheck check, Reply<RealPath> reply) {
    const auto place = table_.find(path);
    const bool wants_attrs = check == PathCheck::stat_if || check == PathCheck::stat_always;
    if (check == PathCheck::no_check || (place.fixed() && !wants_attrs)) {
        reply(RealPath{place.path, {}});
        return;
    }
    auto held = std::make_shared<Reply<RealPath>>(std::move(reply));
    if (place.fixed()) {
        stat_place(place, Follow::yes, kAttrCommon,
                   Reply<Attrs>::from([held, name = place.path](Result<Attrs>&& attrs) {
                       if (attrs) {
                           (*held)(RealPath{name, std::move(attrs).value()});
                       } else {
                           (*held)(attrs.error());
                       }
                   }));
        return;
    }
    if (place.mount == nullptr) {
        const auto parent = table_.find(place.path.substr(0, place.path.rfind('/') + 1));
        const bool may_miss =
            check == PathCheck::stat_if || (check == PathCheck::last_may_miss && parent.fixed());
        (*held)(may_miss ? Result<RealPath>(RealPath{place.path, {}})
                         : failure(Status::no_such_file));
        return;
    }
    place.mount->filesystem->real_path(
        place.inner, check,
        Reply<RealPath>::from([held, mount = *place.mount](Result<RealPath>&& found) {
            if (found) found->path = MountTable::outer(mount, found->path);
            (*held)(std::move(found));
        }));
}

void MountedFilesystem::read_link(std::string_view path, Reply<std::string> reply) {
    const auto place = table_.find(path);
    if (refused(place, Status::invalid_parameter, reply)) return;
    auto* group = group_of(place, &Filesystem::links, reply);
    if (group == nullptr) return;
    auto held = std::make_shared<Reply<std::string>>(std::move(reply));
    group->read_link(
        place.inner,
        Reply<std::string>::from([held, mount = *place.mount](Result<std::string>&& target) {
            if (target && target->starts_with('/') && mount.folder != "/")
                target->insert(0, mount.folder);
            (*held)(std::move(target));
        }));
}

void MountedFilesystem::symlink(std::string_view target, std::string_view link, Reply<void> reply) {
    const auto place = table_.find(link);
    if (refused(place, Status::file_already_exists, reply)) return;
    auto* group = group_of(place, &Filesystem::links, reply);
    if (group == nullptr) return;
    const auto& folder = place.mount->folder;
    if (!target.starts_with('/') || folder == "/") {
        group->symlink(target, place.inner, std::move(reply));
    } else if (is_at_or_below(target, folder)) {
        const auto rest = target.substr(folder.size());
        group->symlink(rest.empty() ? "/" : rest, place.inner, std::move(reply));
    } else {
        reply(across_mounts());
    }
}

}  // namespace

Result<std::shared_ptr<Filesystem>> make_mounted_filesystem(std::vector<Mount> mounts,
                                                            std::string home) {
    NACRE_TRY(auto table, MountTable::make(std::move(mounts), home));
    return std::shared_ptr<Filesystem>(std::make_shared<MountedFilesystem>(std::move(table)));
}

}  // namespace nacre::sftp
