/// \file
/// A bar that shows how far a transfer is, when standard error is a terminal.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace nacre::tools {

class Progress {
  public:
    /// \param total  bytes, if known
    /// \param wanted  false: nothing is shown
    Progress(std::string name, std::optional<std::uint64_t> total, bool wanted);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    /// So many bytes are done, of so many if known.
    void set(std::uint64_t done, std::optional<std::uint64_t> total);

  private:
    using Clock = std::chrono::steady_clock;
    void draw(Clock::time_point now);

    std::string name_;
    std::optional<std::uint64_t> total_;
    std::uint64_t done_ = 0;
    bool shown_;
    Clock::time_point begin_ = Clock::now();
    Clock::time_point drawn_{};
};

}  // namespace nacre::tools
