/// \file
/// The cryptography a session uses, behind one abstract class.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/crypto/hash.hpp>
#include <nacre/crypto/kex.hpp>
#include <nacre/crypto/key.hpp>
#include <nacre/crypto/packet_cipher.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nacre {

enum class Algorithm : std::uint8_t { kex, host_key, cipher, mac };

/// Everything that is known of an algorithm before it is used.
struct AlgorithmInfo {
    std::string_view name;
    /// In the defaults, at its place; others must be named in the configuration.
    bool by_default = false;
    /// Known to be weak: naming it logs a warning.
    bool insecure = false;
    /// cipher: authenticates itself, the negotiated MAC is ignored. MAC: no MAC of its own, but the
    /// second name of such a cipher, which must then be agreed on as both (RFC 5647 s5.1).
    bool aead = false;
};

/// Lengths of what the key derivation must yield (RFC 4253 s7.2), bytes.
struct CipherKeySizes {
    std::size_t iv = 0;
    std::size_t key = 0;
    std::size_t mac_key = 0;
};

struct CipherKeys {
    ByteView iv, key, mac_key;
};

/// Immutable and shared by all sessions; usable from every thread. The objects it makes are not.
class Provider {
  public:
    virtual ~Provider() = default;

    /// All algorithms of a kind, in the order of preference (OpenSSH 10's, where it has them).
    virtual std::span<const AlgorithmInfo> algorithms(Algorithm kind) const noexcept = 0;

    /// `mac` is ignored for AEAD ciphers. Errors: unsupported.
    virtual Result<CipherKeySizes> key_sizes(std::string_view cipher,
                                             std::string_view mac) const noexcept = 0;
    /// The keys are copied. Errors: unsupported, crypto_failed.
    virtual Result<std::unique_ptr<PacketSealer>> sealer(std::string_view cipher,
                                                         std::string_view mac,
                                                         const CipherKeys& keys) const noexcept = 0;
    virtual Result<std::unique_ptr<PacketOpener>> opener(std::string_view cipher,
                                                         std::string_view mac,
                                                         const CipherKeys& keys) const noexcept = 0;

    virtual Result<std::unique_ptr<KexMethod>> kex(std::string_view name,
                                                   const KexContext& context) const noexcept = 0;

    /// "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512", "MD5".
    virtual Result<std::unique_ptr<Hash>> hash(std::string_view name) const noexcept = 0;

    /// Checks a blob (RFC 4253 s6.6): exact encoding, point on curve, RSA modulus of 1,024 to
    /// 16,384 bits and odd exponent, before any costly operation. A certificate's blob
    /// yields a key with PublicKey::certificate(), and one of X.509 certificates a key with
    /// PublicKey::x509(); their authorities are not checked. Errors: peer_malformed, peer_limit,
    /// unsupported.
    virtual Result<std::shared_ptr<const PublicKey>> public_key(ByteView blob) const noexcept = 0;

    /// Errors: local_failed when public and private half do not belong together, unsupported.
    virtual Result<std::shared_ptr<Signer>> signer(const PrivateKey& key) const noexcept = 0;

    /// A new key of `type`; `bits` for RSA only (2,048 to 16,384). Errors: unsupported.
    virtual Result<PrivateKey> generate(std::string_view type, std::uint32_t bits,
                                        Rng& rng) const noexcept = 0;
};

/// AlgorithmInfo of `name`, or nullptr.
const AlgorithmInfo* find_algorithm(const Provider& provider, Algorithm kind,
                                    std::string_view name) noexcept;

}  // namespace nacre
