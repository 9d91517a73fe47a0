// The SFTP engine over a file system in memory, against a model of maps: every request has the same
// result, and reads bring the same bytes. An input is a sequence of requests on few names.
#include "fuzz.hpp"
#include "support/sftp_server_harness.hpp"

#include <map>
#include <optional>

using namespace nacre;
using namespace nacre::test;

namespace {

constexpr std::string_view kPaths[] = {"/a",   "/b",   "/c",     "/a/x",   "/a/y",
                                       "/b/x", "/b/y", "/a/x/1", "/a/x/2", "/b/x/1"};
constexpr std::uint32_t kOk = 0, kEof = 1;
constexpr std::uint8_t kStatus = 101, kHandle = 102, kData = 103;

/// What a name stands for: a folder, or a file that lives on while it is open.
struct Node {
    std::shared_ptr<std::string> file;  ///< null: a folder
};

struct Open {
    std::string handle;
    std::shared_ptr<std::string> file;
    std::uint32_t flags;
};

class Model {
  public:
    bool has(const std::string& path) const { return nodes.count(path) != 0; }
    bool is_folder(const std::string& path) const {
        return path.empty() || (has(path) && nodes.at(path).file == nullptr);
    }
    static std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }
    bool is_empty(const std::string& path) const {
        const auto next = nodes.lower_bound(path + '/');
        return next == nodes.end() || !next->first.starts_with(path + '/');
    }

    std::shared_ptr<std::string> open(const std::string& path, std::uint32_t flags) {
        const bool create = (flags & kCreate) != 0;
        if (has(path)) {
            const auto& file = nodes.at(path).file;
            if (file == nullptr || (create && (flags & kExclusive) != 0)) return nullptr;
            if ((flags & kTruncate) != 0) file->clear();
            return file;
        }
        if (!create || !is_folder(parent(path))) return nullptr;
        auto file = std::make_shared<std::string>();
        nodes[path] = {file};
        return file;
    }
    bool make_directory(const std::string& path) {
        if (has(path) || !is_folder(parent(path))) return false;
        nodes[path] = {};
        return true;
    }
    bool remove(const std::string& path, bool folder) {
        if (!has(path) || is_folder(path) != folder || (folder && !is_empty(path))) return false;
        nodes.erase(path);
        return true;
    }
    bool rename(const std::string& from, const std::string& to) {
        if (!has(from) || has(to) || !is_folder(parent(to)) || to.starts_with(from + '/'))
            return false;
        std::map<std::string, Node> moved;
        for (auto it = nodes.begin(); it != nodes.end();) {
            const bool goes = it->first == from || it->first.starts_with(from + '/');
            if (!goes) {
                ++it;
                continue;
            }
            moved[to + it->first.substr(from.size())] = it->second;
            it = nodes.erase(it);
        }
        nodes.merge(moved);
        return true;
    }

    std::map<std::string, Node> nodes;
};

class Run {
  public:
    explicit Run(fuzz::FuzzInput input) : in_(input) { server_.init(); }
    void run() {
        for (int i = 0; i < 100 && !in_.empty(); ++i) step();
        // In the end both hold the same.
        for (const std::string_view path : kPaths)
            same(model_.has(std::string(path)), sftp_simple(7, 1, path), 105);
    }

  private:
    std::string path() { return std::string(kPaths[in_.below(std::size(kPaths))]); }
    /// The request succeeds with a message of `type`, or fails with a STATUS.
    SftpReply same(bool good, const Bytes& request, std::uint8_t type = kStatus) {
        auto reply = server_.ask(request);
        const bool ok = reply.type == type && (type != kStatus || reply.status() == kOk);
        NACRE_FUZZ_CHECK(ok == good);
        NACRE_FUZZ_CHECK(ok || reply.type == kStatus);
        return reply;
    }
    void step() {
        const auto op = in_.below(9);
        const std::string at = path();
        switch (op) {
            case 0:
                return open(at);
            case 1:
                return static_cast<void>(same(model_.make_directory(at),
                                              sftp_message(14, 1, SftpFields() << at << kNoAttrs)));
            case 2:
                return static_cast<void>(same(model_.remove(at, false), sftp_simple(13, 1, at)));
            case 3:
                return static_cast<void>(same(model_.remove(at, true), sftp_simple(15, 1, at)));
            case 4: {
                const std::string to = path();
                return static_cast<void>(
                    same(model_.rename(at, to), sftp_message(18, 1, SftpFields() << at << to)));
            }
            default:
                break;
        }
        if (open_.empty()) return;
        const std::size_t which = in_.below(open_.size());
        Open& one = open_[which];
        if (op == 5) {
            same(true, sftp_close(1, one.handle));
            open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
        } else if (op == 6) {
            write(one);
        } else {
            read(one);
        }
    }
    void open(const std::string& at) {
        const std::uint32_t flags = in_.u8() & 0x3f;
        // What a server makes of a file that is neither read nor written is its own affair.
        if ((flags & (kRead | kWrite)) == 0 || open_.size() == 8) return;
        // Those that change the file need the right to write.
        if ((flags & kWrite) == 0 && (flags & (kTruncate | kAppend | kCreate)) != 0) return;
        const auto file = model_.open(at, flags);
        const auto reply = same(file != nullptr, sftp_open(1, at, flags), kHandle);
        if (file) open_.push_back({reply.string(), file, flags});
    }
    void write(Open& one) {
        const std::size_t offset = in_.u16();
        const std::string data(as_text(in_.bytes(in_.u8())));
        const bool may = (one.flags & kWrite) != 0;
        same(may, sftp_write(1, one.handle, offset, data));
        if (!may || data.empty()) return;
        const std::size_t at = (one.flags & kAppend) != 0 ? one.file->size() : offset;
        if (one.file->size() < at + data.size()) one.file->resize(at + data.size());
        one.file->replace(at, data.size(), data);
    }
    void read(Open& one) {
        const std::size_t offset = in_.u16(), length = 1 + in_.u16();
        const bool may = (one.flags & kRead) != 0;
        const bool some = may && offset < one.file->size();
        const auto reply =
            same(some, sftp_read(1, one.handle, offset, static_cast<std::uint32_t>(length)), kData);
        if (some) NACRE_FUZZ_CHECK(reply.string() == one.file->substr(offset, length));
        if (may && !some) NACRE_FUZZ_CHECK(reply.status() == kEof);
    }

    fuzz::FuzzInput in_;
    Model model_;
    std::vector<Open> open_;
    SftpServerHarness server_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Run(fuzz::FuzzInput(data, size)).run();
    return 0;
}
