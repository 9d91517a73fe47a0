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

TEST_CASE("compressed points are those of the uncompressed ones", "[keys][load]") {
    struct Row {
        const char* name;
        const char* public_half;
        bool is_private;
    };
    for (const Row& row : {Row{"pem-ecdsa256-compressed", "openssh-ecdsa256", true},
                           Row{"pkcs8-ecdsa384-compressed", "openssh-ecdsa384", true},
                           Row{"spki-ecdsa521-compressed", "openssh-ecdsa521", false}}) {
        CAPTURE(row.name);
        const auto key = load_key(as_bytes(key_file(row.name)));
        if (!key) FAIL_CHECK(key.error().what);
        if (!key) continue;
        CHECK(key->is_private() == row.is_private);
        CHECK(key->public_keys.front().blob == test::public_half(row.public_half).blob);
    }
    CHECK(fault(load_key(as_bytes(key_file("unsupported-hybrid")))) == KeyFault::unsupported);

    const auto of_point = [](ByteView point) {
        return fault(load_key(
            der_sequence(der_sequence(der_oid("1.2.840.10045.2.1"), der_oid("1.2.840.10045.3.1.7")),
                         der_bits(point))));
    };
    const Bytes half = test::public_half("openssh-ecdsa256").blob;
    const ByteView whole = ByteView(half).last(65);
    CHECK(of_point(whole) == KeyFault::none);
    CHECK(of_point(whole.first(33)) == KeyFault::damaged);
    // p itself is no coordinate (SEC 1 s2.3.4), and 5 has no square root that fits on P-256.
    Bytes compressed(33);
    compressed[0] = 2;
    compressed[32] = 5;
    CHECK(of_point(compressed) == KeyFault::none);
    compressed[32] = 1;
    CHECK(of_point(compressed) == KeyFault::damaged);
    CHECK(of_point(ByteView(compressed).first(32)) == KeyFault::damaged);
    compressed.push_back(0);
    CHECK(of_point(compressed) == KeyFault::damaged);
}

TEST_CASE("RSA keys beyond the limit are said to be so", "[keys][load]") {
    Bytes n(detail::der::kMaxMagnitude + 1, 0x55);
    const Bytes e{1, 0, 1};
    CHECK(fault(load_key(der_sequence(der_integer(n), der_integer(e)))) == KeyFault::over_limit);
    const SecretBytes zero = der_number(0);
    CHECK(fault(load_key(der_sequence(zero, der_integer(n), der_integer(e), zero, zero, zero, zero,
                                      zero, zero))) == KeyFault::over_limit);
    const auto fields = [&] { return detail::rsa_private_key({n, e, n, n, n, n}); };
    REQUIRE_FALSE(fields());
    CHECK(fault_of(fields().error()) == KeyFault::over_limit);
    n.pop_back();
    REQUIRE_FALSE(fields());
    CHECK(fault_of(fields().error()) == KeyFault::damaged);
    n[0] = 0xff;
    CHECK(fault_of(fields().error()) == KeyFault::damaged);
    CHECK(fault(load_key(der_sequence(der_integer(n), der_integer(e)))) == KeyFault::none);
}

TEST_CASE("an empty number of a JWK is damage, not a public key", "[keys][load]") {
    for (const char* file : {"rsa.jwk", "ecdsa256.jwk", "ed25519.jwk"}) {
        CAPTURE(file);
        std::string text = key_file(file);
        const std::string name = "\"d\":\"";
        const auto at = text.find(name) + name.size();
        REQUIRE(at > name.size());
        text.erase(at, text.find('"', at) - at);
        CHECK(fault(load_key(as_bytes(text))) == KeyFault::damaged);
    }
}

