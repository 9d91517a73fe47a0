#include "crypto/botan/key_base.hpp"
#include "support/det_rng.hpp"
#include "support/vec_file.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/crypto/certificate.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <catch2/catch_all.hpp>

namespace nacre {
namespace {

std::string text_of(const test::VecBlock& vector, const std::string& key) {
    return std::string(as_text(vector.bytes(key)));
}

PrivateKey private_key(const test::VecBlock& vector) {
    return {text_of(vector, "type"), vector.bytes("blob"), SecretBytes(vector.bytes("fields")), {}};
}

std::shared_ptr<const PublicKey> parsed(ByteView blob) {
    auto key = botan_provider().public_key(blob);
    REQUIRE(key);
    return *key;
}

Result<Signature> sign(Signer& signer, ByteView data, std::string_view algorithm) {
    std::optional<Result<Signature>> answer;
    signer.sign(data, algorithm, Reply<Signature>::from([&](Result<Signature>&& result) {
                    answer = std::move(result);
                }));
    REQUIRE(answer);  // immediate
    return std::move(*answer);
}

TEST_CASE("keys: signatures made by others verify, and ours are the same") {
    for (const auto& vector : test::load_vec("keys.vec")) {
        INFO("line " << vector.line());
        const auto key = parsed(vector.bytes("blob"));
        const auto algorithm = text_of(vector, "algorithm");
        const auto data = vector.bytes("data"), signature = vector.bytes("signature");
        CHECK(key->type() == text_of(vector, "type"));
        CHECK(same_bytes(key->blob(), vector.bytes("blob")));
        CHECK(key->verify(algorithm, data, signature));

        auto signer = botan_provider().signer(private_key(vector));
        REQUIRE(signer);
        CHECK((*signer)->immediate());
        CHECK((*signer)->type() == key->type());
        CHECK(same_bytes((*signer)->public_blob(), key->blob()));
        // All of these algorithms are deterministic (RFC 6979 for ECDSA).
        const auto ours = sign(**signer, data, algorithm);
        REQUIRE(ours);
        CHECK(ours->blob == signature);
    }
}

TEST_CASE("keys: nothing but the signature itself verifies") {
    for (const auto& vector : test::load_vec("keys.vec")) {
        INFO("line " << vector.line());
        const auto key = parsed(vector.bytes("blob"));
        const auto algorithm = text_of(vector, "algorithm");
        const auto data = vector.bytes("data"), signature = vector.bytes("signature");
        for (std::size_t at = 0; at < signature.size(); ++at) {
            Bytes changed = signature;
            changed[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
            REQUIRE_FALSE(key->verify(algorithm, data, changed));
            REQUIRE_FALSE(key->verify(algorithm, data, ByteView(signature).first(at)));
        }
        Bytes longer = signature;
        longer.push_back(0);
        CHECK_FALSE(key->verify(algorithm, data, longer));
        Bytes other = data;
        other.push_back('!');
        CHECK_FALSE(key->verify(algorithm, other, signature));
        for (const auto* name : {"ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256",
                                 "rsa-sha2-512", "ssh-rsa", "ssh-ed448", "ssh-dss", "", "none"}) {
            if (algorithm == name) continue;
            CHECK_FALSE(key->verify(name, data, signature));
            Bytes renamed;
            Reader reader(signature);
            reader.text();
            Writer(renamed).string(std::string_view(name)).string(reader.string());
            CHECK_FALSE(key->verify(name, data, renamed));
            CHECK_FALSE(key->verify(algorithm, data, renamed));
        }
    }
}

TEST_CASE("keys: cut and lengthened blobs are refused") {
    for (const auto& vector : test::load_vec("keys.vec")) {
        const auto blob = vector.bytes("blob");
        for (std::size_t cut = 0; cut < blob.size(); ++cut) {
            REQUIRE_FALSE(botan_provider().public_key(ByteView(blob).first(cut)));
        }
        Bytes longer = blob;
        longer.push_back(0);
        const auto key = botan_provider().public_key(longer);
        REQUIRE_FALSE(key);
        CHECK(key.error().code == Errc::peer_malformed);
    }
}

TEST_CASE("keys: private halves that are cut or belong to another key are refused") {
    const auto vectors = test::load_vec("keys.vec");
    for (const auto& vector : vectors) {
        INFO("line " << vector.line());
        auto key = private_key(vector);
        const auto fields = vector.bytes("fields");
        for (std::size_t cut = 0; cut < fields.size(); cut += 1 + cut / 8) {
            key.fields = SecretBytes(ByteView(fields).first(cut));
            const auto signer = botan_provider().signer(key);
            REQUIRE_FALSE(signer);
            CHECK(signer.error().code == Errc::local_failed);
        }
        for (const auto& other : vectors) {
            if (other.bytes("blob") == vector.bytes("blob")) continue;
            key = private_key(vector);
            key.public_blob = other.bytes("blob");
            CHECK_FALSE(botan_provider().signer(key));
        }
    }
}

TEST_CASE("keys: one bit wrong in a private key is noticed, at the latest when signing") {
    for (const auto& vector : test::load_vec("keys.vec")) {
        INFO("line " << vector.line());
        const auto fields = vector.bytes("fields");
        for (std::size_t at = 0; at < fields.size(); at += 1 + fields.size() / 40) {
            auto key = private_key(vector);
            key.fields.span()[at] ^= 4;
            const auto signer = botan_provider().signer(key);
            if (!signer) continue;
            const auto signature =
                sign(**signer, as_bytes("data"), (*signer)->algorithms().front());
            if (!signature) continue;
            CHECK(parsed(vector.bytes("blob"))
                      ->verify((*signer)->algorithms().front(), as_bytes("data"), signature->blob));
        }
    }
}

TEST_CASE("keys: a new key of each type signs, and its public half verifies") {
    struct Kind {
        const char* type;
        std::uint32_t bits, size;
    };
    for (const Kind& kind :
         {Kind{"ssh-ed25519", 0, 256}, Kind{"ecdsa-sha2-nistp256", 0, 256},
          Kind{"ecdsa-sha2-nistp384", 0, 384}, Kind{"ecdsa-sha2-nistp521", 0, 521},
          Kind{"ssh-rsa", 2048, 2048}, Kind{"ssh-ed448", 0, 448}, Kind{"ssh-dss", 0, 1024}}) {
        DYNAMIC_SECTION(kind.type) {
            test::DetRng rng(1);
            const auto key = botan_provider().generate(kind.type, kind.bits, rng);
            REQUIRE(key);
            CHECK(key->type == kind.type);
            const auto public_key = parsed(key->public_blob);
            CHECK(public_key->bits() == kind.size);
            auto signer = botan_provider().signer(*key);
            REQUIRE(signer);
            for (const auto algorithm : (*signer)->algorithms()) {
                const auto signature = sign(**signer, as_bytes("text"), algorithm);
                REQUIRE(signature);
                CHECK(public_key->verify(algorithm, as_bytes("text"), signature->blob));
                CHECK_FALSE(public_key->verify(algorithm, as_bytes("Text"), signature->blob));
            }
            const auto refused = sign(**signer, as_bytes("text"), "no-such-algorithm");
            REQUIRE_FALSE(refused);
            CHECK(refused.error().code == Errc::unsupported);

            test::DetRng again(1);
            const auto same = botan_provider().generate(kind.type, kind.bits, again);
            REQUIRE(same);
            CHECK(same->public_blob == key->public_blob);
        }
    }
}

TEST_CASE("keys: what cannot be made is unsupported") {
    test::DetRng rng(2);
    for (const std::uint32_t bits : {0u, 1024u, 2047u, 2049u, 16392u, 65536u}) {
        const auto key = botan_provider().generate("ssh-rsa", bits, rng);
        REQUIRE_FALSE(key);
        CHECK(key.error().code == Errc::unsupported);
    }
    CHECK_FALSE(botan_provider().generate("sk-ssh-ed25519@openssh.com", 0, rng));
    CHECK_FALSE(botan_provider().generate("sk-ecdsa-sha2-nistp256@openssh.com", 0, rng));
}

TEST_CASE("keys: default order of host key algorithms") {
    std::vector<std::string> names;
    for (const auto& info : botan_provider().algorithms(Algorithm::host_key)) {
        if (info.by_default && !is_certificate_name(info.name)) names.emplace_back(info.name);
        if (info.name.starts_with("x509v3-")) continue;
        const std::string plain = plain_name(info.name);
        CHECK(info.insecure == (plain == "ssh-rsa" || plain == "ssh-dss"));
    }
    CHECK(names == std::vector<std::string>{
                       "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",
                       "ecdsa-sha2-nistp521", "sk-ssh-ed25519@openssh.com",
                       "sk-ecdsa-sha2-nistp256@openssh.com", "rsa-sha2-512", "rsa-sha2-256"});
}

TEST_CASE("keys: a wrong result of an RSA computation never leaves the signer") {
    /// Signs with a fault.
    class Faulty final : public detail::MemorySigner {
        using MemorySigner::MemorySigner;
        Bytes compute(ByteView, std::string_view) const override { return Bytes(64, 7); }
        bool proves_itself() const noexcept override { return true; }
    };
    for (const auto& vector : test::load_vec("keys.vec")) {
        Faulty signer(parsed(vector.bytes("blob")));
        const auto signature = sign(signer, as_bytes("data"), signer.algorithms().front());
        REQUIRE_FALSE(signature);
        CHECK(signature.error().code == Errc::crypto_failed);
    }
}

}  // namespace
}  // namespace nacre
