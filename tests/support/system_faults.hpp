/// \file
/// Lets one system call of this thread fail, or move fewer bytes than it was asked to. For programs
/// that are built with system_faults.cpp, whose calls stand before those of the C library.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace nacre::test {

/// While it lives, the system call of number `fail_at` (from 0) made by this thread fails.
class SystemFault {
  public:
    static constexpr std::size_t kNever = static_cast<std::size_t>(-1);
    /// No errno: reads and writes move only a part of what they could.
    static constexpr int kShort = 0;

    explicit SystemFault(std::size_t fail_at, int error = kShort);
    SystemFault(const SystemFault&) = delete;
    SystemFault& operator=(const SystemFault&) = delete;
    ~SystemFault();

    /// The names of all calls since it was constructed, the failed one among them.
    const std::vector<const char*>& calls() const noexcept { return calls_; }
    /// The one that failed; empty: there were not so many.
    std::string failed() const { return fail_at_ < calls_.size() ? calls_[fail_at_] : ""; }

    /// For the calls themselves: whether this one is to fail; errno is set then. Not if that would
    /// be a short transfer, which `shortens` is asked about.
    static bool fails(const char* call) noexcept;
    /// After the call of number `fail_at` was counted.
    static bool shortens() noexcept;

  private:
    bool is_it() const noexcept { return calls_.size() == fail_at_ + 1; }

    std::vector<const char*> calls_;
    const std::size_t fail_at_;
    const int error_;
};

/// Descriptors that this process has open.
std::size_t open_descriptors();

}  // namespace nacre::test
