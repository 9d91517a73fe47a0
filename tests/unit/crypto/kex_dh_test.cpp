#include "kex_harness.hpp"

#include <nacre/wire/message/kex.hpp>
#include <nacre/wire/reader.hpp>

#include <botan/dl_group.h>

namespace nacre {
namespace {

struct Method {
    const char* name;
    const char* group;
    bool costly;
};
constexpr Method kMethods[] = {
    {"diffie-hellman-group1-sha1", "modp/ietf/1024", false},
    {"diffie-hellman-group14-sha1", "modp/ietf/2048", false},
    {"diffie-hellman-group14-sha256", "modp/ietf/2048", false},
    {"diffie-hellman-group15-sha512", "modp/ietf/3072", false},
    {"diffie-hellman-group16-sha512", "modp/ietf/4096", true},
    {"diffie-hellman-group17-sha512", "modp/ietf/6144", true},
    {"diffie-hellman-group18-sha512", "modp/ietf/8192", true},
};

Bytes number(const Botan::BigInt& n) {
    return n.is_zero() ? Bytes() : n.serialize<Bytes>();
}

TEST_CASE("kex dh: off by default, and costly from 4096 bits on") {
    test::DetRng rng(1);
    for (const auto& method : kMethods) {
        CHECK(test::make_kex(method.name, Role::server, rng)->costly() == method.costly);
        for (const auto& entry : detail::kex_entries()) {
            if (entry.info.name != method.name) continue;
            CHECK_FALSE(entry.info.by_default);
            CHECK(entry.info.insecure == entry.info.name.ends_with("-sha1"));
        }
    }
}

TEST_CASE("kex dh: the hash is the one in the name") {
    test::DetRng rng(1);
    for (const auto& method : kMethods) {
        const std::string_view name = method.name;
        const auto hash = test::make_kex(name, Role::client, rng)->hash();
        CHECK(hash == (name.ends_with("-sha1")     ? "SHA-1"
                       : name.ends_with("-sha256") ? "SHA-256"
                                                   : "SHA-512"));
    }
}

TEST_CASE("kex dh: e and f must lie between 1 and p - 1") {
    for (const auto& method : kMethods) {
        const auto p = Botan::DL_Group::from_name(method.group).get_p();
        const Botan::BigInt bad[] = {Botan::BigInt::zero(), Botan::BigInt::one(), p - 1, p, p + 1};
        for (const auto& value : bad) {
            test::DetRng rng(2);
            Bytes body;
            write_body(msg::KexDhInit{{number(value)}}, body);
            auto step = test::make_kex(method.name, Role::server, rng)->step(30, body);
            REQUIRE_FALSE(step);
            CHECK(step.error().code == Errc::peer_misbehaved);
            CHECK(step.error().disconnect == Disconnect::key_exchange_failed);

            const auto client = test::make_kex(method.name, Role::client, rng);
            REQUIRE(client->start());
            body.clear();
            write_body(msg::KexDhReply{as_bytes("k"), {number(value)}, as_bytes("s")}, body);
            step = client->step(31, body);
            REQUIRE_FALSE(step);
            CHECK(step.error().code == Errc::peer_misbehaved);
            CHECK(step.error().disconnect == Disconnect::key_exchange_failed);
        }
    }
}

TEST_CASE("kex dh: negative and padded numbers are refused") {
    test::DetRng rng(3);
    for (const Bytes& encoding : {Bytes{0, 0, 0, 1, 0x80}, Bytes{0, 0, 0, 2, 0, 1}}) {
        const auto step =
            test::make_kex("diffie-hellman-group14-sha256", Role::server, rng)->step(30, encoding);
        REQUIRE_FALSE(step);
        CHECK(step.error().code == Errc::peer_malformed);
    }
}

TEST_CASE("kex dh: K is g^(xy) mod p") {
    // e = g: then K = f.
    test::DetRng rng(4);
    Bytes body;
    write_body(msg::KexDhInit{{Bytes{2}}}, body);
    auto step = test::make_kex("diffie-hellman-group14-sha256", Role::server, rng)->step(30, body);
    REQUIRE(step);
    CHECK(same_bytes(step->done->shared_secret, step->done->reply_field));
    CHECK(step->done->reply_number == 31);
    // mpint e || mpint f
    Bytes expected = body;
    append(expected, step->done->reply_field);
    CHECK(step->done->hash_fields == expected);
}

}  // namespace
}  // namespace nacre
