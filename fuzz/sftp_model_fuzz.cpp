// The SFTP engine over a file system in memory, in each version, against sftp_model.hpp: every
// request comes to the same, and reads, listings and attributes tell the same. An input is a
// version and a sequence of requests on few names; our client says them.
#include "fuzz.hpp"
#include "sftp_model.hpp"
#include "support/sftp_client_harness.hpp"

#include <set>

using namespace nacre;
using namespace nacre::test;
using fuzz::model::Kind;
using fuzz::model::NodePtr;
using sftp::Follow;
using sftp::RemoteHandle;

namespace {

constexpr std::string_view kPaths[] = {"/a",   "/b",   "/c",     "/a/x",   "/a/y",
                                       "/b/x", "/b/y", "/a/x/1", "/a/x/2", "/b/x/1"};
constexpr std::size_t kMaxSteps = 100, kMaxOpen = 8;
/// What a file server makes of nothing said.
constexpr std::uint32_t kFilePermissions = 0644, kFolderPermissions = 0755;
constexpr std::uint32_t kLinkPermissions = 0777;

class Run {
  public:
    explicit Run(fuzz::FuzzInput input)
        : in_(input), version_(static_cast<std::uint32_t>(3 + in_.below(4))) {
        sftp::ClientConfig config;
        config.max_version = version_;
        server_.emplace(sftp::ServerConfig(), 0, std::move(config));
        NACRE_FUZZ_CHECK(server_->ready.good() && client().server().version == version_);
    }
    void run() {
        for (std::size_t i = 0; i < kMaxSteps && !in_.empty(); ++i) step();
        // In the end both hold the same.
        for (const std::string_view path : kPaths) {
            check_attrs(path, Follow::no);
            list(path);
        }
    }

  private:
    struct Opened {
        fuzz::model::Open model;
        RemoteHandle handle;
    };

    sftp::Client& client() { return *server_->client; }
    std::string_view path() { return kPaths[in_.below(std::size(kPaths))]; }
    template <class F>
    Result<void> done(F&& f) {
        return server_->done(std::forward<F>(f));
    }
    template <class F>
    void same(bool good, F&& f) {
        NACRE_FUZZ_CHECK(static_cast<bool>(done(std::forward<F>(f))) == good);
    }

    void step() {
        switch (in_.below(20)) {
            case 0:
            case 1:
                return open();
            case 2: {
                const auto at = path();
                const bool made = tree_.make(at, Kind::folder, {}, kFolderPermissions) != nullptr;
                return same(made, [&](auto r) { client().make_directory(at, {}, std::move(r)); });
            }
            case 3: {
                const auto at = path();
                return same(tree_.remove(at, false),
                            [&](auto r) { client().remove(at, std::move(r)); });
            }
            case 4: {
                const auto at = path();
                return same(tree_.remove(at, true),
                            [&](auto r) { client().remove_directory(at, std::move(r)); });
            }
            case 5: {
                const auto from = path(), to = path();
                const bool overwrite = in_.flag();
                return same(tree_.rename(from, to, overwrite),
                            [&](auto r) { client().rename(from, to, overwrite, std::move(r)); });
            }
            case 6:
                return symlink();
            case 7: {
                const auto from = path(), to = path();
                return same(tree_.hard_link(from, to),
                            [&](auto r) { client().hard_link(from, to, std::move(r)); });
            }
            case 8:
                return set_stat();
            case 9:
                return check_attrs(path(), in_.flag() ? Follow::yes : Follow::no);
            case 10:
                return list(path());
            case 11:
                return read_link(path());
            default:
                break;
        }
        if (open_.empty()) return;
        const std::size_t which = in_.below(open_.size());
        Opened& one = open_[which];
        switch (in_.below(8)) {
            case 0:
                tree_.close(one.model);
                same(true, [&](auto r) { client().close_handle(one.handle, std::move(r)); });
                open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(which));
                return;
            case 1:
            case 2:
                return write(one);
            case 3:
                return resize(one);
            case 4:
                return copy(one);
            case 5:
                return block(one);
            case 6:
                return unblock(one);
            default:
                return read(one);
        }
    }

