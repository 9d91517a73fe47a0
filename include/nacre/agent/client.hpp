/// \file
/// A client of an SSH agent on a Unix socket (RFC 9987).
#pragma once
#include <nacre/agent/messages.hpp>
#include <nacre/base/time.hpp>
#include <nacre/crypto/key.hpp>

#include <memory>
#include <string>
#include <vector>

namespace nacre::agent {

struct ClientConfig {
    std::string path;  ///< of the socket; see agent_path()
    /// How long connecting may take, and how long an answer that asks no person. Above 0.
    Duration connect_limit = std::chrono::seconds(5);
    Duration answer_limit = std::chrono::seconds(30);
    /// How long what a person may be asked for (signatures, tokens) may take. 0: without limit.
    Duration person_limit{};
};

/// A key that an agent has.
struct Identity {
    Bytes blob;           ///< RFC 4253 s6.6, or a certificate
    std::string comment;  ///< any bytes
};

/// $SSH_AUTH_SOCK, or empty when it is not set.
std::string agent_path();

/// Each call sends one request and blocks until the answer is there. Usable from every thread; one
/// request runs at a time. When the agent has gone away (it was restarted), the next call connects
/// once more, unless a session was bound: that would be lost.
///
/// Errors of all: closed (no agent, or it hung up), timed_out, peer_malformed, peer_misbehaved (an
/// answer to another question), peer_limit, after which the connection is not used again;
/// peer_refused when the agent said no; local_limit when the request would be too long.
class Client {
  public:
    /// Errors: not_found (no socket, or no rights to it; detail: errno), local_misuse (path too
    /// long), timed_out.
    static Result<std::shared_ptr<Client>> connect(ClientConfig config);

    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client();

    Result<std::vector<Identity>> identities();
    /// The signature blob. It has been checked to be one, no more.
    Result<Bytes> sign(ByteView key_blob, ByteView data, std::uint32_t flags);
    /// Adds `key`, or with `certificate` that certificate of it. The views in `constraints` are not
    /// kept. Errors also: local_misuse, when the certificate's type is none.
    Result<void> add(const PrivateKey& key, const Constraints& constraints = {},
                     ByteView certificate = {});
    Result<void> remove(ByteView key_blob);
    Result<void> remove_all();
    Result<void> add_smartcard(std::string_view token, const SecretBytes& pin,
                               const Constraints& constraints = {});
    Result<void> remove_smartcard(std::string_view token, const SecretBytes& pin);
    Result<void> lock(const SecretBytes& passphrase);
    Result<void> unlock(const SecretBytes& passphrase);
    /// The names of extensions; unsupported when the agent knows no query.
    Result<std::vector<std::string>> query();
    /// Tells the agent what session the keys are used in. Errors also: unsupported.
    Result<void> bind_session(const SessionBind& bind);

  private:
    class Connection;
    explicit Client(ClientConfig config);
    std::unique_ptr<Connection> connection_;
};

}  // namespace nacre::agent
