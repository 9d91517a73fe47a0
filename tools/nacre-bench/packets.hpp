/// \file
/// Packets as the transport makes them, without a transport.
#pragma once
#include "algorithms.hpp"

#include <nacre/base/random.hpp>
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>
#include <nacre/crypto/packet_cipher.hpp>

#include <memory>

namespace nacre::bench {

/// The two ends of one direction.
struct Protection {
    std::unique_ptr<PacketSealer> sealer;
    std::unique_ptr<PacketOpener> opener;
};

/// Random keys of one direction. The provider outlives it.
class DirectionKeys {
  public:
    /// Errors: unsupported.
    static Result<DirectionKeys> make(const Provider& provider, const CipherAndMac& algorithms,
                                      Rng& rng);
    /// Both ends at their start: the first packet is number 0.
    Result<Protection> protection() const;

  private:
    DirectionKeys(const Provider& provider, CipherAndMac algorithms)
        : provider_(&provider), algorithms_(std::move(algorithms)) {}

    const Provider* provider_;
    CipherAndMac algorithms_;
    SecretBytes iv_, key_, mac_key_;
};

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
