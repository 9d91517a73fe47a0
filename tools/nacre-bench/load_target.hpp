/// \file
/// The server that load is put on: where it is, who logs in, with which algorithms.
#pragma once
#include "arguments.hpp"
#include "report.hpp"

#include <nacre/base/result.hpp>
#include <nacre/connection/handler.hpp>
#include <nacre/crypto/provider.hpp>
#include <nacre/transport/config.hpp>

#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

namespace nacre::bench {

constexpr std::uint32_t kMaxSftpVersion = 6;

/// What the commands that talk to a server have in common.
struct LoadOptions {
    AlgorithmLists algorithms;                     ///< empty lists: the provider's defaults
    std::uint32_t sftp_version = kMaxSftpVersion;  ///< the highest
    std::uint64_t window = 0;   ///< bytes of a channel's window, fixed; 0: the library's way
    pid_t server_pid = 0;       ///< 0: unknown
    std::string server_cgroup;  ///< folder of a control group; empty: none
    std::string host, user, key_file;
    std::uint16_t port = 0;
};

/// Asks for the options; before any word.
LoadOptions take_load_options(Arguments& arguments);
/// Asks for HOST PORT USER KEY.
void take_server_words(Arguments& arguments, LoadOptions& options);

/// Everything that a new session needs, made once.
struct Target {
    sockaddr_storage address{};
    socklen_t address_size = 0;
    std::string user;
    std::shared_ptr<Signer> key;
    std::shared_ptr<const TransportConfig> transport;
    ConnectionConfig connection;
    std::uint32_t sftp_version = kMaxSftpVersion;
};

/// Looks the host up and reads the key, which must not be encrypted. Any host key is trusted, so
/// this is for measurements only. Errors: not_found, local_failed, and those of
/// read_private_key().
Result<Target> make_target(const LoadOptions& options, const Provider& provider);

/// The options as parameters of a row: those that were given.
Facts facts_of(const LoadOptions& options);

}  // namespace nacre::bench
