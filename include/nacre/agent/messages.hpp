/// \file
/// The messages of the SSH agent protocol (RFC 9987), both ways, without I/O.
///
/// A message here is what stands behind the length field: the type and its contents. What parse_
/// functions yield borrows from the message. What encode_ functions yield has the length field.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace nacre::agent {

/// Bytes of a message without its length field; as in OpenSSH.
constexpr std::size_t kMaxMessage = 256 * 1024;
constexpr std::size_t kMaxIdentities = 2048;
/// Constraints of one key.
constexpr std::size_t kMaxConstraints = 64;

/// RFC 9987 s8.1: message numbers.
enum class Message : std::uint8_t {
    failure = 5,
    success = 6,
    request_identities = 11,
    identities_answer = 12,
    sign_request = 13,
    sign_response = 14,
    add_identity = 17,
    remove_identity = 18,
    remove_all_identities = 19,
    add_smartcard_key = 20,
    remove_smartcard_key = 21,
    lock = 22,
    unlock = 23,
    add_id_constrained = 25,
    add_smartcard_key_constrained = 26,
    extension = 27,
    extension_failure = 28,
    extension_response = 29,
};

/// RFC 9987 s8.2: numbers of constraints.
enum class ConstraintType : std::uint8_t { lifetime = 1, confirm = 2, extension = 255 };

/// RFC 9987 s8.3: flags of SIGN_REQUEST, for keys of type ssh-rsa.
constexpr std::uint32_t kSignRsaSha256 = 2;
constexpr std::uint32_t kSignRsaSha512 = 4;

/// The names of extensions.
constexpr std::string_view kQuery = "query";
constexpr std::string_view kSessionBind = "session-bind@openssh.com";

struct ConstraintExtension {
    std::string_view name;
    ByteView data;
};

/// RFC 9987 s3.2.6: what limits the use of a key. All views are borrowed.
struct Constraints {
    std::optional<std::uint32_t> lifetime;  ///< seconds
    bool confirm = false;                   ///< each use is to be confirmed by the user
    std::vector<ConstraintExtension> extensions;

    bool empty() const noexcept { return !lifetime && !confirm && extensions.empty(); }
};

// ---- requests ----

struct RequestIdentities {};
struct SignRequest {
    ByteView key_blob, data;
    std::uint32_t flags = 0;
};
/// `fields` are what stands between type and comment: those of openssh-key-v1; for a certificate,
/// its blob and then the private ones alone.
struct AddIdentity {
    std::string_view type;
    ByteView fields;
    std::string_view comment;
    Constraints constraints;
};
struct RemoveIdentity {
    ByteView key_blob;
};
struct RemoveAllIdentities {};
struct AddSmartcardKey {
    std::string_view token;
    ByteView pin;
    Constraints constraints;
};
struct RemoveSmartcardKey {
    std::string_view token;
    ByteView pin;
};
struct Lock {
    ByteView passphrase;
};
struct Unlock {
    ByteView passphrase;
};
struct Extension {
    std::string_view name;
    ByteView data;  ///< up to the end of the message
};

using Request =
    std::variant<RequestIdentities, SignRequest, AddIdentity, RemoveIdentity, RemoveAllIdentities,
                 AddSmartcardKey, RemoveSmartcardKey, Lock, Unlock, Extension>;

/// What a client sent to an agent. An ADD_IDENTITY may be of any type whose fields are known:
/// ssh-rsa, ssh-dss, ecdsa-sha2-*, ssh-ed25519, ssh-ed448, sk-* and their certificates.
/// Errors: peer_malformed (also for constraints that are unknown, as nobody can skip them),
/// peer_limit, unsupported (unknown number or key type).
Result<Request> parse_request(ByteView message);

/// `request` as a whole, wiped after use: it may hold a key or a PIN. Errors: local_limit.
Result<SecretBytes> encode_request(const Request& request);

// ---- answers ----

struct Failure {};
struct Success {};
struct IdentityView {
    ByteView key_blob;
    std::string_view comment;
};
struct IdentitiesAnswer {
    std::vector<IdentityView> identities;
};
struct SignResponse {
    ByteView signature;  ///< string algorithm, string data
};
struct ExtensionFailure {};
struct ExtensionResponse {
    std::string_view name;
    ByteView data;  ///< up to the end of the message
};

using Answer = std::variant<Failure, Success, IdentitiesAnswer, SignResponse, ExtensionFailure,
                            ExtensionResponse>;

/// What an agent sent to a client. Errors: peer_malformed, peer_limit, unsupported (unknown
/// number).
Result<Answer> parse_answer(ByteView message);

/// Errors: local_limit.
Result<Bytes> encode_answer(const Answer& answer);

// ---- framing and extensions ----

/// The first whole message in `bytes`, borrowed, which takes 4 bytes more of them than it is long;
/// nullopt: not there yet. Errors: peer_malformed (empty), peer_limit.
Result<std::optional<ByteView>> first_message(ByteView bytes) noexcept;

/// The data of kSessionBind: which SSH session the keys will be used in (OpenSSH's
/// PROTOCOL.agent). All views are borrowed.
struct SessionBind {
    ByteView host_key;    ///< the server's, a blob
    ByteView session_id;  ///< the hash of the first key exchange
    ByteView signature;   ///< of the session id, by the host key, from that key exchange
    bool forwarding = false;
};

/// Errors: peer_malformed.
Result<SessionBind> parse_session_bind(ByteView data) noexcept;
Bytes encode_session_bind(const SessionBind& bind);

/// The names in the answer to kQuery, borrowed. Errors: peer_malformed, peer_limit.
Result<std::vector<std::string_view>> parse_query_answer(ByteView data);

}  // namespace nacre::agent
