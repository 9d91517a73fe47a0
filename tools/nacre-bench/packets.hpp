/// \file
/// Packets as the transport makes them, without a transport.
#pragma once
#include "algorithms.hpp"

#include <nacre/base/random.hpp>
#include <nacre/base/result.hpp>
#include <nacre/crypto/packet_cipher.hpp>

#include <memory>

namespace nacre::bench {

/// The two ends of one direction, with the same random keys.
struct Protection {
    std::unique_ptr<PacketSealer> sealer;
    std::unique_ptr<PacketOpener> opener;
};

/// Errors: unsupported.
Result<Protection> make_protection(const Provider& provider, const CipherAndMac& algorithms,
                                   Rng& rng);

/// The sizes of a packet with a given payload, with the least padding (RFC 4253 s6), in bytes.
struct PacketForm {
    PacketForm(const CipherShape& shape, std::size_t payload) noexcept;

    std::size_t padding;
    std::size_t length;  ///< packet_length
    std::size_t size;    ///< with the length field and the tag

    /// Writes packet_length and padding_length, which sealing needs in clear. `packet` has size
    /// bytes.
    void write_head(ByteSpan packet) const noexcept;
};

}  // namespace nacre::bench
