/// \file
/// The cut between the transport and the layers above it.
#pragma once
#include <nacre/base/boxed.hpp>
#include <nacre/base/executor.hpp>
#include <nacre/base/frame.hpp>
#include <nacre/base/random.hpp>
#include <nacre/base/result.hpp>
#include <nacre/base/slab.hpp>
#include <nacre/base/time.hpp>
#include <nacre/crypto/provider.hpp>
#include <nacre/keys/login_restrictions.hpp>
#include <nacre/wire/codec.hpp>

#include <memory>
#include <string>

namespace nacre {

/// What every layer may know of the session.
struct SessionInfo {
    Role role = Role::server;
    std::uint64_t number = 0;  ///< chosen by the program; stands in every log line
    std::string our_version;   ///< identification strings without CR LF (RFC 4253 s4.2)
    std::string peer_version;
    Bytes session_id;  ///< the first exchange hash; empty before
    Bytes host_key;    ///< K_S of the first key exchange
    /// Of the session id by the host key, as an agent wants it for session-bind@openssh.com;
    /// client side only.
    Boxed<Bytes> host_key_signature;
    std::string kex, host_key_algorithm;  ///< of the latest key exchange
    std::string cipher_in, cipher_out, mac_in, mac_out, compression_in, compression_out;
    bool strict_kex = false;
    std::uint64_t key_exchanges = 0;  ///< completed
    /// From a message of the first key exchange to the answer that had to wait for it: at most so
    /// long is the way there and back, as the peer's computing is in it. 0: not known.
    Duration round_trip{};

    /// What the peer's EXT_INFO said (RFC 8308).
    std::string server_sig_algs;           ///< name-list; client side only
    bool peer_hostbound = false;           ///< publickey-hostbound@openssh.com
    bool peer_ping = false;                ///< ping@openssh.com
    std::string peer_host_key_algorithms;  ///< the peer's list in its latest KEXINIT

    std::string user;  ///< set by auth_done(); empty before
    bool authenticated = false;
    /// What the login may not do; null: it may do everything. Set by auth_done().
    std::shared_ptr<const LoginRestrictions> restrictions;
};

/// One received packet. `body` (without the number) outlives the call only if body.owner is kept;
/// bodies of userauth messages are wiped after the call.
struct InPacket {
    std::uint32_t seq = 0;
    std::uint8_t number = 0;
    Payload body;
};

struct CloseInfo {
    Error error;                  ///< why; code closed for an orderly end
    bool by_peer = false;         ///< DISCONNECT or end of input came from the peer
    std::string text;             ///< the peer's description, unescaped, or close()'s; else empty
    std::uint64_t bytes_in = 0;   ///< received in the whole session
    std::uint64_t bytes_out = 0;  ///< sent so far, without what is still queued
};

/// Order of leaving. Urgent packets overtake ordered ones that are not sealed yet.
enum class Lane : std::uint8_t { ordered, urgent };

/// What a layer may do to the transport below it. Calls only enqueue; none re-enters the caller.
class PacketPort {
  public:
    virtual const SessionInfo& info() const noexcept = 0;
    /// The time of the bytes or deadline being handled now.
    virtual Instant now() const noexcept = 0;
    virtual Rng& rng() noexcept = 0;
    virtual const Provider& provider() const noexcept = 0;
    virtual Executor& executor() noexcept = 0;

    /// A frame that holds message number `number` and takes `body` more bytes by append(). Empty
    /// only when memory is exhausted, and then the session has already failed.
    virtual Frame frame(std::uint8_t number, std::size_t body) noexcept = 0;
    /// For bulk data whose headers are prepended later: an empty frame for `payload` bytes.
    virtual Frame bulk_frame(std::size_t payload) noexcept = 0;
    /// Queues a packet (number and body); it is sealed when the socket asks for bytes. During a key
    /// exchange it waits until the new keys are in force.
    virtual void submit(Frame&& frame, Lane lane = Lane::ordered) noexcept = 0;
    /// Bytes queued by submit() and not yet taken by the socket.
    virtual std::size_t backlog() const noexcept = 0;

    /// No packet is handed to the layers until resume(): the layer waits for an answer from
    /// outside. Input stays parked, at most one slab of it; then the socket is not read.
    virtual void hold() noexcept = 0;
    /// Ends hold(). May be called from outside a batch: the parked input is handled when the
    /// program pumps the session next, which on_output asks for.
    virtual void resume() noexcept = 0;

    /// The user is authenticated. Call after submitting USERAUTH_SUCCESS (server) or when it came
    /// (client): delayed compression, legality of messages 80 and up, start of the layer above.
    /// `restrictions`: null for none.
    virtual void auth_done(
        std::string_view user,
        std::shared_ptr<const LoginRestrictions> restrictions = nullptr) noexcept = 0;
    /// Starts a key exchange, unless one is going on.
    virtual void rekey() noexcept = 0;
    /// Client: asks for a service (RFC 4253 s10); the named layer starts when it is accepted.
    virtual void request_service(std::string_view name) noexcept = 0;
    /// Ends the session: DISCONNECT with the error's reason, if it has one, and nothing after it.
    /// The first error counts. Idempotent.
    virtual void fail(const Error& error) noexcept = 0;
    /// Ends the session in order, with a text for the peer.
    virtual void close(Disconnect reason, std::string_view text) noexcept = 0;

  protected:
    ~PacketPort() = default;
};

/// Encodes `m` into a frame and submits it.
template <class M>
void send(PacketPort& port, const M& m, Lane lane = Lane::ordered) {
    if (Frame frame = port.frame(M::kNumber, body_size(m))) {
        write_body(m, frame);
        port.submit(std::move(frame), lane);
    }
}

/// What the transport may do to a layer above it. Up-calls happen only while the program feeds
/// bytes or a deadline into the session.
class Layer {
  public:
    virtual ~Layer() = default;
    /// "ssh-userauth", "ssh-connection".
    virtual std::string_view service() const noexcept = 0;
    /// The service was accepted; `below` lives longer than this layer.
    virtual Result<void> on_start(PacketPort& below) = 0;
    /// A message in the layer's range of numbers (50-79 or 80-127). An error ends the session.
    /// Errc::unsupported means: answer UNIMPLEMENTED and go on.
    virtual Result<void> on_packet(const InPacket& packet) = 0;
    /// All packets of one feeding are done: coalesce replies, window adjustments, writes.
    virtual void on_batch_end() {}
    /// The backlog fell below the low-water mark after having been above it.
    virtual void on_writable() {}
    virtual std::optional<Instant> deadline() const noexcept { return {}; }
    virtual Result<void> on_deadline(Instant /*now*/) { return {}; }
    /// See Session::busy().
    virtual bool busy() const noexcept { return false; }
    /// The session is over; called once, also when the layer was never started.
    virtual void on_close(const CloseInfo& why) noexcept = 0;
};

}  // namespace nacre
