// Target functions: check_known_host, check_host_key, known_host_types.
// An input is a known_hosts file. A line made here, put in front, makes its key trusted unless the
// file revokes it.
#include "fuzz.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/keys/known_hosts.hpp>
#include <nacre/keys/public_key.hpp>

#include <string>

using namespace nacre;

namespace {

constexpr char kLine[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID111OzAGYcc8S8MEKD02VfZgznmfxytUUZSKuuUMWwh";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const PublicKeyText line = *parse_public_key_line(kLine);
    static const auto key = *botan_provider().public_key(line.blob);
    const auto text = as_text({data, size});
    for (const std::string_view host : {"host.example", "192.0.2.1"}) {
        for (const std::uint16_t port : {std::uint16_t{22}, std::uint16_t{2022}}) {
            const auto known = check_known_host(text, host, port, line.blob, botan_provider());
            const auto verdict = check_host_key(text, host, port, *key, {}, {}, botan_provider());
            NACRE_FUZZ_CHECK(verdict.known == known);
            const auto types = known_host_types(text, host, port, botan_provider());
            if (known == KnownHost::trusted) NACRE_FUZZ_CHECK(!types.empty());
            std::string more = known_host_line(host, port, line.type, line.blob);
            more.append(text);
            const auto now = check_known_host(more, host, port, line.blob, botan_provider());
            NACRE_FUZZ_CHECK(now == KnownHost::trusted || now == KnownHost::revoked);
        }
    }
    return 0;
}
