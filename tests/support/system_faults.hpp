/// \file
/// Lets one system call of this thread fail, or move fewer bytes than it was asked to. For programs
/// that are built with system_faults.cpp, whose calls stand before those of the C library.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::test {

/// While it lives, the system call of number `fail_at` (from 0) made by this thread fails.
class SystemFault {
  public:
    static constexpr std::size_t kNever = static_cast<std::size_t>(-1);
    /// No errno: reads and writes move only a part of what they could.
    static constexpr int kShort = 0;

    /// `missing`: a call that is always EXDEV, as if the machine could not do it; null: none.
    explicit SystemFault(std::size_t fail_at, int error = kShort, const char* missing = nullptr);
    SystemFault(const SystemFault&) = delete;
    SystemFault& operator=(const SystemFault&) = delete;
    ~SystemFault();

    /// The names of all calls since it was constructed, the failed one among them.
    const std::vector<const char*>& calls() const noexcept { return calls_; }
    /// The one that failed; empty: there were not so many.
    std::string failed() const { return fail_at_ < calls_.size() ? calls_[fail_at_] : ""; }

    /// A transfer was made shorter indeed.
    bool shortened() const noexcept { return shortened_; }

    /// For the calls themselves: whether this one is to fail; errno is set then. Not if that would
    /// be a short transfer, which `shortens` is asked about.
    static bool fails(const char* call) noexcept;
    /// How much to transfer where `size` was wanted, after the call was counted.
    static std::size_t shorten(std::size_t size) noexcept;

  private:
    bool is_it() const noexcept { return calls_.size() == fail_at_ + 1; }

    std::vector<const char*> calls_;
    const std::size_t fail_at_;
    const int error_;
    const std::string_view missing_;
    bool shortened_ = false;
};

/// Descriptors that this process has open.
std::size_t open_descriptors();

}  // namespace nacre::test
