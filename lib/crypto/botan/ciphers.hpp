/// \file
/// The functions that the table of ciphers is made of.
#pragma once
#include "crypto/botan/registry.hpp"

namespace nacre::detail {

/// What is one stream of key bytes in Botan, with a MAC: counter mode (RFC 4344) and arcfour
/// (RFC 4345).
std::unique_ptr<PacketSealer> make_stream_sealer(const CipherEntry& entry, const MacEntry* mac,
                                                 const CipherKeys& keys);
std::unique_ptr<PacketOpener> make_stream_opener(const CipherEntry& entry, const MacEntry* mac,
                                                 const CipherKeys& keys);

/// Cipher block chaining with a MAC (RFC 4253 s6.3).
std::unique_ptr<PacketSealer> make_cbc_sealer(const CipherEntry& entry, const MacEntry* mac,
                                              const CipherKeys& keys);
std::unique_ptr<PacketOpener> make_cbc_opener(const CipherEntry& entry, const MacEntry* mac,
                                              const CipherKeys& keys);

/// AES-GCM as RFC 5647 uses it.
std::unique_ptr<PacketSealer> make_gcm_sealer(const CipherEntry& entry, const MacEntry* mac,
                                              const CipherKeys& keys);
std::unique_ptr<PacketOpener> make_gcm_opener(const CipherEntry& entry, const MacEntry* mac,
                                              const CipherKeys& keys);

/// chacha20-poly1305@openssh.com (draft-ietf-sshm-chacha20-poly1305).
std::unique_ptr<PacketSealer> make_chacha_poly_sealer(const CipherEntry& entry, const MacEntry* mac,
                                                      const CipherKeys& keys);
std::unique_ptr<PacketOpener> make_chacha_poly_opener(const CipherEntry& entry, const MacEntry* mac,
                                                      const CipherKeys& keys);

}  // namespace nacre::detail
