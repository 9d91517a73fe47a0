// Which operations go to another thread, where files are in memory and where they are on a disk.
#include "fs/owned_fd.hpp"
#include "fs/storage.hpp"
#include "local_rig.hpp"

#include <catch2/catch_all.hpp>

#include <fcntl.h>

using namespace nacre;
using namespace nacre::fs;
using namespace nacre::fs::test;
using sftp::Status;

namespace {

/// Does the work at once, and counts.
class CountingExecutor final : public Executor {
  public:
    void submit(std::unique_ptr<Job> job) override {
        ++jobs;
        job->run();
        job->finish();
    }
    int jobs = 0;
};

Residence residence(const std::string& path) {
    const nacre::detail::OwnedFd fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
    REQUIRE(fd);
    const Residence found = StorageTable().of(fd.get())->residence;
    // However the mount is known.
    CHECK(StorageTable(false).of(fd.get())->residence == found);
    return found;
}

/// A folder of our own on a file system of that kind, if this machine has one at hand.
std::optional<std::string> parent_on(Residence wanted) {
    const std::string temporary = std::filesystem::temp_directory_path().string();
    const std::string here = std::filesystem::current_path().string();
    for (const std::string& path : {std::string("/dev/shm"), temporary, here})
        if (::access(path.c_str(), W_OK) == 0 && residence(path) == wanted) return path;
    return {};
}

struct Rig {
    Folders folders;
    CountingExecutor executor;
    Local local;

    explicit Rig(const std::string& parent, bool walk = false)
        : folders(parent), local(config_for(folders, walk), executor) {
        folders.file("file");
        folders.folder("folder");
    }
    /// How many jobs `operation` is.
    template <class F>
    int jobs(F&& operation) {
        const int before = executor.jobs;
        operation();
        return executor.jobs - before;
    }
    int looks() {
        return jobs([&] {
            CHECK(local.stat("file"));
            CHECK(local.stat("folder/../file", sftp::Follow::no));
            CHECK(local.open("file"));
            CHECK(local.open_directory("folder"));
            CHECK(local.real_path("folder/.."));
            CHECK(local.stats("."));
            CHECK(status(local.read_link("file")) == Status::invalid_parameter);
        });
    }
    int changes() {
        return jobs([&] {
            CHECK(local.make_directory("made"));
            CHECK(local.rename("made", "moved"));
            CHECK(local.remove_directory("moved"));
            CHECK(local.open("new", {false, true, false, true}));
            CHECK(local.hard_link("new", "second"));
            CHECK(local.symlink("new", "link"));
            sftp::Attrs attrs;
            attrs.permissions = 0600;
            CHECK(local.set_stat("link", attrs));
            CHECK(local.remove("second"));
        });
    }
};

constexpr int kLooks = 7;
constexpr int kChanges = 8;

}  // namespace

TEST_CASE("Where files are memory, no operation goes to another thread", "[fs][at_once]") {
    const auto parent = parent_on(Residence::memory);
    REQUIRE(parent);  // every Linux has /dev/shm
    Rig rig(*parent);
    static_cast<void>(rig.local.stat("file"));  // the owner's name is asked for once
    CHECK(rig.looks() == 0);
    CHECK(rig.changes() == 0);
    CHECK(rig.jobs([&] { CHECK(status(rig.local.stat("missing")) == Status::no_such_file); }) == 0);
}

TEST_CASE("On a disk, what is cached is looked at here, and changed elsewhere", "[fs][at_once]") {
    const auto disk = parent_on(Residence::disk);
    const auto other = disk ? disk : parent_on(Residence::remote);
    if (!other) SKIP("all folders at hand are memory");
    Rig rig(*other);
    static_cast<void>(rig.local.stat("file"));
    // Of a file system that is not known to be local, nothing is expected to be there at once.
    CHECK(rig.looks() == (disk ? 0 : kLooks));
    CHECK(rig.changes() == kChanges);
}

TEST_CASE("What is opened on this thread is a file or a folder, of moderate size",
          "[fs][at_once]") {
    Rig rig(*parent_on(Residence::memory));
    const auto truncated = [&] {
        CHECK(rig.local.open("file", {false, true, false, false, true}));
    };
    const auto removed = [&] { CHECK(rig.local.remove("file")); };
    REQUIRE(::truncate(rig.folders.jail("file").c_str(), 8 << 20) == 0);
    CHECK(rig.jobs(truncated) == 0);
    REQUIRE(::truncate(rig.folders.jail("file").c_str(), (8 << 20) + 1) == 0);
    CHECK(rig.jobs(truncated) == 1);
    REQUIRE(::truncate(rig.folders.jail("file").c_str(), (8 << 20) + 1) == 0);
    CHECK(rig.jobs(removed) == 1);
    REQUIRE(::mkfifo(rig.folders.jail("fifo").c_str(), 0600) == 0);
    CHECK(rig.jobs([&] { CHECK_FALSE(rig.local.open("fifo")); }) == 1);
    CHECK(rig.jobs([&] { CHECK_FALSE(rig.local.open("fifo", {false, true})); }) == 1);
}

TEST_CASE("Behind a slash nothing is expected to be at once", "[fs][at_once]") {
    Rig rig(*parent_on(Residence::memory));
    rig.folders.link("nowhere", "link");
    CHECK(rig.jobs([&] { CHECK_FALSE(rig.local.stat("missing/")); }) == 1);
    CHECK(rig.jobs([&] { CHECK_FALSE(rig.local.stat("link/")); }) == 1);
    CHECK(rig.jobs([&] { CHECK_FALSE(rig.local.remove("folder/")); }) == 1);
    CHECK(rig.jobs([&] { CHECK(rig.local.make_directory("made/")); }) == 1);
    CHECK(rig.jobs([&] { CHECK_FALSE(rig.local.remove("")); }) == 1);
}

