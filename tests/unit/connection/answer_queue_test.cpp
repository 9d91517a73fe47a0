#include "connection/answer_queue.hpp"

#include <catch2/catch_all.hpp>

#include <string>

using nacre::detail::AnswerQueue;

TEST_CASE("answers leave in the order of the questions", "[connection]") {
    AnswerQueue<std::string> q(3);
    const auto a = q.ask(), b = q.ask(), c = q.ask();
    REQUIRE((a && b && c));
    CHECK_FALSE(q.ask());
    q.answer(*c, "c");
    q.answer(*b, "b");
    CHECK_FALSE(q.next());
    q.answer(*a, "a");
    q.answer(*a, "again");
    CHECK(q.next() == "a");
    CHECK(q.next() == "b");
    CHECK(q.waiting() == 1);
    // Old and unknown tokens do nothing.
    q.answer(*a, "late");
    q.answer(*c + 1, "unknown");
    CHECK(q.next() == "c");
    CHECK_FALSE(q.next());
    CHECK(q.ask().value() == *c + 1);
}
