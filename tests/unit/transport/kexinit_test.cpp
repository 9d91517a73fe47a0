#include "transport/kexinit.hpp"

#include "support/det_rng.hpp"

#include <nacre/crypto/botan.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;

namespace {

msg::KexInit lists(std::string_view kex, std::string_view host_key, std::string_view cipher,
                   std::string_view mac, std::string_view compression) {
    msg::KexInit m;
    m.kex_algorithms = NameList(kex);
    m.server_host_key_algorithms = NameList(host_key);
    m.encryption_client_to_server = m.encryption_server_to_client = NameList(cipher);
    m.mac_client_to_server = m.mac_server_to_client = NameList(mac);
    m.compression_client_to_server = m.compression_server_to_client = NameList(compression);
    return m;
}

const msg::KexInit kClient = lists("a,b,curve25519-sha256", "ssh-ed25519,rsa-sha2-256",
                                   "aes256-ctr,aes128-ctr", "hmac-sha2-256", "none");
const msg::KexInit kServer =
    lists("curve25519-sha256,b", "rsa-sha2-256,ssh-ed25519", "aes128-ctr,aes256-ctr",
          "hmac-sha2-512,hmac-sha2-256", "zlib,none");

Result<Negotiated> choose(const msg::KexInit& client, const msg::KexInit& server) {
    return negotiate(client, server, Role::server, botan_provider());
}

}  // namespace

TEST_CASE("the first name of the client that the server has is chosen", "[transport]") {
    const auto n = choose(kClient, kServer);
    REQUIRE(n);
    CHECK(n->kex == "b");
    CHECK(n->host_key == "ssh-ed25519");
    CHECK(n->cipher_c2s == "aes256-ctr");
    CHECK(n->mac_s2c == "hmac-sha2-256");
    CHECK(n->compression_c2s == "none");
    CHECK_FALSE(n->skip_guess);
}

TEST_CASE("each list without a common name fails with reason 3", "[transport]") {
    auto client = kClient;
    SECTION("kex") {
        client.kex_algorithms = NameList("x");
    }
    SECTION("host key") {
        client.server_host_key_algorithms = NameList("x");
    }
    SECTION("cipher c2s") {
        client.encryption_client_to_server = NameList("x");
    }
    SECTION("cipher s2c") {
        client.encryption_server_to_client = NameList("");
    }
    SECTION("mac") {
        client.mac_client_to_server = NameList("x");
    }
    SECTION("compression") {
        client.compression_server_to_client = NameList("x");
    }
    const auto n = choose(client, kServer);
    REQUIRE_FALSE(n);
    CHECK(n.error().code == Errc::peer_incompatible);
    CHECK(n.error().disconnect == Disconnect::key_exchange_failed);
}

TEST_CASE("an AEAD cipher needs no common MAC", "[transport]") {
    auto client = kClient;
    auto server = kServer;
    client.encryption_client_to_server = client.encryption_server_to_client =
        server.encryption_client_to_server = server.encryption_server_to_client =
            NameList("aes256-gcm@openssh.com");
    client.mac_client_to_server = client.mac_server_to_client = NameList("x");
    const auto n = choose(client, server);
    REQUIRE(n);
    CHECK(n->mac_c2s.empty());
}

