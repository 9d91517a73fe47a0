/// \file
/// Keys that sign and keys that verify, in the encodings of RFC 4253 s6.6.
#pragma once
#include <nacre/base/reply.hpp>
#include <nacre/base/secret.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nacre {

struct Certificate;
struct X509Chain;

/// What a security key says of how it signed (OpenSSH PROTOCOL.u2f); part of what is signed.
struct AuthenticatorData {
    bool user_present = false;   ///< was touched
    bool user_verified = false;  ///< checked a PIN, a fingerprint or the like
    std::uint32_t counter = 0;   ///< of its signatures; not every key counts
};

/// A public key whose encoding was checked. Immutable; usable from every thread.
class PublicKey {
  public:
    virtual ~PublicKey() = default;
    /// The key type in the blob: "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256" ...
    virtual std::string_view type() const noexcept = 0;
    /// The blob as it stands on the wire; valid as long as the key.
    virtual ByteView blob() const noexcept = 0;
    /// Size as ssh-keygen -l prints it: 256 for Ed25519 and nistp256, the modulus for RSA.
    virtual std::uint32_t bits() const noexcept = 0;
    /// Names of the signature algorithms this key can verify, best first ("rsa-sha2-512", ...).
    virtual std::span<const std::string_view> algorithms() const noexcept = 0;
    /// Whether `signature` (string algorithm, string data; RFC 4253 s6.6) was made by this key over
    /// `data` with exactly `algorithm`. Any malformed signature is false. Costs one public-key
    /// operation; see costly().
    virtual bool verify(std::string_view algorithm, ByteView data,
                        ByteView signature) const noexcept = 0;
    /// What a security key put into `signature`; nullopt for other keys and malformed signatures.
    /// Only parses: means something once verify() said true of the same signature.
    virtual std::optional<AuthenticatorData> authenticator(ByteView signature) const noexcept {
        static_cast<void>(signature);
        return {};
    }
    /// Whether verify() takes so long (over about 0.2 ms) that other sessions of the thread should
    /// not wait for it.
    virtual bool costly() const noexcept { return false; }
    /// What a certificate says (crypto/certificate.hpp), as long as the key lives; nullptr for a
    /// plain key. A key with a certificate must not be taken for the plain one without a look at
    /// it.
    virtual const Certificate* certificate() const noexcept { return nullptr; }
    /// The X.509 certificates in the blob (crypto/x509.hpp), as long as the key lives; nullptr for
    /// a key of another kind. Who they are of is for keys/x509_trust.hpp to say.
    virtual const X509Chain* x509() const noexcept { return nullptr; }
};

/// A signature blob: string algorithm, string data.
struct Signature {
    Bytes blob;
};

/// A host or user key: in memory, in an agent, in a token.
class Signer {
  public:
    virtual ~Signer() = default;
    /// The public key blob; valid as long as the signer.
    virtual ByteView public_blob() const noexcept = 0;
    /// The key type in the blob.
    virtual std::string_view type() const noexcept = 0;
    /// Names of the signature algorithms it can make, best first.
    virtual std::span<const std::string_view> algorithms() const noexcept = 0;
    /// Whether sign() answers at once, inside the call, and may be called from any thread: then a
    /// caller may run it in an Executor.
    virtual bool immediate() const noexcept = 0;
    /// Whether an immediate sign() takes so long (over about a millisecond) that other sessions of
    /// the thread should not wait for it.
    virtual bool costly() const noexcept { return false; }
    /// Signs `data` (copied if needed after the call) with `algorithm`, one of algorithms(). An RSA
    /// signature made in memory has been verified before it is answered, as one wrong half of it
    /// would give the key away. Errors: crypto_failed, unsupported.
    virtual void sign(ByteView data, std::string_view algorithm, Reply<Signature> reply) = 0;
};

/// A private key in the one encoding that openssh-key-v1 files and agents use.
struct PrivateKey {
    std::string type;    ///< "ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256" ...
    Bytes public_blob;   ///< RFC 4253 s6.6
    SecretBytes fields;  ///< what follows the type in openssh-key-v1 (PROTOCOL.key s3)
    std::string comment;
};

}  // namespace nacre
