/// \file
/// The tables the Botan provider is made of. To add an algorithm: a file with its class, and one
/// line in the table of its kind. The order of a table is the order of preference.
///
/// The functions in the tables may throw (std::bad_alloc, whatever Botan throws): BotanProvider
/// turns that into crypto_failed.
#pragma once
#include <nacre/crypto/provider.hpp>

#include <memory>
#include <span>
#include <string_view>

namespace nacre::detail {

/// How an algorithm stands in its table: in the defaults, to be named, or to be named and warned
/// of.
constexpr AlgorithmInfo on(std::string_view name, bool aead = false) {
    return {name, true, false, aead};
}
constexpr AlgorithmInfo off(std::string_view name, bool aead = false) {
    return {name, false, false, aead};
}
constexpr AlgorithmInfo weak(std::string_view name) {
    return {name, false, true, false};
}

/// A MAC under one key, over one packet at a time. One thread.
class PacketMac {
  public:
    virtual ~PacketMac() = default;
    /// Writes the tag of packet `seq` to `tag`, whose size is the entry's tag_size. Does not
    /// allocate. May throw.
    virtual void compute(std::uint32_t seq, ByteView packet, ByteSpan tag) = 0;
};

struct MacEntry {
    AlgorithmInfo info;
    std::size_t key_size;
    std::uint16_t tag_size;
    bool etm;  ///< encrypt-then-MAC: the tag is over length || ciphertext, the length is in clear
    std::string_view primitive;  ///< Botan's name of the hash or block cipher under it
    /// nullptr when info.aead: the name stands for the cipher of the same name (RFC 5647 s5.1).
    std::unique_ptr<PacketMac> (*make)(const MacEntry& entry, ByteView key);
};

struct CipherEntry {
    AlgorithmInfo info;
    std::size_t iv_size;
    std::size_t key_size;
    std::uint16_t block;         ///< padding granule, bytes
    std::string_view primitive;  ///< Botan's name of the cipher under it
    /// `mac` is nullptr for an AEAD. iv, key and mac_key have the sizes of the entries.
    std::unique_ptr<PacketSealer> (*sealer)(const CipherEntry& entry, const MacEntry* mac,
                                            const CipherKeys& keys);
    std::unique_ptr<PacketOpener> (*opener)(const CipherEntry& entry, const MacEntry* mac,
                                            const CipherKeys& keys);
};

struct KexEntry {
    AlgorithmInfo info;
    /// `name` is info.name, so that one function can serve several names.
    Result<std::unique_ptr<KexMethod>> (*make)(std::string_view name, const KexContext& context);
};

struct KeyEntry {
    std::string_view type;  ///< the first string of the blob
    /// Its signature algorithms as host key algorithm names, in the order of preference.
    std::span<const AlgorithmInfo> algorithms;
    /// `blob` begins with string `type`; errors as Provider::public_key().
    Result<std::shared_ptr<const PublicKey>> (*parse)(std::string_view type, ByteView blob);
    /// key.type is `type`; errors as Provider::signer().
    Result<std::shared_ptr<Signer>> (*signer)(const PrivateKey& key);
    /// Errors as Provider::generate().
    Result<PrivateKey> (*generate)(std::string_view type, std::uint32_t bits, Rng& rng);
};

std::span<const CipherEntry> cipher_entries() noexcept;  // cipher_table.cpp
std::span<const MacEntry> mac_entries() noexcept;        // mac_table.cpp
std::span<const KexEntry> kex_entries() noexcept;        // kex_table.cpp
std::span<const KeyEntry> key_entries() noexcept;        // key_table.cpp

}  // namespace nacre::detail
