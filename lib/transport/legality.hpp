/// \file
/// Which message is legal when: the one table of the state of a session.
#pragma once
#include <nacre/crypto/kex.hpp>
#include <nacre/wire/numbers.hpp>

#include <bitset>

namespace nacre {

/// Where a session stands, by what it may receive next. The first three and the last four are a
/// key exchange; the numbers of the exchange's method are checked by KexMethod::expects().
enum class State : std::uint8_t {
    first_kexinit,   ///< the peer's first KEXINIT is awaited
    first_exchange,  ///< messages of the method are awaited
    first_newkeys,   ///< the peer's first NEWKEYS is awaited
    after_newkeys,   ///< the one packet after it, which may be EXT_INFO
    service,         ///< keys are in force, no service runs
    authentication,  ///< the authentication service runs
    connection,      ///< the user is authenticated
    rekey_exchange,  ///< the peer's KEXINIT came again, before the user was authenticated
    rekey_newkeys,
    connection_rekey_exchange,  ///< the same after it
    connection_rekey_newkeys,
};
constexpr std::size_t kStates = 11;

/// What to do with a message.
enum class Verdict : std::uint8_t {
    handle,
    drop,           ///< ignored without an answer
    unimplemented,  ///< answered with UNIMPLEMENTED
    illegal,        ///< ends the session
};

/// \param strict  strict key exchange is in force or, before the peer's first KEXINIT, offered by
/// us
Verdict verdict(State state, Role our_role, bool strict, std::uint8_t number) noexcept;

/// UNIMPLEMENTED is answered this often; then the session ends.
constexpr std::uint32_t kMaxUnimplemented = 16;

/// A literal, for logs.
const char* name_of(State state) noexcept;

}  // namespace nacre
