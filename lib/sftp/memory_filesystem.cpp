#include "sftp/memory_tree.hpp"

#include <nacre/sftp/memory_filesystem.hpp>

namespace nacre::sftp {
namespace {

constexpr std::uint32_t kFilePermissions = 0644;
constexpr std::uint32_t kDirectoryPermissions = 0755;
constexpr std::uint32_t kLinkPermissions = 0777;

class MemoryFilesystem final : public Filesystem, public Links, public Space, public Users {
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
    void stat(std::string_view path, Follow follow, AttrMask, Reply<Attrs> reply) override {
        auto node = tree_->find_existing(path, follow);
        if (node) {
            reply(tree_->attrs_of(**node));
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
    void real_path(std::string_view path, PathCheck, Reply<RealPath> reply) override {
        auto found = canonical(path);
        if (found) {
            reply(RealPath{std::move(*found), {}});
        } else {
            reply(found.error());
        }
    }
    void rename(std::string_view from, std::string_view to, bool overwrite,
                Reply<void> reply) override {
        reply(move(from, to, overwrite));
    }
    Links* links() noexcept override { return this; }
    Space* space() noexcept override { return this; }
    Users* users() noexcept override { return this; }

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

  private:
    using Place = MemoryTree::Place;

    Result<std::shared_ptr<File>> open_file(std::string_view path, OpenFlags flags,
                                            const Attrs& attrs);
    Result<Place> free_place(std::string_view path);
    Result<void> remove_name(std::string_view path);
    Result<void> add_directory(std::string_view path, const Attrs& attrs);
    Result<void> remove_empty(std::string_view path);
    Result<std::string> canonical(std::string_view path);
    Result<void> move(std::string_view from, std::string_view to, bool overwrite);
    Result<void> make_way(const MemoryNode& from, const Place& to);
    Result<void> add_symlink(std::string_view target, std::string_view link);
    Result<void> add_name(std::string_view existing, std::string_view link);

    std::shared_ptr<MemoryTree> tree_;
};

Result<std::shared_ptr<File>> MemoryFilesystem::open_file(std::string_view path, OpenFlags flags,
                                                          const Attrs& attrs) {
    const bool fresh_only = flags.create && flags.exclusive;
    // Whoever insists on a new file does not want one at the far end of a link.
    NACRE_TRY(auto place, tree_->find(path, fresh_only ? Follow::no : Follow::yes));
    if (place.node) {
        if (fresh_only) return failure(Status::file_already_exists);
        if (place.node->is_directory()) return failure(Status::file_is_a_directory);
        if (flags.truncate) {
            place.node->data.resize(0);
            tree_->touch(*place.node);
        }
        return open_memory_file(tree_, place.node, flags);
    }
    if (!flags.create) return failure(Status::no_such_file);
    if (place.must_be_directory) return failure(Status::file_is_a_directory);
    NACRE_TRY(auto node, tree_->create(place, FileType::regular,
                                       attrs.permissions.value_or(kFilePermissions)));
    return open_memory_file(tree_, std::move(node), flags);
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
    tree_->unlink(*place.directory, place.name);
    return {};
}

Result<void> MemoryFilesystem::add_directory(std::string_view path, const Attrs& attrs) {
    NACRE_TRY(const auto place, free_place(path));
    NACRE_TRY(auto node, tree_->create(place, FileType::directory,
                                       attrs.permissions.value_or(kDirectoryPermissions)));
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

Result<std::string> MemoryFilesystem::canonical(std::string_view path) {
    NACRE_TRY(const auto place, tree_->find(path, Follow::yes));
    if (place.node && place.node->is_directory()) return tree_->path_of(*place.node);
    std::string result = tree_->path_of(*place.directory);
    if (result != "/") result += '/';
    return result + place.name;
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

}  // namespace

std::shared_ptr<Filesystem> make_memory_filesystem(MemoryFilesystemConfig config) {
    return std::make_shared<MemoryFilesystem>(config);
}

}  // namespace nacre::sftp
