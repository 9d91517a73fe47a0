#include "sftp/replies.hpp"

#include "support/channel_port_spy.hpp"
#include "support/det_rng.hpp"

#include <catch2/catch_all.hpp>

#include <numeric>

using namespace nacre;
using namespace nacre::test;
using sftp::Replies;

namespace {

Bytes text(std::size_t n) {
    const std::string s = "<" + std::to_string(n) + ">";
    return Bytes(s.begin(), s.end());
}

bool give(Replies& replies, Replies::Ticket ticket) {
    return replies.give(ticket, [&](Bytes& out) { append(out, text(ticket)); });
}

bool give_frames(Replies& replies, ChannelPortSpy& port, Replies::Ticket ticket) {
    FrameList frames = port.frames(text(ticket).size());
    const Bytes bytes = text(ticket);
    std::size_t done = 0;
    frames.for_each([&](ByteSpan to) {
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(done), to.size(), to.begin());
        done += to.size();
    });
    return replies.give(ticket, std::move(frames));
}

Bytes in_order(std::size_t count) {
    Bytes all;
    for (std::size_t i = 0; i < count; ++i) append(all, text(i));
    return all;
}

}  // namespace

TEST_CASE("replies leave in the order of their requests, however they are given",
          "[sftp][replies]") {
    DetRng random(5);
    for (std::size_t count = 1; count < 40; ++count) {
        ChannelPortSpy port;
        Replies replies;
        replies.attach(&port);
        std::vector<Replies::Ticket> left;
        std::size_t taken = 0;
        // Taken and given in turns, so that the ring wraps and grows when it does not begin at 0.
        while (taken < count || !left.empty()) {
            std::uint8_t byte[2];
            random.fill(byte);
            if (taken < count && (left.empty() || byte[0] % 3 != 0)) {
                left.push_back(replies.expect());
                ++taken;
                continue;
            }
            const std::size_t i = byte[1] % left.size();
            const Replies::Ticket ticket = left[i];
            left.erase(left.begin() + static_cast<std::ptrdiff_t>(i));
            REQUIRE((ticket % 2 == 0 ? give(replies, ticket) : give_frames(replies, port, ticket)));
            if (byte[0] % 5 == 0) REQUIRE(replies.flush());
        }
        REQUIRE(replies.flush());
        CHECK(port.sent == in_order(count));
        CHECK(replies.pending() == 0);
        CHECK(replies.bytes() == 0);
    }
}

TEST_CASE("what waits for its turn is counted", "[sftp][replies]") {
    ChannelPortSpy port;
    Replies replies;
    replies.attach(&port);
    for (int i = 0; i < 3; ++i) replies.expect();
    REQUIRE(give(replies, 2));
    REQUIRE(give_frames(replies, port, 1));
    CHECK(replies.pending() == 3);
    CHECK(replies.bytes() == 6);
    REQUIRE(replies.flush());
    CHECK(port.sent.empty());
    REQUIRE(give(replies, 0));
    CHECK(replies.pending() == 0);
    CHECK(replies.bytes() == 3);  // 0 and 1 have left with the frames of 1
    CHECK(port.sent == in_order(2));
    REQUIRE(replies.flush());
    CHECK(port.sent == in_order(3));
}

TEST_CASE("without a channel replies are dropped", "[sftp][replies]") {
    ChannelPortSpy port;
    Replies replies;
    replies.attach(&port);
    replies.expect();
    replies.expect();
    REQUIRE(give_frames(replies, port, 1));
    replies.attach(nullptr);
    CHECK(give(replies, 0));
    CHECK(replies.bytes() == 0);
    CHECK(port.sent.empty());
}