    void open() {
        const auto at = path();
        const auto letters = in_.u16();
        sftp::OpenFlags flags;
        flags.read = (letters & 1) != 0;
        flags.write = (letters & 2) != 0;
        // What a server makes of a file that is neither read nor written is its own affair; those
        // that change it need the right to write.
        if ((!flags.read && !flags.write) || open_.size() == kMaxOpen) return;
        if (flags.write) {
            flags.append = (letters & 4) != 0;
            flags.create = (letters & 8) != 0;
            flags.truncate = (letters & 16) != 0;
            flags.exclusive = flags.create && (letters & 32) != 0;
        }
        if (version_ >= 5 && (letters & 64) != 0)
            flags.block =
                (letters >> 2) & (sftp::kBlockRead | sftp::kBlockWrite | sftp::kBlockDelete);
        if (version_ >= 6) {
            flags.no_follow = (letters & 0x1000) != 0;
            flags.delete_on_close = (letters & 0x2000) != 0;
            if ((letters & 0x4000) != 0) flags.block |= sftp::kBlockAdvisory;
        }
        sftp::Attrs attrs;
        const std::uint32_t permissions = kFilePermissions + (letters >> 15);
        attrs.permissions = permissions;
        auto opened = tree_.open(at, flags, ++last_owner_, permissions);
        auto handle = server_->get<RemoteHandle>(
            [&](auto r) { client().open(at, flags, attrs, std::move(r)); });
        NACRE_FUZZ_CHECK(handle.has_value() == opened.has_value());
        if (opened) open_.push_back({std::move(*opened), std::move(*handle)});
    }
    void symlink() {
        const auto target = path(), at = path();
        const bool made =
            tree_.make(at, Kind::link, std::string(target), kLinkPermissions) != nullptr;
        same(made, [&](auto r) { client().symlink(target, at, std::move(r)); });
    }
    void read_link(std::string_view at) {
        const auto node = tree_.existing(at, false);
        const auto told =
            server_->get<std::string>([&](auto r) { client().read_link(at, std::move(r)); });
        NACRE_FUZZ_CHECK(told.has_value() == (node != nullptr && node->kind == Kind::link));
        if (told) NACRE_FUZZ_CHECK(*told == node->data);
    }
    void set_stat() {
        const auto at = path();
        const auto follow = in_.flag() ? Follow::yes : Follow::no;
        const auto node = tree_.existing(at, follow == Follow::yes);
        const auto which = in_.u8();
        sftp::Attrs attrs;
        if ((which & 1) != 0) attrs.permissions = in_.u16() & 0777;
        if ((which & 2) != 0) {
            const std::uint32_t uid = in_.u8(), gid = in_.u8();
            if (version_ == 3) {
                attrs.uid = uid;
                attrs.gid = gid;
            } else {
                attrs.owner = std::to_string(uid);
                attrs.group = std::to_string(gid);
            }
        }
        // Version 3 has one word for both times.
        if ((which & 4) != 0) attrs.atime = attrs.mtime = sftp::FileTime{in_.u16(), 0};
        same(node != nullptr, [&](auto r) { client().set_stat(at, attrs, follow, std::move(r)); });
        if (node == nullptr) return;
        if (attrs.permissions) node->permissions = *attrs.permissions;
        if ((which & 2) != 0) {
            node->uid = attrs.uid ? *attrs.uid : number(*attrs.owner);
            node->gid = attrs.gid ? *attrs.gid : number(*attrs.group);
        }
        if (attrs.mtime) node->mtime = attrs.mtime->seconds;
    }
    static std::uint32_t number(const std::string& text) {
        return static_cast<std::uint32_t>(std::stoul(text));
    }

    void check_attrs(std::string_view at, Follow follow) {
        const auto node = tree_.existing(at, follow == Follow::yes);
        const auto told =
            server_->get<sftp::Attrs>([&](auto r) { client().stat(at, follow, std::move(r)); });
        NACRE_FUZZ_CHECK(told.has_value() == (node != nullptr));
        if (told) check(*node, *told);
    }
    void check(const fuzz::model::Node& node, const sftp::Attrs& told) {
        constexpr sftp::FileType kTypes[] = {sftp::FileType::directory, sftp::FileType::regular,
                                             sftp::FileType::symlink};
        NACRE_FUZZ_CHECK(told.type == kTypes[static_cast<std::size_t>(node.kind)]);
        NACRE_FUZZ_CHECK(told.permissions && (*told.permissions & 07777) == node.permissions);
        if (node.kind != Kind::folder) NACRE_FUZZ_CHECK(told.size == node.data.size());
        if (version_ == 3) NACRE_FUZZ_CHECK(told.uid == node.uid && told.gid == node.gid);
        if (version_ > 3)
            NACRE_FUZZ_CHECK(told.owner == std::to_string(node.uid) &&
                             told.group == std::to_string(node.gid));
        if (version_ == 6 && node.kind != Kind::folder)
            NACRE_FUZZ_CHECK(told.link_count == node.names);
        if (node.mtime) NACRE_FUZZ_CHECK(told.mtime == (sftp::FileTime{*node.mtime, 0}));
    }
    void list(std::string_view at) {
        const auto node = tree_.existing(at, true);
        const auto handle =
            server_->get<RemoteHandle>([&](auto r) { client().open_directory(at, std::move(r)); });
        NACRE_FUZZ_CHECK(handle.has_value() == (node != nullptr && node->is_folder()));
        if (!handle) return;
        std::set<std::string> names;
        for (;;) {
            const auto some = server_->get<std::vector<sftp::RemoteEntry>>(
                [&](auto r) { client().read_directory(*handle, std::move(r)); });
            NACRE_FUZZ_CHECK(some.has_value());
            if (some->empty()) break;
            for (const auto& entry : *some) {
                NACRE_FUZZ_CHECK(names.insert(entry.name).second);
                if (entry.name != "." && entry.name != "..")
                    check(*node->children.at(entry.name), entry.attrs);
            }
        }
        NACRE_FUZZ_CHECK(names.size() == node->children.size() + 2);
        same(true, [&](auto r) { client().close_handle(*handle, std::move(r)); });
    }

