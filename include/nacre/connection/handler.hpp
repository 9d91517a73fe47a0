/// \file
/// What a program decides about channels and global requests of an authenticated connection.
#pragma once
#include <nacre/connection/channel.hpp>
#include <nacre/transport/layer.hpp>
#include <nacre/wire/numbers.hpp>

#include <memory>
#include <string>
#include <vector>

namespace nacre {

/// CHANNEL_OPEN from the peer; views are valid during the call.
struct ChannelOpenRequest {
    std::string_view channel_type;
    ByteView data;  ///< type-specific
};

/// What a program may do to the connection. Valid until ConnectionHandler::on_close.
class ConnectionPort {
  public:
    virtual const SessionInfo& info() const noexcept = 0;
    virtual PacketPort& transport() noexcept = 0;
    /// Opens a channel; answers when the peer confirmed it (then on_open of `sink` was called) or
    /// refused (peer_refused, detail = RFC 4254 s5.1 reason).
    virtual void open_channel(std::string_view type, ByteView data,
                              std::unique_ptr<ChannelSink> sink, Reply<void> reply) = 0;
    /// A global request; answers with the data of REQUEST_SUCCESS, or peer_refused.
    virtual void global_request(std::string_view name, ByteView data, Reply<Bytes> reply) = 0;
    virtual void global_request(std::string_view name, ByteView data) = 0;

  protected:
    ~ConnectionPort() = default;
};

/// Implemented by the program; one per session. Defaults refuse.
class ConnectionHandler {
  public:
    virtual ~ConnectionHandler() = default;
    /// The user is authenticated and the connection protocol runs.
    virtual void on_ready(ConnectionPort& /*port*/) {}
    /// Answer with the channel's user, or an error; its detail is the RFC 4254 s5.1 reason, 0 means
    /// administratively prohibited. The user's on_open is called inside the answer, now or later.
    virtual void open_channel(const ChannelOpenRequest& request,
                              Reply<std::unique_ptr<ChannelSink>> reply) {
        static_cast<void>(request);
        reply(Error{Errc::unsupported, Disconnect::none,
                    static_cast<std::uint32_t>(OpenFailure::unknown_channel_type),
                    "unknown channel type"});
    }
    /// Answer with the data of REQUEST_SUCCESS, or an error for REQUEST_FAILURE. Requests the
    /// connection layer knows itself (keepalive, hostkeys, no-more-sessions) do not come here.
    virtual void global_request(std::string_view name, ByteView data, Reply<Bytes> reply) {
        static_cast<void>(name), static_cast<void>(data);
        reply(Error{Errc::unsupported, Disconnect::none, 0, "unknown global request"});
    }
    virtual void on_close(const CloseInfo& /*why*/) noexcept {}
};

/// Limits of one connection. Defaults suit a server of files.
struct ConnectionConfig {
    std::uint32_t initial_window = 2 * 1024 * 1024;  ///< bytes we grant each new channel
    std::uint32_t max_window = 16 * 1024 * 1024;     ///< up to which a busy upload's window grows
    /// All windows of a connection together do not grow past this; what is granted when a channel
    /// is opened counts, but is not cut.
    std::uint64_t window_budget = 64 * 1024 * 1024;
    std::uint32_t max_packet = 256 * 1024 - 1024;  ///< data bytes we accept in one packet
    std::uint32_t max_channels = 10;               ///< open at once (MaxSessions of OpenSSH)
    std::uint32_t max_pending_requests = 64;       ///< unanswered requests of the peer, per kind
    std::size_t channel_output = 1024 * 1024;  ///< backlog of the transport that data waits above
    /// Interval of keepalive@openssh.com when nothing was received; zero: none.
    std::chrono::seconds keepalive{0};
    std::uint32_t keepalive_max = 3;  ///< unanswered ones that end the connection
    /// Without data, a channel opened or a channel request for so long, the connection ends.
    /// Neither keepalives nor key exchanges count. Zero: no limit.
    std::chrono::seconds idle_timeout{0};
    /// Server: announce these with hostkeys-00@openssh.com and prove them; usually all host keys.
    std::vector<std::shared_ptr<Signer>> host_keys;
};

/// The connection protocol (RFC 4254) as a layer above the transport, for both roles.
std::unique_ptr<Layer> make_connection_layer(ConnectionConfig config,
                                             std::unique_ptr<ConnectionHandler> handler);

}  // namespace nacre
