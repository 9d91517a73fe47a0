/// \file
/// A server of SSH sessions on sockets: listeners, threads, timers and limits around
/// nacre::Session.
#pragma once
#include <nacre/auth/server.hpp>
#include <nacre/connection/handler.hpp>
#include <nacre/server/limits.hpp>
#include <nacre/session/session.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nacre::server {

/// The thread a connection lives on. Outlives the connection.
class Loop {
  public:
    virtual ~Loop() = default;
    /// Runs `work` on this thread later. From any thread; allocates. Dropped when the server ended.
    virtual void post(std::function<void()> work) = 0;
    /// For operations that may block: their jobs run in the server's worker threads.
    virtual Executor& files() noexcept = 0;
    /// For what a login costs (a password's hash, a signature, a large group): threads of their
    /// own, so that neither work on files holds up logins nor logins work on files.
    virtual Executor& logins() noexcept = 0;

  protected:
    Loop() = default;
};

/// Who connected.
struct Peer {
    std::string address;  ///< numeric; "stdio" for serve_fds
    std::uint16_t port = 0;
    std::uint64_t number = 0;  ///< counts from 1 in each server
};

/// What one connection is served with.
struct Service {
    std::unique_ptr<AuthHandler> auth;
    std::unique_ptr<ConnectionHandler> connection;
    std::shared_ptr<SessionObserver> observer;  ///< may be null
};

struct Config {
    TransportConfig transport;
    AuthConfig auth;
    ConnectionConfig connection;
    Limits limits;
    unsigned threads = 1;  ///< event loops; a connection stays on its loop
    unsigned workers = 2;  ///< threads for work on files that blocks, shared by the loops
    /// So many when all of them are held up, as by a mount that does not answer. One session holds
    /// at most `workers` of them.
    unsigned max_workers = 32;
    unsigned login_workers = 1;          ///< threads for Loop::logins(), shared by the loops
    const Provider* provider = nullptr;  ///< null: Botan
    /// Makes the service of a new connection, on its thread; called from several threads.
    std::function<Service(const Peer&, Loop&)> service;
    /// A connection was dropped by a limit: address and a literal reason. From several threads.
    std::function<void(const Peer&, const char*)> on_refused;
    /// How long run() waits for connections to end after stop().
    std::chrono::milliseconds stop_timeout{3000};
};

class Server {
  public:
    virtual ~Server() = default;
    /// Listens on a numeric address ("127.0.0.1", "::1", "::", ...); port 0 picks one. Returns the
    /// port. Before run(). Errors: local_failed, detail errno.
    virtual Result<std::uint16_t> listen(const std::string& address, std::uint16_t port) = 0;
    /// Serves one connection on a pair of descriptors (which may be the same), then run() returns.
    /// Takes them over.
    virtual Result<void> serve_fds(int in, int out) = 0;
    /// Serves until stop(). On the calling thread and threads - 1 others. Where no memory is left,
    /// connections end or are not accepted, and others go on.
    virtual void run() = 0;
    /// Ends the listeners, and connections as they have nothing under way (an open file, a program
    /// that runs); those that have after `time` as well, then run() returns. From any thread, as
    /// stop(), which ends them sooner. Idempotent.
    virtual void drain(std::chrono::milliseconds time) noexcept = 0;
    /// Ends the listeners and, in order, every connection. From any thread, or a signal handler's
    /// thread (not inside a handler). Idempotent.
    virtual void stop() noexcept = 0;
    /// Connections open now.
    virtual std::size_t connections() const noexcept = 0;
};

/// Errors: local_misuse, with the reason, for a configuration that cannot work.
Result<std::unique_ptr<Server>> make_server(Config config);

}  // namespace nacre::server
