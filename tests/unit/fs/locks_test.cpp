// Byte-range locks and blocks of opens, between sessions and for other programs.
#include "local_rig.hpp"

#include <fcntl.h>

namespace nacre::fs::test {
namespace {

using sftp::Status;

constexpr auto kReadWrite = sftp::kBlockRead | sftp::kBlockWrite;

Status block(sftp::File& file, std::uint64_t offset, std::uint64_t length, sftp::BlockMask mask) {
    return status(ask<void>([&](auto r) { file.block(offset, length, mask, std::move(r)); }));
}

Status unblock(sftp::File& file, std::uint64_t offset, std::uint64_t length) {
    return status(ask<void>([&](auto r) { file.unblock(offset, length, std::move(r)); }));
}

Status written(const Result<sftp::WriteBuffer>& result) {
    if (!result) return status(result);
    return result->error ? sftp::status_of(*result->error) : Status::ok;
}

/// Whether another program could lock the range so.
bool free_for_others(const std::string& path, short type, off_t offset, off_t length) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(fd >= 0);
    struct flock lock {};
    lock.l_type = type;
    lock.l_start = offset;
    lock.l_len = length;
    const int result = ::fcntl(fd, F_OFD_SETLK, &lock);
    ::close(fd);
    return result == 0;
}

/// Two sessions of one server on the same folder.
struct Sessions {
    Folders folders{GENERATE(as<std::string>{}, "/tmp", "/dev/shm")};
    LocalFilesystemConfig config = [this] {
        auto made = config_for(folders, false);
        made.shared = make_local_shared();
        return made;
    }();
    Local one{config};
    Local other{config};