TEST_CASE("AES-GCM of RFC 5647 must be agreed on as cipher and as MAC", "[transport]") {
    auto client = kClient;
    auto server = kServer;
    const auto offer = [](msg::KexInit& m, std::string_view ciphers, std::string_view macs) {
        m.encryption_client_to_server = m.encryption_server_to_client = NameList(ciphers);
        m.mac_client_to_server = m.mac_server_to_client = NameList(macs);
    };
    const auto failure = [&] {
        const auto n = choose(client, server);
        REQUIRE_FALSE(n);
        CHECK(n.error().code == Errc::peer_incompatible);
        CHECK(n.error().disconnect == Disconnect::key_exchange_failed);
        return std::string(n.error().what);
    };
    const std::string not_mac = "cipher AEAD_AES_GCM was agreed on, but not as MAC too (RFC 5647)";
    const std::string not_cipher =
        "MAC AEAD_AES_GCM was agreed on, but not as cipher too (RFC 5647)";

    offer(server, "aes128-ctr,AEAD_AES_256_GCM,AEAD_AES_128_GCM,aes128-gcm@openssh.com",
          "hmac-sha2-256,AEAD_AES_128_GCM,AEAD_AES_256_GCM");
    offer(client, "AEAD_AES_256_GCM,aes128-ctr", "AEAD_AES_256_GCM,hmac-sha2-256");
    const auto n = choose(client, server);
    REQUIRE(n);
    CHECK(n->cipher_c2s == "AEAD_AES_256_GCM");
    CHECK(n->cipher_s2c == "AEAD_AES_256_GCM");
    CHECK(n->mac_c2s == "AEAD_AES_256_GCM");
    CHECK(n->mac_s2c == "AEAD_AES_256_GCM");

    // As cipher only, with another MAC or none.
    offer(client, "AEAD_AES_256_GCM", "hmac-sha2-256,AEAD_AES_256_GCM");
    CHECK(failure() == not_mac);
    offer(client, "AEAD_AES_256_GCM", "hmac-sha1");
    CHECK(failure() == not_mac);
    offer(client, "AEAD_AES_256_GCM", "AEAD_AES_128_GCM");
    CHECK(failure() == not_mac);
    // As MAC only.
    offer(client, "aes128-ctr", "AEAD_AES_256_GCM,hmac-sha2-256");
    CHECK(failure() == not_cipher);
    // OpenSSH's AEAD has no MAC to agree on.
    offer(client, "aes128-gcm@openssh.com", "AEAD_AES_256_GCM");
    REQUIRE(choose(client, server));
    CHECK(choose(client, server)->mac_c2s.empty());
    // In one direction only.
    offer(client, "AEAD_AES_256_GCM", "AEAD_AES_256_GCM");
    client.mac_server_to_client = NameList("hmac-sha2-256");
    CHECK(failure() == not_mac);
}

TEST_CASE("a configuration names AES-GCM of RFC 5647 in both lists", "[transport]") {
    TransportConfig config;
    auto& lists = config.algorithms;
    const auto fits = [&] {
        const auto offer = make_offer(config, botan_provider(), Role::client);
        if (!offer) CHECK(offer.error().code == Errc::local_misuse);
        return offer.has_value();
    };
    lists.ciphers = {"AEAD_AES_128_GCM", "aes128-ctr"};
    CHECK_FALSE(fits());
    lists.macs = {"AEAD_AES_128_GCM", "hmac-sha2-256"};
    CHECK(fits());
    lists.ciphers = {"aes128-ctr"};
    CHECK_FALSE(fits());
    lists.ciphers = {"AEAD_AES_128_GCM"};
    lists.macs = {"AEAD_AES_256_GCM", "AEAD_AES_128_GCM"};
    CHECK_FALSE(fits());
}

TEST_CASE("a configuration with a weak algorithm is known", "[transport]") {
    TransportConfig config;
    CHECK_FALSE(names_insecure(config, botan_provider()));
    SECTION("kex") {
        config.algorithms.kex = {"curve25519-sha256", "diffie-hellman-group1-sha1"};
    }
    SECTION("cipher") {
        config.algorithms.ciphers = {"aes128-ctr", "aes128-cbc"};
    }
    SECTION("mac") {
        config.algorithms.macs = {"hmac-md5"};
    }
    CHECK(names_insecure(config, botan_provider()));
}

TEST_CASE("a marker is never a method", "[transport]") {
    auto client = kClient;
    auto server = kServer;
    client.kex_algorithms = server.kex_algorithms = NameList("ext-info-c");
    CHECK_FALSE(choose(client, server));
}