TEST_CASE("a member of a JWK that is no string is damage, not absent", "[keys][load]") {
    const std::string whole = key_file("ed25519.jwk");
    const auto at = whole.find("\"d\":\"");
    REQUIRE(at != std::string::npos);
    const auto end = whole.find('"', at + 5) + 1;
    for (const char* other : {"5", "-1", "1.5", "true", "null", "[]", "{}", "[\"AA\"]"}) {
        CAPTURE(other);
        const auto with = [&](const std::string& member) {
            std::string text = whole;
            return text.replace(at, end - at, member);
        };
        const std::string odd = std::string("\"d\":") + other;
        // Without it this would be a public key.
        CHECK(fault(load_key(as_bytes(with(odd)))) == KeyFault::damaged);
        CHECK(fault(load_key(as_bytes(with("\"alg\":" + std::string(other))))) == KeyFault::none);
        CHECK(fault(load_key(as_bytes(with("\"kid\":" + std::string(other))))) ==
              KeyFault::damaged);
        CHECK(fault(load_key(as_bytes(with(odd + ",\"d\":\"AA\"")))) == KeyFault::damaged);
        CHECK(fault(load_key(as_bytes("{\"kty\":" + std::string(other) + "}"))) ==
              KeyFault::damaged);
        // A set's frame is no key, and keys that are not understood are passed over.
        const std::string set = "\"keys\":[" + whole + "]";
        CHECK(fault(load_key(as_bytes("{\"e\":" + std::string(other) + "," + set + "}"))) ==
              KeyFault::none);
        CHECK(fault(load_key(as_bytes("{\"keys\":[" + whole + ",{\"kty\":\"new\",\"x\":" + other +
                                      "}]}"))) == KeyFault::none);
    }
}

TEST_CASE("attributes of an XML key", "[keys][load]") {
    const auto with = [](std::string_view attributes) {
        std::string text = key_file("rsa-public.xml");
        text.insert(text.find('>'), attributes);
        return fault(load_key(as_bytes(text)));
    };
    CHECK(with(" xmlns=\"http://www.w3.org/2000/09/xmldsig#\"") == KeyFault::none);
    CHECK(with(" xmlns:a = '>\"' \n Id=\"k\" xml:space=\"preserve\" ") == KeyFault::none);
    CHECK(with(" ") == KeyFault::none);
    CHECK(with(" a=\"b\"") == KeyFault::unsupported);
    CHECK(with("2") == KeyFault::not_a_key);
    CHECK(with("/") == KeyFault::damaged);
    CHECK(with(" xmlns") == KeyFault::damaged);
    CHECK(with(" xmlns=a") == KeyFault::damaged);
    CHECK(with(" xmlns=\"a") == KeyFault::truncated);
}

TEST_CASE("a PKCS#12 passphrase beyond the BMP", "[keys][load]") {
    const std::string file = key_file("astral-passphrase.p12");
    const auto key = load_key(as_bytes(file), secret("\xf0\x9f\x94\x91 schl\xc3\xbcssel"));
    if (!key) FAIL_CHECK(key.error().what);
    CHECK((key && key->private_keys.size() == 1));
    CHECK(fault(load_key(as_bytes(file), secret("\xf0\x9f\x94\x92 schl\xc3\xbcssel"))) ==
          KeyFault::wrong_passphrase);
}

TEST_CASE("the PKCS#12 derivation counts for every block that it makes", "[keys][load]") {
    using detail::der_of;
    constexpr std::uint8_t kZero = detail::der::context(0);
    const auto octets = [](ByteView contents) {
        return detail::der_element(detail::der::kOctetString, contents);
    };
    const Bytes sixteen(16);
    const SecretBytes data = der_oid("1.2.840.113549.1.7.1");
    const auto of = [&](std::string_view scheme, std::uint32_t iterations) {
        const SecretBytes algorithm =
            der_sequence(der_oid(scheme), der_sequence(octets(sixteen), der_number(iterations)));
        const SecretBytes bag =
            der_sequence(der_oid("1.2.840.113549.1.12.10.1.2"),
                         der_of(kZero, der_sequence(algorithm, octets(sixteen))));
        const SecretBytes safe =
            der_sequence(der_sequence(data, der_of(kZero, octets(der_sequence(bag)))));
        // Nobody is asked, so no work is done.
        return fault(
            load_key(der_sequence(der_number(3), der_sequence(data, der_of(kZero, octets(safe))))));
    };
    // 24 bytes of key are two blocks of SHA-1, the IV is one.
    constexpr std::string_view kTripleDes = "1.2.840.113549.1.12.1.3";
    CHECK(of(kTripleDes, 3'333'333) == KeyFault::needs_passphrase);
    CHECK(of(kTripleDes, 3'333'334) == KeyFault::over_limit);
    // RC4 has no IV and a key of one block.
    constexpr std::string_view kRc4 = "1.2.840.113549.1.12.1.1";
    CHECK(of(kRc4, 10'000'000) == KeyFault::needs_passphrase);
    CHECK(of(kRc4, 10'000'001) == KeyFault::over_limit);
}

}  // namespace
}  // namespace nacre
