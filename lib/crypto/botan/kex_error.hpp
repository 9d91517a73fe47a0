/// \file
/// Errors of the key exchange methods: all of them end the session with KEY_EXCHANGE_FAILED.
#pragma once
#include <nacre/base/error.hpp>

namespace nacre::detail {

constexpr Error kex_malformed(const char* what, std::size_t length = 0) noexcept {
    return {Errc::peer_malformed, Disconnect::key_exchange_failed,
            static_cast<std::uint32_t>(length), what};
}
constexpr Error kex_misbehaved(const char* what, std::uint32_t detail = 0) noexcept {
    return {Errc::peer_misbehaved, Disconnect::key_exchange_failed, detail, what};
}
constexpr Error kex_crypto_failed(const char* what) noexcept {
    return {Errc::crypto_failed, Disconnect::key_exchange_failed, 0, what};
}

/// `error` of a decoder, with the reason that a key exchange gives.
constexpr Error kex_error(Error error) noexcept {
    error.disconnect = Disconnect::key_exchange_failed;
    return error;
}

}  // namespace nacre::detail
