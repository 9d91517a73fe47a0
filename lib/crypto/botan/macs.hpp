/// \file
/// The functions that the table of MACs is made of.
#pragma once
#include "crypto/botan/registry.hpp"

namespace nacre::detail {

/// HMAC over the sequence number and the packet (RFC 4253 s6.4, RFC 6668), cut to tag_size.
std::unique_ptr<PacketMac> make_hmac(const MacEntry& entry, ByteView key);

/// UMAC over the packet, with the sequence number as nonce.
std::unique_ptr<PacketMac> make_umac(const MacEntry& entry, ByteView key);

}  // namespace nacre::detail
