#include <nacre/crypto/botan.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;

namespace {

std::string default_names(Algorithm kind) {
    std::string names;
    for (const auto& info : botan_provider().algorithms(kind)) {
        if (!info.by_default) continue;
        if (!names.empty()) names += ',';
        names += info.name;
    }
    return names;
}

template <class T>
bool is_unsupported(const Result<T>& result) {
    return !result && result.error().code == Errc::unsupported;
}

}  // namespace

TEST_CASE("provider: ciphers and MACs in the order of OpenSSH 10", "[crypto][provider]") {
    CHECK(default_names(Algorithm::cipher) ==
          "chacha20-poly1305@openssh.com,aes128-gcm@openssh.com,aes256-gcm@openssh.com,"
          "aes128-ctr,aes192-ctr,aes256-ctr");
    CHECK(default_names(Algorithm::mac) ==
          "umac-64-etm@openssh.com,umac-128-etm@openssh.com,hmac-sha2-256-etm@openssh.com,"
          "hmac-sha2-512-etm@openssh.com,hmac-sha1-etm@openssh.com,umac-64@openssh.com,"
          "umac-128@openssh.com,hmac-sha2-256,hmac-sha2-512,hmac-sha1");
}

TEST_CASE("provider: what is weak is off", "[crypto][provider]") {
    const Provider& provider = botan_provider();
    for (const auto kind :
         {Algorithm::kex, Algorithm::host_key, Algorithm::cipher, Algorithm::mac}) {
        for (const auto& info : provider.algorithms(kind)) {
            INFO(info.name);
            CHECK_FALSE((info.by_default && info.insecure));
        }
    }
    const auto insecure = [&](Algorithm kind, std::string_view name) {
        const auto* info = find_algorithm(provider, kind, name);
        REQUIRE(info != nullptr);
        return info->insecure;
    };
    for (const auto& info : provider.algorithms(Algorithm::cipher)) {
        const auto has = [&](std::string_view part) {
            return info.name.find(part) != std::string_view::npos;
        };
        CHECK(info.insecure == (has("-cbc") || has("3des") || has("arcfour")));
    }
    CHECK_FALSE(insecure(Algorithm::cipher, "AEAD_AES_128_GCM"));
    CHECK_FALSE(insecure(Algorithm::mac, "AEAD_AES_256_GCM"));
    CHECK(insecure(Algorithm::mac, "hmac-md5-etm@openssh.com"));
    CHECK(insecure(Algorithm::mac, "hmac-sha1-96"));
    CHECK(insecure(Algorithm::kex, "diffie-hellman-group1-sha1"));
}

TEST_CASE("provider: finds algorithms by their exact name", "[crypto][provider]") {
    const Provider& provider = botan_provider();
    const auto* gcm = find_algorithm(provider, Algorithm::cipher, "aes128-gcm@openssh.com");
    REQUIRE(gcm != nullptr);
    CHECK(gcm->aead);
    const auto* ctr = find_algorithm(provider, Algorithm::cipher, "aes128-ctr");
    REQUIRE(ctr != nullptr);
    CHECK_FALSE(ctr->aead);
    CHECK(find_algorithm(provider, Algorithm::cipher, "aes128") == nullptr);
    CHECK(find_algorithm(provider, Algorithm::cipher, "hmac-sha1") == nullptr);
    CHECK(find_algorithm(provider, Algorithm::mac, "") == nullptr);
}

TEST_CASE("provider: sizes of keys", "[crypto][provider]") {
    const Provider& provider = botan_provider();
    const auto ctr = provider.key_sizes("aes192-ctr", "hmac-sha2-512");
    REQUIRE(ctr);
    CHECK(ctr->iv == 16);
    CHECK(ctr->key == 24);
    CHECK(ctr->mac_key == 64);
    const auto umac = provider.key_sizes("aes256-ctr", "umac-64-etm@openssh.com");
    REQUIRE(umac);
    CHECK(umac->mac_key == 16);
    const auto gcm = provider.key_sizes("aes256-gcm@openssh.com", "not a MAC");
    REQUIRE(gcm);
    CHECK(gcm->iv == 12);
    CHECK(gcm->key == 32);
    CHECK(gcm->mac_key == 0);
    const auto chacha = provider.key_sizes("chacha20-poly1305@openssh.com", "");
    REQUIRE(chacha);
    CHECK(chacha->iv == 0);
    CHECK(chacha->key == 64);
}

TEST_CASE("provider: what it does not know is unsupported", "[crypto][provider]") {
    const Provider& provider = botan_provider();
    CHECK(is_unsupported(provider.key_sizes("aes128-ctr", "none")));
    CHECK(is_unsupported(provider.key_sizes("none", "hmac-sha1")));
    CHECK(is_unsupported(provider.sealer("none", "none", {})));
    CHECK(is_unsupported(provider.opener("idea-ctr", "hmac-sha1", {})));
    // A name of RFC 5647 is no MAC for another cipher.
    CHECK(is_unsupported(provider.key_sizes("aes128-ctr", "AEAD_AES_128_GCM")));
    CHECK(is_unsupported(provider.sealer("aes128-ctr", "AEAD_AES_128_GCM", {})));
    CHECK(is_unsupported(provider.kex("none", {})));
    CHECK(is_unsupported(provider.signer(PrivateKey{})));
    const Bytes blob{0, 0, 0, 2, 'n', 'o'};
    CHECK(is_unsupported(provider.public_key(blob)));
}

TEST_CASE("provider: blobs that are cut short are malformed", "[crypto][provider]") {
    const Bytes blob{0, 0, 0, 12, 's', 's', 'h', '-'};
    for (std::size_t size = 0; size <= blob.size(); ++size) {
        const auto key = botan_provider().public_key(ByteView(blob).first(size));
        REQUIRE_FALSE(key);
        CHECK(key.error().code == Errc::peer_malformed);
    }
    const Bytes huge{0xff, 0xff, 0xff, 0xff, 's'};
    CHECK(botan_provider().public_key(huge).error().code == Errc::peer_malformed);
}

TEST_CASE("provider: keys of a wrong size are refused", "[crypto][provider]") {
    const Provider& provider = botan_provider();
    const Bytes bytes(65);
    const ByteView all = bytes;
    for (const auto& keys :
         {CipherKeys{all.first(11), all.first(16), {}},
          CipherKeys{all.first(12), all.first(15), {}},
          CipherKeys{all.first(13), all.first(16), {}},
          CipherKeys{all.first(12), all.first(16), all.first(1)}, CipherKeys{}}) {
        const auto sealer = provider.sealer("aes128-gcm@openssh.com", "", keys);
        REQUIRE_FALSE(sealer);
        CHECK(sealer.error().code == Errc::crypto_failed);
        CHECK_FALSE(provider.opener("aes128-gcm@openssh.com", "", keys));
    }
}
