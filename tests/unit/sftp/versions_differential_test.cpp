// The same requests in every version, on files in memory and on a disk, one by one and all at once,
// must do the same.
#include "sftp/client_codec.hpp"
#include "sftp/dialect.hpp"
#include "sftp/status_in_version.hpp"
#include "support/deferring_filesystem.hpp"
#include "support/det_rng.hpp"
#include "support/filesystem_calls.hpp"
#include "support/sftp_server_harness.hpp"

#include <nacre/fs/local_filesystem.hpp>

#include <catch2/catch_all.hpp>

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <map>

using namespace nacre;
using namespace nacre::sftp;
using namespace nacre::test;

namespace {

using HandleNames = std::map<int, std::string>;

/// One request, whatever the version; handles are told by number.
struct Step {
    std::string what;
    std::function<Request(const HandleNames&)> ask;
    std::string data = {};  ///< of a WRITE
    int opens = -1;         ///< the handle that this makes
};

const std::string& handle_in(const HandleNames& names, int number) {
    static const std::string kNone = "none";
    const auto found = names.find(number);
    return found == names.end() ? kNone : found->second;
}

Attrs mode(std::uint32_t permissions) {
    Attrs attrs;
    attrs.permissions = permissions;
    return attrs;
}

/// \param how  r, w, a(ppend), c(reate), t(runcate), x (exclusive)
Step open(int handle, const std::string& path, const std::string& how) {
    OpenFlags flags;
    const auto has = [&](char c) { return how.find(c) != std::string::npos; };
    flags.read = has('r');
    flags.write = has('w') || has('a');
    flags.append = has('a');
    flags.create = has('c');
    flags.truncate = has('t');
    flags.exclusive = has('x');
    return {"open " + path + " " + how,
            [=](const HandleNames&) -> Request {
                return OpenRequest{path, flags, mode(0640)};
            },
            {},
            handle};
}
Step close(int handle) {
    return {"close", [=](const HandleNames& names) -> Request {
                return CloseRequest{handle_in(names, handle)};
            }};
}
Step read(int handle, std::uint64_t offset, std::uint32_t length) {
    return {"read", [=](const HandleNames& names) -> Request {
                return ReadRequest{handle_in(names, handle), offset, length};
            }};
}
Step write(int handle, std::uint64_t offset, const std::string& data) {
    return {"write " + std::to_string(offset),
            [=](const HandleNames& names) -> Request {
                return WriteRequest{handle_in(names, handle), offset,
                                    static_cast<std::uint32_t>(data.size())};
            },
            data};
}
Step fsetstat(int handle, const Attrs& attrs) {
    return {"fsetstat", [=](const HandleNames& names) -> Request {
                return FsetstatRequest{handle_in(names, handle), attrs};
            }};
}
Step fstat(int handle) {
    return {"fstat", [=](const HandleNames& names) -> Request {
                return FstatRequest{handle_in(names, handle)};
            }};
}
Step stat(const std::string& path, Follow follow = Follow::yes) {
    return {"stat " + path, [=](const HandleNames&) -> Request {
                return StatRequest{path, follow};
            }};
}
Step setstat(const std::string& path, const Attrs& attrs) {
    return {"setstat " + path, [=](const HandleNames&) -> Request {
                return SetstatRequest{path, attrs, Follow::yes};
            }};
}
Step resize(const std::string& path, std::uint64_t size) {
    Attrs attrs;
    attrs.size = size;
    return setstat(path, attrs);
}
Step mkdir(const std::string& path) {
    return {"mkdir " + path, [=](const HandleNames&) -> Request {
                return MkdirRequest{path, mode(0750)};
            }};
}
Step rmdir(const std::string& path) {
    return {"rmdir " + path, [=](const HandleNames&) -> Request { return RmdirRequest{path}; }};
}
Step remove(const std::string& path) {
    return {"remove " + path, [=](const HandleNames&) -> Request { return RemoveRequest{path}; }};
}
Step rename(const std::string& from, const std::string& to, bool overwrite = false) {
    return {"rename " + from + " " + to + (overwrite ? " over" : ""),
            [=](const HandleNames&) -> Request {
                return RenameRequest{from, to, overwrite};
            }};
}
Step symlink(const std::string& target, const std::string& path) {
    return {"symlink " + path, [=](const HandleNames&) -> Request {
                return SymlinkRequest{target, path};
            }};
}
Step hard_link(const std::string& existing, const std::string& path) {
    return {"link " + path, [=](const HandleNames&) -> Request {
                return HardlinkRequest{existing, path};
            }};
}
Step read_link(const std::string& path) {
    return {"readlink " + path,
            [=](const HandleNames&) -> Request { return ReadlinkRequest{path}; }};
}
Step open_directory(int handle, const std::string& path) {
    return {"opendir " + path,
            [=](const HandleNames&) -> Request { return OpendirRequest{path}; },
            {},
            handle};
}

/// What came back: a status, the bytes that were read, or only the kind of the reply.
struct Outcome {
    std::uint8_t type = 0;
    Status status = Status::ok;
    std::string data = {};
    friend bool operator==(const Outcome&, const Outcome&) = default;
};
std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    return out << "type " << int{outcome.type} << " status "
               << static_cast<std::uint32_t>(outcome.status) << " '" << outcome.data << "'";
}

