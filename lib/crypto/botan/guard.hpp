/// \file
/// The wall that exceptions do not pass.
#pragma once
#include <nacre/base/result.hpp>

#include <new>
#include <utility>

namespace nacre::detail {

/// f(), which returns a Result; or `failure` when it throws, and out_of_memory with the same
/// disconnect reason when that is what it throws.
template <class F>
auto guarded(const Error& failure, F&& f) noexcept -> decltype(f()) {
    try {
        return f();
    } catch (const std::bad_alloc&) {
        return Error{Errc::out_of_memory, failure.disconnect, 0, "out of memory"};
    } catch (...) {
        return failure;
    }
}

/// f(), which returns a Result; or an Error when it throws.
template <class F>
auto guarded(F&& f) noexcept -> decltype(f()) {
    return guarded(Error{Errc::crypto_failed, Disconnect::none, 0, "cryptography library failed"},
                   std::forward<F>(f));
}

/// Runs functions until one returns false or throws; after that, none.
class Fuse {
  public:
    template <class F>
    bool run(F&& f) noexcept {
        if (blown_) return false;
        blown_ = true;
        try {
            blown_ = !f();
        } catch (...) {
            return false;
        }
        return !blown_;
    }

  private:
    bool blown_ = false;
};

}  // namespace nacre::detail
