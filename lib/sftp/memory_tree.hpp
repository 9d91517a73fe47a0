/// \file
/// The nodes of a file tree in memory, and how a path leads to one.
#pragma once
#include "sftp/memory_data.hpp"
#include "sftp/range_locks.hpp"

#include <nacre/base/result.hpp>
#include <nacre/sftp/memory_filesystem.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nacre::sftp {

/// A file, directory or link. Kept by the names it has and by whoever has it open.
struct MemoryNode {
    MemoryNode(FileType of_type, MemoryBudget& budget) : type(of_type), data(budget) {}

    FileType type;
    std::uint32_t permissions = 0;
    std::uint32_t uid = 0, gid = 0;
    std::uint32_t links = 0;  ///< names; of a directory also its "." and the ".." in it
    FileTime atime, mtime, ctime, createtime;
    std::uint32_t bits = 0;  ///< AttribBits
    std::optional<Acl> acl;
    std::uint64_t serial = 0;  ///< of all nodes ever made, from 1; tells the locks
    MemoryData data;           ///< of a file
    std::string target;        ///< of a link
    /// Of a directory: what is in it, where it is itself, and by what name.
    std::map<std::string, std::shared_ptr<MemoryNode>, std::less<>> children;
    MemoryNode* parent = nullptr;
    std::string name;

    bool is_directory() const noexcept { return type == FileType::directory; }
};

class MemoryTree {
  public:
    static constexpr std::size_t kMaxName = 255;
    static constexpr std::size_t kMaxPath = 4096;
    static constexpr std::uint32_t kMaxLinksFollowed = 40;
    /// What attrs_of() can tell, set_attrs() set, and of which bits.
    static constexpr AttrMask kAttrs =
        kAttrCommon | kAttrCreateTime | kAttrAllocationSize | kAttrAcl | kAttrBits;
    static constexpr std::uint32_t kBits = kBitReadOnly | kBitSystem | kBitHidden | kBitArchive |
                                           kBitEncrypted | kBitCompressed | kBitSparse |
                                           kBitAppendOnly | kBitImmutable | kBitSync;

    explicit MemoryTree(MemoryFilesystemConfig config);
    MemoryTree(const MemoryTree&) = delete;
    MemoryTree& operator=(const MemoryTree&) = delete;
    ~MemoryTree();

    /// Where a path leads. `node` is null if only its last component is missing. `directory` and
    /// `name` say where it is or would be; null and empty for the root and for paths that end in
    /// "." or "..".
    struct Place {
        MemoryNode* directory = nullptr;
        std::string name;
        std::shared_ptr<MemoryNode> node;
        bool must_be_directory = false;  ///< the path ends in '/'
    };
    Result<Place> find(std::string_view path, Follow follow) const;
    /// Like find(), but a missing node is an error.
    Result<std::shared_ptr<MemoryNode>> find_existing(std::string_view path, Follow follow) const;

    /// A new node under that name, or no_space_on_filesystem. Precondition: nothing is there.
    /// \param attrs  what it begins with, size apart
    Result<std::shared_ptr<MemoryNode>> create(const Place& place, FileType type,
                                               std::uint32_t permissions, const Attrs& attrs = {});
    /// One more name for a node.
    Result<void> link(const Place& place, const std::shared_ptr<MemoryNode>& node);
    /// Takes a name away. Precondition: it exists; a directory is empty.
    void unlink(MemoryNode& directory, std::string_view name);
    /// Gives a node another name. Precondition: nothing is at `to`.
    void move(const Place& from, const Place& to);

    /// What of `wanted` costs something is told only if asked for.
    Attrs attrs_of(const MemoryNode& node, AttrMask wanted = kAttrCommon) const;
    /// Sets all or nothing. A new size is refused while others lock what it takes away or adds.
    /// \param locks  of the open through which this is asked for; null: by path
    Result<void> set_attrs(MemoryNode& node, const Attrs& attrs, const OpenLocks* locks = nullptr);
    /// What keeps a directory. Precondition: it is in this tree, not removed.
    std::shared_ptr<MemoryNode> shared(const MemoryNode& directory) const;
    /// The absolute path of a directory.
    std::string path_of(const MemoryNode& directory) const;
    /// The node's contents changed.
    void touch(MemoryNode& node) noexcept;
    FilesystemStats stats() const noexcept;
    MemoryBudget& budget() noexcept { return budget_; }
    RangeLocks& locks() noexcept { return *locks_; }
    static LockedFileId lock_id(const MemoryNode& node) noexcept { return {0, node.serial}; }

  private:
    static Result<void> check_attrs(const MemoryNode& node, const Attrs& attrs);
    FileTime now() const noexcept { return {config_.now != nullptr ? config_.now() : 0, 0}; }

    MemoryFilesystemConfig config_;
    MemoryBudget budget_;
    std::uint32_t names_ = 1;
    std::uint64_t last_serial_ = 0;
    std::shared_ptr<RangeLocks> locks_ = std::make_shared<RangeLocks>();
    std::shared_ptr<MemoryNode> root_;
};

/// Makes the objects that a Filesystem hands out.
std::shared_ptr<File> open_memory_file(std::shared_ptr<MemoryTree> tree,
                                       const MemoryTree::Place& place, OpenFlags flags,
                                       OpenLocks locks);
std::shared_ptr<Directory> open_memory_directory(std::shared_ptr<MemoryTree> tree,
                                                 std::shared_ptr<MemoryNode> node);

}  // namespace nacre::sftp
