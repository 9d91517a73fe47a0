#include "support/alloc_count.hpp"
#include "support/hex.hpp"

#include <nacre/base/frame.hpp>

#include <catch2/catch_all.hpp>

#include <algorithm>
#include <optional>
#include <string>

using namespace nacre;

namespace {

void put(Frame& frame, std::string_view text) {
    const auto at = frame.append(text.size());
    std::copy(text.begin(), text.end(), at.begin());
}

Frame make(FramePool& pool, std::string_view text) {
    Frame frame = pool.take(text.size());
    put(frame, text);
    return frame;
}

std::string joined(const FrameList& list) {
    std::string out;
    list.for_each([&](ByteSpan payload) { out += std::string(as_text(payload)) + "."; });
    return out;
}

}  // namespace

TEST_CASE("a frame has the room asked for, head room and tail room") {
    FramePool pool;
    for (const std::size_t size : {std::size_t{0}, FramePool::kSmall, FramePool::kSmall + 1,
                                   FramePool::kPacket, FramePool::kPacket + 1, FramePool::kLarge}) {
        Frame frame = pool.take(size);
        REQUIRE(frame);
        CHECK(frame.size() == 0);
        CHECK(frame.room() >= size);
        CHECK(frame.headroom() == Frame::kHeadroom);
        CHECK(reinterpret_cast<std::uintptr_t>(frame.payload().data()) % 64 == 0);
        const std::size_t room = frame.room();
        std::fill_n(frame.append(room).data(), room, std::uint8_t{1});
        CHECK(frame.room() == 0);
        std::fill_n(frame.append_tail(Frame::kTailroom).data(), Frame::kTailroom, std::uint8_t{2});
        CHECK(frame.room() == 0);
        std::fill_n(frame.prepend(Frame::kHeadroom).data(), Frame::kHeadroom, std::uint8_t{3});
        CHECK(frame.headroom() == 0);
        CHECK(frame.size() == Frame::kHeadroom + room + Frame::kTailroom);
        CHECK(frame.payload().front() == 3);
        CHECK(frame.payload().back() == 2);
    }
    CHECK_FALSE(pool.take(FramePool::kLarge + 1));
    CHECK(pool.in_use() == 0);
}

TEST_CASE("a payload grows and shrinks at both ends") {
    FramePool pool;
    Frame frame = make(pool, "payload");
    const auto head = frame.prepend(2);
    head[0] = '<';
    head[1] = '-';
    put(frame, "->");
    CHECK(as_text(frame.payload()) == "<-payload->");
    frame.drop_front(1);
    frame.truncate(8);
    CHECK(as_text(frame.payload()) == "-payload");
    CHECK(frame.size() == 8);
    CHECK(frame.headroom() == Frame::kHeadroom - 1);
}

TEST_CASE("a moved frame is empty, and what was overwritten goes back") {
    FramePool pool;
    Frame a = make(pool, "a");
    const std::size_t one = pool.in_use();
    CHECK(one >= FramePool::kSmall);
    Frame b = make(pool, "b");
    CHECK(pool.in_use() == 2 * one);
    a = std::move(b);
    CHECK_FALSE(b);
    CHECK(pool.in_use() == one);
    CHECK(as_text(a.payload()) == "b");
    auto& self = a;
    a = std::move(self);
    CHECK(as_text(a.payload()) == "b");
    a = {};
    CHECK(pool.in_use() == 0);
}

TEST_CASE("a list appends to its last frame as long as that has room") {
    FramePool pool;
    FrameList list;
    const Bytes bytes(100, 'x');
    CHECK_FALSE(list.append(bytes));
    list.push_back(make(pool, "a"));
    for (int i = 0; i < 5; ++i) CHECK(list.append(bytes));
    CHECK(list.bytes() == 501);
    CHECK_FALSE(list.append(bytes));
    CHECK(list.bytes() == 501);
    Frame frame = list.pop_front();
    CHECK(frame.size() == 501);
    CHECK(frame.room() == FramePool::kSmall - 501);
    CHECK(list.empty());
    CHECK(list.bytes() == 0);
    CHECK_FALSE(list.append(bytes));
}

TEST_CASE("the slot used last is taken first, each size by itself") {
    FramePool pool;
    Frame a = pool.take(1);
    Frame b = pool.take(1);
    Frame big = pool.take(FramePool::kPacket);
    const auto* at_a = a.payload().data();
    const auto* at_b = b.payload().data();
    const auto* at_big = big.payload().data();
    a.prepend(10);
    a = {};
    b = {};
    big = {};
    const test::AllocCount count;
    Frame first = pool.take(FramePool::kSmall);
    Frame second = pool.take(0);
    Frame third = pool.take(FramePool::kSmall + 1);
    const std::size_t allocated = count.count();
    CHECK(allocated == 0);
    CHECK(first.payload().data() == at_b);
    CHECK(second.payload().data() == at_a);
    CHECK(second.headroom() == Frame::kHeadroom);
    CHECK(third.payload().data() == at_big);
}

