/// \file
/// A descriptor of ours as a path.
#pragma once
#include <array>
#include <cstdio>

namespace nacre::fs {

/// The name under which /proc shows a descriptor of ours; chmod() and others follow it to the
/// object itself, whatever it is called now.
class ProcName {
  public:
    explicit ProcName(int fd) noexcept {
        std::snprintf(text_.data(), text_.size(), "/proc/self/fd/%d", fd);
    }
    const char* c_str() const noexcept { return text_.data(); }

  private:
    std::array<char, 32> text_;
};

}  // namespace nacre::fs
