/// \file
/// Limits of user authentication that no configuration changes. Lengths are in bytes.
#pragma once
#include <cstddef>
#include <cstdint>

namespace nacre::detail {

/// A banner; OpenSSH's client shows as much.
constexpr std::size_t kMaxBanner = 64 * 1024;
/// A name of a service or method that is kept; none that we know is longer.
constexpr std::size_t kMaxKeptName = 64;
/// The hint of submethods in a keyboard-interactive request.
constexpr std::size_t kMaxSubmethods = 1024;
/// Prompts in one INFO_REQUEST.
constexpr std::uint32_t kMaxPrompts = 32;
/// The body of an INFO_REQUEST.
constexpr std::size_t kMaxInfoRequest = 64 * 1024;
/// INFO_REQUESTs of one keyboard-interactive request.
constexpr std::uint32_t kMaxRounds = 16;

/// Client: the body of a message that we send.
constexpr std::size_t kMaxRequest = 128 * 1024;
/// Client: times a password is asked for, and times keyboard-interactive is begun.
constexpr std::uint32_t kMaxTries = 3;
/// Client: PASSWD_CHANGEREQs followed.
constexpr std::uint32_t kMaxPasswordChanges = 3;
/// Client: partial successes followed.
constexpr std::uint32_t kMaxPartialSuccesses = 8;
/// Client: keys tried of those that the program names.
constexpr std::size_t kMaxKeys = 256;

}  // namespace nacre::detail
