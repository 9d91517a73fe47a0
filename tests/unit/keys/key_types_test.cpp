// The key types that few have: from the file to a signature.
#include "key_fixture.hpp"
#include "keys/private_fields.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/keys/private_key.hpp>

namespace nacre {
namespace {

PrivateKey read(const std::string& name) {
    auto key = read_private_key(as_bytes(test::key_file(name)), AskPassphrase());
    REQUIRE(key);
    return *std::move(key);
}

TEST_CASE("ssh-dss and ssh-ed448 files of other programs are read and sign", "[keys]") {
    const auto [name, type] = GENERATE(table<std::string, std::string>(
        {{"openssh-dsa", "ssh-dss"}, {"openssh-ed448", "ssh-ed448"}}));
    CAPTURE(name);
    const auto expected = test::public_half(name);
    const PrivateKey key = read(name);
    CHECK(key.type == type);
    CHECK(key.public_blob == expected.blob);
    CHECK(key.comment == expected.comment);

    const auto public_key = botan_provider().public_key(expected.blob);
    const auto signer = botan_provider().signer(key);
    REQUIRE(public_key);
    REQUIRE(signer);
    Bytes signature;
    (*signer)->sign(as_bytes("text"), type, Reply<Signature>::from([&](Result<Signature>&& made) {
                        signature = std::move(made.value().blob);
                    }));
    CHECK((*public_key)->verify(type, as_bytes("text"), signature));
}

TEST_CASE("files of security keys are read; their handle is all the secret", "[keys]") {
    const std::string name = GENERATE("openssh-ed25519-sk", "openssh-ecdsa-sk");
    CAPTURE(name);
    const auto expected = test::public_half(name);
    const PrivateKey key = read(name);
    CHECK(key.type == expected.type);
    CHECK(key.public_blob == expected.blob);
    const auto signer = botan_provider().signer(key);
    REQUIRE_FALSE(signer);
    CHECK(signer.error().code == Errc::unsupported);
}

TEST_CASE("private fields that are cut or do not belong together are damaged", "[keys]") {
    const std::string name =
        GENERATE("openssh-dsa", "openssh-ed448", "openssh-ed25519-sk", "openssh-ecdsa-sk");
    CAPTURE(name);
    const PrivateKey key = read(name);
    const Bytes fields = to_bytes(key.fields.view());
    for (std::size_t cut = 0; cut < fields.size(); ++cut) {
        Reader reader(ByteView(fields).first(cut));
        const auto got = detail::read_private_fields(key.type, reader);
        REQUIRE_FALSE(got);
        CHECK(fault_of(got.error()) == KeyFault::damaged);
    }
    if (name.ends_with("-sk")) return;  // only the device could tell
    for (std::size_t at = 0; at < fields.size(); at += 1 + fields.size() / 40) {
        Bytes changed = fields;
        changed[at] ^= 1;
        Reader reader(changed);
        CHECK_FALSE(detail::read_private_fields(key.type, reader));
    }
}

TEST_CASE("keys of these types are made of their parts", "[keys]") {
    const PrivateKey dsa = read("openssh-dsa");
    Reader fields(dsa.fields.view());
    detail::DsaParts parts;
    parts.p = fields.mpint();
    parts.q = fields.mpint();
    parts.g = fields.mpint();
    parts.y = fields.mpint();
    parts.x = fields.mpint();
    const auto made = detail::dsa_private_key(parts);
    REQUIRE(made);
    CHECK(made->public_blob == dsa.public_blob);
    std::swap(parts.g, parts.y);
    CHECK_FALSE(detail::dsa_private_key(parts));

    const PrivateKey ed448 = read("openssh-ed448");
    Reader strings(ed448.fields.view());
    const auto point = strings.string();
    const auto seed = strings.string().first(57);
    const auto same = detail::ed448_private_key(seed, point);
    REQUIRE(same);
    CHECK(same->public_blob == ed448.public_blob);
    CHECK_FALSE(detail::ed448_private_key(point, seed));
}

TEST_CASE("short names of the types", "[keys]") {
    CHECK(short_type_name("ssh-dss") == "DSA");
    CHECK(short_type_name("ssh-ed448") == "ED448");
    CHECK(short_type_name("sk-ssh-ed25519@openssh.com") == "ED25519-SK");
    CHECK(short_type_name("sk-ecdsa-sha2-nistp256@openssh.com") == "ECDSA-SK");
}

}  // namespace
}  // namespace nacre
