/// \file
/// Methods in which each side sends one string (RFC 5656 s4, RFC 8731 s3, and the hybrids).
#pragma once
#include <nacre/crypto/kex.hpp>

#include <memory>
#include <string_view>

namespace nacre::detail {

/// The part in which these methods differ; one object for one exchange, one thread. Its functions
/// may throw what Botan throws.
class KeyAgreement {
  public:
    virtual ~KeyAgreement() = default;

    struct Answer {
        Bytes share;         ///< Q_S, or S_REPLY
        SecretBytes secret;  ///< as it goes into the encoding of K
    };

    /// Client: makes the ephemeral key. Q_C, or C_INIT.
    virtual Bytes offer(Rng& rng) = 0;
    /// Server: checks Q_C, makes its own share and the secret. `offer` lives during the call.
    virtual Result<Answer> answer(ByteView offer, Rng& rng) = 0;
    /// Client, after offer(): the secret from the server's share.
    virtual Result<SecretBytes> finish(ByteView share) = 0;
};

/// How K enters the exchange hash and the key derivation.
enum class SecretEncoding : std::uint8_t { mpint, string };

/// `hash` is the name for Provider::hash(), a literal.
std::unique_ptr<KexMethod> make_agreement_kex(const KexContext& context, std::string_view hash,
                                              SecretEncoding encoding,
                                              std::unique_ptr<KeyAgreement> agreement);

/// `secret` with its length field.
SecretBytes encode_secret(ByteView secret, SecretEncoding encoding);

}  // namespace nacre::detail
