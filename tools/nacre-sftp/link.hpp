/// \file
/// One socket and one session on it, moved by poll().
#pragma once
#include <nacre/session/session.hpp>

#include <functional>
#include <memory>
#include <string>

namespace nacre::tools {

class Link {
  public:
    explicit Link(const Provider& provider) : provider_(provider) {}
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link();

    /// Connects to the first address of the host that answers. Returns what is wrong, or "".
    std::string connect(const std::string& host, std::uint16_t port);
    /// Begins the session; role, resources, observer and time of `parts` are set here.
    Result<void> start(SessionParts parts);
    /// Moves bytes until `done` or the end of the session. Whether it was `done`.
    bool run_until(const std::function<bool()>& done);
    /// Ends the session in order, and waits for that.
    void close();
    /// What is known of the session. Precondition: start() was called.
    const SessionInfo& info() const noexcept { return session_->info(); }
    /// Why the session ended: for people; safe to show.
    const std::string& why_ended() const noexcept { return why_ended_; }

  private:
    class Observer;

    bool flush();
    void receive();
    void wait(bool blocked);

    const Provider& provider_;
    int socket_ = -1;
    bool woken_ = false;
    bool lost_ = false;
    std::string why_ended_;
    FramePool frames_;
    SlabPool slabs_;
    std::unique_ptr<Session> session_;  // last: returns memory to the pools
};

}  // namespace nacre::tools
