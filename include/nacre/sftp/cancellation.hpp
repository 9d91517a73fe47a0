/// \file
/// A way for a program to stop what it started.
#pragma once
#include <nacre/base/error.hpp>

#include <memory>
#include <vector>

namespace nacre::sftp {

/// What a transfer that was cancelled answers.
constexpr Error kCancelled{Errc::closed, Disconnect::none, 0, "cancelled"};

/// What can be stopped.
class Cancellable {
  public:
    virtual void on_cancel() = 0;

  protected:
    ~Cancellable() = default;
};

/// Given to any number of transfers by the program, which may stop them all with it. One thread.
class Cancellation {
  public:
    bool requested() const noexcept { return requested_; }
    /// Stops what was given this and is not done, and whatever is given it later. Not inside a
    /// transfer's callback of `out`, `in` or a file: these answer an error instead.
    void request();
    /// Called by transfers.
    void add(std::weak_ptr<Cancellable> task);

  private:
    bool requested_ = false;
    std::vector<std::weak_ptr<Cancellable>> tasks_;
    std::size_t sweep_at_ = 16;  // tasks at which those that are gone are forgotten
};

}  // namespace nacre::sftp
