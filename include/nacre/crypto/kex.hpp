/// \file
/// One key exchange method in one role (RFC 4253 s8, RFC 4419, RFC 5656, RFC 8731, hybrids).
#pragma once
#include <nacre/base/random.hpp>
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>

#include <optional>
#include <vector>

namespace nacre {

enum class Role : std::uint8_t { client, server };

constexpr Role other(Role role) noexcept {
    return role == Role::client ? Role::server : Role::client;
}

/// A safe-prime group for diffie-hellman-group-exchange.
struct DhGroup {
    std::uint32_t bits = 0;
    Bytes p;  ///< magnitude, big-endian
    Bytes g;
};

/// What a method may need to know. The views live as long as the method.
struct KexContext {
    Role role = Role::client;
    Rng* rng = nullptr;  ///< used by step() and start(), on whatever thread they run
    /// Server: groups for group exchange, ascending by bits; empty: the RFC 3526 groups of 2048 to
    /// 8192 bits. Shared, immutable.
    const std::vector<DhGroup>* groups = nullptr;
    /// Client: bits asked for in group exchange, 2048..8192 (RFC 8270).
    std::uint32_t group_bits = 3072;
    /// Server: the host key blob K_S that this exchange will prove.
    ByteView host_key;
};

/// A message to send: number and fields.
struct KexMessage {
    std::uint8_t number = 0;
    Bytes body;
};

/// Both sides know the secret.
struct KexDone {
    /// The fields that stand between K_S and K in the input of the exchange hash, encoded.
    Bytes hash_fields;
    /// K in the encoding in which it enters exchange hash and key derivation, with its length
    /// field: an mpint, or for hybrids a string.
    SecretBytes shared_secret;
    /// Server: number of the final message, and its field between K_S and the signature, encoded.
    std::uint8_t reply_number = 0;
    Bytes reply_field;
    /// Client: what the server's final message held.
    Bytes host_key;
    Bytes signature;
};

/// The outcome of one step: a message to send, the end, both, or neither.
struct KexStep {
    std::optional<KexMessage> send;
    std::optional<KexDone> done;
};

/// One object for one exchange. Its calls come one after the other, but may run on another thread
/// than the session's: it holds no reference into the session.
class KexMethod {
  public:
    virtual ~KexMethod() = default;
    /// Name of its hash for Provider::hash(): "SHA-256" ...
    virtual std::string_view hash() const noexcept = 0;
    /// Whether start() and step() are costly enough to run on another thread (finite-field groups
    /// of 4096 bits and more).
    virtual bool costly() const noexcept = 0;
    /// Whether message `number` (30..49) is the one the method waits for now. Each message of the
    /// method is expected as often as the method sends it.
    virtual bool expects(std::uint8_t number) const noexcept = 0;
    /// Client: the first message. Server: empty for all methods in which the client speaks first.
    virtual Result<KexStep> start() noexcept = 0;
    /// Takes one message (body without the number) for which expects() is true. Errors:
    /// peer_malformed, peer_misbehaved, crypto_failed, all with DISCONNECT reason 3.
    virtual Result<KexStep> step(std::uint8_t number, ByteView body) noexcept = 0;
};

}  // namespace nacre
