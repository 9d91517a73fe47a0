#include "transport/receive_buffer.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;

TEST_CASE("an empty buffer holds no slab", "[transport]") {
    SlabPool pool;
    SlabShare slabs(pool);
    ReceiveBuffer buffer(slabs);
    CHECK(pool.in_use() == 0);
    buffer.space(1)[0] = 42;
    buffer.commit(1);
    CHECK(pool.in_use() == 1);
    buffer.release_if_empty();
    CHECK(pool.in_use() == 1);
    buffer.consume(1);
    buffer.release_if_empty();
    CHECK(pool.in_use() == 0);
}

TEST_CASE("a partial packet moves only when the slab is full", "[transport]") {
    SlabPool pool;
    SlabShare slabs(pool);
    ReceiveBuffer buffer(slabs);
    const std::size_t size = buffer.space(1).size();
    buffer.commit(size);
    buffer.consume(size - 100);
    buffer.pending()[0] = 7;
    SECTION("within the slab, if nobody else holds it") {
        CHECK(buffer.space(1000).size() == size - 100);
        CHECK(pool.in_use() == 1);
    }
    SECTION("to a fresh one, if somebody does") {
        const SlabRef kept = buffer.slab();
        CHECK(buffer.space(1000).size() == size - 100);
        CHECK(pool.in_use() == 2);
    }
    CHECK(buffer.pending().size() == 100);
    CHECK(buffer.pending()[0] == 7);
    CHECK(buffer.moved() == 100);
}

TEST_CASE("a slab that others keep parts of is used on, not a second one", "[transport]") {
    SlabPool pool;
    SlabShare slabs(pool);
    ReceiveBuffer buffer(slabs);
    const ByteSpan first = buffer.space(1);
    buffer.commit(100);
    SlabRef kept = buffer.slab();
    buffer.consume(100);
    buffer.release_if_empty();
    CHECK(pool.in_use() == 1);
    SECTION("behind what they have") {
        CHECK(buffer.space(1).data() == first.data() + 100);
        CHECK(pool.in_use() == 1);
        kept = {};
        CHECK(buffer.space(1).data() == first.data());
        buffer.release_if_empty();
        CHECK(pool.in_use() == 0);
    }
    SECTION("until they let it go") {
        kept = {};
        buffer.release_if_empty();
        CHECK(pool.in_use() == 0);
    }
    SECTION("or until little is left") {
        const std::size_t most = buffer.space(1).size() - 1000;
        buffer.commit(most);
        buffer.consume(most);
        buffer.release_if_empty();
        CHECK_FALSE(buffer.slab());
        CHECK(buffer.space(1).size() == first.size());
        CHECK(pool.in_use() == 2);
    }
}

TEST_CASE("what waits is not moved for each byte that comes when memory is scarce", "[transport]") {
    // Larger than any memory: each slab is as small as it can be.
    SlabPool pool(SIZE_MAX);
    SlabShare slabs(pool);
    ReceiveBuffer buffer(slabs);
    while (buffer.pending().size() < 300'000) buffer.commit(buffer.space(1).size());
    CHECK(buffer.moved() < 20 * 300'000);
    CHECK(pool.in_use() == 1);
}
