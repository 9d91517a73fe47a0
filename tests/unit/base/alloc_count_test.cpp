#include "support/alloc_count.hpp"

#include <catch2/catch_all.hpp>

#include <cstdlib>
#include <memory>
#include <new>

using nacre::test::AllocCount;

TEST_CASE("every way to allocate is counted") {
    const AllocCount count;
    CHECK(AllocCount().count() == 0);
    std::size_t before = count.count();
    const auto counted = [&] {
        const std::size_t now = count.count();
        const std::size_t difference = now - before;
        before = count.count();
        return difference;
    };
    // Through volatile pointers, or the compiler leaves the pairs out.
    void* volatile p = std::malloc(10);
    std::size_t n = counted();
    p = std::realloc(p, 10'000);
    n += counted();
    std::free(p);
    p = std::calloc(3, 5);
    n += counted();
    std::free(p);
    p = ::operator new(10);
    n += counted();
    ::operator delete(p);
    p = ::operator new (64, std::align_val_t{64});
    n += counted();
    ::operator delete (p, std::align_val_t{64});
    const std::size_t freed = counted();
    CHECK(n == 5);
    CHECK(freed == 0);
}

TEST_CASE("what is given back does not count as allocated") {
    const auto before = nacre::test::allocated_now();
    void* volatile p = std::malloc(10);
    void* volatile q = ::operator new(10);
    const auto both = nacre::test::allocated_now();
    p = std::realloc(p, 10'000);
    const auto moved = nacre::test::allocated_now();
    std::free(p);
    std::free(nullptr);
    const auto one = nacre::test::allocated_now();
    ::operator delete(q);
    const auto none = nacre::test::allocated_now();
    CHECK(both == before + 2);
    CHECK(moved == both);
    CHECK(one == before + 1);
    CHECK(none == before);
}