TEST_CASE("Names of owners are asked for elsewhere, and then known", "[fs][at_once]") {
    Rig rig(*parent_on(Residence::memory));
    const auto file = rig.local.open("file");
    REQUIRE(file);
    const auto stat = [&] {
        CHECK(ask<sftp::Attrs>([&](auto r) {
                  (*file)->stat(sftp::kAttrCommon, std::move(r));
              }).has_value());
    };
    CHECK(rig.jobs(stat) == 1);
    CHECK(rig.jobs(stat) == 0);
    CHECK(rig.jobs([&] { CHECK(rig.local.stat("file")); }) == 0);
}

TEST_CASE("ACLs, which have names in them, are done elsewhere", "[fs][at_once]") {
    Rig rig(*parent_on(Residence::memory));
    if ((*rig.local).traits().acl_capabilities == 0) SKIP("no ACLs on this file system");
    static_cast<void>(rig.local.stat("file"));
    const auto file = rig.local.open("file");
    REQUIRE(file);
    sftp::Attrs attrs;
    attrs.extra.make().acl =
        sftp::Acl{0, {{sftp::AceType::allow, 0, sftp::kAceReadData, "OWNER@"}}};
    CHECK(rig.jobs([&] {
        CHECK(rig.local.stat("file", sftp::Follow::yes, sftp::kAttrAcl));
        CHECK(ask<sftp::Attrs>([&](auto r) { (*file)->stat(sftp::kAttrAcl, std::move(r)); }));
        CHECK(rig.local.set_stat("file", attrs));
        CHECK(ask<void>([&](auto r) { (*file)->set_stat(attrs, std::move(r)); }));
        CHECK(rig.local.open("made", {false, true, false, true}, attrs));
        CHECK(rig.local.make_directory("made too", attrs));
    }) == 6);
}

TEST_CASE("Types of file systems", "[fs][at_once]") {
    CHECK(residence_of_type("tmpfs") == Residence::memory);
    CHECK(residence_of_type("ext4") == Residence::disk);
    for (const char* type : {"nfs4", "fuse.sshfs", "fuse", "overlay", "cifs", "autofs", "proc", ""})
        CHECK(residence_of_type(type) == Residence::remote);
    CHECK(residence("/proc") == Residence::remote);
    CHECK(residence("/dev/null") == Residence::memory);
    CHECK(residence("/dev/tty") == Residence::remote);
}

TEST_CASE("A link out of memory onto a disk is not followed here", "[fs][at_once]") {
    const auto disk = parent_on(Residence::disk);
    const auto other = disk ? disk : parent_on(Residence::remote);
    if (!other) SKIP("all folders at hand are memory");
    const Folders on_disk(*other);
    on_disk.file("file");
    const Folders in_memory(*parent_on(Residence::memory));
    REQUIRE(::symlink(on_disk.jail("file").c_str(), in_memory.jail("link").c_str()) == 0);
    CountingExecutor executor;
    LocalFilesystemConfig config;
    config.root = std::string("/");
    const Local local(config, executor);
    const std::string link = in_memory.jail("link");
    CHECK(local.open(link, {false, true}));
    CHECK(executor.jobs == 1);
    sftp::Attrs attrs;
    attrs.permissions = 0600;
    CHECK(local.set_stat(link, attrs));
    CHECK(executor.jobs == 2);
    CHECK(local.remove(link));
    CHECK(executor.jobs == 2);
}

TEST_CASE("Whoever lets a file of a server go last, it is closed elsewhere", "[fs][at_once]") {
    LateExecutor executor;
    LocalFilesystemConfig config;
    config.root = std::string("/proc/self");
    const auto made = make_local_filesystem(config, executor);
    REQUIRE(made);
    const auto descriptors = [] {
        const std::filesystem::directory_iterator all("/proc/self/fd");
        return std::distance(begin(all), end(all));
    };
    const auto before = descriptors();
    std::shared_ptr<sftp::File> file;
    (*made)->open("status", {true}, {}, Reply<std::shared_ptr<sftp::File>>::from([&](auto&& found) {
                      REQUIRE(found);
                      file = *found;
                  }));
    executor.run();
    REQUIRE(file);
    std::unique_ptr<Job> last;
    SECTION("who opened it") {}
    SECTION("who reads it") {
        FramePool pool;
        file->read(0, read_buffer(pool, 100),
                   Reply<sftp::ReadBuffer>::from([](Result<sftp::ReadBuffer>&&) {}));
        REQUIRE(executor.jobs.size() == 1);
        last = std::move(executor.jobs.front());
        executor.jobs.clear();
        last->run();
        last->finish();
    }
    file.reset();
    CHECK(executor.jobs.empty() == (last != nullptr));
    last.reset();
    CHECK(descriptors() == before + 1);
    CHECK(executor.run() == 1);
    CHECK(descriptors() == before);
}

TEST_CASE("Without the kernel's answer every operation goes to another thread", "[fs][at_once]") {
    const auto parent = parent_on(Residence::memory);
    REQUIRE(parent);
    Rig rig(*parent, true);
    CHECK(rig.looks() == kLooks);
    CHECK(rig.changes() == kChanges);
}
