/// \file
/// An SSH agent that keeps its keys in memory (RFC 9987), without I/O.
#pragma once
#include <nacre/agent/messages.hpp>
#include <nacre/base/time.hpp>
#include <nacre/crypto/provider.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nacre::agent {

/// Whether the key may be used now; asked for each signature of a key that was added with
/// Constraints::confirm.
using Confirm = std::function<bool(ByteView key_blob, std::string_view comment)>;

struct KeyAgentConfig {
    const Provider* provider = nullptr;  ///< must outlive the agent
    /// Empty: keys that want to be confirmed are not taken.
    Confirm confirm{};
};

/// Holds the keys; one for any number of connections. One thread.
///
/// Does not take what it could not keep its word for: constraints that are extensions
/// (restrict-destination), smartcards.
class KeyAgent {
  public:
    explicit KeyAgent(KeyAgentConfig config);
    KeyAgent(const KeyAgent&) = delete;
    KeyAgent& operator=(const KeyAgent&) = delete;
    ~KeyAgent();

    /// Adds `key`, or replaces what was there with the same blob. Errors: those of
    /// Provider::signer; local_limit (too many keys), unsupported (constraint, locked, a signer
    /// that is not immediate()).
    Result<void> add(const PrivateKey& key, const Constraints& constraints, Instant now);

    /// What the agent says to one request. Never fails: what is malformed or refused is answered
    /// with FAILURE. The answer has the length field.
    Bytes answer(ByteView request, Instant now);

    /// Keys that are not expired.
    std::size_t size(Instant now);
    bool locked() const noexcept;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// One client of a KeyAgent: bytes in, bytes out. The agent must outlive it.
class KeyAgentConnection {
  public:
    explicit KeyAgentConnection(KeyAgent& agent) noexcept : agent_(agent) {}
    KeyAgentConnection(const KeyAgentConnection&) = delete;
    KeyAgentConnection& operator=(const KeyAgentConnection&) = delete;
    ~KeyAgentConnection();

    /// Takes what the client has sent and appends the answers to output(). Errors: peer_malformed,
    /// peer_limit (length of a message; answers that nobody takes): the connection must be closed.
    Result<void> receive(ByteView bytes, Instant now);
    /// What is to be sent; the caller erases what was.
    Bytes& output() noexcept { return output_; }

  private:
    KeyAgent& agent_;
    Bytes input_;  ///< the beginning of a message; wiped
    Bytes output_;
};

}  // namespace nacre::agent
