/// \file
/// One channel (RFC 4254 s5), whichever side opened it.
#pragma once
#include "base/ring.hpp"
#include "connection/answer_queue.hpp"
#include "connection/output_queue.hpp"
#include "connection/window.hpp"

#include <nacre/connection/handler.hpp>
#include <nacre/wire/message/connection.hpp>

namespace nacre::detail {

/// The most data we put into one packet, whatever larger ones the peer takes: RFC 4253 s6.1 makes
/// every peer take it, and a frame of the pool holds it.
constexpr std::size_t kMaxDataPacket = 32 * 1024;
/// To a peer that takes smaller packets than this, data is cut when it leaves and not when it is
/// made: a frame for every few bytes would cost many times their size in memory.
constexpr std::size_t kMinDataFrame = 8 * 1024;
/// The most that follows want_reply in a request we send.
constexpr std::size_t kMaxRequestData = 240 * 1024;

/// What a channel needs of the connection it belongs to.
class ChannelHost {
  public:
    virtual PacketPort& port() noexcept = 0;
    virtual const ConnectionConfig& config() const noexcept = 0;
    /// A channel has something to send.
    virtual void pump() noexcept = 0;
    /// Something happened that makes the connection one that is in use.
    virtual void note_use() noexcept = 0;
    /// By how much a window may grow.
    virtual std::uint64_t window_room() const noexcept = 0;
    /// A window grew by `n` bytes.
    virtual void on_window_growth(std::uint64_t n) noexcept = 0;
    /// Whether flush_credit() will be called when the packets at hand are done.
    virtual bool in_batch() const noexcept = 0;

  protected:
    ~ChannelHost() = default;
};

class Channel final : public ChannelPort {
  public:
    /// What the peer said last, and so what it may say next.
    enum class Incoming : std::uint8_t {
        asked,     ///< nothing; our CHANNEL_OPEN is on its way
        deciding,  ///< its CHANNEL_OPEN, which we have not answered
        open,
        eof,
        closed,
    };
    /// What we said last, or queued to be said.
    enum class Outgoing : std::uint8_t {
        unopened,
        open,
        eof_queued,
        close_queued,
        closed,
    };

    /// \param number  ours, which the peer names as recipient
    /// \param id      never used again on this connection
    Channel(ChannelHost& host, std::uint32_t number, std::uint64_t id);

    std::uint32_t number() const noexcept { return number_; }
    /// Of what we grant, see ReceiveWindow::size().
    std::uint64_t window_size() const noexcept { return receive_window_.size(); }
    std::uint64_t id() const noexcept { return id_; }
    bool deciding() const noexcept { return incoming_ == Incoming::deciding; }
    bool is_open() const noexcept { return outgoing_ != Outgoing::unopened && sink_ != nullptr; }
    /// Nothing more will be said on the channel: its number is free.
    bool over() const noexcept { return incoming_ == Incoming::closed; }

    /// We asked the peer to open it.
    void ask(std::unique_ptr<ChannelSink> sink, Reply<void> reply);
    /// The peer asked us to open it.
    void decide(const msg::ChannelOpen& open);
    /// The answer to the peer's question: confirms and opens.
    void confirm(std::unique_ptr<ChannelSink> sink);
    void refuse(OpenFailure reason, std::string_view description);

    /// A message whose recipient channel this is. Errors end the session.
    Result<void> on_message(const InPacket& packet);
    /// Ends it for its user, who is told why once. Called when over() or when the session ended.
    void end(CloseReason why) noexcept;
    CloseReason why_over() const noexcept { return why_over_; }

    /// Sends one packet if there is one and the window allows it; whether it did.
    bool send_next() noexcept;
    void flush_credit() noexcept;
    /// Tells the user when output has drained. \param drained  the transport said so
    void tell_writable(bool drained);
    ChannelSink* sink() noexcept { return sink_.get(); }

    std::size_t max_packet() const noexcept override { return data_limit_; }
    FrameList frames(std::size_t bytes) noexcept override;
    void submit(FrameList&& data) noexcept override;
    void submit_extended(std::uint32_t type, FrameList&& data) noexcept override;
    std::size_t backlog() const noexcept override;
    void credit(std::size_t n) noexcept override;
    void request(std::string_view type, ByteView data, Reply<void> reply) noexcept override;
    void request(std::string_view type, ByteView data) noexcept override;
    void exit_status(std::uint32_t status) noexcept override;
    void eof() noexcept override;
    void close() noexcept override;
    Instant now() const noexcept override { return host_.port().now(); }

  private:
    Result<void> on_confirmation(const InPacket& packet);
    Result<void> on_refusal(const InPacket& packet);
    Result<void> on_window_adjust(const InPacket& packet);
    Result<void> on_data(const InPacket& packet);
    Result<void> on_extended_data(const InPacket& packet);
    Result<void> take_data(std::size_t size);
    void on_close();
    Result<void> on_request(const InPacket& packet);
    Result<void> on_answer(bool success);

    void learn_peer(std::uint32_t number, std::uint32_t window, std::uint32_t max_packet) noexcept;
    template <class F>
    void queueing(F&& work) noexcept;
    void queue_data(OutputQueue::Kind kind, std::uint32_t type, FrameList&& data) noexcept;
    void queue_request(OutputQueue::Kind kind, std::string_view type, ByteView data) noexcept;
    template <class M>
    void queue_message(const M& m) noexcept;
    void answer(std::uint64_t token, bool success) noexcept;
    bool send_data(OutputQueue::Kind kind) noexcept;

    ChannelHost& host_;
    std::uint32_t number_;
    std::uint64_t id_;
    Incoming incoming_ = Incoming::asked;
    Outgoing outgoing_ = Outgoing::unopened;
    CloseReason why_over_ = CloseReason::by_peer;

    std::uint32_t peer_number_ = 0;
    std::size_t data_limit_ = 0;  // bytes of data in one packet to the peer
    SendWindow send_window_{0};
    ReceiveWindow receive_window_;
    OutputQueue output_;
    std::size_t peak_ = 0;  // of the backlog, since the user was told that it drained

    AnswerQueue<bool> theirs_;   // requests of the peer that wait for an answer
    Ring<Reply<void>> ours_;     // questions of ours, queued or sent, in order
    std::size_t ours_sent_ = 0;  // so many of them, the first ones, were sent
    Reply<void> open_reply_;     // to whoever asked for the channel
    std::unique_ptr<ChannelSink> sink_;
    Lifeline line_{this};
};

}  // namespace nacre::detail
