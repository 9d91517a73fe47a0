/// \file
/// The sans-I/O boundary: an SSH session as an object that takes bytes and gives bytes.
#pragma once
#include <nacre/transport/config.hpp>
#include <nacre/transport/layer.hpp>

#include <functional>
#include <memory>
#include <span>

namespace nacre {

/// Why a session does not move.
enum class Idle : std::uint8_t {
    needs_input,
    output_full,          ///< queued output waits for the socket
    rekeying,             ///< a key exchange is going on
    waiting_for_handler,  ///< a layer waits for an answer of the program
    finished,
};

/// Told of what happens to a session; for logs and statistics. Views are valid during the call.
class SessionObserver {
  public:
    virtual ~SessionObserver() = default;
    /// After each completed key exchange; info.key_exchanges says which.
    virtual void on_negotiated(const SessionInfo&) {}
    /// An insecure algorithm, a refused message, a quirk: a literal.
    virtual void on_warning(const SessionInfo&, const char* /*what*/, std::uint32_t /*detail*/) {}
    virtual void on_debug_message(const SessionInfo&, std::string_view /*text*/) {}
    /// Once, at the end.
    virtual void on_close(const SessionInfo&, const CloseInfo&) {}
};

/// One session in one role. One thread. The program's loop:
///
///     readable:  n = recv(rx_space(1)); rx_commit(n, now); then flush
///     flush:     while ((k = tx_slices(bufs)) != 0) { n = sendmsg(bufs[0..k)); tx_consumed(n); }
///     woken:     rx_commit(0, now); then flush            (see on_output)
///     deadline:  on_deadline(now); then flush
///     finished() and nothing left to flush: close the socket, destroy the session
class Session {
  public:
    virtual ~Session() = default;
    virtual const SessionInfo& info() const noexcept = 0;

    /// Memory to receive into, at least `min` bytes (1 .. 256 KiB) and as much as there is. Valid
    /// until the next call of any kind. Empty when memory is exhausted.
    virtual ByteSpan rx_space(std::size_t min) = 0;
    /// `n` bytes were received into what rx_space returned; 0 only pumps. Opens and dispatches all
    /// whole packets. The first error ends the session and is returned by this and all later calls;
    /// tx_slices still drains the DISCONNECT.
    virtual Result<void> rx_commit(std::size_t n, Instant now) = 0;
    /// The peer will send nothing more.
    virtual void rx_eof(Instant now) noexcept = 0;
    /// Size of the slab that it has to receive into, bytes; 0: it needs one. It has one as long as
    /// a part of a packet, or more, waits there, or others keep a part of it and there is room.
    virtual std::size_t rx_held() const noexcept = 0;
    /// false: leave the bytes in the socket until on_output wakes or output drains.
    virtual bool rx_wanted() const noexcept = 0;

    /// Seals what may leave now and describes it, at most out.size() slices or about 1 MiB. The
    /// slices stay valid until tx_consumed or destruction; called again without tx_consumed it
    /// yields the same bytes first. 0: nothing to send.
    virtual std::size_t tx_slices(std::span<ConstBuf> out) noexcept = 0;
    /// The first `n` bytes of what tx_slices described were sent.
    virtual void tx_consumed(std::size_t n) noexcept = 0;

    /// `wake` is called when the session has something to do outside of a call of the program's
    /// loop (a late answer): at most once until the next rx_commit. Called on the session's thread.
    virtual void on_output(std::function<void()> wake) = 0;

    virtual std::optional<Instant> deadline() const noexcept = 0;
    virtual Result<void> on_deadline(Instant now) = 0;

    /// Ends the session in order: DISCONNECT with `reason` and `text` after what is queued.
    virtual void close(Disconnect reason, std::string_view text) noexcept = 0;
    /// Starts a key exchange, unless one is going on or the first is not done.
    virtual void rekey() noexcept = 0;
    virtual Idle why_idle() const noexcept = 0;
    /// Whether a channel has something under way that the end of the session would break off: an
    /// open file, a program, output that waits.
    virtual bool busy() const noexcept = 0;
    /// Over; tx_slices may still yield the rest.
    virtual bool finished() const noexcept = 0;
    /// Bytes received and sent, including everything.
    virtual std::uint64_t bytes_in() const noexcept = 0;
    virtual std::uint64_t bytes_out() const noexcept = 0;
};

/// What a session is made of.
struct SessionParts {
    Role role = Role::server;
    std::shared_ptr<const TransportConfig> config;
    SessionResources resources;
    std::unique_ptr<Layer> auth;                ///< make_auth_server / make_auth_client
    std::unique_ptr<Layer> connection;          ///< make_connection_layer
    std::shared_ptr<SessionObserver> observer;  ///< may be null
    std::uint64_t number = 0;                   ///< for logs
    Instant now{};                              ///< time of the start
};

/// Errors: local_misuse for a configuration that cannot work (unknown algorithm name, no host key,
/// no common host key algorithm), with the reason.
Result<std::unique_ptr<Session>> make_session(SessionParts parts);

}  // namespace nacre
