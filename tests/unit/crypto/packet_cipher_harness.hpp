/// \file
/// Ciphers with their MACs, with keys, and packets for them.
#pragma once
#include "support/algorithm_pairs.hpp"
#include "support/det_rng.hpp"

#include <nacre/crypto/botan.hpp>

#include <catch2/catch_all.hpp>

#include <string>
#include <vector>

namespace nacre::test {

using Suite = CipherAndMac;

struct KeyBytes {
    Bytes iv, key, mac_key;

    CipherKeys view() const noexcept { return {iv, key, mac_key}; }
};

inline KeyBytes make_keys(const Suite& suite, Rng& rng) {
    const auto sizes = botan_provider().key_sizes(suite.cipher, suite.mac);
    REQUIRE(sizes);
    KeyBytes keys{Bytes(sizes->iv), Bytes(sizes->key), Bytes(sizes->mac_key)};
    for (Bytes* bytes : {&keys.iv, &keys.key, &keys.mac_key}) rng.fill(*bytes);
    return keys;
}

inline std::unique_ptr<PacketSealer> make_sealer(const Suite& suite, const KeyBytes& keys) {
    auto made = botan_provider().sealer(suite.cipher, suite.mac, keys.view());
    REQUIRE(made);
    return std::move(*made);
}

inline std::unique_ptr<PacketOpener> make_opener(const Suite& suite, const KeyBytes& keys) {
    auto made = botan_provider().opener(suite.cipher, suite.mac, keys.view());
    REQUIRE(made);
    return std::move(*made);
}

/// A packet in clear, aligned as `shape` asks, without room for the tag.
inline Bytes make_packet(const CipherShape& shape, std::size_t payload, Rng& rng) {
    const std::size_t counted = payload + (shape.length_outside_padding ? 1 : 5);
    std::size_t padding = shape.block - counted % shape.block;
    if (padding < 4) padding += shape.block;
    Bytes packet(5 + payload + padding);
    rng.fill(packet);
    store_be32(packet.data(), static_cast<std::uint32_t>(packet.size() - 4));
    packet[4] = static_cast<std::uint8_t>(padding);
    return packet;
}

inline Bytes seal(PacketSealer& sealer, std::uint32_t seq, Bytes packet) {
    packet.resize(packet.size() + sealer.shape().tag);
    REQUIRE(sealer.seal(seq, packet));
    return packet;
}

}  // namespace nacre::test
