/// \file
/// Hybrids of a post-quantum KEM and a classical agreement: secure as long as one of the two is.
/// C_INIT is the KEM's public key || Q_C, S_REPLY the ciphertext || Q_S, K = HASH(KEM's secret ||
/// classical secret), which is encoded as a string (RFC 9941, draft-ietf-sshm-mlkem-hybrid-kex).
#pragma once
#include "crypto/botan/kex_agreement.hpp"

#include <nacre/crypto/kex.hpp>

#include <memory>
#include <string_view>

namespace nacre::detail {

/// The post-quantum half in one exchange. Functions may throw.
class HybridKem {
  public:
    virtual ~HybridKem() = default;
    virtual std::size_t public_size() const noexcept = 0;
    virtual std::size_t ciphertext_size() const noexcept = 0;

    struct Capsule {
        Bytes ciphertext;
        SecretBytes secret;
    };
    /// Client: makes the key pair. public_size() bytes.
    virtual Bytes make_key_pair(Rng& rng) = 0;
    /// Server. `public_key` has public_size() bytes; a key that the KEM forbids is an error.
    virtual Result<Capsule> encapsulate(ByteView public_key, Rng& rng) = 0;
    /// Client, after make_key_pair(). `ciphertext` has ciphertext_size() bytes.
    virtual SecretBytes decapsulate(ByteView ciphertext) = 0;
};

/// The classical half in one exchange.
struct HybridClassical {
    /// Its secret has the same length in every exchange.
    std::unique_ptr<KeyAgreement> agreement;
    std::size_t share_size;  ///< of Q_C and of Q_S, bytes
};

/// `hash` is the name of the method's hash, in Botan too.
std::unique_ptr<KexMethod> make_hybrid_kex(const KexContext& context, std::string_view hash,
                                           std::unique_ptr<HybridKem> kem,
                                           HybridClassical classical);

/// mlkem768x25519-sha256, mlkem768nistp256-sha256, mlkem1024nistp384-sha384
Result<std::unique_ptr<KexMethod>> make_mlkem_kex(std::string_view name, const KexContext& context);
/// sntrup761x25519-sha512 and its older name
Result<std::unique_ptr<KexMethod>> make_sntrup761_kex(std::string_view name,
                                                      const KexContext& context);

}  // namespace nacre::detail
