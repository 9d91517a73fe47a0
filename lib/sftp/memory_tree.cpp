#include "sftp/memory_tree.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

namespace nacre::sftp {
namespace {

constexpr std::uint32_t kRootPermissions = 0755;
constexpr std::uint64_t kBlock = 4096;
constexpr std::uint64_t kWholeFile = MemoryData::kMaxSize;

/// Puts the components of `path` on `todo`, the first on top.
void push_components(std::vector<std::string>& todo, std::string_view path) {
    while (!path.empty()) {
        const auto slash = path.rfind('/');
        const auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
        if (!name.empty() && name != ".") todo.emplace_back(name);
        path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
    }
}

/// Owners are numbers here, whatever version of the protocol tells them.
Result<std::optional<std::uint32_t>> number_of(const std::optional<std::string>& owner,
                                               Status otherwise) {
    if (!owner || owner->empty()) return std::optional<std::uint32_t>();
    std::uint32_t number = 0;
    const char* end = owner->data() + owner->size();
    const auto parsed = std::from_chars(owner->data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return failure(otherwise);
    return std::optional(number);
}

bool ends_in_dot(std::string_view path) noexcept {
    while (path.ends_with('/')) path.remove_suffix(1);
    return path == "." || path.ends_with("/.");
}

}  // namespace

MemoryTree::MemoryTree(MemoryFilesystemConfig config)
    : config_(config),
      budget_{config.max_bytes, 0},
      root_(std::make_shared<MemoryNode>(FileType::directory, budget_)) {
    root_->permissions = kRootPermissions;
    root_->uid = config_.uid;
    root_->gid = config_.gid;
    root_->links = 2;
    root_->atime = root_->mtime = root_->ctime = root_->createtime = now();
}

MemoryTree::~MemoryTree() {
    // One level after the other: renames can make a tree too deep for recursion.
    std::vector<std::shared_ptr<MemoryNode>> doomed{std::move(root_)};
    while (!doomed.empty()) {
        const auto node = std::move(doomed.back());
        doomed.pop_back();
        for (auto& [name, child] : node->children) doomed.push_back(std::move(child));
        node->children.clear();
    }
}

Result<MemoryTree::Place> MemoryTree::find(std::string_view path, Follow follow) const {
    if (path.size() > kMaxPath) return failure(Status::invalid_filename, "File name too long");
    std::vector<std::string> todo;
    push_components(todo, path);
    Place place;
    const bool dot = ends_in_dot(path);
    place.must_be_directory = dot || path.ends_with('/');
    std::shared_ptr<MemoryNode> here = root_;
    std::uint32_t followed = 0;
    while (!todo.empty()) {
        const std::string name = std::move(todo.back());
        todo.pop_back();
        if (!here->is_directory()) return failure(Status::not_a_directory);
        if (name == "..") {
            if (here->parent != nullptr) here = shared(*here->parent);
            place.directory = nullptr;
            place.name.clear();
            continue;
        }
        if (name.size() > kMaxName) return failure(Status::invalid_filename, "File name too long");
        const auto child = here->children.find(name);
        const bool last = todo.empty();
        if (child == here->children.end()) {
            if (!last || dot) return failure(Status::no_such_file);
            place.directory = here.get();
            place.name = name;
            return place;
        }
        const auto& node = child->second;
        if (node->type == FileType::symlink &&
            (!last || follow == Follow::yes || place.must_be_directory)) {
            if (++followed > kMaxLinksFollowed) return failure(Status::link_loop);
            push_components(todo, node->target);
            if (node->target.starts_with('/')) here = root_;
            place.directory = nullptr;
            place.name.clear();
            continue;
        }
        place.directory = here.get();
        place.name = name;
        here = node;
    }
    if (place.must_be_directory && !here->is_directory()) return failure(Status::not_a_directory);
    if (dot) {
        place.directory = nullptr;
        place.name.clear();
    }
    place.node = std::move(here);
    return place;
}

Result<std::shared_ptr<MemoryNode>> MemoryTree::find_existing(std::string_view path,
                                                              Follow follow) const {
    NACRE_TRY(auto place, find(path, follow));
    if (!place.node) return failure(Status::no_such_file);
    return place.node;
}

Result<std::shared_ptr<MemoryNode>> MemoryTree::create(const Place& place, FileType type,
                                                       std::uint32_t permissions,
                                                       const Attrs& attrs) {
    auto node = std::make_shared<MemoryNode>(type, budget_);
    node->permissions = permissions & 07777;
    node->uid = config_.uid;
    node->gid = config_.gid;
    node->atime = node->mtime = node->ctime = node->createtime = now();
    node->serial = ++last_serial_;
    // The size that comes with a new file says how long it will get.
    Attrs begin = attrs;
    begin.size.reset();
    begin.allocation_size.reset();
    NACRE_CHECK(set_attrs(*node, begin));
    NACRE_CHECK(link(place, node));
    return node;
}

Result<void> MemoryTree::link(const Place& place, const std::shared_ptr<MemoryNode>& node) {
    if (names_ >= config_.max_nodes) return failure(Status::no_space_on_filesystem);
    // A directory that was removed while it was open takes nothing new.
    if (place.directory->links == 0) return failure(Status::no_such_file);
    place.directory->children.emplace(place.name, node);
    ++names_;
    if (node->is_directory()) {
        node->links = 2;
        node->parent = place.directory;
        node->name = place.name;
        ++place.directory->links;
    } else {
        ++node->links;
        node->ctime = now();
    }
    touch(*place.directory);
    return {};
}

void MemoryTree::unlink(MemoryNode& directory, std::string_view name) {
    const auto child = directory.children.find(name);
    const auto node = child->second;
    directory.children.erase(child);
    --names_;
    if (node->is_directory()) {
        node->links = 0;
        node->parent = nullptr;
        --directory.links;
    } else {
        --node->links;
        node->ctime = now();
        if (node->type == FileType::symlink && node->links == 0)
            budget_.give_back(node->target.size());
    }
    touch(directory);
}

void MemoryTree::move(const Place& from, const Place& to) {
    auto entry = from.directory->children.extract(from.name);
    entry.key() = to.name;
    MemoryNode& node = *entry.mapped();
    to.directory->children.insert(std::move(entry));
    if (node.is_directory()) {
        --from.directory->links;
        ++to.directory->links;
        node.parent = to.directory;
        node.name = to.name;
    }
    node.ctime = now();
    touch(*from.directory);
    touch(*to.directory);
}

Attrs MemoryTree::attrs_of(const MemoryNode& node, AttrMask wanted) const {
    Attrs attrs;
    attrs.type = node.type;
    attrs.size = node.type == FileType::symlink ? node.target.size() : node.data.size();
    attrs.uid = node.uid;
    attrs.gid = node.gid;
    attrs.permissions = node.permissions;
    attrs.atime = node.atime;
    attrs.mtime = node.mtime;
    attrs.ctime = node.ctime;
    attrs.link_count = node.links;
    if ((wanted & kAttrOwnerGroup) != 0) {
        attrs.owner = std::to_string(node.uid);
        attrs.group = std::to_string(node.gid);
    }
    if ((wanted & kAttrCreateTime) != 0) attrs.createtime = node.createtime;
    if ((wanted & kAttrAllocationSize) != 0) attrs.allocation_size = node.data.allocated();
    if ((wanted & kAttrBits) != 0) attrs.bits = AttribBits{node.bits, kBits};
    if ((wanted & kAttrAcl) != 0 && node.acl) attrs.extra.make().acl = node.acl;
    return attrs;
}

/// What of a change would be refused, before anything of it is done.
Result<void> MemoryTree::check_attrs(const MemoryNode& node, const Attrs& attrs) {
    if (attrs.size) {
        if (node.is_directory()) return failure(Status::file_is_a_directory);
        if (node.type != FileType::regular || *attrs.size > MemoryData::kMaxSize)
            return failure(Status::invalid_parameter);
    }
    if (attrs.allocation_size && *attrs.allocation_size < attrs.size.value_or(0))
        return failure(Status::invalid_parameter);
    if (attrs.bits && (attrs.bits->valid & ~kBits) != 0) return failure(Status::op_unsupported);
    if (attrs.text_hint || (attrs.extra && attrs.extra->mime_type))
        return failure(Status::op_unsupported);
    return {};
}

Result<void> MemoryTree::set_attrs(MemoryNode& node, const Attrs& attrs, const OpenLocks* locks) {
    NACRE_CHECK(check_attrs(node, attrs));
    NACRE_TRY(const auto owner, number_of(attrs.owner, Status::owner_invalid));
    NACRE_TRY(const auto group, number_of(attrs.group, Status::group_invalid));
    if (attrs.size) {
        OpenLocks own;
        if (locks == nullptr) {
            NACRE_TRY(own, locks_->open(lock_id(node), kBlockWrite, 0));
            locks = &own;
        }
        NACRE_CHECK(locks->check(kBlockWrite, std::min(*attrs.size, node.data.size()), kWholeFile));
        node.data.resize(*attrs.size);
        touch(node);
    }
    if (attrs.permissions) node.permissions = *attrs.permissions & 07777;
    if (attrs.uid) node.uid = *attrs.uid;
    if (attrs.gid) node.gid = *attrs.gid;
    if (owner) node.uid = *owner;
    if (group) node.gid = *group;
    if (attrs.atime) node.atime = *attrs.atime;
    if (attrs.mtime) node.mtime = *attrs.mtime;
    if (attrs.createtime) node.createtime = *attrs.createtime;
    if (attrs.bits)
        node.bits = (node.bits & ~attrs.bits->valid) | (attrs.bits->bits & attrs.bits->valid);
    if (attrs.extra && attrs.extra->acl) node.acl = attrs.extra->acl;
    node.ctime = now();
    return {};
}

std::shared_ptr<MemoryNode> MemoryTree::shared(const MemoryNode& directory) const {
    if (directory.parent == nullptr) return root_;
    return directory.parent->children.find(directory.name)->second;
}

std::string MemoryTree::path_of(const MemoryNode& directory) const {
    std::vector<std::string_view> names;
    for (const MemoryNode* node = &directory; node->parent != nullptr; node = node->parent)
        names.push_back(node->name);
    if (names.empty()) return "/";
    std::string path;
    for (auto name = names.rbegin(); name != names.rend(); ++name) path.append("/").append(*name);
    return path;
}

void MemoryTree::touch(MemoryNode& node) noexcept {
    node.mtime = node.ctime = now();
}

FilesystemStats MemoryTree::stats() const noexcept {
    FilesystemStats stats;
    stats.block_size = stats.fragment_size = kBlock;
    stats.blocks = budget_.limit / kBlock;
    stats.blocks_free = stats.blocks_available = (budget_.limit - budget_.used) / kBlock;
    stats.files = config_.max_nodes;
    stats.files_free = stats.files_available =
        config_.max_nodes > names_ ? config_.max_nodes - names_ : 0;
    stats.max_name = kMaxName;
    return stats;
}

}  // namespace nacre::sftp
