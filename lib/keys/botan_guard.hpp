/// \file
/// Where Botan's exceptions end.
#pragma once
#include <nacre/base/result.hpp>

#include <new>
#include <utility>

namespace nacre::detail {

/// What `f` returns (a Result), or `on_throw` when it throws.
template <class F>
auto guarded(Error on_throw, F&& f) noexcept -> decltype(f()) {
    try {
        return std::forward<F>(f)();
    } catch (const std::bad_alloc&) {
        return Error{Errc::out_of_memory, Disconnect::none, 0, "out of memory"};
    } catch (...) {
        return on_throw;
    }
}

}  // namespace nacre::detail
