/// \file
/// Names of users and groups.
#pragma once
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace nacre::fs {

/// Remembers what it was asked for a while, also that there is no name, but not that a look-up
/// failed. A look-up may block (it may ask a directory on the network). Usable on all threads.
class PosixNames {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t kMaxNames = 1024;  ///< remembered, of each kind
    static constexpr std::size_t kMaxName = 1024;   ///< bytes of one that is looked up
    static constexpr std::chrono::seconds kKept{60};
    static constexpr std::chrono::seconds kKeptMissing{10};

    explicit PosixNames(Clock::time_point (*now)() = Clock::now) noexcept : now_(now) {}

    /// Empty: no such id.
    std::string user(std::uint32_t uid);
    std::string group(std::uint32_t gid);
    /// What is remembered; empty: nothing is, or there is no name. Does not block.
    std::string known_user(std::uint32_t uid);
    std::string known_group(std::uint32_t gid);
    /// The id of a name, of "name@domain", or of a number in decimal that is nobody's name.
    /// Nothing: no such user or group. Not remembered. May block.
    std::optional<std::uint32_t> find_uid(const std::string& who);
    std::optional<std::uint32_t> find_gid(const std::string& who);
    /// Whether both answers are remembered, so that asking does not block.
    bool knows(std::uint32_t uid, std::uint32_t gid);

  private:
    struct Known {
        std::string name;
        Clock::time_point until;
    };
    using Map = std::unordered_map<std::uint32_t, Known>;
    using Find = bool (*)(std::uint32_t id, std::string& name);
    std::string known(Map& map, std::uint32_t id);
    std::string remembered(Map& map, std::uint32_t id, Find find);

    Clock::time_point (*const now_)();
    std::mutex mutex_;
    Map users_;
    Map groups_;
};

/// How owners are shown. Who has no name is shown by number, as by ls(1).
struct Names {
    enum class Source : std::uint8_t {
        look_up,  ///< may block
        known,    ///< what is remembered; numbers stand in for the rest
        numbers,
    };

    PosixNames* names;
    Source source;

    std::string user(std::uint32_t uid) const;
    std::string group(std::uint32_t gid) const;
    /// Whether asking does not block.
    bool at_once(std::uint32_t uid, std::uint32_t gid) const {
        return source != Source::look_up || names->knows(uid, gid);
    }
};

/// The home of a user of this machine; empty: no such user. May block.
std::string home_of_user(const std::string& name);

}  // namespace nacre::fs
