// An open file or directory of a MemoryFilesystem.
#include "sftp/memory_tree.hpp"

#include <algorithm>

namespace nacre::sftp {
namespace {

class MemoryFile final : public File {
  public:
    MemoryFile(std::shared_ptr<MemoryTree> tree, std::shared_ptr<MemoryNode> node, OpenFlags flags)
        : tree_(std::move(tree)), node_(std::move(node)), flags_(flags) {}

    void read(std::uint64_t offset, ReadBuffer buffer, Reply<ReadBuffer> reply) override {
        std::size_t skip = buffer.skip;
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

    void stat(AttrMask, Reply<Attrs> reply) override { reply(tree_->attrs_of(*node_)); }
    void set_stat(const Attrs& attrs, Reply<void> reply) override {
        if (attrs.size && !flags_.write) {
            reply(failure(Status::permission_denied, "Not open for writing"));
            return;
        }
        reply(tree_->set_attrs(*node_, attrs));
    }
    void sync(Reply<void> reply) override { reply(Result<void>()); }
    void stat_filesystem(Reply<FilesystemStats> reply) override { reply(tree_->stats()); }
    void copy_to(std::uint64_t from, std::uint64_t length, File& to, std::uint64_t at,
                 Reply<void> reply) override {
        reply(copy(from, length, dynamic_cast<MemoryFile*>(&to), at));
    }

  private:
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
                                       std::shared_ptr<MemoryNode> node, OpenFlags flags) {
    return std::make_shared<MemoryFile>(std::move(tree), std::move(node), flags);
}

std::shared_ptr<Directory> open_memory_directory(std::shared_ptr<MemoryTree> tree,
                                                 std::shared_ptr<MemoryNode> node) {
    return std::make_shared<MemoryDirectory>(std::move(tree), std::move(node));
}

}  // namespace nacre::sftp
