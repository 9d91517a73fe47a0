#include "kex_harness.hpp"

#include <nacre/wire/message/kex.hpp>
#include <nacre/wire/reader.hpp>

#include <botan/dl_group.h>

namespace nacre {
namespace {

constexpr std::string_view kName = "diffie-hellman-group-exchange-sha256";

Bytes prime(std::uint32_t bits) {
    return Botan::DL_Group::from_name("modp/ietf/" + std::to_string(bits))
        .get_p()
        .serialize<Bytes>();
}

Bytes request(std::uint32_t min, std::uint32_t n, std::uint32_t max) {
    Bytes body;
    Writer(body).u32(min).u32(n).u32(max);
    return body;
}

std::unique_ptr<KexMethod> server(test::DetRng& rng, const std::vector<DhGroup>* groups = nullptr) {
    KexContext context;
    context.role = Role::server;
    context.rng = &rng;
    context.groups = groups;
    return test::make_kex(kName, context);
}

/// Bits of the group that answers a request; 0: refused.
std::uint32_t group_for(std::uint32_t min, std::uint32_t n, std::uint32_t max,
                        const std::vector<DhGroup>* groups = nullptr) {
    test::DetRng rng(1);
    const auto method = server(rng, groups);
    const auto step = method->step(34, request(min, n, max));
    if (!step) {
        CHECK(step.error().disconnect == Disconnect::key_exchange_failed);
        return 0;
    }
    CHECK(step->send->number == 31);
    CHECK(method->expects(32));
    const auto group = decode<msg::KexDhGexGroup>(step->send->body);
    REQUIRE(group);
    return static_cast<std::uint32_t>(Botan::BigInt(group->p.magnitude).bits());
}

TEST_CASE("kex gex: the smallest group that is large enough, else the largest allowed") {
    CHECK(group_for(2048, 3072, 8192) == 3072);
    CHECK(group_for(2048, 2049, 8192) == 3072);
    CHECK(group_for(2048, 7680, 8192) == 8192);
    CHECK(group_for(2048, 8192, 8192) == 8192);
    CHECK(group_for(2048, 5000, 5000) == 4096);
    CHECK(group_for(4096, 4096, 4096) == 4096);
    // Clamped to 2048..8192.
    CHECK(group_for(1024, 1024, 8192) == 2048);
    CHECK(group_for(1, 512, 2048) == 2048);
    CHECK(group_for(2048, 3072, 16384) == 3072);
    CHECK(group_for(8192, 16384, 16384) == 8192);
}

TEST_CASE("kex gex: sizes that make no sense, or are too small, are refused") {
    CHECK(group_for(8192, 4096, 2048) == 0);
    CHECK(group_for(4096, 2048, 8192) == 0);
    CHECK(group_for(2048, 8192, 4096) == 0);
    CHECK(group_for(512, 512, 512) == 0);
    CHECK(group_for(1024, 1024, 2047) == 0);
    CHECK(group_for(2049, 2050, 3071) == 0);     // nothing there
    CHECK(group_for(16384, 16384, 16384) == 0);  // larger than we have
}

TEST_CASE("kex gex: a server's own groups") {
    const std::vector<DhGroup> groups{
        {2048, prime(2048), {2}}, {4096, prime(4096), {2}}, {4096, prime(4096), {5}}};
    CHECK(group_for(2048, 3072, 8192, &groups) == 4096);
    CHECK(group_for(2048, 2048, 8192, &groups) == 2048);
    CHECK(group_for(2048, 8192, 8192, &groups) == 4096);
    CHECK(group_for(6144, 6144, 8192, &groups) == 0);
}

TEST_CASE("kex gex: messages in order, and the client's own numbers in the hash") {
    test::DetRng a(2), b(3);
    KexContext context;
    context.rng = &a;
    context.group_bits = 2048;
    const auto client = test::make_kex(kName, context);
    CHECK(client->costly());
    const auto joined = test::join(*client, *server(b));
    CHECK(joined.numbers == std::vector<std::uint8_t>{34, 31, 32, 33});
    Reader reader(joined.server.hash_fields);
    CHECK(reader.u32() == 2048);
    CHECK(reader.u32() == 2048);
    CHECK(reader.u32() == 8192);
    CHECK(same_bytes(reader.mpint(), prime(2048)));
    CHECK(same_bytes(reader.mpint(), Bytes{2}));
    reader.mpint();
    reader.mpint();
    CHECK(reader.done());

    test::DetRng c(4);
    const auto unclamped = server(c);
    REQUIRE(unclamped->step(34, request(1024, 1024, 65536)));
    Bytes init;
    Writer(init).mpint(Bytes{2});
    auto end = unclamped->step(32, init);
    REQUIRE(end);
    CHECK(same_bytes(ByteView(end->done->hash_fields).first(12), request(1024, 1024, 65536)));
    CHECK(end->done->reply_number == 33);
}

TEST_CASE("kex gex: e must lie between 1 and p - 1") {
    auto p_minus_1 = prime(2048);
    p_minus_1.back() = static_cast<std::uint8_t>(p_minus_1.back() - 1);
    for (const Bytes& e : {Bytes{}, Bytes{1}, p_minus_1, prime(2048)}) {
        test::DetRng rng(5);
        const auto method = server(rng);
        REQUIRE(method->step(34, request(2048, 2048, 2048)));
        Bytes body;
        Writer(body).mpint(e);
        const auto step = method->step(32, body);
        REQUIRE_FALSE(step);
        CHECK(step.error().disconnect == Disconnect::key_exchange_failed);
        CHECK_FALSE(method->expects(32));
    }
}

/// What the client says to a group.
Result<KexStep> offer_group(const Bytes& p, const Bytes& g, KexMethod& client) {
    REQUIRE(client.start());
    Bytes body;
    write_body(msg::KexDhGexGroup{{p}, {g}}, body);
    return client.step(31, body);
}

TEST_CASE("kex gex: the client checks the group") {
    test::DetRng rng(6);
    const auto good = prime(2048);
    const auto accepts = [&](const Bytes& p, const Bytes& g) {
        const auto client = test::make_kex(kName, Role::client, rng);
        const auto step = offer_group(p, g, *client);
        if (!step) CHECK(step.error().disconnect == Disconnect::key_exchange_failed);
        return step.has_value();
    };
    CHECK(accepts(good, {2}));
    auto even = good;
    even.back() = static_cast<std::uint8_t>(even.back() & 0xFE);
    CHECK_FALSE(accepts(even, {2}));
    CHECK_FALSE(accepts(Bytes(good.begin(), good.end() - 1), {2}));  // 2040 bits
    Bytes large(1025, 0xFF);                                         // 8200 bits
    CHECK_FALSE(accepts(large, {2}));
    CHECK_FALSE(accepts({}, {2}));
    CHECK_FALSE(accepts({3}, {2}));
    CHECK_FALSE(accepts(good, {}));
    CHECK_FALSE(accepts(good, {1}));
    auto minus_one = good;
    minus_one.back() = static_cast<std::uint8_t>(minus_one.back() - 1);
    CHECK_FALSE(accepts(good, minus_one));
    CHECK_FALSE(accepts(good, good));
}

TEST_CASE("kex gex: the client checks f, and takes each message once") {
    test::DetRng rng(7);
    for (const Bytes& f : {Bytes{}, Bytes{1}, prime(2048)}) {
        const auto client = test::make_kex(kName, Role::client, rng);
        REQUIRE(offer_group(prime(2048), {2}, *client));
        CHECK_FALSE(client->expects(31));
        CHECK(client->expects(33));
        Bytes body;
        write_body(msg::KexDhGexReply{as_bytes("k"), {f}, as_bytes("s")}, body);
        const auto step = client->step(33, body);
        REQUIRE_FALSE(step);
        CHECK(step.error().disconnect == Disconnect::key_exchange_failed);
    }
}

TEST_CASE("kex gex: the older name differs in its hash only, and is weak") {
    test::DetRng rng(8);
    for (const auto& entry : detail::kex_entries()) {
        if (entry.info.name.find("-group-exchange-") == std::string_view::npos) continue;
        const bool sha1 = entry.info.name.ends_with("-sha1");
        CHECK(test::make_kex(entry.info.name, Role::client, rng)->hash() ==
              (sha1 ? "SHA-1" : "SHA-256"));
        CHECK(entry.info.insecure == sha1);
        CHECK_FALSE(entry.info.by_default);
        // RFC 8270 holds for both.
        const auto method = test::make_kex(entry.info.name, Role::server, rng);
        CHECK_FALSE(method->step(34, request(1024, 1024, 1024)));
    }
}

}  // namespace
}  // namespace nacre
