/// \file
/// Many SFTP sessions with one server, moved by one thread.
#pragma once
#include "load_target.hpp"

#include <nacre/base/time.hpp>
#include <nacre/session/session.hpp>
#include <nacre/sftp/client.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nacre::bench {

/// One connection and the SFTP session on it. Belongs to its loop; whoever keeps it longer finds
/// it gone.
class LoadConnection {
  public:
    LoadConnection() = default;
    LoadConnection(const LoadConnection&) = delete;
    LoadConnection& operator=(const LoadConnection&) = delete;
    ~LoadConnection() { drop(); }

    /// Operations may be called once the session is ready; when it is gone they answer closed.
    const std::shared_ptr<sftp::Client>& client() const noexcept { return client_; }
    /// Whether the connection is over, and the socket closed.
    bool gone() const noexcept { return socket_ < 0; }

  private:
    friend class LoadLoop;

    void drop();
    void receive();
    void flush();

    int socket_ = -1;
    std::uint32_t watched_ = 0;  // what epoll was told
    bool blocked_ = false;       // the socket takes no more for now
    bool lost_ = false;          // nor ever again
    std::unique_ptr<Session> session_;
    std::shared_ptr<sftp::Client> client_;
};

/// The sessions of one thread, on epoll. Everything that happens in a session happens inside
/// run_until().
class LoadLoop {
  public:
    /// How often deadlines of sessions are looked at.
    static constexpr std::chrono::seconds kCheckInterval{1};
    /// What close_all() waits for.
    static constexpr std::chrono::seconds kCloseTime{5};

    /// Both are kept by reference.
    LoadLoop(const Target& target, const Provider& provider);
    LoadLoop(const LoadLoop&) = delete;
    LoadLoop& operator=(const LoadLoop&) = delete;
    ~LoadLoop();

    /// Connects and logs in; `ready` is answered when operations may be called, or with why they
    /// never may. Errors: local_failed when there is no connection (detail: errno), local_misuse;
    /// `ready` is then dropped.
    Result<std::shared_ptr<LoadConnection>> connect(Reply<void> ready);
    /// `count` sessions, at most `at_once` of them logging in together; an error if one fails.
    Result<std::vector<std::shared_ptr<LoadConnection>>> connect_all(std::size_t count,
                                                                     std::size_t at_once);
    /// Ends the session in order and then closes the socket.
    void close(LoadConnection& connection);
    /// Closes the socket without a word; operations under way answer closed. Not inside
    /// run_until().
    void cut(LoadConnection& connection);
    /// Ends all sessions and waits until they are gone, for a few seconds at most.
    void close_all();

    /// Moves bytes until `done`, which is asked after everything that happened. False: no
    /// connection is left, or `end` came first.
    bool run_until(const std::function<bool()>& done, std::optional<Instant> end = {});
    /// Moves bytes for so long.
    void run_for(Duration time);

    std::size_t open_connections() const noexcept { return connections_.size(); }
    /// Why the latest session that ended did so: for people; a literal of the library.
    const char* latest_end() const noexcept { return latest_end_; }

  private:
    class Observer;

    void watch(LoadConnection& connection);
    void settle(LoadConnection& connection);
    void pump_woken();
    void handle(LoadConnection& connection, std::uint32_t events);
    void check_deadlines();
    void sweep();

    const Target& target_;
    const Provider& provider_;
    int epoll_ = -1;
    Instant next_check_{};
    const char* latest_end_ = "";
    FramePool frames_;
    SlabPool slabs_;
    std::vector<LoadConnection*> woken_;
    bool some_gone_ = false;
    std::vector<std::shared_ptr<LoadConnection>> connections_;
};

/// Lets a process have as many descriptors as it may.
void raise_descriptor_limit() noexcept;

}  // namespace nacre::bench