/// A client of one version, and the server.
class Peer {
  public:
    Peer(std::shared_ptr<Filesystem> filesystem, std::uint32_t version)
        : server_(std::move(filesystem)) {
        server_.exchange(sftp_init(version));
        Dialect dialect;
        dialect.version = dialect.client_version = version;
        codec_ = make_client_codec(dialect);
    }

    Bytes encoded(const Step& step) {
        Bytes out;
        REQUIRE(codec_->request(out, ++id_, step.ask(handles_)));
        append(out, as_bytes(step.data));
        return out;
    }
    Outcome ask(const Step& step) {
        const auto reply = server_.ask(encoded(step));
        if (step.opens >= 0 && reply.type == 102) handles_[step.opens] = reply.string();
        return outcome(reply);
    }
    /// All at once, answered in an order that `random` says.
    std::vector<Outcome> ask_all(const std::vector<Step>& steps, OperationGate& gate,
                                 DetRng& random) {
        Bytes all;
        for (const auto& step : steps) append(all, encoded(step));
        gate.deferred = true;
        server_.send(all);
        while (!gate.pending.empty()) gate.release(random.below(gate.pending.size()));
        gate.deferred = false;
        std::vector<Outcome> outcomes;
        for (const auto& reply : server_.replies()) outcomes.push_back(outcome(reply));
        return outcomes;
    }

  private:
    static Outcome outcome(const SftpReply& reply) {
        if (reply.type == 101) return {reply.type, static_cast<Status>(reply.status())};
        if (reply.type == 103) return {reply.type, Status::ok, reply.string()};
        return {reply.type};
    }

    SftpServerHarness server_;
    std::unique_ptr<ClientCodec> codec_;
    HandleNames handles_;
    std::uint32_t id_ = 0;
};

/// A line for everything below `path`.
void dump(FilesystemCalls& files, const std::string& path, std::vector<std::string>& lines) {
    auto names = files.list(path);
    std::sort(names.begin(), names.end());
    for (const auto& name : names) {
        if (name == "." || name == "..") continue;
        const auto whole = path + "/" + name;
        const auto attrs = files.stat(whole, Follow::no).value();
        auto line = whole + " " + std::to_string(static_cast<int>(attrs.type));
        if (attrs.type == FileType::symlink) {
            line += " -> " + files.read_link(whole).value();
        } else {
            line += " " + std::to_string(attrs.permissions.value_or(0));
        }
        if (attrs.type == FileType::regular) {
            line += " " + std::to_string(attrs.link_count.value_or(0)) + " " +
                    std::to_string(attrs.size.value_or(0)) + " '";
            // What nobody may read is compared by its size.
            if ((attrs.permissions.value_or(0) & 0400) != 0) line += files.contents(whole);
            line += "'";
        }
        lines.push_back(line);
        if (attrs.type == FileType::directory) dump(files, whole, lines);
    }
}
std::vector<std::string> dump(std::shared_ptr<Filesystem> filesystem) {
    FilesystemCalls files(std::move(filesystem));
    std::vector<std::string> lines;
    dump(files, "", lines);
    return lines;
}

