/// \file
/// The errors of a message's length.
#pragma once
#include <nacre/base/error.hpp>

namespace nacre::agent::detail {

constexpr Error kTooLong = over_limit("agent: message longer than 256 KiB");
constexpr Error kTooLongToSend{Errc::local_limit, Disconnect::none, 0,
                               "agent: message would be longer than 256 KiB"};

}  // namespace nacre::agent::detail