TEST_CASE("a guess is right only if both first names are the same", "[transport]") {
    auto client = kClient;
    client.first_kex_packet_follows = true;
    CHECK(choose(client, kServer)->skip_guess);
    client.kex_algorithms = NameList("curve25519-sha256");
    CHECK(choose(client, kServer)->skip_guess);
    client.server_host_key_algorithms = NameList("rsa-sha2-256");
    CHECK_FALSE(choose(client, kServer)->skip_guess);
}

TEST_CASE("strict key exchange needs the same spelling from both", "[transport]") {
    const auto agreed = [](std::string_view c, std::string_view s) {
        return strict_agreed(lists(c, "", "", "", ""), lists(s, "", "", "", ""));
    };
    CHECK(agreed("x,kex-strict-c-v00@openssh.com", "kex-strict-s-v00@openssh.com"));
    CHECK(agreed("kex-strict-c", "kex-strict-s"));
    CHECK_FALSE(agreed("kex-strict-c", "kex-strict-s-v00@openssh.com"));
    CHECK_FALSE(agreed("kex-strict-s-v00@openssh.com", "kex-strict-s-v00@openssh.com"));
    CHECK_FALSE(agreed("x", "kex-strict-s"));
}

TEST_CASE("only the first KEXINIT carries markers, and each has a new cookie", "[transport]") {
    test::DetRng rng(1);
    Offer offer;
    offer.kex = "curve25519-sha256";
    const Bytes first = make_kexinit(offer, Role::server, true, StrictKex::on, rng);
    const Bytes again = make_kexinit(offer, Role::server, false, StrictKex::on, rng);
    const Bytes off = make_kexinit(offer, Role::client, true, StrictKex::off, rng);
    const auto m = decode<msg::KexInit>(ByteView(first).subspan(1));
    REQUIRE(m);
    CHECK(m->kex_algorithms.text() ==
          "curve25519-sha256,ext-info-s,kex-strict-s,kex-strict-s-v00@openssh.com");
    const auto r = decode<msg::KexInit>(ByteView(again).subspan(1));
    REQUIRE(r);
    CHECK(r->kex_algorithms.text() == "curve25519-sha256");
    CHECK(r->cookie != m->cookie);
    CHECK(decode<msg::KexInit>(ByteView(off).subspan(1))->kex_algorithms.text() ==
          "curve25519-sha256,ext-info-c");
}

TEST_CASE("pairs open to prefix truncation are known", "[transport]") {
    Negotiated n;
    n.cipher_c2s = "aes256-gcm@openssh.com";
    n.cipher_s2c = "aes256-ctr";
    n.mac_s2c = "hmac-sha2-256-etm@openssh.com";
    CHECK_FALSE(truncatable(n));
    n.cipher_s2c = "aes256-cbc";
    CHECK(truncatable(n));
    n.mac_s2c = "hmac-sha2-256";
    CHECK_FALSE(truncatable(n));
    n.cipher_c2s = "chacha20-poly1305@openssh.com";
    CHECK(truncatable(n));
}

TEST_CASE("each cipher and MAC that we have is open to prefix truncation or not", "[transport]") {
    // CVE-2023-48795: ChaCha20-Poly1305, and CBC with encrypt-then-MAC.
    for (const auto& cipher : botan_provider().algorithms(Algorithm::cipher)) {
        const auto is = [&](std::string_view part) {
            return cipher.name.find(part) != std::string_view::npos;
        };
        for (const auto& mac : botan_provider().algorithms(Algorithm::mac)) {
            INFO(cipher.name << " " << mac.name);
            Negotiated n;
            n.cipher_c2s = "aes128-ctr";
            n.cipher_s2c = cipher.name;
            if (!cipher.aead) n.mac_s2c = mac.name;
            const bool etm = mac.name.find("-etm") != std::string_view::npos;
            CHECK(truncatable(n) == (is("chacha20") || (is("cbc") && etm)));
            std::swap(n.cipher_c2s, n.cipher_s2c);
            std::swap(n.mac_c2s, n.mac_s2c);
            CHECK(truncatable(n) == (is("chacha20") || (is("cbc") && etm)));
        }
    }
}
