// Target functions: decode<KexInit>, negotiate, strict_agreed.
// Both roles choose the same from the same two messages, and only what both have.
#include "fuzz.hpp"
#include "transport/kexinit.hpp"

#include <nacre/crypto/botan.hpp>

using namespace nacre;

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
    NACRE_FUZZ_CHECK(at_client->kex == at_server->kex);
    NACRE_FUZZ_CHECK(at_client->cipher_c2s == at_server->cipher_c2s);
    NACRE_FUZZ_CHECK(at_client->mac_s2c == at_server->mac_s2c);
    NACRE_FUZZ_CHECK(client->kex_algorithms.contains(at_client->kex));
    NACRE_FUZZ_CHECK(server->kex_algorithms.contains(at_client->kex));
    NACRE_FUZZ_CHECK(server->server_host_key_algorithms.contains(at_client->host_key));
    NACRE_FUZZ_CHECK(!marker::is_marker(at_client->kex));
    return 0;
}
