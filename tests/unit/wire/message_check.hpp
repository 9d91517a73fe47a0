/// \file
/// What holds for every message, checked for one value of it.
#pragma once
#include "support/hex.hpp"

#include <nacre/base/frame.hpp>
#include <nacre/base/secret.hpp>
#include <nacre/wire/codec.hpp>

#include <catch2/catch_all.hpp>

#include <type_traits>

namespace nacre::test {

/// How many bytes the Rest at the end of a message has, and whether there is one.
struct RestAtEnd {
    bool present = false;
    std::size_t size = 0;
    template <class... F>
    void operator()(const F&... fields) {
        (look(fields), ...);
    }
    template <class F>
    void look(const F& field) {
        present = std::is_same_v<F, Rest>;
        if constexpr (std::is_same_v<F, Rest>) size = field.bytes.size();
    }
};

/// `notation` is the message with its number, written as for from_hex(). Checks both directions,
/// that every truncation and every byte too many is refused, and that all sinks get the same bytes.
/// Returns the decoded message; its views last until the next call for the same type.
template <class M>
M check_message(const M& m, std::string_view notation) {
    static Bytes expected;
    expected = from_hex(notation);
    CHECK(to_hex(encode(m)) == to_hex(expected));
    REQUIRE(expected.front() == M::kNumber);
    const ByteView body = ByteView(expected).subspan(1);
    CHECK(body_size(m) == body.size());

    SecretBuffer secret;
    write_body(m, secret);
    CHECK(same_bytes(secret, body));
    FramePool pool;
    Frame frame = pool.take(body.size());
    write_body(m, frame);
    CHECK(same_bytes(frame.payload(), body));

    RestAtEnd rest;
    M::fields(m, rest);
    for (std::size_t n = 0; n < body.size(); ++n) {
        INFO("cut to " << n << " bytes");
        // In memory of exactly that size, so that a sanitizer sees a read behind it.
        const Bytes cut = to_bytes(body.first(n));
        const auto decoded = decode<M>(cut);
        REQUIRE(decoded.has_value() == (rest.present && n >= body.size() - rest.size));
        if (!decoded) REQUIRE(decoded.error() == malformed("", M::kNumber));
    }
    Bytes longer = to_bytes(body);
    longer.push_back(0);
    CHECK(decode<M>(longer).has_value() == rest.present);

    const auto decoded = decode<M>(body);
    REQUIRE(decoded);
    CHECK(to_hex(encode(*decoded)) == to_hex(expected));
    return *decoded;
}

}  // namespace nacre::test
