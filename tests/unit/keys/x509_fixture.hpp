/// \file
/// The files of tests/keys/x509/.
#pragma once
#include "keys/pem.hpp"
#include "unit/keys/key_fixture.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/crypto/x509.hpp>
#include <nacre/keys/private_key.hpp>

#include <memory>
#include <vector>

namespace nacre::test {

/// The certificates in a file, DER.
inline std::vector<Bytes> x509_certificates(const std::string& name) {
    const std::string text = key_file("x509/" + name + ".pem");
    std::vector<Bytes> all;
    detail::PemBlocks blocks(text);
    while (auto block = blocks.next()) {
        REQUIRE(detail::decode_pem(*block).has_value());
        all.push_back(to_bytes(block->body.view()));
    }
    REQUIRE_FALSE(all.empty());
    return all;
}

/// The first certificate of each file, in this order.
inline std::vector<Bytes> x509_chain(const std::vector<std::string>& names) {
    std::vector<Bytes> chain;
    for (const auto& name : names) chain.push_back(x509_certificates(name).front());
    return chain;
}

inline std::shared_ptr<const PublicKey> x509_key(std::string_view type,
                                                 const std::vector<Bytes>& certificates,
                                                 const std::vector<Bytes>& responses = {}) {
    const X509Algorithm* algorithm = find_x509_algorithm(type);
    REQUIRE(algorithm != nullptr);
    auto key = botan_provider().public_key(x509_blob(*algorithm, certificates, responses));
    INFO((key ? "" : key.error().what));
    REQUIRE(key.has_value());
    REQUIRE((*key)->x509() != nullptr);
    return *std::move(key);
}

inline std::shared_ptr<Signer> plain_signer(const std::string& name) {
    const auto key = read_private_key(as_bytes(key_file(name)));
    REQUIRE(key.has_value());
    auto signer = botan_provider().signer(*key);
    REQUIRE(signer.has_value());
    return *std::move(signer);
}

/// The part of tests/keys that the key type of an algorithm has in file names.
inline std::string key_name(const X509Algorithm& algorithm) {
    if (algorithm.key_type == "ssh-rsa") return "rsa";
    if (algorithm.key_type == "ssh-dss") return "dsa";
    return "ecdsa" + std::string(algorithm.key_type.substr(algorithm.key_type.size() - 3));
}

}  // namespace nacre::test
