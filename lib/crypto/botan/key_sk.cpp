#include "crypto/botan/key_sk.hpp"

#include "crypto/botan/guard.hpp"
#include "crypto/botan/key_base.hpp"
#include "crypto/botan/key_ecdsa.hpp"

#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <botan/base64.h>
#include <botan/ed25519.h>
#include <botan/hash.h>
#include <botan/pubkey.h>

#include <algorithm>

namespace nacre::detail {
namespace {

constexpr std::string_view kEd25519 = "sk-ssh-ed25519@openssh.com";
constexpr std::string_view kEcdsa = "sk-ecdsa-sha2-nistp256@openssh.com";
constexpr std::string_view kWebauthn = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com";
constexpr std::string_view kEd25519Algorithms[] = {kEd25519};
constexpr std::string_view kEcdsaAlgorithms[] = {kEcdsa, kWebauthn};
constexpr AlgorithmInfo kEd25519Infos[] = {{kEd25519, true}};
// Off until named, as in OpenSSH: any page of the web that gets an assertion of the key could log
// in with it.
constexpr AlgorithmInfo kEcdsaInfos[] = {{kEcdsa, true}, {kWebauthn, false}};

constexpr std::string_view kCurveType = "ecdsa-sha2-nistp256";
constexpr std::size_t kEd25519PublicSize = 32;
constexpr std::size_t kEd25519SignatureSize = 64;

// Bits of the flags (W3C WebAuthn s6.1).
constexpr std::uint8_t kUserPresent = 0x01;
constexpr std::uint8_t kUserVerified = 0x04;
constexpr std::uint8_t kHasCredentialData = 0x40;
constexpr std::uint8_t kHasExtensions = 0x80;

/// A signature blob. Borrowed.
struct SkSignature {
    ByteView raw;
    std::uint8_t flags = 0;
    std::uint32_t counter = 0;
    // webauthn only
    std::string_view origin;
    std::string_view client_data;
    ByteView extensions;
};

std::optional<SkSignature> read_signature(std::string_view algorithm, ByteView blob) noexcept {
    SkSignature signature;
    Reader reader(blob);
    const auto name = reader.text();
    signature.raw = reader.string();
    signature.flags = reader.u8();
    signature.counter = reader.u32();
    if (algorithm == kWebauthn) {
        signature.origin = reader.text();
        signature.client_data = reader.text();
        signature.extensions = reader.string();
    }
    if (!reader.done() || name != algorithm) return {};
    return signature;
}

Bytes sha256(ByteView data) {
    const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
    hash->update(data);
    return hash->final_stdvec();
}

/// Base64 for URLs without padding (RFC 4648 s5).
std::string base64url(ByteView data) {
    std::string text = Botan::base64_encode(data);
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    text.erase(std::min(text.find('='), text.size()));
    return text;
}

/// Whether a browser wrapped `data` as one does for a login at `origin`. What a browser puts first
/// has a fixed order (W3C WebAuthn s5.8.1.1), so that no JSON need be read; what follows says
/// whether the page was framed and the like.
bool wraps(const SkSignature& signature, ByteView data) {
    const bool has_extensions = (signature.flags & kHasExtensions) != 0;
    if (signature.origin.find_first_of(std::string_view("\"\0", 2)) != std::string_view::npos ||
        (signature.flags & kHasCredentialData) != 0 ||
        has_extensions == signature.extensions.empty())
        return false;
    std::string expected = R"({"type":"webauthn.get","challenge":")";
    expected.append(base64url(data)).append(R"(","origin":")").append(signature.origin);
    expected.append("\"");
    return signature.client_data.starts_with(expected);
}

class SecurityKey : public PublicKey {
  public:
    SecurityKey(std::string_view type, std::span<const std::string_view> algorithms, ByteView blob,
                std::string_view application)
        : type_(type),
          algorithms_(algorithms),
          blob_(to_bytes(blob)),
          application_(sha256(as_bytes(application))) {}

    std::string_view type() const noexcept override { return type_; }
    ByteView blob() const noexcept override { return blob_; }
    std::uint32_t bits() const noexcept override { return 256; }
    std::span<const std::string_view> algorithms() const noexcept override { return algorithms_; }

