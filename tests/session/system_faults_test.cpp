// SFTP over a folder of the machine, and each system call of an operation fails in turn, in all the
// ways that a disk may: the client hears of it, or it made no difference.
#include "support/system_faults.hpp"

#include "fs/owned_fd.hpp"
#include "support/sftp_client_harness.hpp"
#include "unit/fs/local_rig.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/crypto/file_hash.hpp>

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>

namespace nacre::fs::test {
namespace {

using namespace nacre::test;
using sftp::RemoteHandle;

constexpr int kErrors[] = {ENOSPC, EDQUOT, EIO, EINTR, EAGAIN, EMFILE, ENOMEM};
constexpr std::uint32_t kPiece = 30'000;

enum class Kind { memory, disk };

struct Way {
    const char* name;
    Kind kind;
    bool atomic = false, named = false, sync = false, walk = false;
    std::size_t versions = 1;  ///< from 6 down
    std::size_t errors = std::size(kErrors);
    const char* missing = nullptr;  ///< a call that the machine does not have
    bool quota = false;
};
constexpr Way kWays[] = {
    {"in place", Kind::memory, false, false, false, false, 4},
    {"in place, walked", Kind::memory, false, false, false, true},
    {"atomic", Kind::memory, true, false, true, false, 4},
    {"atomic, named", Kind::memory, true, true, true},
    // What may wait for a disk goes other ways.
    {"in place, on a disk", Kind::disk, false, false, false, false, 1, 3},
    {"atomic, on a disk", Kind::disk, true, false, false, false, 1, 3},
    {"without copies in the kernel", Kind::memory, false, false, false, false, 1,
     std::size(kErrors), "copy_file_range"},
    {"in place, counted", Kind::memory, false, false, false, false, 1, std::size(kErrors), nullptr,
     true},
    {"atomic, counted", Kind::memory, true, false, false, false, 1, std::size(kErrors), nullptr,
     true},
};

/// A folder that is of memory, or one that is not; null: this machine has none.
const char* folder_of(Kind kind) {
    for (const char* folder : {"/dev/shm", "/tmp", "/var/tmp", "."}) {
        struct statfs status {};
        if (::statfs(folder, &status) != 0 || ::access(folder, W_OK) != 0) continue;
        if ((status.f_type == TMPFS_MAGIC) == (kind == Kind::memory)) return folder;
    }
    return nullptr;
}

/// Several pieces, of which none is like another one.
const Bytes& text(int which) {
    static const Bytes texts[] = {DetRng(7).bytes(2 * kPiece + 99), DetRng(8).bytes(kPiece + 7)};
    return texts[which];
}

/// A client of a folder, and what it does there.
class Rig {
  public:
    Rig(const Way& way, std::uint32_t version) : folders(folder_of(way.kind)) {
        if (way.quota) quota = std::make_shared<Quota>(std::uint64_t{1} << 40);
        sftp::ClientConfig client;
        client.max_version = version;
        auto files = make_local_filesystem(config(way), inline_executor());
        REQUIRE(files);
        sftp::ServerConfig server;
        server.make_hash = [](std::string_view name) {
            return make_file_hash(botan_provider(), name);
        };
        sftp.emplace(std::move(server), 0, std::move(client), std::move(*files));
        REQUIRE(sftp->ready.good());
        REQUIRE(sftp->client->server().version == version);
    }
    /// One request that is answered by a status.
    template <class... P, class... A>
    Result<void> request(void (sftp::Client::*method)(P...), A... arguments) {
        return done([&](auto reply) { ((*sftp->client).*method)(arguments..., std::move(reply)); });
    }
    template <class F>
    Result<void> done(F f) {
        return sftp->done(std::move(f));
    }
    /// Of a handle that may be no more, and whose end does not matter.
    void drop(const RemoteHandle& handle) { static_cast<void>(close(handle)); }
    Result<void> close(const RemoteHandle& handle) {
        return done([&](auto reply) { sftp->client->close_handle(handle, std::move(reply)); });
    }
    Result<RemoteHandle> open(std::string_view name, const char* flags) {
        sftp::Attrs attrs;
        attrs.permissions = 0640;
        return sftp->get<RemoteHandle>([&](auto reply) {
            sftp->client->open(name, flags_of(flags), attrs, std::move(reply));
        });
    }
    /// All of an upload, as sftp(1) makes one, under another name first.
    Result<void> upload(const Bytes& bytes) {
        NACRE_TRY(const auto handle, open("part", "wct"));
        if (auto filled = fill(handle, bytes); !filled) {
            drop(handle);
            return filled;
        }
        NACRE_CHECK(close(handle));
        return done(
            [&](auto reply) { sftp->client->rename("part", "whole", true, std::move(reply)); });
    }
    Result<void> download(std::string_view name, Bytes& bytes) {
        bytes.clear();
        NACRE_TRY(const auto handle, open(name, "r"));
        if (auto got = read(handle, bytes); !got) {
            drop(handle);
            return got;
        }
        return close(handle);
    }
    Result<void> copy(std::string_view from, std::string_view to) {
        NACRE_TRY(const auto source, open(from, "r"));
        const auto target = open(to, "wct");
        if (!target) {
            drop(source);
            return target.error();
        }
        auto copied = done([&](auto reply) {
            sftp->client->copy_data(source, 0, 0, *target, 0, std::move(reply));
        });
        drop(source);
        const auto closed = close(*target);
        return copied ? closed : copied;
    }
    Result<std::set<std::string>> list() {
        NACRE_TRY(const auto handle, sftp->get<RemoteHandle>([&](auto reply) {
            sftp->client->open_directory("/", std::move(reply));
        }));
        std::set<std::string> names;
        for (;;) {
            const auto some = sftp->get<std::vector<sftp::RemoteEntry>>(
                [&](auto reply) { sftp->client->read_directory(handle, std::move(reply)); });
            if (!some || some->empty()) {
                drop(handle);
                if (!some) return some.error();
                return names;
            }
            for (const auto& entry : *some) names.insert(entry.name);
        }
    }
    std::size_t names() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(folders.jail("")), {}));
    }
    bool holds(const std::string& name, const Bytes& bytes) const {
        return folders.has(name) && Folders::read(folders.jail(name)) == as_text(bytes);
    }

    /// Whether the quota, if there is one, has what is there. Its files are no longer open.
    bool counted_right() const {
        if (quota == nullptr) return true;
        std::map<ino_t, std::uint64_t> sizes;  // each once, whatever names it has
        for (const auto& entry : std::filesystem::directory_iterator(folders.jail(""))) {
            struct stat status {};
            REQUIRE(::lstat(entry.path().c_str(), &status) == 0);
            if (S_ISREG(status.st_mode))
                sizes[status.st_ino] = static_cast<std::uint64_t>(status.st_size);
        }
        std::uint64_t sum = 0;
        for (const auto& [inode, size] : sizes) sum += size;
        return quota->used() == sum;
    }
    void count() const {
        if (quota != nullptr)
            quota->count(nacre::detail::OwnedFd(::open(folders.jail("").c_str(), O_RDONLY)).get());
    }

    Folders folders;
    std::shared_ptr<Quota> quota;
    std::optional<SftpClientHarness> sftp;

  private:
    LocalFilesystemConfig config(const Way& way) const {
        auto config = config_for(folders, way.walk);
        config.atomic_upload.enabled = way.atomic;
        config.atomic_upload.always_named = way.named;
        config.atomic_upload.sync = way.sync;
        config.numeric_names_only = true;
        config.temporary_folder = "/";
        config.quota = quota;
        return config;
    }
    Result<void> fill(const RemoteHandle& handle, const Bytes& bytes) {
        const ByteView all = bytes;
        for (std::size_t at = 0; at < all.size(); at += kPiece) {
            const ByteView piece = all.subspan(at, std::min<std::size_t>(kPiece, all.size() - at));
            NACRE_CHECK(done(
                [&](auto reply) { sftp->client->write(handle, at, piece, std::move(reply)); }));
        }
        sftp::Attrs attrs;
        attrs.permissions = 0604;
        attrs.atime = attrs.mtime = sftp::FileTime{1'600'000'000, 0};
        NACRE_CHECK(
            done([&](auto reply) { sftp->client->set_stat(handle, attrs, std::move(reply)); }));
        return done([&](auto reply) { sftp->client->sync(handle, std::move(reply)); });
    }
    /// Until the end, and again where less came than was asked for.
    Result<void> read(const RemoteHandle& handle, Bytes& bytes) {
        for (;;) {
            const auto got = sftp->get<sftp::RemoteData>([&](auto reply) {
                sftp->client->read(handle, bytes.size(), kPiece, std::move(reply));
            });
            // The end comes as an error, or as nothing.
            if (!got) return got.error();
            if (got->size == 0) return {};
            for (const auto& piece : got->pieces) append(bytes, piece.bytes);
        }
    }
};

