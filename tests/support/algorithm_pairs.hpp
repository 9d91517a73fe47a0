/// \file
/// Which ciphers are tried with which MACs, and which key exchanges with which host keys, by tests
/// that want every algorithm. Every product would take too long: what is on by default is tried
/// with all that is, the rest with a few.
#pragma once
#include <nacre/crypto/botan.hpp>

#include <string>
#include <utility>
#include <vector>

namespace nacre::test {

struct CipherAndMac {
    std::string cipher;
    std::string mac;  ///< "none" for an AEAD, or its own name if it is that of a MAC too
    bool aead = false;
    bool etm = false;
    bool by_default = false;  ///< both
};

inline std::vector<CipherAndMac> cipher_mac_pairs() {
    const Provider& provider = botan_provider();
    const auto has_many = [](const AlgorithmInfo& info) {
        return info.name == "aes128-ctr" || info.name == "3des-cbc" ||
               info.name == "hmac-sha2-256" || info.name == "hmac-sha2-256-etm@openssh.com";
    };
    std::vector<CipherAndMac> pairs;
    for (const auto& cipher : provider.algorithms(Algorithm::cipher)) {
        if (cipher.aead) {
            const bool both = find_algorithm(provider, Algorithm::mac, cipher.name) != nullptr;
            pairs.push_back({std::string(cipher.name), both ? std::string(cipher.name) : "none",
                             true, false, cipher.by_default});
            continue;
        }
        for (const auto& mac : provider.algorithms(Algorithm::mac)) {
            const bool by_default = cipher.by_default && mac.by_default;
            if (mac.aead || !(by_default || has_many(cipher) || has_many(mac))) continue;
            pairs.push_back({std::string(cipher.name), std::string(mac.name), false,
                             mac.name.find("-etm@") != std::string_view::npos, by_default});
        }
    }
    return pairs;
}

/// Whether a key for the host key algorithm can be made here: security keys cannot, and
/// certificates, OpenSSH's and those of X.509, have tests of their own.
inline bool can_be_made(std::string_view algorithm) {
    return algorithm.find("sk-") == std::string_view::npos &&
           algorithm.find("-cert") == std::string_view::npos && !algorithm.starts_with("x509v3-");
}

/// Names of a key exchange method and of a host key algorithm.
inline std::vector<std::pair<std::string, std::string>> kex_host_key_pairs() {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (const auto& kex : botan_provider().algorithms(Algorithm::kex)) {
        for (const auto& key : botan_provider().algorithms(Algorithm::host_key)) {
            if (!can_be_made(key.name)) continue;
            const bool of_many = kex.name == "curve25519-sha256" || key.name == "ssh-ed25519";
            if ((kex.by_default && key.by_default) || of_many)
                pairs.emplace_back(std::string(kex.name), std::string(key.name));
        }
    }
    return pairs;
}

}  // namespace nacre::test