TEST_CASE("a pool keeps no more than `keep` bytes of a size") {
    constexpr std::size_t kSlot = Frame::kHeadroom + FramePool::kSmall + Frame::kTailroom;
    FramePool pool(2 * kSlot);
    { Frame a = pool.take(1), b = pool.take(1), c = pool.take(1); }
    const test::AllocCount count;
    Frame a = pool.take(1);
    Frame b = pool.take(1);
    const std::size_t kept = count.count();
    Frame c = pool.take(1);
    const std::size_t all = count.count();
    CHECK(kept == 0);
    CHECK(all == 1);
    CHECK(pool.in_use() == 3 * kSlot);
}

TEST_CASE("a secret frame is wiped when it goes back, also what was cut off") {
    FramePool pool;
    Frame frame = make(pool, "hunter2 and the rest");
    frame.prepend(3)[0] = 'x';
    const std::size_t room = frame.room();
    frame.append_tail(room + Frame::kTailroom).back() = 'y';
    frame.drop_front(5);
    frame.truncate(2);
    frame.mark_secret();
    const auto* at = frame.payload().data();
    frame = {};
    frame = pool.take(1);
    REQUIRE(frame.payload().data() == at - 2);
    frame.prepend(Frame::kHeadroom);
    frame.append_tail(frame.room() + Frame::kTailroom);
    const auto all = frame.payload();
    CHECK(std::all_of(all.begin(), all.end(), [](std::uint8_t b) { return b == 0; }));
}

TEST_CASE("the mark of a secret does not outlast its frame") {
    FramePool pool;
    Frame frame = pool.take(1);
    frame.mark_secret();
    frame = {};
    frame = make(pool, "plain");
    frame = {};
    frame = pool.take(5);
    CHECK(as_text(frame.append(5)) == "plain");
}

TEST_CASE("a list keeps order, counts and bytes") {
    FramePool pool;
    FrameList list;
    CHECK(list.empty());
    CHECK_FALSE(list.pop_front());
    list.push_back(make(pool, "two"));
    list.push_back(make(pool, "three"));
    list.push_front(make(pool, "one"));
    list.push_back({});
    list.push_front({});
    CHECK(list.count() == 3);
    CHECK(list.bytes() == 11);
    CHECK(joined(list) == "one.two.three.");
    CHECK(as_text(list.front()) == "one");

    Frame first = list.pop_front();
    CHECK(as_text(first.payload()) == "one");
    CHECK(list.bytes() == 8);
    list.push_back(std::move(first));
    CHECK_FALSE(first);
    CHECK(joined(list) == "two.three.one.");
    while (list.pop_front()) {
    }
    CHECK(list.empty());
    CHECK(list.count() == 0);
    CHECK(list.bytes() == 0);
    list.push_front(make(pool, "x"));
    list.push_back(make(pool, "y"));
    CHECK(joined(list) == "x.y.");
}

TEST_CASE("lists are joined and moved without copies") {
    FramePool pool;
    FrameList a;
    FrameList b;
    a.splice_back(std::move(b));
    CHECK(a.empty());
    b.push_back(make(pool, "1"));
    b.push_back(make(pool, "22"));
    a.splice_back(std::move(b));
    CHECK(b.empty());
    CHECK(b.count() == 0);
    CHECK(b.bytes() == 0);
    b.push_back(make(pool, "333"));
    a.splice_back(std::move(b));
    CHECK(joined(a) == "1.22.333.");
    CHECK(a.bytes() == 6);
    auto& self = a;
    a.splice_back(std::move(self));
    CHECK(a.count() == 3);

    FrameList c = std::move(a);
    CHECK(a.empty());
    CHECK(c.count() == 3);
    a.push_back(make(pool, "old"));
    a = std::move(c);
    CHECK(c.empty());
    CHECK(c.bytes() == 0);
    CHECK(joined(a) == "1.22.333.");
    a.clear();
    CHECK(a.empty());
    CHECK(pool.in_use() == 0);
}

TEST_CASE("a list destroyed gives its frames back") {
    FramePool pool;
    {
        FrameList list;
        list.push_back(make(pool, "a"));
        list.push_back(make(pool, "b"));
        CHECK(pool.in_use() > 0);
    }
    CHECK(pool.in_use() == 0);
}

TEST_CASE("queueing and taking frames allocates nothing") {
    FramePool pool;
    { Frame a = pool.take(1), b = pool.take(1); }
    FrameList list;
    const test::AllocCount count;
    for (int i = 0; i < 100; ++i) {
        list.push_back(pool.take(10));
        list.push_front(pool.take(10));
        list.clear();
    }
    const std::size_t allocated = count.count();
    CHECK(allocated == 0);
}

TEST_CASE("frames outlive the pool") {
    std::optional<FramePool> pool(std::in_place);
    FrameList list;
    list.push_back(make(*pool, "still here"));
    Frame large = pool->take(FramePool::kLarge);
    (void)pool->take(1);  // one in the free list
    pool.reset();
    CHECK(as_text(list.front()) == "still here");
    list.clear();
    large.append(FramePool::kLarge).back() = 1;
    large.mark_secret();
}