/// filexfer-05 s7 has codes of their own for no space and for the quota; all else is a failure.
std::uint32_t expected(int error, std::uint32_t version) {
    if (version >= 5 && error == ENOSPC) return 14;
    if (version >= 5 && error == EDQUOT) return 15;
    return 4;
}

using Calls = std::set<std::string>;

/// What the calls of a deed must be.
struct Expected {
    /// Made in one way or another, and of an EIO the client was told.
    Calls told_once;
    /// Whose every failure changes what is kept or what is told, so that to say nothing of it is
    /// wrong even if all is in place.
    Calls told;
    /// How often a client asks the disk to keep what it has.
    std::size_t syncs = 0;
    /// A file gets its name, for which the disk is asked twice more where `Way::sync`: for the file
    /// and for its folder.
    bool publishes = false;
};

/// Something a client does, and how the folder is before and after.
struct Deed {
    const char* name;
    void (*prepare)(Rig&);
    Result<void> (*work)(Rig&);
    /// Whether it is done, as it must be if it succeeds.
    bool (*made)(const Rig&);
    /// Whether what is there is whole: as before, or as it is to be.
    bool (*whole)(const Rig&);
    Expected expected;
    std::uint32_t least_version = 3;
};

/// How often calls were made in an undisturbed run, and for how many of those the client was told
/// of an EIO.
struct Counts {
    std::map<std::string, std::size_t> made, told;
};

