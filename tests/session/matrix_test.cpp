// Every algorithm with every other it can be combined with, through complete sessions.
#include "support/full_stack.hpp"

#include <nacre/crypto/certificate.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

std::vector<std::string> names(Algorithm kind) {
    std::vector<std::string> all;
    for (const AlgorithmInfo& info : botan_provider().algorithms(kind)) all.emplace_back(info.name);
    return all;
}

/// Signature algorithms of the keys that can be made here, so not those of security keys.
std::vector<std::string> key_algorithms() {
    auto all = names(Algorithm::host_key);
    std::erase_if(all, [](const std::string& name) { return name.find("sk-") != name.npos; });
    return all;
}

/// The key that `make` makes for an algorithm, with a certificate if it is one of certificates.
std::shared_ptr<Signer> key_for(const std::string& algorithm,
                                std::shared_ptr<Signer> (*make)(const std::string& type)) {
    const auto plain = make(key_type_of(plain_name(algorithm)));
    if (plain == nullptr || !is_certificate_name(algorithm)) return plain;
    Certificate fields;
    fields.key = to_bytes(plain->public_blob());
    std::shared_ptr<Signer> signer;
    DetRng rng(8);
    sign_certificate(std::move(fields), *plain, {}, rng,
                     Reply<Bytes>::from([&](Result<Bytes>&& blob) {
                         REQUIRE(blob.has_value());
                         signer = *make_certificate_signer(plain, *blob);
                     }));
    return signer;
}

/// Logs in, echoes 100 KB with a rekey in the middle, and closes the channel in order.
void echo_through(FullStack& stack) {
    REQUIRE(stack.start());
    stack.pair.run();
    REQUIRE(stack.collected->port != nullptr);
    const Bytes sent = DetRng(9).bytes(50000);
    stack.collected->send(sent);
    stack.pair.run();
    stack.pair.client.session->rekey();
    stack.pair.run();
    REQUIRE(stack.pair.client.session->info().key_exchanges == 2);
    stack.collected->send(sent);
    stack.pair.run();
    stack.collected->port->eof();
    stack.pair.run();
    REQUIRE(stack.collected->data.size() == 2 * sent.size());
    CHECK(same_bytes(ByteView(stack.collected->data).first(sent.size()), sent));
    CHECK(same_bytes(ByteView(stack.collected->data).subspan(sent.size()), sent));
    CHECK(stack.collected->exit_status == std::optional<std::uint32_t>(0));
    CHECK(stack.collected->closed.has_value());
    CHECK_FALSE(stack.pair.server.session->finished());
}

}  // namespace

TEST_CASE("every key exchange with every host key", "[session][matrix]") {
    for (const std::string& kex : names(Algorithm::kex)) {
        for (const std::string& algorithm : key_algorithms()) {
            const std::string plain = plain_name(algorithm);
            const bool once = plain == "ssh-rsa" || plain == "ssh-dss" || plain != algorithm;
            if (once && kex != "curve25519-sha256") continue;
            INFO(kex << " with " << algorithm);
            FullStack stack;
            stack.server_config->host_keys = {key_for(algorithm, host_key)};
            REQUIRE(stack.server_config->host_keys[0] != nullptr);
            for (auto& config : {stack.client_config, stack.server_config}) {
                config->algorithms.kex = {kex};
                config->algorithms.host_key = {algorithm};
            }
            REQUIRE(stack.start());
            stack.pair.run();
            REQUIRE(stack.collected->port != nullptr);
            CHECK(stack.pair.client.session->info().kex == kex);
            CHECK(stack.pair.client.session->info().host_key_algorithm == algorithm);
        }
    }
}

TEST_CASE("every cipher with every MAC and every compression", "[session][matrix]") {
    for (const std::string& cipher : names(Algorithm::cipher)) {
        const bool aead = find_algorithm(botan_provider(), Algorithm::cipher, cipher)->aead;
        for (const std::string& mac : names(Algorithm::mac)) {
            for (const std::string compression : {"none", "zlib@openssh.com", "zlib"}) {
                if (aead && mac != names(Algorithm::mac).front()) continue;
                INFO(cipher << ", " << mac << ", " << compression);
                FullStack stack;
                for (auto& config : {stack.client_config, stack.server_config}) {
                    config->algorithms.ciphers = {cipher};
                    config->algorithms.macs = {mac};
                    config->algorithms.compression = {compression};
                }
                echo_through(stack);
                CHECK(stack.pair.server.session->info().cipher_in == cipher);
                if (!aead) CHECK(stack.pair.server.session->info().mac_out == mac);
                CHECK(stack.pair.server.session->info().compression_out == compression);
            }
        }
    }
}

TEST_CASE("every type of user key logs in", "[session][matrix]") {
    for (const std::string& algorithm : key_algorithms()) {
        INFO(algorithm);
        FullStack stack;
        stack.pubkey_algorithms = {algorithm};
        stack.key = key_for(algorithm, user_key);
        REQUIRE(stack.start());
        stack.pair.run();
        CHECK(stack.collected->port != nullptr);
    }
}

TEST_CASE("a whole session is the same whatever pieces its bytes come in", "[session]") {
    const auto cipher = GENERATE(as<std::string>{}, "aes256-gcm@openssh.com",
                                 "chacha20-poly1305@openssh.com", "aes128-ctr");
    const std::size_t chunk = GENERATE(as<std::size_t>{}, 1, 5, 17, 1000);
    FullStack stack;
    stack.client_config->algorithms.ciphers = {cipher};
    REQUIRE(stack.start());
    stack.pair.run(chunk);
    REQUIRE(stack.collected->port != nullptr);
    const Bytes sent = DetRng(4).bytes(3000);
    stack.collected->send(sent);
    stack.pair.run(chunk);
    CHECK(stack.collected->data == sent);
}
