/// \file
/// Where exceptions of Botan and of the allocator end.
#pragma once
#include <nacre/base/result.hpp>

#include <new>

namespace nacre::detail {

/// f(), which returns a Result; what it throws becomes `failure`, or out_of_memory with the same
/// disconnect reason.
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

}  // namespace nacre::detail