/// A folder of our own on the disk, gone in the end; modes are as they are given.
class Disk {
  public:
    Disk() : old_mask_(::umask(0)) {
        path_ = (std::filesystem::temp_directory_path() / "nacre-versions-XXXXXX").string();
        REQUIRE(::mkdtemp(path_.data()) != nullptr);
    }
    ~Disk() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
        ::umask(old_mask_);
    }
    std::shared_ptr<Filesystem> filesystem() const {
        fs::LocalFilesystemConfig config;
        config.root = path_;
        return fs::make_local_filesystem(config, inline_executor()).value();
    }

  private:
    ::mode_t old_mask_;
    std::string path_;
};

/// What a user does on a good day and on a bad one.
std::vector<Step> script() {
    return {
        mkdir("/d"),
        mkdir("/d"),
        mkdir("/no/such"),
        mkdir("/d/e/"),
        open(1, "/d/f", "rwc"),
        write(1, 0, "hello"),
        write(1, 5, " world"),
        read(1, 3, 100),
        read(1, 11, 10),
        read(1, 5, 0),
        fstat(1),
        fsetstat(1, mode(0600)),
        open(2, "/d/f", "wcx"),
        open(2, "/d/new", "rwcx"),
        write(2, 100, "far"),
        read(2, 0, 200),
        open(3, "/d/f", "ra"),
        write(3, 0, "!"),
        write(3, 0, "?"),
        close(3),
        close(3),
        open(3, "/d/none", "r"),
        open(3, "/d", "r"),
        open(3, "/none/x", "wc"),
        write(2, 0, ""),
        open(3, "/d/f", "r"),
        write(3, 0, "x"),
        close(3),
        open(3, "/d/f", "w"),
        read(3, 0, 1),
        close(3),
        close(2),
        stat("/d/f"),
        stat("/d/none"),
        stat("/d/f/x"),
        setstat("/d/f", mode(0444)),
        setstat("/none", mode(0444)),
        setstat("/d/f", mode(0644)),
        resize("/d/f", 5),
        resize("/d/f", 8),
        symlink("f", "/d/l"),
        symlink("f", "/d/l"),
        symlink("loop", "/d/loop"),
        stat("/d/l"),
        stat("/d/l", Follow::no),
        stat("/d/loop"),
        read_link("/d/l"),
        read_link("/d/f"),
        read_link("/d/none"),
        open(3, "/d/l", "r"),
        read(3, 0, 3),
        close(3),
        hard_link("/d/f", "/d/h"),
        hard_link("/d/f", "/d/h"),
        hard_link("/none", "/d/i"),
        open(3, "/d/trunc", "wct"),
        write(3, 0, "old"),
        close(3),
        open(3, "/d/trunc", "wt"),
        close(3),
        rename("/d/new", "/d/f"),
        rename("/d/new", "/d/g"),
        rename("/none", "/x"),
        rename("/d/g", "/d/f", true),
        rename("/d/e", "/d/e2"),
        rename("/d/f", "/d/f", true),
        rmdir("/d"),
        rmdir("/d/f"),
        rmdir("/none"),
        rmdir("/d/e2"),
        remove("/d"),
        remove("/none"),
        remove("/d/loop"),
        open_directory(4, "/d"),
        open_directory(5, "/none"),
        open_directory(5, "/d/f"),
        close(4),
        write(1, 20, "end"),
        close(1),
        remove("/d/h"),
    };
}

/// Anything, from a generator that is the same everywhere.
Step any_step(DetRng& random) {
    const auto pick = [&](std::uint32_t n) { return static_cast<std::uint32_t>(random.below(n)); };
    const auto path = [&] {
        static const char* const kPaths[] = {"/a",   "/b", "/c",     "/d",  "/d/a", "/d/b",
                                             "/d/e", "/l", "/d/e/a", "/f0", "/f1",  "/f2"};
        return std::string(kPaths[pick(12)]);
    };
    const int handle = static_cast<int>(pick(3));
    const std::uint64_t offset = pick(40);
    switch (pick(20)) {
        case 0:
            return mkdir(path());
        case 1:
            return rmdir(path());
        case 2:
            return remove(path());
        case 3:
            return rename(path(), path());
        case 4:
            return rename(path(), path(), true);
        case 5:
            return symlink(path(), path());
        case 6:
            return hard_link(path(), path());
        case 7:
            return stat(path());
        case 8:
            return stat(path(), Follow::no);
        case 9:
            return setstat(path(), mode(0600 + pick(8)));
        case 10:
            return resize(path(), offset);
        case 11:
            return read_link(path());
        case 12:
            return fsetstat(handle, mode(0600 + pick(8)));
        case 13:
            return pick(4) == 0 ? close(handle) : fstat(handle);
        case 14:
        case 15:
        case 16:
            return read(handle, offset, 1 + pick(20));
        default:
            return write(handle, offset,
                         std::string(1 + pick(20), static_cast<char>('a' + pick(26))));
    }
}

