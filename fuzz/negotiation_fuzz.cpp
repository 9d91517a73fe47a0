// Target functions: decode<KexInit>, negotiate, strict_agreed.
// Both roles choose the same from the same two messages, and only what both have.
#include "fuzz.hpp"
#include "transport/kexinit.hpp"

#include <nacre/crypto/botan.hpp>

#include <algorithm>

using namespace nacre;

namespace {

/// RFC 4253 s7.1: the first name of the client's list that the server has, found another way than
/// the product does. Empty: there is none.
std::string common(NameList client, NameList server) {
    const auto theirs = server.names();
    for (const auto& name : client.names())
        if (std::find(theirs.begin(), theirs.end(), name) != theirs.end()) return name;
    return {};
}

/// A MAC may be none where the cipher is its own.
void check_mac(const std::string& mac, NameList client, NameList server) {
    NACRE_FUZZ_CHECK(mac.empty() || mac == common(client, server));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::FuzzInput input(data, size);
    const ByteView first = input.bytes(input.u16());
    const auto client = decode<msg::KexInit>(first);
    const auto server = decode<msg::KexInit>(input.rest());
    if (!client || !server) return 0;
    const auto at_client = negotiate(*client, *server, Role::client, botan_provider());
    const auto at_server = negotiate(*client, *server, Role::server, botan_provider());
    NACRE_FUZZ_CHECK(at_client.has_value() == at_server.has_value());
    if (!at_client) return 0;
    for (std::string Negotiated::*field :
         {&Negotiated::kex, &Negotiated::host_key, &Negotiated::cipher_c2s, &Negotiated::cipher_s2c,
          &Negotiated::mac_c2s, &Negotiated::mac_s2c, &Negotiated::compression_c2s,
          &Negotiated::compression_s2c})
        NACRE_FUZZ_CHECK((*at_client).*field == (*at_server).*field);
    const Negotiated& chosen = *at_client;
    const msg::KexInit &c = *client, &s = *server;
    NACRE_FUZZ_CHECK(chosen.kex == common(c.kex_algorithms, s.kex_algorithms));
    NACRE_FUZZ_CHECK(!marker::is_marker(chosen.kex));
    NACRE_FUZZ_CHECK(chosen.host_key ==
                     common(c.server_host_key_algorithms, s.server_host_key_algorithms));
    NACRE_FUZZ_CHECK(chosen.cipher_c2s ==
                     common(c.encryption_client_to_server, s.encryption_client_to_server));
    NACRE_FUZZ_CHECK(chosen.cipher_s2c ==
                     common(c.encryption_server_to_client, s.encryption_server_to_client));
    check_mac(chosen.mac_c2s, c.mac_client_to_server, s.mac_client_to_server);
    check_mac(chosen.mac_s2c, c.mac_server_to_client, s.mac_server_to_client);
    NACRE_FUZZ_CHECK(chosen.compression_c2s ==
                     common(c.compression_client_to_server, s.compression_client_to_server));
    NACRE_FUZZ_CHECK(chosen.compression_s2c ==
                     common(c.compression_server_to_client, s.compression_server_to_client));
    // Who guessed wrong is the one that the other one hears of.
    NACRE_FUZZ_CHECK(!at_client->skip_guess || s.first_kex_packet_follows);
    NACRE_FUZZ_CHECK(!at_server->skip_guess || c.first_kex_packet_follows);
    // Each role asks the same function, so that it must not agree to what one of them never said.
    NACRE_FUZZ_CHECK(!strict_agreed(c, s) ||
                     (offers_strict(c, Role::client) && offers_strict(s, Role::server)));
    return 0;
}
