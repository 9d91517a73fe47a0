/// \file
/// What can be wrong with a private key file, for callers that react to it (ask again, try the next
/// file) and not only print Error::what.
#pragma once
#include <nacre/base/error.hpp>

namespace nacre {

enum class KeyFault : std::uint32_t {
    none = 0,
    not_a_key,         ///< no private key in a format known here
    over_limit,        ///< larger than kMaxKeyFile, or a derivation costlier than its limit
    needs_passphrase,  ///< encrypted, and no passphrase was given
    wrong_passphrase,  ///< or, where the format cannot tell the two apart, damaged
    damaged,           ///< an encoding that is broken, or halves that do not belong together
    unsupported,       ///< format, cipher or key type known, but not available here
};

/// An Error whose detail is `fault`. `what` is a literal.
constexpr Error key_error(KeyFault fault, const char* what) noexcept {
    Errc code = Errc::local_failed;
    if (fault == KeyFault::over_limit) code = Errc::local_limit;
    if (fault == KeyFault::wrong_passphrase) code = Errc::crypto_failed;
    if (fault == KeyFault::unsupported) code = Errc::unsupported;
    return {code, Disconnect::none, static_cast<std::uint32_t>(fault), what};
}

/// The fault in an error that a reader of private keys answered; none for any other error, such as
/// out_of_memory.
constexpr KeyFault fault_of(const Error& error) noexcept {
    const bool ours = error.code == Errc::local_failed || error.code == Errc::local_limit ||
                      error.code == Errc::crypto_failed || error.code == Errc::unsupported;
    return ours ? static_cast<KeyFault>(error.detail) : KeyFault::none;
}

}  // namespace nacre
