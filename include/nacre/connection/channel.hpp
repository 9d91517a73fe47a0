/// \file
/// Both ends of a channel as its user sees them. SFTP runs over these, whether below is an SSH
/// channel (RFC 4254 s5) or a pair of pipes.
#pragma once
#include <nacre/base/frame.hpp>
#include <nacre/base/reply.hpp>
#include <nacre/base/slab.hpp>
#include <nacre/base/time.hpp>

#include <string_view>

namespace nacre {

enum class CloseReason : std::uint8_t {
    by_peer,      ///< the peer closed the channel
    eof,          ///< both directions ended in order
    link_lost,    ///< the connection below broke or was disconnected
    write_error,  ///< output could not be delivered
    by_us,        ///< close() was called here
};

/// Below a channel's user. Calls only enqueue; none re-enters the caller.
class ChannelPort {
  public:
    /// Most bytes of data the peer takes in one packet, at least 1.
    virtual std::size_t max_packet() const noexcept = 0;
    /// Frames whose payloads add up to `bytes` (> 0), each as large as one packet to this peer may
    /// be, the last one shorter: fill them in place, then submit(). Empty when memory is exhausted.
    virtual FrameList frames(std::size_t bytes) noexcept = 0;
    /// Queues data. It leaves in order, as the window allows, down to one byte at a time.
    virtual void submit(FrameList&& data) noexcept = 0;
    /// Queues data of an extended type (kExtendedDataStderr), in order with submit().
    virtual void submit_extended(std::uint32_t type, FrameList&& data) noexcept = 0;
    /// Bytes submitted that have not left yet: waiting for window, keys or socket.
    virtual std::size_t backlog() const noexcept = 0;
    /// `n` received bytes are finished with: the peer may send as many more. One WINDOW_ADJUST at
    /// most is sent for a batch.
    virtual void credit(std::size_t n) noexcept = 0;

    /// A channel request; `data` is what follows want_reply. With a reply object want_reply is
    /// TRUE and the answer is the peer's CHANNEL_SUCCESS, or peer_refused.
    virtual void request(std::string_view type, ByteView data, Reply<void> reply) noexcept = 0;
    virtual void request(std::string_view type, ByteView data) noexcept = 0;
    /// "exit-status" (RFC 4254 s6.10); over pipes the exit status of the program.
    virtual void exit_status(std::uint32_t status) noexcept = 0;
    /// No more data will be submitted; leaves after all data.
    virtual void eof() noexcept = 0;
    /// CHANNEL_CLOSE, after everything queued has left. on_close follows.
    virtual void close() noexcept = 0;
    /// Time of the batch being handled.
    virtual Instant now() const noexcept = 0;

  protected:
    ~ChannelPort() = default;
};

/// A channel request from the peer (RFC 4254 s5.4); views are valid during the call.
struct ChannelRequestView {
    std::string_view type;
    bool want_reply = false;
    ByteView data;
};

/// A channel's user. Destroyed by the layer below after on_close, or with the session.
class ChannelSink {
  public:
    virtual ~ChannelSink() = default;
    /// The channel is open; `port` lives until on_close returns.
    virtual void on_open(ChannelPort& port) = 0;
    /// Data. Whoever is finished with it calls port.credit(payload.bytes.size()), now or later.
    virtual void on_data(Payload payload) = 0;
    /// Extended data; the default drops it and gives the credit back.
    virtual void on_extended(std::uint32_t type, Payload payload) = 0;
    /// Answer true or an error; ignored when want_reply is false.
    virtual void on_request(const ChannelRequestView& request, Reply<bool> reply) = 0;
    virtual void on_eof() {}
    /// The backlog fell below half of what stopped it (see ChannelPort::backlog).
    virtual void on_writable() {}
    /// All packets of one feeding are done.
    virtual void on_batch_end() {}
    virtual std::optional<Instant> deadline() const noexcept { return {}; }
    virtual void on_deadline(Instant /*now*/) {}
    /// Whether something is under way that the end of the connection would break off.
    virtual bool busy() const noexcept { return false; }
    virtual void on_close(CloseReason why) noexcept = 0;
};

}  // namespace nacre