    void write(Opened& one) {
        const std::uint64_t offset = in_.u16();
        const ByteView data = in_.bytes(in_.u8());
        const auto& [node, flags, owner, doomed] = one.model;
        const std::uint64_t at = flags.append ? node->data.size() : offset;
        const bool may =
            flags.write && (data.empty() || node->free(owner, sftp::kBlockWrite, at, data.size()));
        same(may, [&](auto r) { client().write(one.handle, offset, data, std::move(r)); });
        if (may && !data.empty()) put(*node, at, as_text(data));
    }
    static void put(fuzz::model::Node& node, std::uint64_t at, std::string_view data) {
        if (node.data.size() < at + data.size()) node.data.resize(at + data.size());
        node.data.replace(at, data.size(), data);
        node.mtime.reset();
    }
    void read(Opened& one) {
        const std::uint64_t offset = in_.u16();
        const std::uint32_t length = 1U + in_.u16();
        const auto& [node, flags, owner, doomed] = one.model;
        const bool may = flags.read && node->free(owner, sftp::kBlockRead, offset, length);
        const auto got = server_->get<sftp::RemoteData>(
            [&](auto r) { client().read(one.handle, offset, length, std::move(r)); });
        NACRE_FUZZ_CHECK(got.has_value() == may);
        if (!may) return;
        std::string bytes;
        for (const auto& piece : got->pieces) bytes += as_text(piece.bytes);
        const auto there = std::min<std::uint64_t>(offset, node->data.size());
        NACRE_FUZZ_CHECK(bytes == std::string_view(node->data).substr(there, length));
    }
    void resize(Opened& one) {
        const std::uint64_t size = in_.u16();
        const auto& [node, flags, owner, doomed] = one.model;
        const bool may =
            flags.write && node->free(owner, sftp::kBlockWrite,
                                      std::min<std::uint64_t>(size, node->data.size()), 0);
        sftp::Attrs attrs;
        attrs.size = size;
        same(may, [&](auto r) { client().set_stat(one.handle, attrs, std::move(r)); });
        if (!may) return;
        node->data.resize(size);
        node->mtime.reset();
    }
    void copy(Opened& from) {
        Opened& to = open_[in_.below(open_.size())];
        const std::uint64_t offset = in_.u16(), length = in_.u16(), wanted_at = in_.u16();
        const auto& source = *from.model.node;
        auto& target = *to.model.node;
        const std::uint64_t there =
            source.data.size() - std::min<std::uint64_t>(offset, source.data.size());
        const std::uint64_t n = length == 0 ? there : std::min(length, there);
        const std::uint64_t at = to.model.flags.append ? target.data.size() : wanted_at;
        const bool may = from.model.flags.read && to.model.flags.write && &source != &target &&
                         (n == 0 || (source.free(from.model.owner, sftp::kBlockRead, offset, n) &&
                                     target.free(to.model.owner, sftp::kBlockWrite, at, n)));
        // What there is was copied, even if it is less than was asked for.
        same(may && n >= length, [&](auto r) {
            client().copy_data(from.handle, offset, length, to.handle, wanted_at, std::move(r));
        });
        if (may && n != 0) put(target, at, source.data.substr(offset, n));
    }
    void block(Opened& one) {
        const std::uint64_t offset = in_.u8(), length = in_.u8() % 32;
        const std::uint32_t modes = in_.u8();
        const sftp::BlockMask mask = (modes & 0xf) << 6;
        auto& [node, flags, owner, doomed] = one.model;
        const bool may =
            version_ == 6 && (mask & ~sftp::kBlockAdvisory) != 0 &&
            std::none_of(node->ranges.begin(), node->ranges.end(),
                         [&](const auto& range) { return range.touches(offset, length); });
        same(may, [&](auto r) { client().block(one.handle, offset, length, mask, std::move(r)); });
        if (may) node->ranges.push_back({owner, offset, length, 0, mask});
    }
    void unblock(Opened& one) {
        const std::uint64_t offset = in_.u8(), length = in_.u8() % 32;
        auto& ranges = one.model.node->ranges;
        const auto found = std::find_if(ranges.begin(), ranges.end(), [&](const auto& range) {
            return range.owner == one.model.owner && range.offset == offset &&
                   range.length == length;
        });
        const bool may = version_ == 6 && found != ranges.end();
        same(may, [&](auto r) { client().unblock(one.handle, offset, length, std::move(r)); });
        if (may) ranges.erase(found);
    }

    fuzz::FuzzInput in_;
    const std::uint32_t version_;
    fuzz::model::Tree tree_;
    std::vector<Opened> open_;
    std::uint64_t last_owner_ = 0;
    std::optional<SftpClientHarness> server_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Run(fuzz::FuzzInput(data, size)).run();
    return 0;
}
