// Forms of the same key that few programs write, and what is beyond the limits of a format.
#include "key_fixture.hpp"
#include "keys/der_writer.hpp"
#include "keys/pem.hpp"
#include "keys/private_fields.hpp"

#include <nacre/keys/load_key.hpp>
#include <nacre/wire/writer.hpp>

namespace nacre {
namespace {

using detail::der_bits;
using detail::der_integer;
using detail::der_number;
using detail::der_oid;
using detail::der_sequence;
using test::key_file;
using test::kPassphrase;
using test::secret;

KeyFault fault(const Result<LoadedKey>& key) {
    return key ? KeyFault::none : fault_of(key.error());
}

TEST_CASE("of several private keys in PEM the first counts", "[keys][load]") {
    const auto p12 = load_key(as_bytes(key_file("rsa-chain.p12")), secret(kPassphrase));
    REQUIRE(p12);
    const std::string first = key_file("pem-ecdsa256");
    const auto block = detail::write_pem("PKCS12", as_bytes(key_file("rsa-chain.p12")));
    REQUIRE(block);
    const std::string frame(as_text(*block));
    const auto behind = load_key(as_bytes(frame + first), secret(kPassphrase));
    REQUIRE(behind);
    CHECK(behind->format == KeyFormat::pkcs12);
    REQUIRE(behind->private_keys.size() == 1);
    REQUIRE(behind->public_keys.size() == 1);
    CHECK(behind->private_keys[0].public_blob == behind->public_keys[0].blob);
    CHECK(behind->public_keys[0].blob == p12->public_keys[0].blob);
    const auto before = load_key(as_bytes(first + frame), secret(kPassphrase));
    REQUIRE(before);
    CHECK(before->format == KeyFormat::sec1);
    CHECK(before->private_keys.size() == 1);
    CHECK(before->public_keys.size() == 1);
    // Where only public halves are wanted, too.
    const auto half =
        load_public_key(as_bytes(key_file("openssh-rsa") + key_file("cert-rsa") + first));
    REQUIRE(half);
    CHECK(half->format == KeyFormat::openssh_key_v1);
    CHECK(half->public_keys.size() == 1);
}

}  // namespace
}  // namespace nacre
