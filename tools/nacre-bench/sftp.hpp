/// \file
/// The kinds of load that the command sftp can put on a server.
#pragma once
#include "load_meter.hpp"

#include <nacre/base/result.hpp>

#include <string>

namespace nacre::bench {

struct SftpPlan {
    LoadOptions server;
    std::size_t runs = 0;
    std::size_t sessions = 0;
    std::size_t requests = 0;  ///< small: in flight, in each session
    std::size_t files = 0;     ///< small
    std::size_t logins = 0;    ///< login
    std::size_t at_once = 0;   ///< login
    std::uint64_t bytes = 0;   ///< put: sent in each session
    std::string local;         ///< get: written to; put: read; empty: memory
    std::string what;          ///< "get" ...
    std::string path;          ///< of the server
};

/// What a load needs. Sessions are opened before the first sample (but for login).
struct SftpLoad {
    const SftpPlan& plan;
    LoadLoop& loop;
    const ServerUsage& server;
    Report& report;
};

/// Each adds its rows. Errors: why a session or an operation failed.
Result<void> load_transfer(const SftpLoad& load);  ///< get and put
Result<void> load_small(const SftpLoad& load);
Result<void> load_list(const SftpLoad& load);
Result<void> load_login(const SftpLoad& load);

/// `path` with the number of a session for each '%'.
std::string path_of_session(std::string_view path, std::size_t session);

/// What asynchronous work of several sessions comes to. Shared by those who do it.
struct Outcome {
    std::size_t left = 0;        ///< not finished yet
    std::optional<Error> error;  ///< the first

    bool over() const noexcept { return left == 0 || error; }
    void fail(const Error& why) {
        if (!error) error = why;
    }
};

/// Waits for the work; its error, or closed when all connections are gone before.
Result<void> wait_for(LoadLoop& loop, const Outcome& outcome);

}  // namespace nacre::bench