bool is_transfer(const std::string& call) {
    return Calls{"preadv2", "pwritev", "pread", "pwrite", "copy_file_range"}.count(call) != 0;
}

/// Runs it once undisturbed, then once for each of its system calls and each error, and once with
/// each transfer short.
Counts disturb(const Deed& deed, const Way& way, std::uint32_t version) {
    std::optional<Rig> place(std::in_place, way, version);
    const auto prepared = [&]() -> Rig& {
        // A quota does not see what others write: it counts anew.
        if (way.quota) place.reset(), place.emplace(way, version);
        deed.prepare(*place);
        place->count();
        return *place;
    };
    Counts counts;
    std::vector<const char*> calls;
    for (int warm = 0; warm < 2; ++warm) {
        Rig& rig = prepared();
        const SystemFault none(SystemFault::kNever, SystemFault::kShort, way.missing);
        const auto outcome = deed.work(rig);
        calls = none.calls();
        REQUIRE(outcome);
    }
    REQUIRE_FALSE(calls.empty());
    for (const char* call : calls) ++counts.made[call];
    const std::size_t descriptors = open_descriptors();
    for (std::size_t i = 0; i <= way.errors; ++i) {
        const int error = i == way.errors ? SystemFault::kShort : kErrors[i];
        for (std::size_t at = 0; at < calls.size(); ++at) {
            if (error == SystemFault::kShort && !is_transfer(calls[at])) continue;
            Rig& rig = prepared();
            std::optional<SystemFault> fault(std::in_place, at, error, way.missing);
            const auto outcome = deed.work(rig);
            const std::string failed = fault->failed();
            const bool shortened = fault->shortened();
            fault.reset();
            INFO(deed.name << ' ' << way.name << ", version " << version << ": call " << at
                           << " of " << calls.size() << ", " << failed << ", "
                           << (error == SystemFault::kShort ? "short" : std::strerror(error))
                           << " -> " << (outcome ? "success" : outcome.error().what));
            REQUIRE(failed == calls[at]);
            CHECK(shortened == (error == SystemFault::kShort));
            REQUIRE_FALSE(rig.sftp->client->ended());
            if (outcome) {
                CHECK(deed.made(rig));
            } else {
                CHECK(error != SystemFault::kShort);
                CHECK(outcome.error().code == Errc::peer_refused);
                CHECK(outcome.error().detail == expected(error, version));
                if (error == EIO) ++counts.told[failed];
            }
            CHECK(deed.whole(rig));
            CHECK(rig.counted_right());
            CHECK(open_descriptors() == descriptors);
        }
    }
    // And all is well afterwards.
    Rig& rig = prepared();
    CHECK(deed.work(rig));
    CHECK(rig.counted_right());
    CHECK(deed.made(rig));
    return counts;
}

