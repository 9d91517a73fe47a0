/// \file
/// What can be wrong with a private key file, for callers that react to it (ask again, try the next
/// file) and not only print Error::what.
#pragma once
#include <nacre/base/error.hpp>

#include <cstddef>
#include <optional>

namespace nacre {

enum class KeyFault : std::uint32_t {
    none = 0,
    not_a_key,         ///< no private key in a format known here
    over_limit,        ///< larger than kMaxKeyFile; a derivation or a number beyond its limit
    needs_passphrase,  ///< encrypted, and no passphrase was given
    wrong_passphrase,  ///< or, where the format cannot tell the two apart, damaged
    damaged,           ///< an encoding that is broken, or halves that do not belong together
    unsupported,       ///< format, cipher or key type known, but not available here
    truncated,         ///< the file ends before what it holds does
};

/// An Error whose detail is `fault`. `what` is a literal.
constexpr Error key_error(KeyFault fault, const char* what) noexcept {
    Errc code = Errc::local_failed;
    if (fault == KeyFault::over_limit) code = Errc::local_limit;
    if (fault == KeyFault::wrong_passphrase) code = Errc::crypto_failed;
    if (fault == KeyFault::unsupported) code = Errc::unsupported;
    return {code, Disconnect::none, static_cast<std::uint32_t>(fault), what};
}

/// Same, and where: `offset` in bytes from the beginning of the file, at most kMaxKeyFile. It
/// shares Error::detail with the fault, whose byte is the lowest.
constexpr Error key_error(KeyFault fault, const char* what, std::size_t offset) noexcept {
    Error error = key_error(fault, what);
    error.detail |= static_cast<std::uint32_t>(offset + 1) << 8;
    return error;
}

/// Whether an error can be one of key_error(), not such as out_of_memory.
constexpr bool is_key_error(const Error& error) noexcept {
    return error.code == Errc::local_failed || error.code == Errc::local_limit ||
           error.code == Errc::crypto_failed || error.code == Errc::unsupported;
}

/// The fault in an error that a reader of private keys answered; none for any other error, such as
/// out_of_memory.
constexpr KeyFault fault_of(const Error& error) noexcept {
    return is_key_error(error) ? static_cast<KeyFault>(error.detail & 0xff) : KeyFault::none;
}

/// The byte of the file at which the fault was found, counted from 0, for faults that have a place:
/// damaged and truncated. Of a truncated file it is where the file or the encoding in it ends.
constexpr std::optional<std::size_t> offset_of(const Error& error) noexcept {
    if (!is_key_error(error) || error.detail >> 8 == 0) return std::nullopt;
    return (error.detail >> 8) - 1;
}

}  // namespace nacre
