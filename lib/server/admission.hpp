/// \file
/// Who is let in: the one place where a server's limits on connections are kept.
#pragma once
#include "server/penalty_box.hpp"

#include <nacre/server/server.hpp>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>

namespace nacre::server {

/// Used from all threads of the server. Outlives the places it gives.
class Admission {
  public:
    /// The place of one connection, until it is destroyed. One thread at a time.
    class Place {
      public:
        /// \param exempt  from penalties
        Place(Admission& admission, std::optional<IpAddress> source, bool exempt) noexcept
            : admission_(admission), source_(source), exempt_(exempt) {}
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        ~Place();

        /// The user is logged in.
        void logged_in() noexcept;
        /// What it did instead, once; without effect after logged_in().
        void offended(Offence offence, Instant now) noexcept;

      private:
        friend class Admission;
        Admission& admission_;
        const std::optional<IpAddress> source_;  ///< none: no socket of the Internet
        const bool exempt_;
        bool starting_ = true;
        bool offended_ = false;
    };

    explicit Admission(const Limits& limits) : limits_(limits), penalties_(limits.penalties) {}

    /// A place, or a literal that says why there is none. Connections without a numeric address
    /// (serve_fds) always have one.
    std::variant<std::shared_ptr<Place>, const char*> admit(const std::string& address,
                                                            Instant now);

    std::size_t connections() const noexcept { return connections_; }

  private:
    /// Open connections of one source.
    struct Source {
        std::uint32_t connections = 0;
        std::uint32_t startups = 0;
    };

    const char* refusal(const std::optional<IpAddress>& address, Instant now);
    bool dropped_at_random() const;
    IpAddress source_of(const IpAddress& address) const noexcept;
    bool exempt(const IpAddress& address) const noexcept;
    void end_startup(const Place& place) noexcept;
    void penalise(const Place& place, Offence offence, Instant now) noexcept;
    void leave(const Place& place) noexcept;

    const Limits limits_;
    std::atomic<std::uint32_t> connections_{0};
    std::mutex mutex_;  // guards what follows
    std::uint32_t startups_ = 0;
    std::map<IpAddress, Source> sources_;
    PenaltyBox penalties_;
};

}  // namespace nacre::server
