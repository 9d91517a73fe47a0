#include "sftp/lexical_path.hpp"
#include "sftp/memory_tree.hpp"

#include <nacre/sftp/memory_filesystem.hpp>

namespace nacre::sftp {
namespace {

constexpr std::uint32_t kFilePermissions = 0644;
constexpr std::uint32_t kDirectoryPermissions = 0755;
constexpr std::uint32_t kLinkPermissions = 0777;
constexpr std::uint32_t kPrivatePermissions = 0700;
constexpr std::uint32_t kTemporaryPermissions = 01777;
/// Those of acl-supported: entries that allow and that deny.
constexpr std::uint32_t kAclCapabilities = 0x01 | 0x02;

BlockMask uses_of(const OpenFlags& flags) noexcept {
    return (flags.read ? kBlockRead : 0) | (flags.write || flags.append ? kBlockWrite : 0) |
           (flags.delete_on_close ? kBlockDelete : 0);
}

class MemoryFilesystem final : public Filesystem,
                               public Links,
                               public Space,
                               public Users,
                               public Copies,
                               public TemporaryFolders {
  public:
    explicit MemoryFilesystem(MemoryFilesystemConfig config)
        : tree_(std::make_shared<MemoryTree>(config)) {}

    void open(std::string_view path, OpenFlags flags, const Attrs& attrs,
              Reply<std::shared_ptr<File>> reply) override {
        reply(open_file(path, flags, attrs));
    }
    void open_directory(std::string_view path, Reply<std::shared_ptr<Directory>> reply) override {
        auto node = tree_->find_existing(path, Follow::yes);
        if (!node) {
            reply(node.error());
        } else if (!(*node)->is_directory()) {
            reply(failure(Status::not_a_directory));
        } else {
            reply(open_memory_directory(tree_, std::move(node).value()));
        }
    }
    void stat(std::string_view path, Follow follow, AttrMask wanted, Reply<Attrs> reply) override {
        auto node = tree_->find_existing(path, follow);
        if (node) {
            reply(tree_->attrs_of(**node, wanted));
        } else {
            reply(node.error());
        }
    }
    void set_stat(std::string_view path, const Attrs& attrs, Follow follow,
                  Reply<void> reply) override {
        auto node = tree_->find_existing(path, follow);
        reply(node ? tree_->set_attrs(*node.value(), attrs) : node.error());
    }
    void remove(std::string_view path, Reply<void> reply) override { reply(remove_name(path)); }
    void make_directory(std::string_view path, const Attrs& attrs, Reply<void> reply) override {
        reply(add_directory(path, attrs));
    }
    void remove_directory(std::string_view path, Reply<void> reply) override {
        reply(remove_empty(path));
    }
    void real_path(std::string_view path, PathCheck check, Reply<RealPath> reply) override {
        reply(resolve(path, check));
    }
    void rename(std::string_view from, std::string_view to, bool overwrite,
                Reply<void> reply) override {
        reply(move(from, to, overwrite));
    }
    Links* links() noexcept override { return this; }
    Space* space() noexcept override { return this; }
    Users* users() noexcept override { return this; }
    Copies* copies() noexcept override { return this; }
    TemporaryFolders* temporary_folders() noexcept override { return this; }
    FilesystemTraits traits() const noexcept override {
        return {MemoryTree::kAttrs, MemoryTree::kBits, kAclCapabilities, true};
    }

    void read_link(std::string_view path, Reply<std::string> reply) override {
        auto node = tree_->find_existing(path, Follow::no);
        if (!node) {
            reply(node.error());
        } else if ((*node)->type != FileType::symlink) {
            reply(failure(Status::invalid_parameter, "Not a symbolic link"));
        } else {
            reply((*node.value()).target);
        }
    }
    void symlink(std::string_view target, std::string_view link, Reply<void> reply) override {
        reply(add_symlink(target, link));
    }
    void hard_link(std::string_view existing, std::string_view link, Reply<void> reply) override {
        reply(add_name(existing, link));
    }
    void home_directory(std::string_view user, Reply<std::string> reply) override {
        if (user.empty()) {
            reply(std::string("/"));
        } else {
            reply(failure(Status::no_such_file, "no such user"));
        }
    }
    void names_of(std::vector<std::uint32_t> uids, std::vector<std::uint32_t> gids,
                  Reply<Names> reply) override {
        reply(Names{std::vector<std::string>(uids.size()), std::vector<std::string>(gids.size())});
    }
    void stat_filesystem(std::string_view path, Reply<FilesystemStats> reply) override {
        auto node = tree_->find_existing(path, Follow::yes);
        if (node) {
            reply(tree_->stats());
        } else {
            reply(node.error());
        }
    }
    void copy_file(std::string_view from, std::string_view to, bool overwrite,
                   Reply<void> reply) override {
        reply(copy(from, to, overwrite));
    }
    void temporary_folder(Reply<std::string> reply) override {
        // Asking makes nothing: it is allowed where nothing may be changed.
        const auto node = tree_->find_existing(kTemporary, Follow::yes);
        reply(std::string(node && (*node)->is_directory() ? kTemporary : "/"));
    }
    void make_temporary_folder(Reply<std::string> reply) override { reply(new_temporary()); }

  private:
    using Place = MemoryTree::Place;
    static constexpr std::string_view kTemporary = "/tmp";

    Result<std::shared_ptr<File>> open_file(std::string_view path, OpenFlags flags,
                                            const Attrs& attrs);
    Result<Place> free_place(std::string_view path);
    Result<void> remove_name(std::string_view path);
    Result<void> add_directory(std::string_view path, const Attrs& attrs);
    Result<void> remove_empty(std::string_view path);
    std::string canonical(const Place& place) const;
    Result<RealPath> resolve(std::string_view path, PathCheck check);
    Result<void> copy(std::string_view from, std::string_view to, bool overwrite);
    Result<void> temporary();
    Result<std::string> new_temporary();
    Result<void> move(std::string_view from, std::string_view to, bool overwrite);
    Result<void> make_way(const MemoryNode& from, const Place& to);
    Result<void> add_symlink(std::string_view target, std::string_view link);
    Result<void> add_name(std::string_view existing, std::string_view link);

    std::shared_ptr<MemoryTree> tree_;
    std::uint32_t temporaries_ = 0;
};

Result<std::shared_ptr<File>> MemoryFilesystem::open_file(std::string_view path, OpenFlags flags,
                                                          const Attrs& attrs) {
    const bool fresh_only = flags.create && flags.exclusive;
    // Whoever insists on a new file does not want one at the far end of a link.
    const bool follow = !fresh_only && !flags.no_follow;
    NACRE_TRY(auto place, tree_->find(path, follow ? Follow::yes : Follow::no));
    const bool exists = place.node != nullptr;
    if (exists) {
        if (fresh_only) return failure(Status::file_already_exists);
        if (place.node->is_directory()) return failure(Status::file_is_a_directory);
        if (place.node->type == FileType::symlink) return failure(Status::link_loop);
    } else {
        if (!flags.create) return failure(Status::no_such_file);
        if (place.must_be_directory) return failure(Status::file_is_a_directory);
        NACRE_TRY(place.node, tree_->create(place, FileType::regular,
                                            attrs.permissions.value_or(kFilePermissions), attrs));
    }
    auto locks = tree_->locks().open(MemoryTree::lock_id(*place.node), uses_of(flags), flags.block);
    if (!locks) {
        if (!exists) tree_->unlink(*place.directory, place.name);
        return locks.error();
    }
    if (exists && flags.truncate) {
        Attrs empty;
        empty.size = 0;
        NACRE_CHECK(tree_->set_attrs(*place.node, empty, &*locks));
    }
    return open_memory_file(tree_, place, flags, std::move(*locks));
}

/// The place for something new.
Result<MemoryTree::Place> MemoryFilesystem::free_place(std::string_view path) {
    NACRE_TRY(auto place, tree_->find(path, Follow::no));
    if (place.node) return failure(Status::file_already_exists);
    return place;
}

Result<void> MemoryFilesystem::remove_name(std::string_view path) {
    NACRE_TRY(const auto place, tree_->find(path, Follow::no));
    if (!place.node) return failure(Status::no_such_file);
    if (place.node->is_directory()) return failure(Status::file_is_a_directory);
    NACRE_CHECK(tree_->locks().check_delete(MemoryTree::lock_id(*place.node)));
    tree_->unlink(*place.directory, place.name);
    return {};
}

Result<void> MemoryFilesystem::add_directory(std::string_view path, const Attrs& attrs) {
    NACRE_TRY(const auto place, free_place(path));
    NACRE_TRY(auto node, tree_->create(place, FileType::directory,
                                       attrs.permissions.value_or(kDirectoryPermissions), attrs));
    return {};
}

Result<void> MemoryFilesystem::remove_empty(std::string_view path) {
    NACRE_TRY(const auto place, tree_->find(path, Follow::no));
    if (!place.node) return failure(Status::no_such_file);
    if (!place.node->is_directory()) return failure(Status::not_a_directory);
    if (!place.node->children.empty()) return failure(Status::dir_not_empty);
    if (place.directory == nullptr) return failure(Status::invalid_parameter);
    tree_->unlink(*place.directory, place.name);
    return {};
}

std::string MemoryFilesystem::canonical(const Place& place) const {
    if (place.node && place.node->is_directory()) return tree_->path_of(*place.node);
    return path_below(tree_->path_of(*place.directory), place.name);
}

Result<RealPath> MemoryFilesystem::resolve(std::string_view path, PathCheck check) {
    if (check == PathCheck::no_check) return RealPath{lexically_absolute(path), {}};
    const auto place = tree_->find(path, Follow::yes);
    if (!place) {
        if (check == PathCheck::stat_if) return RealPath{lexically_absolute(path), {}};
        return place.error();
    }
    RealPath found{canonical(*place), {}};
    if (check == PathCheck::last_may_miss) return found;
    if (place->node) {
        found.attrs = tree_->attrs_of(*place->node);
    } else if (check == PathCheck::stat_always) {
        return failure(Status::no_such_file);
    }
    return found;
}

Result<void> MemoryFilesystem::move(std::string_view from, std::string_view to, bool overwrite) {
    NACRE_TRY(const auto source, tree_->find(from, Follow::no));
    NACRE_TRY(const auto target, tree_->find(to, Follow::no));
    if (!source.node) return failure(Status::no_such_file);
    if (target.node && !overwrite) return failure(Status::file_already_exists);
    // The root, "." and ".." cannot be moved or replaced.
    if (source.directory == nullptr || target.directory == nullptr)
        return failure(Status::invalid_parameter);
    if (target.node == source.node) return {};
    for (const MemoryNode* up = target.directory; up != nullptr; up = up->parent)
        if (up == source.node.get()) return failure(Status::invalid_parameter);
    if (target.must_be_directory && !source.node->is_directory())
        return failure(Status::not_a_directory);
    NACRE_CHECK(make_way(*source.node, target));
    tree_->move(source, target);
    return {};
}

/// Takes away what a rename replaces.
Result<void> MemoryFilesystem::make_way(const MemoryNode& from, const Place& to) {
    if (!to.node) return {};
    if (from.is_directory() && !to.node->is_directory()) return failure(Status::not_a_directory);
    if (!from.is_directory() && to.node->is_directory())
        return failure(Status::file_is_a_directory);
    if (!to.node->children.empty()) return failure(Status::dir_not_empty);
    NACRE_CHECK(tree_->locks().check_delete(MemoryTree::lock_id(*to.node)));
    tree_->unlink(*to.directory, to.name);
    return {};
}

Result<void> MemoryFilesystem::add_symlink(std::string_view target, std::string_view link) {
    if (target.empty()) return failure(Status::no_such_file);
    if (target.size() > MemoryTree::kMaxPath)
        return failure(Status::invalid_filename, "File name too long");
    NACRE_TRY(const auto place, free_place(link));
    if (place.must_be_directory) return failure(Status::no_such_file);
    if (!tree_->budget().take(target.size())) return failure(Status::no_space_on_filesystem);
    auto node = tree_->create(place, FileType::symlink, kLinkPermissions);
    if (!node) {
        tree_->budget().give_back(target.size());
        return node.error();
    }
    (*node.value()).target = target;
    return {};
}

Result<void> MemoryFilesystem::add_name(std::string_view existing, std::string_view link) {
    NACRE_TRY(const auto node, tree_->find_existing(existing, Follow::no));
    if (node->is_directory()) return failure(Status::permission_denied, "Operation not permitted");
    NACRE_TRY(const auto place, free_place(link));
    if (place.must_be_directory) return failure(Status::no_such_file);
    return tree_->link(place, node);
}

Result<void> MemoryFilesystem::copy(std::string_view from, std::string_view to, bool overwrite) {
    NACRE_TRY(const auto source, tree_->find_existing(from, Follow::yes));
    if (source->is_directory()) return failure(Status::file_is_a_directory);
    NACRE_TRY(const auto target, tree_->find(to, Follow::yes));
    if (target.node && !overwrite) return failure(Status::file_already_exists);
    if (target.node == source) return failure(Status::failure, "Source and target are the same");
    OpenFlags read;
    read.read = true;
    OpenFlags write;
    write.write = write.create = write.truncate = true;
    Attrs attrs;
    attrs.permissions = source->permissions;
    NACRE_TRY(const auto reader, open_file(from, read, {}));
    NACRE_TRY(const auto writer, open_file(to, write, attrs));
    // Answered inside the call, as all that is in memory.
    Result<void> copied;
    reader->copy_to(0, 0, *writer, 0,
                    Reply<void>::from([&copied](Result<void>&& done) { copied = done; }));
    if (!copied && !target.node) tree_->unlink(*target.directory, target.name);
    return copied;
}

Result<void> MemoryFilesystem::temporary() {
    NACRE_TRY(const auto place, tree_->find(kTemporary, Follow::yes));
    if (place.node)
        return place.node->is_directory() ? Result<void>() : failure(Status::not_a_directory);
    auto made = tree_->create(place, FileType::directory, kTemporaryPermissions);
    return made ? Result<void>() : made.error();
}

Result<std::string> MemoryFilesystem::new_temporary() {
    NACRE_CHECK(temporary());
    Attrs attrs;
    attrs.permissions = kPrivatePermissions;
    while (true) {
        const auto path = path_below(kTemporary, std::to_string(++temporaries_));
        const auto made = add_directory(path, attrs);
        if (made) return path;
        if (status_of(made.error()) != Status::file_already_exists) return made.error();
    }
}

}  // namespace

std::shared_ptr<Filesystem> make_memory_filesystem(MemoryFilesystemConfig config) {
    return std::make_shared<MemoryFilesystem>(config);
}

}  // namespace nacre::sftp
