/// \file
/// Global requests of both sides (RFC 4254 s4), and those that the connection protocol itself
/// knows.
#pragma once
#include "base/ring.hpp"
#include "connection/answer_queue.hpp"

#include <nacre/connection/handler.hpp>
#include <nacre/wire/message/connection.hpp>

namespace nacre::detail {

class GlobalRequests {
  public:
    /// Both outlive this.
    GlobalRequests(const ConnectionConfig& config, ConnectionHandler& handler);

    /// The connection runs: a server announces its host keys.
    void start(PacketPort& port);
    /// GLOBAL_REQUEST, REQUEST_SUCCESS or REQUEST_FAILURE. Errors end the session.
    Result<void> on_message(const InPacket& packet);
    /// Something was received: the peer is alive.
    void on_sign_of_life() noexcept;

    void ask(std::string_view name, ByteView data, Reply<Bytes> reply);
    void ask(std::string_view name, ByteView data);

    /// no-more-sessions@openssh.com came.
    bool no_more_sessions() const noexcept { return no_more_sessions_; }
    std::optional<Instant> deadline() const noexcept { return next_keepalive_; }
    Result<void> on_deadline(Instant now);
    /// The session is over: our questions are answered with an error.
    void end() noexcept;

  private:
    Result<void> on_request(const InPacket& packet);
    void dispatch(const msg::GlobalRequest& request, Reply<Bytes> reply);
    Result<void> on_answer(Result<Bytes>&& answer);
    void answer(std::uint64_t token, Result<Bytes>&& result);

    const ConnectionConfig& config_;
    ConnectionHandler& handler_;
    PacketPort* port_ = nullptr;
    AnswerQueue<Result<Bytes>> theirs_;
    Ring<Reply<Bytes>> ours_;  // in order; an empty one is a keepalive
    bool no_more_sessions_ = false;
    std::optional<Instant> next_keepalive_;
    std::uint32_t silent_keepalives_ = 0;  // sent since anything was received
    Lifeline line_{this};
};

}  // namespace nacre::detail
