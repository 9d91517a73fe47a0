// Every algorithm, with every other it can be combined with or, if it is off by default, with a
// few, through complete sessions.
#include "support/algorithm_pairs.hpp"
#include "support/full_stack.hpp"
#include "unit/keys/x509_fixture.hpp"

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

std::string key_type_of(const std::string& algorithm) {
    return algorithm.starts_with("rsa-") ? "ssh-rsa" : algorithm;
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

TEST_CASE("every key exchange, every host key", "[session][matrix]") {
    for (const auto& pair : kex_host_key_pairs()) {
        const std::string& kex = pair.first;
        const std::string& algorithm = pair.second;
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

TEST_CASE("every cipher, every MAC and every compression", "[session][matrix]") {
    for (const CipherAndMac& suite : cipher_mac_pairs()) {
        for (const std::string compression : {"none", "zlib@openssh.com", "zlib"}) {
            if (compression != "none" && !suite.by_default) continue;
            INFO(suite.cipher << ", " << suite.mac << ", " << compression);
            FullStack stack;
            for (auto& config : {stack.client_config, stack.server_config}) {
                config->algorithms.ciphers = {suite.cipher};
                if (suite.mac != "none") config->algorithms.macs = {suite.mac};
                config->algorithms.compression = {compression};
            }
            echo_through(stack);
            CHECK(stack.pair.server.session->info().cipher_in == suite.cipher);
            CHECK(stack.pair.server.session->info().mac_out ==
                  (suite.mac == "none" ? std::string() : suite.mac));
            CHECK(stack.pair.server.session->info().compression_out == compression);
        }
    }
}

TEST_CASE("X.509 certificates of every name, of the host and of the user", "[session][matrix]") {
    for (const X509Algorithm& algorithm : x509_algorithms()) {
        INFO(algorithm.name);
        const auto signer =
            *make_x509_signer(plain_signer("pem-" + key_name(algorithm)), algorithm.name,
                              x509_certificates("user-" + key_name(algorithm)), botan_provider());
        FullStack stack;
        stack.server_config->host_keys = {signer};
        for (auto& config : {stack.client_config, stack.server_config})
            config->algorithms.host_key = {std::string(algorithm.name)};
        stack.pubkey_algorithms = {std::string(algorithm.name)};
        stack.key = signer;
        echo_through(stack);
        CHECK(stack.pair.client.session->info().host_key_algorithm == algorithm.name);
    }
}

TEST_CASE("every type of user key logs in", "[session][matrix]") {
    for (const std::string& algorithm : names(Algorithm::host_key)) {
        if (!can_be_made(algorithm)) continue;
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
