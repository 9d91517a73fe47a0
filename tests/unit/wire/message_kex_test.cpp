#include "unit/wire/message_check.hpp"

#include <nacre/wire/message/kex.hpp>

using namespace nacre;
using test::check_message;

namespace {
const Bytes kE{0x80, 0x01};
const Bytes kF{0x7f};
const Bytes kHostKey{'k', 's'};
const Bytes kSignature{'s', 'i', 'g'};
}  // namespace

TEST_CASE("Diffie-Hellman: 30 and 31") {
    CHECK(same_bytes(check_message(msg::KexDhInit{{kE}}, "1e 00000003 008001").e.magnitude, kE));
    const auto m = check_message(msg::KexDhReply{kHostKey, {kF}, kSignature},
                                 "1f 00000002 'ks' 00000001 7f 00000003 'sig'");
    CHECK(same_bytes(m.k_s, kHostKey));
    CHECK(same_bytes(m.f.magnitude, kF));
    CHECK(same_bytes(m.signature, kSignature));
}

TEST_CASE("a negative e is malformed") {
    CHECK_FALSE(decode<msg::KexDhInit>(test::from_hex("00000001 80")));
    CHECK_FALSE(decode<msg::KexDhInit>(test::from_hex("00000002 0001")));
}

TEST_CASE("ECDH and the hybrids: 30 and 31") {
    CHECK(same_bytes(check_message(msg::KexEcdhInit{kE}, "1e 00000002 8001").q_c, kE));
    const auto m = check_message(msg::KexEcdhReply{kHostKey, kF, kSignature},
                                 "1f 00000002 'ks' 00000001 7f 00000003 'sig'");
    CHECK(same_bytes(m.k_s, kHostKey));
    CHECK(same_bytes(m.q_s, kF));
    CHECK(same_bytes(m.signature, kSignature));
}

TEST_CASE("group exchange: 30 to 34") {
    CHECK(check_message(msg::KexDhGexRequestOld{2048}, "1e 00000800").n == 2048);
    const auto request =
        check_message(msg::KexDhGexRequest{2048, 3072, 8192}, "22 00000800 00000c00 00002000");
    CHECK(request.min == 2048);
    CHECK(request.n == 3072);
    CHECK(request.max == 8192);
    const Bytes p{0xff, 0x0b};
    const Bytes g{2};
    const auto group =
        check_message(msg::KexDhGexGroup{{p}, {g}}, "1f 00000003 00ff0b 00000001 02");
    CHECK(same_bytes(group.p.magnitude, p));
    CHECK(same_bytes(group.g.magnitude, g));
    CHECK(same_bytes(check_message(msg::KexDhGexInit{{kF}}, "20 00000001 7f").e.magnitude, kF));
    const auto reply = check_message(msg::KexDhGexReply{kHostKey, {kE}, kSignature},
                                     "21 00000002 'ks' 00000003 008001 00000003 'sig'");
    CHECK(same_bytes(reply.f.magnitude, kE));
    CHECK(same_bytes(reply.signature, kSignature));
}
