#include "connection/output_queue.hpp"

#include "connection_spies.hpp"

using namespace nacre;
using namespace nacre::test;
using nacre::detail::OutputQueue;

namespace {

FrameList one_frame(PortSpy& port, ByteView bytes) {
    Frame frame = port.bulk_frame(bytes.size());
    std::memcpy(frame.append(bytes.size()).data(), bytes.data(), bytes.size());
    FrameList list;
    list.push_back(std::move(frame));
    return list;
}

}  // namespace

TEST_CASE("a cut copies the smaller part only", "[connection]") {
    PortSpy port;
    const Bytes bytes = pattern(30'000);
    const auto most = GENERATE(1u, 100u, 14'999u, 15'000u, 15'001u, 29'999u, 30'000u, 40'000u);
    OutputQueue q;
    q.push(OutputQueue::Kind::data, 0, one_frame(port, bytes));
    CHECK(q.data_bytes() == 30'000);

    Frame first = q.pop(most, port);
    REQUIRE(first);
    const std::size_t cut = std::min<std::size_t>(most, 30'000);
    CHECK(first.size() == cut);
    CHECK(q.copied() == std::min(cut, 30'000 - cut));
    CHECK(q.data_bytes() == 30'000 - cut);
    Bytes all = to_bytes(first.payload());
    if (cut < 30'000) {
        REQUIRE_FALSE(q.empty());
        append(all, q.pop().payload());
    }
    CHECK(q.empty());
    CHECK(q.data_bytes() == 0);
    CHECK((all == bytes));
    // Room in front for every header.
    CHECK(first.headroom() >= 14);
}

TEST_CASE("a frame is cut byte by byte", "[connection]") {
    PortSpy port;
    const Bytes bytes = pattern(1'000);
    OutputQueue q;
    q.push(OutputQueue::Kind::data, 0, one_frame(port, bytes));
    Bytes all;
    while (!q.empty()) append(all, q.pop(1, port).payload());
    CHECK((all == bytes));
    CHECK(q.copied() == 999);
}

TEST_CASE("kinds stay apart and in order", "[connection]") {
    PortSpy port;
    OutputQueue q;
    const Bytes bytes{1, 2, 3};
    for (int round = 0; round < 40; ++round) {
        q.push(OutputQueue::Kind::data, 0, one_frame(port, bytes));
        q.push(OutputQueue::Kind::extended, 1, one_frame(port, bytes));
        q.push(OutputQueue::Kind::extended, 2, one_frame(port, bytes));
        q.push(OutputQueue::Kind::message, port.frame(96, 0));
        q.push(OutputQueue::Kind::question, port.frame(98, 0));
    }
    CHECK(q.data_bytes() == 40 * 9);
    for (int round = 0; round < 40; ++round) {
        CHECK(q.kind() == OutputQueue::Kind::data);
        q.pop();
        CHECK(q.type() == 1);
        q.pop();
        CHECK(q.type() == 2);
        q.pop();
        CHECK(q.kind() == OutputQueue::Kind::message);
        q.pop();
        CHECK(q.kind() == OutputQueue::Kind::question);
        q.pop();
    }
    CHECK(q.empty());
    CHECK(q.data_bytes() == 0);
    CHECK(port.frames.in_use() == 0);
}

TEST_CASE("a cut without memory loses nothing", "[connection]") {
    PortSpy port;
    OutputQueue q;
    q.push(OutputQueue::Kind::data, 0, one_frame(port, pattern(100)));
    port.fail_frame_at = port.frames_taken;
    CHECK_FALSE(q.pop(10, port));
    CHECK(port.failed);
    CHECK(q.data_bytes() == 100);
    q.clear();
    CHECK(port.frames.in_use() == 0);
}

TEST_CASE("small data that waits shares slots", "[connection]") {
    PortSpy port;
    OutputQueue q;
    const Bytes small = pattern(1'000), large = pattern(5'000);
    q.push(OutputQueue::Kind::data, 0, one_frame(port, small));
    const std::size_t slot = port.frames.in_use();
    Bytes expected = small;
    for (int i = 0; i < 30; ++i) {
        q.push(OutputQueue::Kind::data, 0, one_frame(port, small));
        append(expected, small);
    }
    CHECK(q.data_bytes() == 31'000);
    CHECK(port.frames.in_use() == slot);
    SECTION("until the slot is full") {
        for (int i = 0; i < 10; ++i) {
            q.push(OutputQueue::Kind::data, 0, one_frame(port, small));
            append(expected, small);
        }
        CHECK(port.frames.in_use() == 2 * slot);
    }
    SECTION("what is large stays where it is") {
        q.push(OutputQueue::Kind::data, 0, one_frame(port, large));
        append(expected, large);
        CHECK(port.frames.in_use() == 2 * slot);
    }
    Bytes all;
    while (!q.empty()) append(all, q.pop().payload());
    CHECK((all == expected));
    CHECK(q.data_bytes() == 0);
    CHECK(port.frames.in_use() == 0);
}
