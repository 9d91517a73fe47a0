/// \file
/// The SFTP engine of a server: requests on a channel become operations on a Filesystem.
#pragma once
#include <nacre/base/random.hpp>
#include <nacre/base/version.hpp>
#include <nacre/connection/channel.hpp>
#include <nacre/crypto/hash.hpp>
#include <nacre/sftp/filesystem.hpp>
#include <nacre/sftp/vendor.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::sftp {

/// Makes the hash function of that name ("md5", "sha1", "sha224", "sha256", "sha384", "sha512",
/// "crc32"), null if there is none.
using MakeFileHash = std::function<std::unique_ptr<Hash>(std::string_view name)>;

/// Settings of a server, or of one of its connections.
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

    /// The highest version that is spoken, 3 to 6. A client that asks for a lower one gets that.
    std::uint32_t max_version = 6;
    /// How lines end in the files that are served: "\n", "\r\n" or "\r". Announced from version 4
    /// on as what they end in on the wire, so that text mode changes nothing.
    std::string newline = "\n";
    /// Most entries in one reply to READDIR; 0: as many as its size allows.
    std::uint32_t max_entries = 0;
    /// Dates in the lines of version 3 as in ls: "Nov 22 14:40" or "Nov 22  2024"; else
    /// "2026-11-22 14:40".
    bool unix_dates = true;
    /// Extensions that are neither announced nor served, by the name they are announced with.
    std::vector<std::string> omitted_extensions;
    /// Told in "vendor-id". The name of the operating system is nobody's business.
    VendorId vendor{"Nacre", "Nacre", std::string(version()), 0};
    /// For check-file and md5-hash, which are not announced without it.
    MakeFileHash make_hash;
    /// Identification strings of both ends without CR LF: some clients need to be met half-way.
    /// Empty where there are none, as over pipes.
    std::string peer_identification, own_identification;

    /// Makes handles unforgeable; lives as long as the server. Null: system_rng().
    Rng* random = nullptr;
    /// Seconds since 1970, for the dates in listings; null: the system's clock.
    std::int64_t (*now)() = nullptr;
};

/// Told of what a client does; for logs. Views are valid during the call.
class ServerObserver {
  public:
    virtual ~ServerObserver() = default;
    /// Twice if the client selects another version behind INIT.
    virtual void on_version(std::uint32_t /*client*/, std::uint32_t /*negotiated*/) {}
    virtual void on_vendor(const VendorId& /*client*/) {}
    /// A handle was closed, by the client or for another reason.
    virtual void on_close_file(std::string_view /*path*/, std::uint64_t /*bytes_read*/,
                               std::uint64_t /*bytes_written*/, HandleEnd /*why*/) {}
    /// What was written to a file that the client left open may be lost: its end failed. When that
    /// is known, so also behind on_end().
    virtual void on_lost(std::string_view /*path*/, const Error& /*error*/) {}
    /// The channel ends: `error.code` closed for an orderly end.
    virtual void on_end(const Error& /*error*/) {}
};

/// The program of the "sftp" subsystem. Sends exit-status 0 (1 after a protocol error), EOF and
/// CLOSE, in that order, when the client is done.
std::unique_ptr<ChannelSink> make_server(std::shared_ptr<Filesystem> filesystem,
                                         ServerConfig config = {},
                                         std::shared_ptr<ServerObserver> observer = nullptr);

}  // namespace nacre::sftp
