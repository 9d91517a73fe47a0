#include "agent_vectors.hpp"

#include <nacre/agent/messages.hpp>
#include <nacre/wire/writer.hpp>

#include <catch2/catch_all.hpp>

#include <string>

namespace nacre::agent {
namespace {

using test::contents;
using test::from_hex;

Bytes extension_query() {
    return from_hex("0000000a 1b 00000005 'query'");
}

const Bytes kBind = from_hex(
    "00000031 1b 00000018 'session-bind@openssh.com'"
    "00000002 'hk' 00000002 'id' 00000003 'sig' 01");

std::vector<Bytes> all_requests() {
    return {
        test::kAdd,
        test::kAddConstrained,
        test::kRemove,
        test::kList,
        test::kRemoveAll,
        test::kLock,
        test::kUnlock,
        test::kAddToken,
        test::kRemoveToken,
        test::kAddCertificate,
        test::kSign,
        extension_query(),
        kBind,
        from_hex("0000001e 1a 00000003 'tok' 00000003 'pin' 01 00000007 02 ff 00000003 'x@y' 00")};
}

std::vector<Bytes> all_answers() {
    return {test::kSigned,
            test::kListed,
            test::kNone,
            test::kSuccess,
            test::kFailure,
            from_hex("00000001 1c"),
            from_hex("00000013 1d 00000005 'query' 00000005 'a@b.c'")};
}

TEST_CASE("requests of ssh-add are parsed and written back", "[agent]") {
    for (const Bytes& bytes : all_requests()) {
        CAPTURE(test::to_hex(bytes));
        // The vectors written by hand: a wrong length would be found here.
        const auto message = first_message(bytes);
        REQUIRE(message.has_value());
        REQUIRE(message->has_value());
        REQUIRE((*message)->size() + 4 == bytes.size());
        const auto request = parse_request(**message);
        REQUIRE(request.has_value());
        const auto again = encode_request(*request);
        REQUIRE(again.has_value());
        CHECK(test::to_hex(again->view()) == test::to_hex(bytes));
    }
}

TEST_CASE("the fields of requests", "[agent]") {
    const auto parsed = parse_request(contents(test::kAddConstrained));
    REQUIRE(parsed.has_value());
    const auto* add = std::get_if<AddIdentity>(&*parsed);
    REQUIRE(add != nullptr);
    CHECK(add->type == "ssh-ed25519");
    CHECK(add->comment == "ed@nacre");
    CHECK(add->fields.size() == 4 + 32 + 4 + 64);
    CHECK(add->constraints.lifetime == 60U);
    CHECK(add->constraints.confirm);
    CHECK(add->constraints.extensions.empty());

    const auto bound = parse_request(contents(kBind));
    REQUIRE(bound.has_value());
    const auto bind = parse_session_bind(std::get_if<Extension>(&*bound)->data);
    REQUIRE(bind.has_value());
    CHECK(as_text(bind->host_key) == "hk");
    CHECK(as_text(bind->session_id) == "id");
    CHECK(as_text(bind->signature) == "sig");
    CHECK(bind->forwarding);
    CHECK(encode_session_bind(*bind) == to_bytes(std::get_if<Extension>(&*bound)->data));
}

TEST_CASE("an extension among the constraints ends where OpenSSH ends it", "[agent]") {
    Bytes message = to_bytes(contents(test::kAdd));
    message[0] = static_cast<std::uint8_t>(Message::add_id_constrained);
    append(message, from_hex("ff 00000017 'sk-provider@openssh.com' 00000003 'lib' 02"));
    const auto parsed = parse_request(message);
    REQUIRE(parsed.has_value());
    const auto& constraints = std::get_if<AddIdentity>(&*parsed)->constraints;
    REQUIRE(constraints.extensions.size() == 1);
    CHECK(constraints.extensions[0].name == "sk-provider@openssh.com");
    CHECK(constraints.extensions[0].data.size() == 7);
    CHECK(constraints.confirm);
}

TEST_CASE("every truncation of a request, and a byte more, is refused", "[agent]") {
    for (const Bytes& bytes : all_requests()) {
        const ByteView message = contents(bytes);
        for (std::size_t size = 0; size < message.size(); ++size) {
            // What is cut from the constraints of a key may leave a whole request.
            const auto parsed = parse_request(message.first(size));
            if (!parsed) continue;
            const auto again = encode_request(*parsed);
            REQUIRE(again.has_value());
            const bool open_end =
                message[0] == static_cast<std::uint8_t>(Message::extension) ||
                message[0] >= static_cast<std::uint8_t>(Message::add_id_constrained);
            CAPTURE(test::to_hex(message), size);
            CHECK(open_end);
        }
        Bytes longer = to_bytes(message);
        longer.push_back(0);
        if (message[0] < static_cast<std::uint8_t>(Message::add_id_constrained))
            CHECK_FALSE(parse_request(longer).has_value());
    }
}

TEST_CASE("constraints that nobody knows, twice the same, or too many", "[agent]") {
    const auto with = [](std::string_view constraints) {
        Bytes message = to_bytes(contents(test::kAdd));
        message[0] = static_cast<std::uint8_t>(Message::add_id_constrained);
        append(message, from_hex(constraints));
        return parse_request(message);
    };
    CHECK(with("").has_value());
    CHECK(with("01 00000001").has_value());
    CHECK(with("01 000001").error().code == Errc::peer_malformed);
    CHECK(with("03").error().code == Errc::peer_malformed);
    CHECK(with("02 02").error().code == Errc::peer_malformed);
    CHECK(with("01 00000001 01 00000001").error().code == Errc::peer_malformed);
    CHECK(with("ff 00000017 'sk-provider@openssh.com' 00000003 'li'").error().code ==
          Errc::peer_malformed);
    std::string many;
    for (std::size_t i = 0; i < kMaxConstraints; ++i)
        many += "ff 00000017 'sk-provider@openssh.com' 00000000";
    CHECK(with(many).has_value());
    CHECK(with(many + "02").error().code == Errc::peer_limit);
}

TEST_CASE("unknown requests and key types", "[agent]") {
    CHECK(parse_request(from_hex("63")).error().code == Errc::unsupported);
    CHECK(parse_request(from_hex("05")).error().code == Errc::unsupported);
    CHECK(parse_request(from_hex("11 00000003 'x@y' 00000000")).error().code == Errc::unsupported);
}

TEST_CASE("answers of ssh-agent are parsed and written back", "[agent]") {
    for (const Bytes& bytes : all_answers()) {
        CAPTURE(test::to_hex(bytes));
        const auto message = first_message(bytes);
        REQUIRE(message.has_value());
        REQUIRE(message->has_value());
        const auto answer = parse_answer(**message);
        REQUIRE(answer.has_value());
        const auto again = encode_answer(*answer);
        REQUIRE(again.has_value());
        CHECK(test::to_hex(*again) == test::to_hex(bytes));
        const bool open_end = (*message)->front() == 0x1d;
        for (std::size_t size = 0; size < (*message)->size(); ++size)
            CHECK((open_end || !parse_answer((*message)->first(size)).has_value()));
        Bytes longer = to_bytes(**message);
        longer.push_back(0);
        CHECK((open_end || !parse_answer(longer).has_value()));
    }
}

TEST_CASE("the number of identities is bounded", "[agent]") {
    const auto listed = [](std::uint32_t told, std::uint32_t sent) {
        Bytes message;
        Writer<Bytes> w(message);
        w.u8(12).u32(told);
        for (std::uint32_t i = 0; i < sent; ++i) w.string("b").string("");
        return parse_answer(message);
    };
    CHECK(listed(kMaxIdentities, kMaxIdentities).has_value());
    CHECK(listed(kMaxIdentities + 1, kMaxIdentities + 1).error().code == Errc::peer_limit);
    CHECK(listed(3, 2).error().code == Errc::peer_malformed);
    CHECK(listed(2, 3).error().code == Errc::peer_malformed);
    CHECK(listed(0xffffffff, 3).error().code == Errc::peer_malformed);
}

TEST_CASE("the length of a message is bounded", "[agent]") {
    CHECK(first_message(from_hex("000000"))->has_value() == false);
    CHECK(first_message(from_hex("00000002 0b"))->has_value() == false);
    CHECK(first_message(from_hex("00000001 0b 0b"))->value().size() == 1);
    CHECK(first_message(from_hex("00040000"))->has_value() == false);
    CHECK(first_message(from_hex("00040001")).error().code == Errc::peer_limit);
    CHECK(first_message(from_hex("00000000")).error().code == Errc::peer_malformed);
    const Bytes data(kMaxMessage);
    CHECK(encode_request(Lock{ByteView(data).first(kMaxMessage - 5)}).has_value());
    CHECK(encode_request(Lock{ByteView(data).first(kMaxMessage - 4)}).error().code ==
          Errc::local_limit);
    CHECK(encode_answer(SignResponse{ByteView(data).first(kMaxMessage - 5)}).has_value());
    CHECK(encode_answer(SignResponse{data}).error().code == Errc::local_limit);
}

TEST_CASE("names in the answer to a query", "[agent]") {
    const Bytes two = from_hex("00000005 'a@b.c' 00000001 'x'");
    const auto names = parse_query_answer(two);
    REQUIRE(names.has_value());
    CHECK(*names == std::vector<std::string_view>{"a@b.c", "x"});
    CHECK(parse_query_answer({})->empty());
    CHECK_FALSE(parse_query_answer(ByteView(two).first(two.size() - 1)).has_value());
    CHECK(parse_query_answer(Bytes(4 * 256))->size() == 256);
    CHECK(parse_query_answer(Bytes(4 * 257)).error().code == Errc::peer_limit);
}

}  // namespace
}  // namespace nacre::agent
