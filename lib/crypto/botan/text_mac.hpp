/// \file
/// A cipher without authentication and a MAC, joined as encrypt-and-MAC (RFC 4253 s6) or, with the
/// MACs named -etm@openssh.com, as encrypt-then-MAC.
#pragma once
#include "crypto/botan/registry.hpp"

namespace nacre::detail {

/// The cipher of one direction, which goes on from packet to packet. One thread.
class TextCipher {
  public:
    virtual ~TextCipher() = default;
    /// Encrypts or decrypts in place. `text` is a multiple of the entry's block. Does not allocate.
    /// May throw.
    virtual void run(ByteSpan text) = 0;
    /// Whether a block of an older packet, put where a length is expected, is decrypted to what
    /// tells of that packet (CVE-2008-5161), so that errors must be hidden. In counter mode it is
    /// not: what was known before is all that can be learned, and an error may show at once.
    virtual bool replays_tell() const noexcept { return false; }
};

std::unique_ptr<PacketSealer> make_text_mac_sealer(const CipherEntry& entry, const MacEntry& mac,
                                                   ByteView mac_key,
                                                   std::unique_ptr<TextCipher> cipher);
std::unique_ptr<PacketOpener> make_text_mac_opener(const CipherEntry& entry, const MacEntry& mac,
                                                   ByteView mac_key,
                                                   std::unique_ptr<TextCipher> cipher);

}  // namespace nacre::detail
