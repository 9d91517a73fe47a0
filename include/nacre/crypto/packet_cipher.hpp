/// \file
/// Protection of one direction of one key epoch: cipher and MAC as one object (RFC 4253 s6).
#pragma once
#include <nacre/base/bytes.hpp>

namespace nacre {

/// What framing must know of a cipher; constant for the object's life.
struct CipherShape {
    std::uint16_t block = 8;         ///< padding granule, bytes, 8 or 16
    std::uint16_t tag = 0;           ///< bytes after the padded packet (MAC or AEAD tag), 0..64
    std::uint16_t length_needs = 4;  ///< ciphertext bytes needed before length() answers, 4..16
    /// AEAD and EtM: the 4 bytes of packet_length do not count for the alignment.
    bool length_outside_padding = false;
    /// On a bad length or tag read on for a fixed amount before failing (CBC without
    /// encrypt-then-MAC: an oracle for plaintext, CVE-2008-5161).
    bool hide_errors = false;
    /// Bytes after which new keys are due (RFC 4344 s3), at most 2^36.
    std::uint64_t rekey_bytes = std::uint64_t{1} << 30;
};

/// Seals packets of one direction and epoch. One thread.
class PacketSealer {
  public:
    virtual ~PacketSealer() = default;
    virtual const CipherShape& shape() const noexcept = 0;
    /// Encrypts and authenticates in place. packet = packet_length || padding_length || payload ||
    /// padding || shape().tag bytes of room. `seq` is the packet's sequence number.
    /// false: the session must end, and not one byte of this packet, nor of the memory it was in,
    /// may be sent.
    [[nodiscard]] virtual bool seal(std::uint32_t seq, ByteSpan packet) noexcept = 0;
};

/// Opens packets of one direction and epoch. One thread.
class PacketOpener {
  public:
    virtual ~PacketOpener() = default;
    virtual const CipherShape& shape() const noexcept = 0;
    /// packet_length of the packet that starts at `head`, of which at least length_needs bytes are
    /// there; unchecked: the caller checks range and alignment. Idempotent for one `seq` (an opener
    /// that decrypts the first block keeps it, and open() uses the kept block); does not modify
    /// `head`, which may lie at another address in the next call.
    virtual std::uint32_t length(std::uint32_t seq, ByteView head) noexcept = 0;
    /// In place: packet is 4 + packet_length + shape().tag bytes; afterwards packet_length ||
    /// padding_length || payload || padding are in clear. false: authentication failed; the
    /// contents are then unspecified and must be given to nobody.
    [[nodiscard]] virtual bool open(std::uint32_t seq, ByteSpan packet) noexcept = 0;
    /// Works in vain as open() does on `bytes` bytes. For ciphers with hide_errors, after a packet
    /// was refused, so that the time until the session ends does not tell how much of it was looked
    /// at. Nothing can be opened afterwards.
    virtual void spend(std::size_t /*bytes*/) noexcept {}
};

}  // namespace nacre
