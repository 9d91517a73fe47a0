/// \file
/// Making refusals.
#pragma once
#include <nacre/fs/key_files.hpp>

#include <cerrno>
#include <string>

namespace nacre::detail {

constexpr Error file_error(const char* what) noexcept {
    return {Errc::local_failed, Disconnect::none, 0, what};
}

inline FileRefusal refused(std::string path, const char* what) {
    return {file_error(what), std::move(path), 0};
}

/// With errno as it is now.
inline FileRefusal failed_call(std::string path, const char* what) {
    const int system_error = errno;
    return {file_error(what), std::move(path), system_error};
}

}  // namespace nacre::detail
