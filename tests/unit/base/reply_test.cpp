#include "support/alloc_count.hpp"

#include <nacre/base/reply.hpp>

#include <catch2/catch_all.hpp>

#include <optional>
#include <string>

using namespace nacre;

namespace {

/// Writes down every answer it gets.
class Asker {
  public:
    Reply<std::string> ask(std::uint64_t token) {
        return {line_.ref(), token, [](void* self, std::uint64_t t, Result<std::string>&& answer) {
                    auto* asker = static_cast<Asker*>(self);
                    asker->log += std::to_string(t) + ":";
                    asker->log += answer ? *answer : name_of(answer.error().code);
                    asker->log += " ";
                }};
    }
    void cut() { line_.cut(); }
    Lifeline::Ref ref() const { return line_.ref(); }

    std::string log;

  private:
    Lifeline line_{this};
};

}  // namespace

TEST_CASE("an answer reaches the asker with its token, once") {
    Asker asker;
    auto first = asker.ask(1);
    auto second = asker.ask(2);
    CHECK(first);
    second(std::string("b"));
    first(std::string("a"));
    CHECK_FALSE(first);
    first(std::string("again"));
    second(malformed("again"));
    CHECK(asker.log == "2:b 1:a ");
}

TEST_CASE("a reply dropped unanswered answers closed") {
    Asker asker;
    { const auto reply = asker.ask(3); }
    CHECK(asker.log == "3:closed ");
    { const Reply<std::string> empty; }
    CHECK(asker.log == "3:closed ");
}

TEST_CASE("an error is an answer") {
    Asker asker;
    asker.ask(4)(Error{Errc::not_found, Disconnect::none, 0, "no such thing"});
    CHECK(asker.log == "4:not_found ");
}

TEST_CASE("a moved reply answers once, an overwritten one is dropped") {
    Asker asker;
    auto a = asker.ask(1);
    auto b = std::move(a);
    CHECK_FALSE(a);
    CHECK(b);
    a(std::string("from the old one"));
    CHECK(asker.log.empty());
    b = asker.ask(2);
    CHECK(asker.log == "1:closed ");
    auto& self = b;
    b = std::move(self);
    CHECK(b);
    b(std::string("x"));
    CHECK(asker.log == "1:closed 2:x ");
}

TEST_CASE("an answer for an asker that is gone is released") {
    std::optional<Asker> asker(std::in_place);
    auto late = asker->ask(1);
    auto dropped = asker->ask(2);
    asker.reset();
    CHECK(late);
    late(std::string("nobody hears"));
    CHECK_FALSE(late);

    struct Counted {
        std::shared_ptr<int> token;
    };
    const auto held = std::make_shared<int>(0);
    int target = 0;
    std::optional<Lifeline> line(std::in_place, &target);
    Reply<Counted> reply(line->ref(), 0, [](void*, std::uint64_t, Result<Counted>&&) { FAIL(); });
    line.reset();
    reply(Counted{held});
    CHECK(held.use_count() == 1);
}

TEST_CASE("a lifeline that is cut answers nobody although it still exists") {
    Asker asker;
    const auto ref = asker.ref();
    const auto copy = ref;
    auto reply = asker.ask(1);
    CHECK(ref.target() == &asker);
    asker.cut();
    CHECK(ref.target() == nullptr);
    CHECK(copy.target() == nullptr);
    CHECK(Lifeline::Ref().target() == nullptr);
    reply(std::string("x"));
    CHECK(asker.log.empty());
}

TEST_CASE("refs are copied, moved and assigned") {
    std::optional<Asker> asker(std::in_place);
    Lifeline::Ref a = asker->ref();
    Lifeline::Ref b;
    b = a;
    Lifeline::Ref c = std::move(a);
    CHECK(a.target() == nullptr);
    CHECK(b.target() == &*asker);
    CHECK(c.target() == &*asker);
    asker.reset();
    CHECK(b.target() == nullptr);
    CHECK(c.target() == nullptr);
}

TEST_CASE("a reply may be answered and destroyed inside its own delivery") {
    struct Holder {
        std::optional<Reply<int>> reply;
        int got = 0;
        Lifeline line{this};
    } holder;
    holder.reply.emplace(holder.line.ref(), 9,
                         [](void* self, std::uint64_t token, Result<int>&& answer) {
                             auto* h = static_cast<Holder*>(self);
                             h->reply.reset();
                             h->got = *answer + static_cast<int>(token);
                         });
    (*holder.reply)(1);
    CHECK(holder.got == 10);
}

TEST_CASE("a reply from a function calls it once") {
    int calls = 0;
    std::string last;
    const auto on_answer = [&](Result<std::string>&& answer) {
        ++calls;
        last = answer ? *answer : name_of(answer.error().code);
    };
    SECTION("answered") {
        auto reply = Reply<std::string>::from(on_answer);
        CHECK(reply);
        reply(std::string("x"));
        reply(std::string("y"));
        CHECK_FALSE(reply);
        CHECK(last == "x");
    }
    SECTION("dropped") {
        { const auto reply = Reply<std::string>::from(on_answer); }
        CHECK(last == "closed");
    }
    SECTION("moved") {
        auto a = Reply<std::string>::from(on_answer);
        auto b = std::move(a);
        CHECK_FALSE(a);
        b(std::string("z"));
        CHECK(last == "z");
    }
    CHECK(calls == 1);
}

TEST_CASE("a function may own what cannot be copied, and a reply may carry nothing") {
    auto owned = std::make_unique<int>(3);
    int got = 0;
    {
        auto reply = Reply<void>::from([&got, owned = std::move(owned)](Result<void>&& answer) {
            got = answer ? *owned : -1;
        });
        reply(Result<void>());
    }
    CHECK(got == 3);
}

TEST_CASE("asking and answering allocates nothing") {
    Asker asker;
    asker.log.reserve(1000);
    const test::AllocCount count;
    for (int i = 0; i < 100; ++i) asker.ask(1)(std::string("short"));
    const std::size_t allocated = count.count();
    CHECK(allocated == 0);
}