    bool verify(std::string_view algorithm, ByteView data, ByteView blob) const noexcept override {
        if (!knows(algorithm)) return false;
        const auto signature = read_signature(algorithm, blob);
        if (!signature) return false;
        return guarded(kKeyFailed,
                       [&]() -> Result<bool> {
                           const bool browser = algorithm == kWebauthn;
                           if (browser && !wraps(*signature, data)) return false;
                           const ByteView message =
                               browser ? as_bytes(signature->client_data) : data;
                           Bytes signed_data = application_;
                           Writer(signed_data).u8(signature->flags).u32(signature->counter);
                           append(signed_data, signature->extensions);
                           append(signed_data, sha256(message));
                           return check(signature->raw, signed_data);
                       })
            .value_or(false);
    }

    std::optional<AuthenticatorData> authenticator(ByteView blob) const noexcept override {
        Reader reader(blob);
        const auto algorithm = reader.text();
        if (!knows(algorithm)) return {};
        const auto signature = read_signature(algorithm, blob);
        if (!signature) return {};
        return AuthenticatorData{(signature->flags & kUserPresent) != 0,
                                 (signature->flags & kUserVerified) != 0, signature->counter};
    }

  private:
    /// Whether `raw` is the key's signature over `signed_data`. May throw.
    virtual bool check(ByteView raw, ByteView signed_data) const = 0;

    bool knows(std::string_view algorithm) const noexcept {
        return std::find(algorithms_.begin(), algorithms_.end(), algorithm) != algorithms_.end();
    }

    std::string_view type_;
    std::span<const std::string_view> algorithms_;
    Bytes blob_;
    Bytes application_;  // its hash
};

class SkEd25519Key final : public SecurityKey {
  public:
    SkEd25519Key(ByteView blob, ByteView point, std::string_view application)
        : SecurityKey(kEd25519, kEd25519Algorithms, blob, application), key_(point) {}

  private:
    bool check(ByteView raw, ByteView signed_data) const override {
        if (raw.size() != kEd25519SignatureSize) return false;
        Botan::PK_Verifier verifier(key_, "Pure");
        return verifier.verify_message(signed_data, raw);
    }

    Botan::Ed25519_PublicKey key_;
};

class SkEcdsaKey final : public SecurityKey {
  public:
    SkEcdsaKey(ByteView blob, const Botan::ECDSA_PublicKey& key, std::string_view application)
        : SecurityKey(kEcdsa, kEcdsaAlgorithms, blob, application), key_(key) {}

  private:
    bool check(ByteView raw, ByteView signed_data) const override {
        return verify_ecdsa(key_, "SHA-256", signed_data, raw);
    }

    Botan::ECDSA_PublicKey key_;
};

bool is_application(std::string_view text) noexcept {
    return text.find('\0') == std::string_view::npos;
}

Result<std::shared_ptr<const PublicKey>> parse_ed25519(std::string_view, ByteView blob) {
    Reader reader(blob);
    reader.text();
    const auto point = reader.string();
    const auto application = reader.text();
    if (!reader.done() || point.size() != kEd25519PublicSize || !is_application(application))
        return kNotAKey;
    return std::shared_ptr<const PublicKey>(
        std::make_shared<SkEd25519Key>(blob, point, application));
}

Result<std::shared_ptr<const PublicKey>> parse_ecdsa(std::string_view, ByteView blob) {
    Reader reader(blob);
    reader.text();
    const auto key = read_ecdsa_point(kCurveType, reader);
    const auto application = reader.text();
    if (!key || !reader.done() || !is_application(application)) return kNotAKey;
    return std::shared_ptr<const PublicKey>(std::make_shared<SkEcdsaKey>(blob, *key, application));
}

Result<std::shared_ptr<Signer>> make_signer(const PrivateKey& /*key*/) {
    return Error{Errc::unsupported, Disconnect::none, 0,
                 "the private key is in a security key, which this program cannot use"};
}

Result<PrivateKey> generate(std::string_view, std::uint32_t, Rng&) {
    return Error{Errc::unsupported, Disconnect::none, 0, "made by security keys only"};
}

}  // namespace

constinit const KeyEntry kSkEd25519Entry{kEd25519, kEd25519Infos, parse_ed25519, make_signer,
                                         generate};
constinit const KeyEntry kSkEcdsaEntry{kEcdsa, kEcdsaInfos, parse_ecdsa, make_signer, generate};

}  // namespace nacre::detail