    Sessions() {
        folders.file("f", "0123456789");
        REQUIRE(one.hard_link("f", "second name"));
    }
};

TEST_CASE("A locked range binds other sessions", "[fs][locks]") {
    const Sessions sessions;
    const auto mine = sessions.one.open("f", flags_of("rw"));
    const auto theirs = sessions.other.open("second name", flags_of("rw"));
    REQUIRE(mine);
    REQUIRE(theirs);
    CHECK(block(**mine, 2, 3, kReadWrite) == Status::ok);
    CHECK(block(**theirs, 4, 10, sftp::kBlockWrite) == Status::byte_range_lock_refused);
    CHECK(block(**mine, 4, 10, sftp::kBlockWrite) == Status::byte_range_lock_refused);
    CHECK(read_text(**theirs, 0, 2) == "01");
    CHECK(read_text(**theirs, 0, 3) == "!25");
    CHECK(read_text(**mine, 0, 10) == "0123456789");
    CHECK(written(write_to(**theirs, 4, write_buffer({"ab"}))) == Status::byte_range_lock_conflict);
    CHECK(written(write_to(**theirs, 5, write_buffer({"ab"}))) == Status::ok);
    CHECK(written(write_to(**mine, 2, write_buffer({"AB"}))) == Status::ok);
    sftp::Attrs cut;
    cut.size = 4;
    CHECK(status(sessions.other.set_stat("f", cut)) == Status::byte_range_lock_conflict);
    CHECK(status(ask<void>([&](auto r) { (*theirs)->set_stat(cut, std::move(r)); })) ==
          Status::byte_range_lock_conflict);
    CHECK(status(sessions.other.open("f", flags_of("wt"))) == Status::byte_range_lock_conflict);
    CHECK(unblock(**mine, 2, 2) == Status::no_matching_byte_range_lock);
    CHECK(unblock(**theirs, 2, 3) == Status::no_matching_byte_range_lock);
    CHECK(unblock(**mine, 2, 3) == Status::ok);
    CHECK(read_text(**theirs, 0, 10) == "01AB4ab789");
}

TEST_CASE("A lock without length goes to the end, also for what is appended", "[fs][locks]") {
    const Sessions sessions;
    const auto mine = sessions.one.open("f", flags_of("rw"));
    const auto theirs = sessions.other.open("f", flags_of("a"));
    REQUIRE(mine);
    REQUIRE(theirs);
    CHECK(block(**mine, 0, 3, sftp::kBlockWrite) == Status::ok);
    CHECK(written(write_to(**theirs, 0, write_buffer({"x"}))) == Status::ok);
    CHECK(block(**mine, 5, 0, sftp::kBlockWrite) == Status::ok);
    CHECK(written(write_to(**theirs, 0, write_buffer({"x"}))) == Status::byte_range_lock_conflict);
    CHECK(Folders::read(sessions.folders.jail("f")) == "0123456789x");
}

TEST_CASE("Advisory locks bind only those who ask", "[fs][locks]") {
    const Sessions sessions;
    const auto mine = sessions.one.open("f", flags_of("rw"));
    const auto theirs = sessions.other.open("f", flags_of("rw"));
    CHECK(block(**mine, 0, 0, kReadWrite | sftp::kBlockAdvisory) == Status::ok);
    CHECK(read_text(**theirs, 0, 3) == "012");
    CHECK(block(**theirs, 3, 1, sftp::kBlockRead) == Status::byte_range_lock_refused);
}

TEST_CASE("Locks end with their handle", "[fs][locks]") {
    const Sessions sessions;
    const auto mine = sessions.one.open("f", flags_of("rw"));
    const auto theirs = sessions.other.open("f", flags_of("rw"));
    CHECK(block(**mine, 0, 5, kReadWrite) == Status::ok);
    CHECK_FALSE(free_for_others(sessions.folders.jail("f"), F_RDLCK, 0, 5));
    CHECK(close(**mine, sftp::HandleEnd::link_lost));
    CHECK(block(**theirs, 0, 0, kReadWrite) == Status::ok);
    CHECK(close(**theirs));
    CHECK(free_for_others(sessions.folders.jail("f"), F_WRLCK, 0, 0));
}

TEST_CASE("Other programs see locks, and theirs are seen", "[fs][locks]") {
    const Sessions sessions;
    const std::string path = sessions.folders.jail("f");
    const auto mine = sessions.one.open("f", flags_of("rw"));
    CHECK(block(**mine, 2, 2, sftp::kBlockRead) == Status::ok);
    CHECK(block(**mine, 6, 0, sftp::kBlockWrite) == Status::ok);
    CHECK_FALSE(free_for_others(path, F_RDLCK, 3, 1));
    CHECK(free_for_others(path, F_WRLCK, 0, 2));
    CHECK(free_for_others(path, F_WRLCK, 4, 2));
    CHECK(free_for_others(path, F_RDLCK, 6, 1));
    CHECK_FALSE(free_for_others(path, F_WRLCK, 1'000'000, 1));
    CHECK(unblock(**mine, 2, 2) == Status::ok);
    CHECK(free_for_others(path, F_WRLCK, 0, 6));

    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    REQUIRE(fd >= 0);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_len = 2;
    REQUIRE(::fcntl(fd, F_OFD_SETLK, &lock) == 0);
    CHECK(block(**mine, 1, 2, sftp::kBlockWrite) == Status::byte_range_lock_refused);
    sftp::OpenFlags alone = flags_of("rw");
    alone.block = sftp::kBlockWrite;
    CHECK(status(sessions.one.open("f", alone)) == Status::lock_conflict);
    ::close(fd);
    CHECK(block(**mine, 1, 2, sftp::kBlockWrite) == Status::ok);
}

TEST_CASE("Opens that keep others out", "[fs][locks]") {
    const Sessions sessions;
    sftp::OpenFlags alone = flags_of("rw");
    alone.block = kReadWrite | sftp::kBlockDelete;
    {
        const auto theirs = sessions.other.open("f");
        REQUIRE(theirs);
        CHECK(status(sessions.one.open("f", alone)) == Status::lock_conflict);
        CHECK(close(**theirs));
    }
    const auto mine = sessions.one.open("f", alone);
    REQUIRE(mine);
    sessions.folders.file("g", "g");
    CHECK(status(sessions.other.open("f")) == Status::lock_conflict);
    CHECK(status(sessions.other.open("second name", flags_of("wt"))) == Status::lock_conflict);
    CHECK(status(sessions.other.remove("f")) == Status::lock_conflict);
    CHECK(status(sessions.other.rename("f", "h")) == Status::lock_conflict);
    CHECK(status(sessions.other.rename("g", "f", true)) == Status::lock_conflict);
    CHECK(Folders::read(sessions.folders.jail("f")) == "0123456789");
    CHECK(close(**mine));
    CHECK(sessions.other.rename("g", "f", true));
    CHECK(sessions.other.open("f"));
}

TEST_CASE("To cut a file is to write to it, whatever its handle may do", "[fs][locks]") {
    const Sessions sessions;
    const bool whole = GENERATE(true, false);
    sftp::OpenFlags alone = flags_of("rw");
    if (whole) alone.block = sftp::kBlockWrite;
    const auto mine = sessions.one.open("f", alone);
    REQUIRE(mine);
    if (!whole) REQUIRE(block(**mine, 0, 5, sftp::kBlockWrite) == Status::ok);
    const auto expected = whole ? Status::lock_conflict : Status::byte_range_lock_conflict;
    for (const auto* flags : {"rt", "rct", "wt"})
        CHECK(status(sessions.other.open("f", flags_of(flags))) == expected);
    CHECK(Folders::read(sessions.folders.jail("f")) == "0123456789");
}

TEST_CASE("Keeping a name keeps nobody from reading and writing", "[fs][locks]") {
    const Sessions sessions;
    sftp::OpenFlags named = flags_of("w");
    named.block = sftp::kBlockDelete;
    const auto mine = sessions.one.open("f", named);
    REQUIRE(mine);
    const auto theirs = sessions.other.open("f", named);
    REQUIRE(theirs);
    CHECK(block(**theirs, 0, 5, sftp::kBlockWrite) == Status::ok);
    CHECK(status(sessions.other.remove("f")) == Status::lock_conflict);
}

TEST_CASE("What an open keeps from other programs outlasts its ranges", "[fs][locks]") {
    const Sessions sessions;
    sftp::OpenFlags alone = flags_of("rw");
    alone.block = kReadWrite;
    const auto mine = sessions.one.open("f", alone);
    REQUIRE(mine);
    REQUIRE(block(**mine, 2, 3, kReadWrite) == Status::ok);
    REQUIRE(unblock(**mine, 2, 3) == Status::ok);
    CHECK_FALSE(free_for_others(sessions.folders.jail("f"), F_WRLCK, 2, 3));
}

TEST_CASE("An upload does not replace what others have come to rely on", "[fs][locks]") {
    Sessions sessions;
    sessions.config.atomic_upload.enabled = true;
    const Local uploads(sessions.config);
    const auto upload = uploads.open("late", flags_of("wct"));
    REQUIRE(upload);
    sessions.folders.file("late", "theirs");
    sftp::OpenFlags kept = flags_of("rw");
    kept.block = GENERATE(sftp::kBlockWrite, sftp::kBlockDelete);
    const auto theirs = sessions.other.open("late", kept);
    REQUIRE(theirs);
    CHECK(status(close(**upload)) == Status::lock_conflict);
    CHECK(Folders::read(sessions.folders.jail("late")) == "theirs");
}

}  // namespace
}  // namespace nacre::fs::test