/// Three open files, one of them for appending.
std::vector<Step> opened() {
    return {open(0, "/f0", "rwc"), open(1, "/f1", "rwc"), open(2, "/f2", "rac"), mkdir("/d")};
}

}  // namespace

TEST_CASE("a script does the same in all versions, in memory and on a disk",
          "[sftp][differential]") {
    const auto steps = script();
    std::vector<Outcome> expected;  // of version 6, in memory
    std::vector<std::string> tree;
    for (const bool on_disk : {false, true}) {
        for (std::uint32_t version = 6; version >= 3; --version) {
            const Disk disk;
            const auto files = on_disk ? disk.filesystem() : make_memory_filesystem();
            Peer peer(files, version);
            for (std::size_t i = 0; i < steps.size(); ++i) {
                const auto outcome = peer.ask(steps[i]);
                if (expected.size() == i) expected.push_back(outcome);
                auto translated = expected[i];
                translated.status = status_in(translated.status, version);
                INFO((on_disk ? "disk" : "memory")
                     << ", version " << version << ", step " << i << ": " << steps[i].what);
                CHECK(outcome == translated);
            }
            const auto left = dump(files);
            if (tree.empty()) tree = left;
            INFO((on_disk ? "disk" : "memory") << ", version " << version);
            CHECK(left == tree);
            CHECK(left.size() >= 4);
        }
    }
}

TEST_CASE("any requests do the same in all versions", "[sftp][differential]") {
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
        std::vector<Outcome> expected;
        std::vector<std::string> tree;
        for (std::uint32_t version = 6; version >= 3; --version) {
            DetRng random(seed);
            const auto files = make_memory_filesystem();
            Peer peer(files, version);
            auto steps = opened();
            while (steps.size() < 100) steps.push_back(any_step(random));
            for (std::size_t i = 0; i < steps.size(); ++i) {
                const auto outcome = peer.ask(steps[i]);
                if (version == 6) expected.push_back(outcome);
                auto translated = expected[i];
                translated.status = status_in(translated.status, version);
                INFO("seed " << seed << ", version " << version << ", step " << i << ": "
                             << steps[i].what);
                REQUIRE(outcome == translated);
            }
            if (version == 6) tree = dump(files);
            REQUIRE(dump(files) == tree);
        }
    }
}

TEST_CASE("a pipeline does what its requests do one by one", "[sftp][differential]") {
    constexpr std::size_t kRequests = 64;
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        DetRng random(seed);
        const std::uint32_t version = 3 + seed % 4;
        std::vector<Step> steps;
        while (steps.size() < kRequests) steps.push_back(any_step(random));

        const auto one_by_one = make_memory_filesystem();
        const auto at_once = make_memory_filesystem();
        const auto deferring = std::make_shared<DeferringFilesystem>(at_once);
        Peer first(one_by_one, version);
        Peer second(deferring, version);
        for (const auto& step : opened()) REQUIRE(first.ask(step) == second.ask(step));
        std::vector<Outcome> expected;
        for (const auto& step : steps) expected.push_back(first.ask(step));
        const auto outcomes = second.ask_all(steps, deferring->gate(), random);
        INFO("seed " << seed << ", version " << version);
        REQUIRE(outcomes.size() == steps.size());
        for (std::size_t i = 0; i < steps.size(); ++i) {
            INFO("step " << i << ": " << steps[i].what);
            REQUIRE(outcomes[i] == expected[i]);
        }
        REQUIRE(dump(at_once) == dump(one_by_one));
    }
}
