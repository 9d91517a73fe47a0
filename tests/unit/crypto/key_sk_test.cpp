#include "support/det_rng.hpp"
#include "support/vec_file.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <botan/base64.h>
#include <botan/hash.h>
#include <catch2/catch_all.hpp>

namespace nacre {
namespace {

std::string text_of(const test::VecBlock& vector, const std::string& key) {
    return std::string(as_text(vector.bytes(key)));
}

std::shared_ptr<const PublicKey> parsed(ByteView blob) {
    auto key = botan_provider().public_key(blob);
    REQUIRE(key);
    return *key;
}

Bytes sha256(ByteView data) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(data);
    return hash->final_stdvec();
}

TEST_CASE("security keys: signatures made by others verify, and tell how they were made") {
    for (const auto& vector : test::load_vec("security_keys.vec")) {
        INFO("line " << vector.line());
        const auto key = parsed(vector.bytes("blob"));
        const auto algorithm = text_of(vector, "algorithm");
        const auto data = vector.bytes("data"), signature = vector.bytes("signature");
        CHECK(key->type() == text_of(vector, "type"));
        CHECK(key->bits() == 256);
        CHECK(key->verify(algorithm, data, signature));
        const auto told = key->authenticator(signature);
        REQUIRE(told);
        CHECK(told->user_present == ((vector.number("flags") & 1) != 0));
        CHECK(told->user_verified == ((vector.number("flags") & 4) != 0));
        CHECK(told->counter == vector.number("counter"));
    }
}

TEST_CASE("security keys: nothing but the signature itself verifies") {
    for (const auto& vector : test::load_vec("security_keys.vec")) {
        INFO("line " << vector.line());
        const auto key = parsed(vector.bytes("blob"));
        const auto algorithm = text_of(vector, "algorithm");
        const auto data = vector.bytes("data"), signature = vector.bytes("signature");
        for (std::size_t at = 0; at < signature.size(); ++at) {
            Bytes changed = signature;
            changed[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
            REQUIRE_FALSE(key->verify(algorithm, data, changed));
            REQUIRE_FALSE(key->verify(algorithm, data, ByteView(signature).first(at)));
            REQUIRE_FALSE(key->authenticator(ByteView(signature).first(at)));
        }
        Bytes longer = signature;
        longer.push_back(0);
        CHECK_FALSE(key->verify(algorithm, data, longer));
        CHECK_FALSE(key->authenticator(longer));
        Bytes other = data;
        other.push_back('!');
        CHECK_FALSE(key->verify(algorithm, other, signature));
        for (const auto* name :
             {"ssh-ed25519", "ecdsa-sha2-nistp256", "sk-ssh-ed25519@openssh.com",
              "sk-ecdsa-sha2-nistp256@openssh.com", "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"})
            CHECK(key->verify(name, data, signature) == (name == algorithm));
    }
}

TEST_CASE("security keys: cut, lengthened and changed blobs") {
    for (const auto& vector : test::load_vec("security_keys.vec")) {
        const auto blob = vector.bytes("blob");
        for (std::size_t cut = 0; cut < blob.size(); ++cut)
            REQUIRE_FALSE(botan_provider().public_key(ByteView(blob).first(cut)));
        Bytes changed = blob;
        changed.push_back(0);
        CHECK_FALSE(botan_provider().public_key(changed));
        // The application is part of what is signed.
        changed = blob;
        changed.back() ^= 1;
        CHECK_FALSE(parsed(changed)->verify(text_of(vector, "algorithm"), vector.bytes("data"),
                                            vector.bytes("signature")));
        changed.back() = 0;
        CHECK_FALSE(botan_provider().public_key(changed));
    }
}

TEST_CASE("security keys: signing takes the device") {
    for (const auto& vector : test::load_vec("security_keys.vec")) {
        const PrivateKey key{text_of(vector, "type"), vector.bytes("blob"), SecretBytes(), {}};
        const auto signer = botan_provider().signer(key);
        REQUIRE_FALSE(signer);
        CHECK(signer.error().code == Errc::unsupported);
    }
}

/// What a browser would send, made here as W3C WebAuthn and PROTOCOL.u2f say: only one real
/// signature of a browser is at hand, and it has no extensions.
struct Browser {
    std::string type = "webauthn.get";
    std::string origin = "https://example.com";
    std::string told_origin = origin;
    std::string tail = R"(,"crossOrigin":false})";
    std::uint8_t flags = 1;
    Bytes extensions{};
    bool padded = false;

    bool accepted() const {
        test::DetRng rng(3);
        const auto made = botan_provider().generate("ecdsa-sha2-nistp256", 0, rng);
        REQUIRE(made);
        auto signer = botan_provider().signer(*made);
        REQUIRE(signer);
        const std::string application = "ssh:";
        Reader reader(made->public_blob);
        reader.text();
        const auto curve = reader.string(), point = reader.string();
        Bytes blob;
        Writer(blob)
            .string("sk-ecdsa-sha2-nistp256@openssh.com")
            .string(curve)
            .string(point)
            .string(application);

        const Bytes data = to_bytes(as_bytes("what a login signs\xfb\xff"));
        std::string challenge = Botan::base64_encode(data);
        for (char& c : challenge) c = c == '+' ? '-' : c == '/' ? '_' : c;
        if (!padded) challenge.erase(challenge.find_last_not_of('=') + 1);
        const std::string client_data = R"({"type":")" + type + R"(","challenge":")" + challenge +
                                        R"(","origin":")" + origin + "\"" + tail;
        Bytes signed_data = sha256(as_bytes(application));
        Writer(signed_data).u8(flags).u32(5);
        append(signed_data, extensions);
        append(signed_data, sha256(as_bytes(client_data)));
        Bytes raw;
        (*signer)->sign(signed_data, "ecdsa-sha2-nistp256",
                        Reply<Signature>::from([&](Result<Signature>&& answer) {
                            Reader in(answer.value().blob);
                            in.text();
                            raw = to_bytes(in.string());
                        }));
        Bytes signature;
        Writer(signature)
            .string("webauthn-sk-ecdsa-sha2-nistp256@openssh.com")
            .string(raw)
            .u8(flags)
            .u32(5)
            .string(told_origin)
            .string(client_data)
            .string(extensions);
        return parsed(blob)->verify("webauthn-sk-ecdsa-sha2-nistp256@openssh.com", data, signature);
    }
};

TEST_CASE("security keys: what a browser signed must be this login at the origin it names") {
    CHECK(Browser{}.accepted());
    CHECK(Browser{.tail = "}"}.accepted());
    CHECK(Browser{.flags = 0x81, .extensions = {0xa0}}.accepted());
    CHECK_FALSE(Browser{.flags = 0x01, .extensions = {0xa0}}.accepted());
    CHECK_FALSE(Browser{.flags = 0x81}.accepted());
    CHECK_FALSE(Browser{.flags = 0x41}.accepted());
    CHECK_FALSE(Browser{.type = "webauthn.create"}.accepted());
    CHECK_FALSE(Browser{.padded = true}.accepted());
    CHECK_FALSE(Browser{.told_origin = "https://example.org"}.accepted());
    CHECK_FALSE(Browser{.told_origin = "https://example"}.accepted());
    CHECK_FALSE(Browser{.origin = "https://a\",\"b", .told_origin = "https://a\",\"b"}.accepted());
}

}  // namespace
}  // namespace nacre