void disturb(const Deed& deed) {
    const Expected& want = deed.expected;
    Calls told;
    for (const Way& way : kWays) {
        const char* folder = folder_of(way.kind);
        if (folder == nullptr) {
            WARN("no folder of that kind for \"" << way.name << "\": left out");
            continue;
        }
        for (std::uint32_t less = 0; less < way.versions; ++less) {
            if (6 - less < deed.least_version) break;
            Counts counts = disturb(deed, way, 6 - less);
            INFO(deed.name << ' ' << way.name << " in " << folder << ", version " << 6 - less);
            for (const auto& [name, count] : counts.made) {
                if (counts.told[name] != 0) told.insert(name);
                INFO(name);
                if (want.told.count(name) != 0) CHECK(counts.told[name] == count);
            }
            CHECK(counts.made["fsync"] == want.syncs + (want.publishes && way.sync ? 2 : 0));
            CHECK(counts.told["fsync"] == counts.made["fsync"]);
        }
    }
    for (const auto& name : want.told_once) {
        INFO(deed.name << ": nobody was told of " << name);
        CHECK(told.count(name) != 0);
    }
}

void only_old(Rig& rig) {
    for (const auto& entry : std::filesystem::directory_iterator(rig.folders.jail("")))
        std::filesystem::remove_all(entry.path());
    rig.folders.file("whole", std::string(as_text(text(1))));
}

void old_and_new(Rig& rig) {
    only_old(rig);
    rig.folders.file("new", std::string(as_text(text(0))));
}

void with_folder(Rig& rig) {
    only_old(rig);
    rig.folders.folder("folder");
}

/// The sizes tell which it is.
bool has_file(const Rig& rig, const std::string& name, int which) {
    return rig.folders.has(name) &&
           std::filesystem::file_size(rig.folders.jail(name)) == text(which).size();
}

bool has_old(const Rig& rig) {
    return has_file(rig, "whole", 1);
}

bool with_mode(const Rig& rig) {
    struct stat status {};
    return ::stat(rig.folders.jail("whole").c_str(), &status) == 0 &&
           (status.st_mode & 07777) == 0604 && status.st_mtime == 1'600'000'000 &&
           status.st_size == 5;
}

std::set<std::string> listed;
Bytes loaded;
sftp::Attrs seen;
sftp::FilesystemStats room;
std::string where;
sftp::RemoteHashes hashes;

