// An open file or directory of a MemoryFilesystem.
#include "sftp/memory_tree.hpp"

#include <algorithm>

namespace nacre::sftp {
namespace {

class MemoryFile final : public File {
  public:
    MemoryFile(std::shared_ptr<MemoryTree> tree, const MemoryTree::Place& place, OpenFlags flags,
               OpenLocks locks)
        : tree_(std::move(tree)), node_(place.node), flags_(flags), locks_(std::move(locks)) {
        if (!flags_.delete_on_close || place.directory == nullptr) return;
        doomed_in_ = tree_->shared(*place.directory);
        doomed_name_ = place.name;
    }
    ~MemoryFile() override { remove_doomed(); }

    void read(std::uint64_t offset, ReadBuffer buffer, Reply<ReadBuffer> reply) override {
        std::size_t skip = buffer.skip;
        const auto free = locks_.check(kBlockRead, offset, buffer.frames.bytes() - skip);
        if (!free) {
            reply(free.error());
            return;
        }
        buffer.filled = 0;
        buffer.frames.for_each([&](ByteSpan to) {
            const std::size_t skipped = std::min(skip, to.size());
            skip -= skipped;
            buffer.filled += node_->data.read(offset + buffer.filled, to.subspan(skipped));
        });
        reply(std::move(buffer));
    }

    void write(std::uint64_t offset, WriteBuffer buffer, Reply<WriteBuffer> reply) override {
        if (flags_.append) offset = node_->data.size();
        buffer.written = 0;
        if (auto free = check_write(offset, buffer); !free) {
            buffer.error = free.error();
            reply(std::move(buffer));
            return;
        }
        for (const auto& piece : buffer.pieces) {
            const auto n = node_->data.write(offset + buffer.written, piece.bytes);
            buffer.written += n;
            if (n == piece.bytes.size()) continue;
            buffer.error = offset + buffer.written >= MemoryData::kMaxSize
                               ? failure(Status::failure, "File too large")
                               : failure(Status::no_space_on_filesystem);
            break;
        }
        tree_->touch(*node_);
        reply(std::move(buffer));
    }

    void stat(AttrMask wanted, Reply<Attrs> reply) override {
        reply(tree_->attrs_of(*node_, wanted));
    }
    void set_stat(const Attrs& attrs, Reply<void> reply) override {
        if (attrs.size && !flags_.write) {
            reply(failure(Status::permission_denied, "Not open for writing"));
            return;
        }
        reply(tree_->set_attrs(*node_, attrs, &locks_));
    }
    void sync(Reply<void> reply) override { reply(Result<void>()); }
    void stat_filesystem(Reply<FilesystemStats> reply) override { reply(tree_->stats()); }
    void copy_to(std::uint64_t from, std::uint64_t length, File& to, std::uint64_t at,
                 Reply<void> reply) override {
        reply(copy(from, length, dynamic_cast<MemoryFile*>(&to), at));
    }
    void block(std::uint64_t offset, std::uint64_t length, BlockMask mask,
               Reply<void> reply) override {
        reply(locks_.block(offset, length, mask));
    }
    void unblock(std::uint64_t offset, std::uint64_t length, Reply<void> reply) override {
        reply(locks_.unblock(offset, length));
    }
    void close(HandleEnd, Reply<void> reply) override {
        locks_.release();
        remove_doomed();
        reply({});
    }

  private:
    Result<void> check_write(std::uint64_t offset, const WriteBuffer& buffer) const {
        std::size_t length = 0;
        for (const auto& piece : buffer.pieces) length += piece.bytes.size();
        return locks_.check(kBlockWrite, offset, length);
    }
    /// Takes away the name it was opened by, if that is still its own.
    void remove_doomed() noexcept {
        const auto directory = std::exchange(doomed_in_, nullptr);
        if (!directory) return;
        const auto child = directory->children.find(doomed_name_);
        if (child != directory->children.end() && child->second == node_)
            tree_->unlink(*directory, doomed_name_);
    }
    Result<void> copy(std::uint64_t from, std::uint64_t length, MemoryFile* to, std::uint64_t at) {
        if (to == nullptr || to->tree_ != tree_) return failure(Status::op_unsupported);
        if (to->node_ == node_) return failure(Status::failure, "Source and target are the same");
        const auto size = node_->data.size();
        const auto there = from < size ? size - from : 0;
        const auto n = length == 0 ? there : std::min(length, there);
        auto& target = to->node_->data;
        if (to->flags_.append) at = target.size();
        if (n > MemoryData::kMaxSize - std::min(at, MemoryData::kMaxSize))
            return failure(Status::failure, "File too large");
        NACRE_CHECK(locks_.check(kBlockRead, from, n));
        NACRE_CHECK(to->locks_.check(kBlockWrite, at, n));
        if (n != 0) {
            const bool all = target.copy(node_->data, from, n, at);
            tree_->touch(*to->node_);
            if (!all) return failure(Status::no_space_on_filesystem);
        }
        if (length != 0 && n < length) return failure(Status::eof);
        return {};
    }

    std::shared_ptr<MemoryTree> tree_;
    std::shared_ptr<MemoryNode> node_;
    OpenFlags flags_;
    OpenLocks locks_;
    std::shared_ptr<MemoryNode> doomed_in_;  // with delete_on_close
    std::string doomed_name_;
};

/// Goes on behind the last name it gave, so that changes in between cost no other entry.
class MemoryDirectory final : public Directory {
  public:
    MemoryDirectory(std::shared_ptr<MemoryTree> tree, std::shared_ptr<MemoryNode> node)
        : tree_(std::move(tree)), node_(std::move(node)) {}

    void read(std::size_t max_entries, Reply<std::vector<DirEntry>> reply) override {
        std::vector<DirEntry> entries;
        const MemoryNode& parent = node_->parent != nullptr ? *node_->parent : *node_;
        if (dots_ == 0 && entries.size() < max_entries) add(entries, ".", *node_);
        if (dots_ == 1 && entries.size() < max_entries) add(entries, "..", parent);
        auto next = node_->children.upper_bound(last_);
        for (; dots_ == 2 && entries.size() < max_entries && next != node_->children.end();
             ++next) {
            entries.push_back({next->first, tree_->attrs_of(*next->second)});
            last_ = next->first;
        }
        reply(std::move(entries));
    }
    void stat(AttrMask wanted, Reply<Attrs> reply) override {
        reply(tree_->attrs_of(*node_, wanted));
    }
    void set_stat(const Attrs& attrs, Reply<void> reply) override {
        reply(tree_->set_attrs(*node_, attrs));
    }

  private:
    void add(std::vector<DirEntry>& entries, const char* name, const MemoryNode& node) {
        entries.push_back({name, tree_->attrs_of(node)});
        ++dots_;
    }

    std::shared_ptr<MemoryTree> tree_;
    std::shared_ptr<MemoryNode> node_;
    int dots_ = 0;
    std::string last_;
};

}  // namespace

std::shared_ptr<File> open_memory_file(std::shared_ptr<MemoryTree> tree,
                                       const MemoryTree::Place& place, OpenFlags flags,
                                       OpenLocks locks) {
    return std::make_shared<MemoryFile>(std::move(tree), place, flags, std::move(locks));
}

std::shared_ptr<Directory> open_memory_directory(std::shared_ptr<MemoryTree> tree,
                                                 std::shared_ptr<MemoryNode> node) {
    return std::make_shared<MemoryDirectory>(std::move(tree), std::move(node));
}

}  // namespace nacre::sftp
