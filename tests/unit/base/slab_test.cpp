#include "support/alloc_count.hpp"

#include <nacre/base/slab.hpp>

#include <catch2/catch_all.hpp>

#include <optional>
#include <vector>

using namespace nacre;

namespace {
constexpr std::size_t kSize = 4096;
}

TEST_CASE("slab memory is aligned, of the size asked for, and counted") {
    SlabPool pool(kSize, 2);
    SlabRef a = pool.take();
    REQUIRE(a);
    CHECK(a.memory().size() == kSize);
    CHECK(reinterpret_cast<std::uintptr_t>(a.memory().data()) % 64 == 0);
    CHECK(pool.in_use() == 1);
    SlabRef large = pool.take(kSize + 1);
    REQUIRE(large);
    CHECK(large.memory().size() >= kSize + 1);
    large.memory().back() = 1;
    CHECK(pool.in_use() == 2);
    large = {};
    a = {};
    CHECK(pool.in_use() == 0);
}

TEST_CASE("a slab too large to exist is refused") {
    SlabPool pool(kSize, 2);
    CHECK_FALSE(pool.take(SIZE_MAX));
    CHECK_FALSE(pool.take(SIZE_MAX - 64));
    CHECK(pool.in_use() == 0);
}

TEST_CASE("a smaller slab is taken when there is no memory for one of the pool's size") {
    SlabPool pool(SIZE_MAX, 2);
    SlabRef a = pool.take();
    REQUIRE(a);
    CHECK(a.memory().size() >= 35'000);  // the packet that each must take
    SlabRef large = pool.take(300'000);
    REQUIRE(large);
    CHECK(large.memory().size() >= 300'000);
    CHECK(pool.in_use() == 2);
    a = large = {};
    CHECK(pool.in_use() == 0);
}

TEST_CASE("the slab used last is taken first") {
    SlabPool pool(kSize, 2);
    SlabRef a = pool.take();
    SlabRef b = pool.take();
    const auto* at_a = a.memory().data();
    const auto* at_b = b.memory().data();
    b = {};
    a = {};
    CHECK(pool.take().memory().data() == at_a);
    SlabRef again = pool.take(1);
    CHECK(again.memory().data() == at_a);
    CHECK(pool.take().memory().data() == at_b);
}

TEST_CASE("only `keep` slabs are kept, and kept ones cost no allocation") {
    SlabPool pool(kSize, 2);
    std::vector<SlabRef> all;
    for (int i = 0; i < 5; ++i) all.push_back(pool.take());
    all.clear();
    all.reserve(5);
    {
        const test::AllocCount count;
        all.push_back(pool.take());
        all.push_back(pool.take());
        const std::size_t allocated = count.count();
        CHECK(allocated == 0);
    }
    {
        const test::AllocCount count;
        all.push_back(pool.take());
        const std::size_t allocated = count.count();
        CHECK(allocated == 1);
    }
    SECTION("a larger slab is never kept") {
        all.clear();
        SlabRef large = pool.take(2 * kSize);
        large = {};
        const test::AllocCount count;
        large = pool.take(2 * kSize);
        const std::size_t allocated = count.count();
        CHECK(allocated == 1);
    }
}

TEST_CASE("a slab lives as long as one reference") {
    SlabPool pool(kSize, 2);
    SlabRef a = pool.take();
    a.memory()[7] = 42;
    CHECK(a.unique());
    Payload payload{a.memory().subspan(0, 100), a};
    CHECK_FALSE(a.unique());
    const Payload part = payload.sub(7, 1);
    CHECK(part.bytes.data() == a.memory().data() + 7);
    a = {};
    payload = {};
    CHECK(part.owner.unique());
    CHECK(pool.in_use() == 1);
    CHECK(part.bytes[0] == 42);

    SlabRef moved = part.owner;
    SlabRef target = std::move(moved);
    CHECK_FALSE(moved);
    CHECK_FALSE(moved.unique());
    const auto& self = target;
    target = self;
    CHECK(target.memory().data() == part.owner.memory().data());
}

TEST_CASE("slabs outlive the pool") {
    std::optional<SlabPool> pool(std::in_place, kSize, 2);
    SlabRef a = pool->take();
    SlabRef b = pool->take();
    SlabRef large = pool->take(2 * kSize);
    (void)pool->take();  // one in the free list
    pool.reset();
    a.memory()[0] = 1;
    b.memory()[kSize - 1] = 1;
    large.memory()[2 * kSize - 1] = 1;
    a = {};
    large = {};
    CHECK(b.unique());
}

TEST_CASE("a share counts the slabs it took until their last reference is gone", "[base]") {
    SlabPool pool(kSize, 2);
    int told = 0;
    SlabShare share(pool, 2 * kSize, [&] { ++told; });
    SlabRef a = share.take();
    SlabRef b = share.take();
    CHECK(share.held() == 2 * kSize);
    CHECK_FALSE(share.over());
    CHECK(a.crowded());
    CHECK_FALSE(pool.take().crowded());
    SlabRef large = share.take(3 * kSize);
    REQUIRE(large);
    CHECK(share.held() == 5 * kSize);
    CHECK(share.over());
    const SlabRef again = a;
    a = {};
    CHECK(share.held() == 5 * kSize);
    SECTION("it is told once, when there is no more than the limit again") {
        b = {};
        CHECK(share.over());
        CHECK(told == 0);
        large = {};
        CHECK(share.held() == kSize);
        CHECK_FALSE(share.over());
        CHECK(told == 1);
    }
    SECTION("slabs of the pool's other users do not count") {
        const SlabRef other = pool.take();
        CHECK(share.held() == 5 * kSize);
        // Taken again from the list of the unused: for nobody now.
        b = {};
        const SlabRef used = pool.take();
        CHECK(share.held() == 4 * kSize);
    }
    CHECK(pool.in_use() >= 1);
}

TEST_CASE("who hears that there is less has the slab again", "[base]") {
    SlabPool pool(kSize, 2);
    SlabRef again;
    int told = 0;
    SlabShare* self = nullptr;
    SlabShare share(pool, kSize, [&] {
        if (told++ == 0) again = self->take();
    });
    self = &share;
    SlabRef a = share.take();
    SlabRef b = share.take();
    const auto* at = b.memory().data();
    b = {};
    REQUIRE(again);
    CHECK(again.memory().data() == at);
    CHECK(share.over());
    CHECK(pool.in_use() == 2);
    again = {};
    CHECK(told == 2);
}

TEST_CASE("copies beside a slab count for its share, from whatever pool", "[base]") {
    SlabPool pool(kSize, 2), copies(kSize / 2, 0);
    SlabShare share(pool);
    const SlabRef received = share.take();
    SlabRef copy = copies.take(0, received);
    CHECK(share.held() == kSize + kSize / 2);
    const SlabRef nobodys = copies.take(0, pool.take());
    CHECK(share.held() == kSize + kSize / 2);
    copy = {};
    CHECK(share.held() == kSize);
    CHECK_FALSE(share.over());
}

TEST_CASE("slabs outlive the share, which hears nothing more", "[base]") {
    SlabPool pool(kSize, 2);
    int told = 0;
    std::optional<SlabShare> share(std::in_place, pool, kSize, [&] { ++told; });
    SlabRef a = share->take();
    SlabRef b = share->take();
    REQUIRE(share->over());
    share.reset();
    a = {};
    b = {};
    CHECK(told == 0);
    CHECK(pool.in_use() == 0);
}