Bytes sha256_of_blocks(ByteView all, std::size_t size) {
    Bytes digests;
    for (; !all.empty(); all = all.subspan(std::min(size, all.size()))) {
        const auto hash = botan_provider().hash("SHA-256");
        REQUIRE(hash);
        (*hash)->update(all.first(std::min(size, all.size())));
        const std::size_t before = digests.size();
        digests.resize(before + (*hash)->size());
        (*hash)->finish(ByteSpan(digests).subspan(before));
    }
    return digests;
}

void with_link(Rig& rig) {
    only_old(rig);
    std::filesystem::create_symlink("whole", rig.folders.jail("link"));
}

/// What is done with one request, and with a handle.
const Deed kDeeds[] = {
    {"download",
     only_old,
     [](Rig& rig) { return rig.download("whole", loaded); },
     [](const Rig&) { return same_bytes(loaded, text(1)); },
     has_old,
     {{"preadv2", "openat2", "close"}, {}}},
    {"listing",
     with_folder,
     [](Rig& rig) -> Result<void> {
         NACRE_TRY(listed, rig.list());
         return {};
     },
     [](const Rig&) {
         return listed == std::set<std::string>{".", "..", "folder", "whole"};
     },
     has_old,
     {{"fdopendir", "readdir"}, {"fdopendir"}}},
    {"rename over another one",
     old_and_new,
     [](Rig& rig) { return rig.request(&sftp::Client::rename, "new", "whole", true); },
     [](const Rig& rig) { return has_file(rig, "whole", 0) && rig.names() == 1; },
     [](const Rig& rig) { return has_old(rig) || has_file(rig, "whole", 0); },
     {{"renameat"}, {"renameat"}}},
    {"rename",
     old_and_new,
     [](Rig& rig) { return rig.request(&sftp::Client::rename, "new", "newer", false); },
     [](const Rig& rig) { return has_file(rig, "newer", 0) && rig.names() == 2; },
     [](const Rig& rig) { return has_file(rig, "newer", 0) || has_file(rig, "new", 0); },
     {{"renameat2"}, {"renameat2"}}},
    {"remove",
     old_and_new,
     [](Rig& rig) { return rig.request(&sftp::Client::remove, "new"); },
     [](const Rig& rig) { return rig.names() == 1; },
     has_old,
     {{"unlinkat"}, {"unlinkat"}}},
    {"mkdir",
     only_old,
     [](Rig& rig) { return rig.request(&sftp::Client::make_directory, "folder", sftp::Attrs()); },
     [](const Rig& rig) { return rig.folders.has("folder"); },
     has_old,
     {{"mkdirat"}, {"mkdirat"}}},
    {"rmdir",
     with_folder,
     [](Rig& rig) { return rig.request(&sftp::Client::remove_directory, "folder"); },
     [](const Rig& rig) { return !rig.folders.has("folder"); },
     has_old,
     {{"unlinkat"}, {"unlinkat"}}},
    {"symlink",
     only_old,
     [](Rig& rig) { return rig.request(&sftp::Client::symlink, "whole", "link"); },
     [](const Rig& rig) { return has_file(rig, "link", 1); },
     has_old,
     {{"symlinkat"}, {"symlinkat"}}},
    {"hard link",
     only_old,
     [](Rig& rig) { return rig.request(&sftp::Client::hard_link, "whole", "link"); },
     [](const Rig& rig) { return has_file(rig, "link", 1); },
     has_old,
     {{"linkat"}, {"linkat"}}},
    {"setstat",
     only_old,
     [](Rig& rig) {
         sftp::Attrs attrs;
         attrs.size = 5;
         attrs.permissions = 0604;
         attrs.atime = attrs.mtime = sftp::FileTime{1'600'000'000, 0};
         return rig.done([&](auto reply) {
             rig.sftp->client->set_stat("whole", attrs, sftp::Follow::yes, std::move(reply));
         });
     },
     with_mode,
     [](const Rig& rig) { return rig.folders.has("whole"); },
     {{"ftruncate", "fchmod", "futimens"}, {"ftruncate", "fchmod", "futimens"}}},
    {"copy",
     only_old,
     [](Rig& rig) { return rig.copy("whole", "copy"); },
     [](const Rig& rig) { return rig.holds("copy", text(1)); },
     has_old,
     {{"copy_file_range", "pread", "pwrite"}, {"copy_file_range", "pread", "pwrite"}, 0, true}},
    {"stat",
     only_old,
     [](Rig& rig) -> Result<void> {
         NACRE_TRY(seen, rig.sftp->get<sftp::Attrs>([&](auto reply) {
             rig.sftp->client->stat("whole", sftp::Follow::yes, std::move(reply));
         }));
         return {};
     },
     [](const Rig&) { return seen.size == text(1).size(); },
     has_old,
     {{"fstat"}, {"fstat"}}},
    {"stat of a file system",
     only_old,
     [](Rig& rig) -> Result<void> {
         NACRE_TRY(room, rig.sftp->get<sftp::FilesystemStats>([&](auto reply) {
             rig.sftp->client->stat_filesystem("/", std::move(reply));
         }));
         return {};
     },
     [](const Rig&) { return room.blocks > 0; },
     has_old,
     {{"fstatvfs"}, {"fstatvfs"}}},
    {"readlink",
     with_link,
     [](Rig& rig) -> Result<void> {
         NACRE_TRY(where, rig.sftp->get<std::string>([&](auto reply) {
             rig.sftp->client->read_link("link", std::move(reply));
         }));
         return {};
     },
     [](const Rig&) { return where == "whole"; },
     has_old,
     {{"readlinkat"}, {"readlinkat"}}},
    {"a temporary folder",
     only_old,
     [](Rig& rig) -> Result<void> {
         NACRE_TRY(where, rig.sftp->get<std::string>([&](auto reply) {
             rig.sftp->client->make_temporary_folder(std::move(reply));
         }));
         return {};
     },
     [](const Rig& rig) { return rig.names() == 2 && rig.folders.has(where.substr(1)); },
     has_old,
     {{"mkdirat"}, {"mkdirat"}}},
    {"hash",
     only_old,
     [](Rig& rig) -> Result<void> {
         NACRE_TRY(hashes, rig.sftp->get<sftp::RemoteHashes>([&](auto reply) {
             rig.sftp->client->check_file("whole", "sha256", 0, 0, 4096, std::move(reply));
         }));
         return {};
     },
     [](const Rig&) { return hashes.digests == sha256_of_blocks(text(1), 4096); },
     has_old,
     {{"preadv2"}, {}}},
};

}  // namespace

TEST_CASE("whichever system call of an upload fails, the client knows", "[session][faults]") {
    const char* const disk = folder_of(Kind::disk);
    WARN("on a disk means in " << (disk != nullptr ? disk : "no folder of this machine"));
    disturb({"upload",
             only_old,
             [](Rig& rig) { return rig.upload(text(0)); },
             [](const Rig& rig) { return rig.holds("whole", text(0)) && rig.names() == 1; },
             // It was renamed into place, or it was not; and no temporary name is left.
             [](const Rig& rig) {
                 const bool part = rig.folders.has("part");
                 return (rig.holds("whole", text(0)) || rig.holds("whole", text(1))) &&
                        rig.names() == (part ? 2 : 1);
             },
             {{"pwritev", "fchmod", "futimens", "fsync", "close", "renameat"},
              {"pwritev", "fchmod", "futimens", "renameat"},
              1,
              true}});
}

TEST_CASE("whichever system call of another operation fails, the client knows",
          "[session][faults]") {
    for (const Deed& deed : kDeeds) disturb(deed);
}

}  // namespace nacre::fs::test
