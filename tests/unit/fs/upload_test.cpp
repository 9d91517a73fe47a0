// Uploads that appear when they are whole.
#include "local_rig.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/fsuid.h>
#include <sys/mount.h>

namespace nacre::fs::test {
namespace {

using sftp::HandleEnd;
using sftp::Status;
using Unfinished = AtomicUpload::Unfinished;

LocalFilesystemConfig config_of(const Folders& folders, bool named, bool sync = false) {
    auto config = config_for(folders, false);
    config.atomic_upload.enabled = true;
    config.atomic_upload.sync = sync;
    config.atomic_upload.always_named = named;
    return config;
}

void put(sftp::File& file, std::string_view text) {
    const auto result = write_to(file, 0, write_buffer({text}));
    REQUIRE(result);
    CHECK_FALSE(result->error);
}

/// What is really in the folder.
std::vector<std::string> names_in(const Folders& folders, const std::string& folder = "") {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folders.jail(folder)))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

mode_t mode_of(const std::string& path) {
    struct stat found {};
    REQUIRE(::lstat(path.c_str(), &found) == 0);
    return found.st_mode & 07777;
}

using Names = std::vector<std::string>;

TEST_CASE("A new file appears when it is closed", "[fs][upload]") {
    const bool named = GENERATE(false, true);
    const Folders folders(GENERATE(as<std::string>{}, "/tmp", "/dev/shm"));
    const Local local(config_of(folders, named, GENERATE(false, true)));
    const char* const flags = GENERATE("wc", "wct", "wcx");
    sftp::Attrs attrs;
    attrs.permissions = 0604;
    const auto file = local.open("new", flags_of(flags), attrs);
    REQUIRE(file);
    put(**file, "whole");
    CHECK(status(local.stat("new")) == Status::no_such_file);
    CHECK(local.list("/") == Names{".", ".."});
    CHECK(names_in(folders).size() == (named ? 1 : 0));
    attrs.permissions = 0640;
    CHECK(ask<void>([&](auto r) { (*file)->set_stat(attrs, std::move(r)); }));
    CHECK(close(**file));
    CHECK(names_in(folders) == Names{"new"});
    CHECK(Folders::read(folders.jail("new")) == "whole");
    CHECK(mode_of(folders.jail("new")) == 0640);
}

TEST_CASE("A file is replaced when it is closed", "[fs][upload]") {
    const bool named = GENERATE(false, true);
    const Folders folders(GENERATE(as<std::string>{}, "/tmp", "/dev/shm"));
    folders.file("old", "before");
    REQUIRE(::chmod(folders.jail("old").c_str(), 0641) == 0);
    const bool root = ::geteuid() == 0;
    if (root) REQUIRE(::chown(folders.jail("old").c_str(), 1234, 5678) == 0);
    folders.folder("d");
    folders.link("../old", "d/link");
    const Local local(config_of(folders, named));
    const auto file = local.open("d/link", flags_of(GENERATE("wt", "wct")));
    REQUIRE(file);
    put(**file, "after");
    CHECK(local.contents("old") == "before");
    CHECK(close(**file));
    CHECK(local.contents("old") == "after");
    CHECK(local.contents("d/link") == "after");
    CHECK(names_in(folders) == Names{"d", "old"});
    CHECK(mode_of(folders.jail("old")) == 0641);
    if (root) CHECK(local.stat("old")->uid == 1234U);
    if (root) CHECK(local.stat("old")->gid == 5678U);
}

TEST_CASE("Handles that are not closed publish nothing", "[fs][upload]") {
    const bool named = GENERATE(false, true);
    const Folders folders;
    folders.file("old", "before");
    auto config = config_of(folders, named);
    const bool keep = GENERATE(false, true);
    config.atomic_upload.unfinished = keep ? Unfinished::keep : Unfinished::remove;
    const Local local(config);
    const auto why = GENERATE(HandleEnd::by_client, HandleEnd::link_lost, HandleEnd::write_error,
                              HandleEnd::by_server);
    const std::string name = GENERATE(as<std::string>{}, "old", "new");
    const auto file = local.open(name, flags_of("wct"));
    const auto empty = local.open("empty", flags_of("wct"));
    REQUIRE(file);
    REQUIRE(empty);
    put(**file, "half of it");
    CHECK(close(**file, why));
    CHECK(close(**empty, why));
    CHECK(Folders::read(folders.jail("old")) == "before");
    CHECK_FALSE(folders.has("new"));
    auto names = names_in(folders);
    std::erase(names, "old");
    REQUIRE(names.size() == (keep ? 1 : 0));
    if (!keep) return;
    CHECK(names[0].starts_with(name + ".partial-"));
    CHECK(local.contents(names[0]) == "half of it");
}

TEST_CASE("A handle that nobody closes leaves nothing", "[fs][upload]") {
    const Folders folders;
    const Local local(config_of(folders, GENERATE(false, true)));
    {
        const auto file = local.open("new", flags_of("wct"));
        put(**file, "half of it");
    }
    CHECK(names_in(folders).empty());
}

TEST_CASE("What is not a plain upload is written in place", "[fs][upload]") {
    const Folders folders;
    folders.file("old", "before");
    const Local local(config_of(folders, GENERATE(false, true)));
    for (const char* flags : {"a", "rw", "w", "wc", "rwc"}) {
        INFO(flags);
        folders.file("old", "before");
        const auto file = local.open("old", flags_of(flags));
        REQUIRE(file);
        put(**file, "X");
        CHECK(Folders::read(folders.jail("old")) == (flags[0] == 'a' ? "beforeX" : "Xefore"));
    }
    REQUIRE(local.open("new", flags_of("rwc")));
    CHECK(folders.has("new"));
}

/// Uses files as somebody who is not root.
class Ordinary {
  public:
    static constexpr uid_t kUid = 1234;
    Ordinary() {
        if (::geteuid() == 0) ::setfsuid(kUid);
    }
    Ordinary(const Ordinary&) = delete;
    Ordinary& operator=(const Ordinary&) = delete;
    ~Ordinary() { ::setfsuid(::geteuid()); }
};

TEST_CASE("A CLOSE into a folder that became read-only answers it", "[fs][upload]") {
    const bool named = GENERATE(false, true);
    const Folders folders;
    folders.folder("d");
    folders.file("d/old", "before");
    if (::geteuid() == 0) {
        REQUIRE(::chown(folders.jail("d").c_str(), Ordinary::kUid, 0) == 0);
        REQUIRE(::chown(folders.jail("d/old").c_str(), Ordinary::kUid, 0) == 0);
    }
    const Local local(config_of(folders, named));
    const std::string name = GENERATE(as<std::string>{}, "d/old", "d/new");
    {
        const Ordinary ordinary;
        const auto file = local.open(name, flags_of("wct"));
        REQUIRE(file);
        put(**file, "after");
        sftp::Attrs mode;
        mode.permissions = 0500;
        REQUIRE(local.set_stat("d", mode));
        CHECK(status(close(**file)) == Status::permission_denied);
        mode.permissions = 0700;
        REQUIRE(local.set_stat("d", mode));
    }
    CHECK(Folders::read(folders.jail("d/old")) == "before");
    CHECK_FALSE(folders.has("d/new"));
    CHECK(local.list("d") == Names{".", "..", "old"});
}

TEST_CASE("A CLOSE that cannot publish answers why", "[fs][upload]") {
    const bool named = GENERATE(false, true);
    const Folders folders;
    const Local local(config_of(folders, named));
    const auto open = [&](const char* name, const char* flags) {
        const auto file = local.open(name, flags_of(flags));
        REQUIRE(file);
        put(**file, "text");
        return *file;
    };
    SECTION("the name was given away") {
        const auto file = open("new", "wcx");
        folders.file("new", "another one");
        CHECK(status(close(*file)) == Status::file_already_exists);
        CHECK(Folders::read(folders.jail("new")) == "another one");
        CHECK(names_in(folders) == Names{"new"});
    }
    SECTION("the name was given away, but may be replaced") {
        const auto file = open("new", "wc");
        folders.file("new", "another one");
        CHECK(close(*file));
        CHECK(Folders::read(folders.jail("new")) == "text");
        CHECK(names_in(folders) == Names{"new"});
    }
    SECTION("a folder has taken its place") {
        const auto file = open("new", "wct");
        folders.folder("new");
        CHECK(status(close(*file)) == Status::file_is_a_directory);
        CHECK(names_in(folders) == Names{"new"});
    }
    SECTION("the folder went away") {
        folders.folder("d");
        const auto file = open("d/new", "wct");
        std::filesystem::remove_all(folders.jail("d"));
        CHECK(status(close(*file)) == Status::no_such_file);
    }
}

TEST_CASE("Opening fails as it would without", "[fs][upload]") {
    const Folders folders;
    folders.file("f");
    const Local local(config_of(folders, GENERATE(false, true)));
    CHECK(status(local.open("f", flags_of("wcx"))) == Status::file_already_exists);
    CHECK(status(local.open("missing", flags_of("wt"))) == Status::no_such_file);
    CHECK(status(local.open("d/missing", flags_of("wct"))) == Status::no_such_file);
    CHECK(status(local.open("f/x", flags_of("wct"))) == Status::not_a_directory);
    CHECK_FALSE(local.open("new/", flags_of("wct")));
    CHECK(names_in(folders) == Names{"f"});
}

TEST_CASE("A disk that is full keeps the old file", "[fs][upload]") {
    const bool named = GENERATE(false, true);
    const Folders folders;
    folders.folder("tiny");
    const std::string tiny = folders.jail("tiny");
    if (::mount("none", tiny.c_str(), "tmpfs", 0, "size=64k") != 0) SKIP("may not mount");
    {
        const Local local(config_of(folders, named));
        folders.file("tiny/old", "before");
        const auto file = local.open("tiny/old", flags_of("wct"));
        REQUIRE(file);
        const std::string much(100'000, 'x');
        const auto result = write_to(**file, 0, write_buffer({much}));
        REQUIRE(result);
        REQUIRE(result->error);
        CHECK(sftp::status_of(*result->error) == Status::no_space_on_filesystem);
        CHECK(status(close(**file)) == Status::failure);
        CHECK(Folders::read(folders.jail("tiny/old")) == "before");
        CHECK(names_in(folders, "tiny") == Names{"old"});
    }
    ::umount(tiny.c_str());
}

TEST_CASE("Names of unfinished files are not there for clients", "[fs][upload]") {
    const Folders folders;
    const std::string name = ".nacre-upload-0123456789abcdef";
    folders.folder("d");
    auto config = config_of(folders, true);
    const Local local(config);
    folders.file("d/" + name);
    CHECK(local.list("d") == Names{".", ".."});
    CHECK(status(local.stat("d/" + name)) == Status::no_such_file);
    CHECK(status(local.open("/d/" + name)) == Status::no_such_file);
    CHECK(status(local.remove("d/" + name)) == Status::no_such_file);
    CHECK(status(local.rename("d/" + name, "x")) == Status::no_such_file);
    CHECK(status(local.open(name, flags_of("wct"))) == Status::no_such_file);
    CHECK(status(local.make_directory(name)) == Status::no_such_file);
    CHECK(folders.has("d/" + name));
    config.atomic_upload.enabled = false;
    CHECK(Local(config).list("d") == Names{".", "..", name});
}

TEST_CASE("What was left behind is swept at start, and nothing else", "[fs][upload]") {
    const Folders folders;
    folders.folder("d");
    folders.folder("d/e");
    const std::string left = "d/e/.nacre-upload-0000000000000001";
    const std::string used = "d/.nacre-upload-0000000000000002";
    folders.file(left);
    folders.file(used);
    folders.file("d/other");
    folders.folder("d/.nacre-upload-folder");
    const int holder = ::open(folders.jail(used).c_str(), O_RDONLY | O_CLOEXEC);
    REQUIRE(::flock(holder, LOCK_EX) == 0);
    // Until the clock that files are stamped with has gone on.
    const auto now = [] {
        timespec time{};
        ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
        return std::pair(time.tv_sec, time.tv_nsec);
    };
    struct stat newest {};
    REQUIRE(::stat(folders.jail(used).c_str(), &newest) == 0);
    while (now() <= std::pair(newest.st_ctim.tv_sec, newest.st_ctim.tv_nsec)) {
    }
    auto config = config_of(folders, false);
    config.shared = make_local_shared();
    const std::string late = ".nacre-upload-0000000000000003";
    folders.file(late);
    const Local local(config);
    CHECK_FALSE(folders.has(left));
    CHECK(folders.has(used));
    CHECK(folders.has(late));
    CHECK(folders.has("d/other"));
    CHECK(folders.has("d/.nacre-upload-folder"));
    ::close(holder);
    // Once for all sessions of a server.
    folders.file(left);
    const Local again(config);
    CHECK(folders.has(left));
}

}  // namespace
}  // namespace nacre::fs::test
