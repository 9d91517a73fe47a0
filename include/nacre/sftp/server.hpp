/// \file
/// The SFTP engine of a server: requests on a channel become operations on a Filesystem.
#pragma once
#include <nacre/base/executor.hpp>
#include <nacre/connection/channel.hpp>
#include <nacre/sftp/filesystem.hpp>

#include <functional>
#include <memory>

namespace nacre::sftp {

struct ServerConfig {
    /// Nothing is changed: every request that would change something is answered
    /// permission_denied, and the extensions that only change are not announced.
    bool read_only = false;
    std::uint32_t max_handles = 1024;          ///< open at once
    std::uint32_t max_read_length = 261120;    ///< a longer READ is cut to it
    std::uint32_t max_packet_length = 262144;  ///< a longer request ends the channel
    /// Requests taken and not yet answered; at the limit the credit of further data is withheld.
    std::uint32_t max_requests = 256;
    /// Queued output under which the next READ is taken.
    std::size_t output_budget = 1024 * 1024;
};

/// Told of what a client does; for logs. Views are valid during the call.
class ServerObserver {
  public:
    virtual ~ServerObserver() = default;
    virtual void on_version(std::uint32_t /*client*/, std::uint32_t /*negotiated*/) {}
    /// A handle was closed, by the client or (`by_end`) because the channel ended.
    virtual void on_close_file(std::string_view /*path*/, std::uint64_t /*bytes_read*/,
                               std::uint64_t /*bytes_written*/, bool /*by_end*/) {}
    /// The channel ends: `error.code` closed for an orderly end.
    virtual void on_end(const Error& /*error*/) {}
};

/// The program of the "sftp" subsystem. Sends exit-status 0 (1 after a protocol error), EOF and
/// CLOSE, in that order, when the client is done.
std::unique_ptr<ChannelSink> make_server(std::shared_ptr<Filesystem> filesystem,
                                         ServerConfig config = {},
                                         std::shared_ptr<ServerObserver> observer = nullptr);

}  // namespace nacre::sftp
