/// \file
/// Names of users and groups.
#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace nacre::fs {

/// Remembers what it was asked, also that there is no name. A look-up may block (it may ask a
/// directory on the network). Usable on all threads.
class PosixNames {
  public:
    static constexpr std::size_t kMaxNames = 1024;  ///< remembered, of each kind

    /// Empty: no such id.
    std::string user(std::uint32_t uid);
    std::string group(std::uint32_t gid);
    /// Whether both answers are remembered, so that asking does not block.
    bool knows(std::uint32_t uid, std::uint32_t gid);

  private:
    using Map = std::unordered_map<std::uint32_t, std::string>;

    std::mutex mutex_;
    Map users_;
    Map groups_;
};

/// The home of a user of this machine; empty: no such user. May block.
std::string home_of_user(const std::string& name);

}  // namespace nacre::fs
