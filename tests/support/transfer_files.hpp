/// \file
/// The local side of copies, in memory.
#pragma once
#include <nacre/sftp/tree_transfer.hpp>

#include <algorithm>
#include <map>
#include <string>

namespace nacre::test {

struct LocalNode {
    sftp::FileType type = sftp::FileType::regular;
    std::string data;  ///< of a file, or a link's target
    sftp::Attrs kept;  ///< what was to be kept
    bool finished = false;
};

class MemoryFile final : public sftp::TransferFile {
  public:
    explicit MemoryFile(LocalNode& node) : node_(node) {}

    Result<std::uint64_t> size() override { return std::uint64_t{node_.data.size()}; }
    Result<std::size_t> read(std::uint64_t offset, ByteSpan room) override {
        if (fault) return *fault;
        const std::size_t n = std::min(room.size(), node_.data.size() - offset);
        if (n != 0) std::memcpy(room.data(), node_.data.data() + offset, n);
        return n;
    }
    Result<void> write(std::uint64_t offset, ByteView bytes) override {
        if (fault) return *fault;
        if (offset != node_.data.size()) return Error{Errc::internal, Disconnect::none, 0, "gap"};
        node_.data += as_text(bytes);
        return {};
    }
    Result<void> truncate(std::uint64_t size) override {
        node_.data.resize(size);
        return {};
    }
    Result<void> finish(const sftp::Attrs& attrs) override {
        node_.kept = attrs;
        node_.finished = true;
        return {};
    }
    /// Not one to trust: the sum of the bytes.
    std::optional<Bytes> digest(std::string_view, std::uint64_t length) override {
        std::uint32_t sum = 0;
        for (const char c : node_.data.substr(0, length)) sum += static_cast<unsigned char>(c);
        Bytes digest(kDigest);
        digest_of(sum, digest);
        return digest;
    }
    /// Of `sum`, as long as one of sha256.
    static constexpr std::size_t kDigest = 32;
    static void digest_of(std::uint32_t sum, ByteSpan out) noexcept {
        for (std::size_t i = 0; i < kDigest; i += 4) store_be32(out.data() + i, sum);
    }

    std::optional<Error> fault;

  private:
    LocalNode& node_;
};

/// Refuses whatever no file system would let happen.
class MemoryTree final : public sftp::TransferTree {
  public:
    std::map<std::string, LocalNode> nodes{{"", directory()}};
    std::size_t most_open = 0;
    std::vector<std::string> order;  ///< of what was made

    static LocalNode directory() { return {sftp::FileType::directory, {}, {}, false}; }
    void file(const std::string& path, std::string data) {
        nodes[path] = {sftp::FileType::regular, std::move(data), {}, false};
    }
    void link(const std::string& path, std::string target) {
        nodes[path] = {sftp::FileType::symlink, std::move(target), {}, false};
    }
    std::string data(const std::string& path) const {
        const auto found = nodes.find(path);
        return found == nodes.end() ? "missing" : found->second.data;
    }

    Result<std::vector<Entry>> list(std::string_view path) override {
        std::vector<Entry> entries;
        const std::string prefix = path.empty() ? std::string() : std::string(path) + "/";
        for (const auto& [name, node] : nodes) {
            if (name.empty() || !name.starts_with(prefix)) continue;
            if (name.find('/', prefix.size()) != std::string::npos) continue;
            entries.push_back({name.substr(prefix.size()), attrs_of(node)});
        }
        return entries;
    }
    Result<sftp::Attrs> stat(std::string_view path) override {
        auto found = nodes.find(std::string(path));
        while (found != nodes.end() && found->second.type == sftp::FileType::symlink)
            found = nodes.find(found->second.data);
        if (found == nodes.end()) return missing();
        return attrs_of(found->second);
    }
    Result<std::shared_ptr<sftp::TransferFile>> open(std::string_view path) override {
        auto found = nodes.find(std::string(path));
        while (found != nodes.end() && found->second.type == sftp::FileType::symlink)
            found = nodes.find(found->second.data);
        if (found == nodes.end()) return missing();
        return opened(found->second);
    }
    Result<std::string> read_link(std::string_view path) override {
        return nodes.at(std::string(path)).data;
    }
    Result<void> make_directory(std::string_view path) override {
        if (!parent_there(path)) return missing();
        order.emplace_back(path);
        nodes.emplace(path, directory());
        return {};
    }
    Result<std::shared_ptr<sftp::TransferFile>> create(std::string_view path,
                                                       bool /*resume*/) override {
        if (!parent_there(path)) return missing();
        order.emplace_back(path);
        return opened(nodes[std::string(path)]);
    }
    Result<void> make_link(std::string_view target, std::string_view path) override {
        if (!parent_there(path)) return missing();
        order.emplace_back(path);
        link(std::string(path), std::string(target));
        return {};
    }
    Result<void> set_attrs(std::string_view path, const sftp::Attrs& attrs) override {
        nodes.at(std::string(path)).kept = attrs;
        return {};
    }

  private:
    static Error missing() { return {Errc::local_failed, Disconnect::none, 2, "no such file"}; }
    static sftp::Attrs attrs_of(const LocalNode& node) {
        sftp::Attrs attrs;
        attrs.type = node.type;
        attrs.size = node.data.size();
        attrs.permissions = 0640;
        attrs.atime = sftp::FileTime{1000, 0};
        attrs.mtime = sftp::FileTime{2000, 0};
        return attrs;
    }
    bool parent_there(std::string_view path) const {
        const std::size_t slash = path.rfind('/');
        const auto parent = nodes.find(
            slash == std::string_view::npos ? std::string() : std::string(path.substr(0, slash)));
        return parent != nodes.end() && parent->second.type == sftp::FileType::directory;
    }
    /// Counted as long as it is held.
    std::shared_ptr<sftp::TransferFile> opened(LocalNode& node) {
        most_open = std::max(most_open, ++open_);
        return {new MemoryFile(node), [this](sftp::TransferFile* file) {
                    --open_;
                    delete file;
                }};
    }

    std::size_t open_ = 0;
};

}  // namespace nacre::test
