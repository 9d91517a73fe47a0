#include "sftp/range_locks.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::sftp;

namespace {

constexpr LockedFileId kFile{1, 7};
constexpr BlockMask kBoth = kBlockRead | kBlockWrite;

Status code(const Result<void>& result) {
    return result ? Status::ok : status_of(result.error());
}

struct Locks {
    std::shared_ptr<RangeLocks> table = std::make_shared<RangeLocks>();
    OpenLocks open(BlockMask uses = kBoth, BlockMask block = 0) {
        auto opened = table->open(kFile, uses, block);
        REQUIRE(opened);
        return std::move(*opened);
    }
    Status try_open(BlockMask uses, BlockMask block = 0) {
        auto opened = table->open(kFile, uses, block);
        return opened ? Status::ok : status_of(opened.error());
    }
};

}  // namespace

TEST_CASE("a range is locked once, until exactly it is unlocked", "[sftp][locks]") {
    Locks t;
    auto a = t.open();
    auto b = t.open();
    CHECK(code(a.block(10, 10, kBlockWrite)) == Status::ok);
    CHECK(code(b.block(19, 1, kBlockWrite)) == Status::byte_range_lock_refused);
    CHECK(code(a.block(10, 10, kBlockWrite)) == Status::byte_range_lock_refused);
    CHECK(code(b.block(0, 0, kBlockRead)) == Status::byte_range_lock_refused);
    CHECK(code(b.block(20, 0, kBlockWrite)) == Status::ok);
    CHECK(code(b.block(0, 10, kBlockWrite | kBlockAdvisory)) == Status::ok);
    CHECK(code(a.block(~0ull - 1, 5, kBlockWrite)) == Status::byte_range_lock_refused);

    CHECK(code(a.unblock(10, 9)) == Status::no_matching_byte_range_lock);
    CHECK(code(b.unblock(10, 10)) == Status::no_matching_byte_range_lock);
    CHECK(code(a.unblock(10, 10)) == Status::ok);
    CHECK(code(a.unblock(10, 10)) == Status::no_matching_byte_range_lock);
    CHECK(code(b.unblock(20, 0)) == Status::ok);
    CHECK(code(b.block(10, 10, kBlockWrite)) == Status::ok);
}

TEST_CASE("a mask blocks something and nothing unknown", "[sftp][locks]") {
    Locks t;
    auto a = t.open();
    for (const BlockMask mask : {0u, kBlockAdvisory, kBlockRead | 0x400u, 1u}) {
        CHECK(code(a.block(0, 1, mask)) == Status::invalid_parameter);
        // An open that asks for nothing is an open.
        const bool none = (mask & ~kBlockAdvisory) == 0;
        CHECK(t.try_open(kBoth, mask) == (none ? Status::ok : Status::invalid_parameter));
    }
    CHECK(code(OpenLocks().block(0, 1, kBlockRead)) == Status::op_unsupported);
}

TEST_CASE("mandatory ranges keep others from reading or writing them", "[sftp][locks]") {
    Locks t;
    auto a = t.open();
    auto b = t.open();
    REQUIRE(a.block(10, 10, kBlockWrite));
    REQUIRE(a.block(30, 0, kBlockRead | kBlockAdvisory));
    CHECK(code(a.check(kBlockWrite, 0, 100)) == Status::ok);
    CHECK(code(b.check(kBlockRead, 0, 100)) == Status::ok);
    CHECK(code(b.check(kBlockWrite, 0, 10)) == Status::ok);
    CHECK(code(b.check(kBlockWrite, 0, 11)) == Status::byte_range_lock_conflict);
    CHECK(code(b.check(kBlockWrite, 19, 1)) == Status::byte_range_lock_conflict);
    CHECK(code(b.check(kBlockWrite, 20, 1)) == Status::ok);
    CHECK(code(b.check(kBlockWrite, 15, 0)) == Status::ok);
    CHECK(code(b.check(kBlockWrite, 1, ~0ull)) == Status::byte_range_lock_conflict);
    // Another file has other locks.
    auto other = t.table->open({1, 8}, kBoth, 0).value();
    CHECK(code(other.check(kBlockWrite, 10, 1)) == Status::ok);
    a.release();
    CHECK(code(b.check(kBlockWrite, 10, 1)) == Status::ok);
    CHECK(code(b.block(0, 0, kBoth)) == Status::ok);
}

TEST_CASE("an open keeps other opens out", "[sftp][locks]") {
    Locks t;
    {
        auto a = t.open(kBlockRead, kBlockWrite);
        CHECK(t.try_open(kBlockRead) == Status::ok);
        CHECK(t.try_open(kBlockWrite) == Status::lock_conflict);
        // The other one would keep this one out.
        CHECK(t.try_open(kBlockRead, kBlockRead) == Status::lock_conflict);
        CHECK(t.try_open(kBlockRead, kBlockWrite) == Status::ok);
    }
    CHECK(t.try_open(kBlockWrite) == Status::ok);
    {
        // Advice binds those who ask for it.
        auto a = t.open(kBoth, kBlockWrite | kBlockAdvisory);
        CHECK(t.try_open(kBlockWrite) == Status::ok);
        CHECK(t.try_open(kBlockWrite, kBlockDelete) == Status::lock_conflict);
        CHECK(t.try_open(kBlockRead, kBlockWrite | kBlockAdvisory) == Status::lock_conflict);
    }
    auto plain = t.open();
    CHECK(t.try_open(kBlockRead, kBlockWrite | kBlockAdvisory) == Status::ok);
    CHECK(t.try_open(kBlockRead, kBlockWrite) == Status::lock_conflict);
}

TEST_CASE("names are kept by BLOCK_DELETE", "[sftp][locks]") {
    Locks t;
    CHECK(code(t.table->check_delete(kFile)) == Status::ok);
    auto a = t.open(kBlockRead, kBlockDelete);
    CHECK(code(t.table->check_delete(kFile)) == Status::lock_conflict);
    CHECK(t.try_open(kBlockRead | kBlockDelete) == Status::lock_conflict);
    a = t.open(kBlockRead);
    CHECK(code(t.table->check_delete(kFile)) == Status::ok);
    REQUIRE(a.block(0, 1, kBlockDelete));
    CHECK(code(t.table->check_delete(kFile)) == Status::lock_conflict);
    a = {};
    CHECK(code(t.table->check_delete(kFile)) == Status::ok);
}

TEST_CASE("a file has so many locked ranges and no more", "[sftp][locks]") {
    Locks t;
    auto a = t.open();
    for (std::uint64_t i = 0; i < RangeLocks::kMaxRanges; ++i) REQUIRE(a.block(i, 1, kBlockRead));
    CHECK(code(a.block(5000, 1, kBlockRead)) == Status::byte_range_lock_refused);
    CHECK(code(a.unblock(0, 1)) == Status::ok);
    CHECK(code(a.block(5000, 1, kBlockRead)) == Status::ok);
}
