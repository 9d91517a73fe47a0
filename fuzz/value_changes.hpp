/// \file
/// Changes to a good value that an input chooses: to its bits, its length, its place among others.
#pragma once
#include "fuzz.hpp"

namespace nacre::fuzz {

/// One change; what it changes to may be the same.
/// \param special  the value's own extremes; called with a number of the input's choice
template <class Special>
void change(Bytes& value, FuzzInput& in, Special&& special) {
    constexpr std::size_t kMostAdded = 16;
    const std::uint8_t kind = in.u8();
    const std::size_t at = value.empty() ? 0 : in.u16() % value.size();
    const std::uint8_t byte = in.u8();
    const auto here = value.begin() + static_cast<std::ptrdiff_t>(at);
    switch (kind % 12) {
        case 0:
        case 1:
            if (!value.empty()) value[at] ^= static_cast<std::uint8_t>(1u << (byte % 8));
            return;
        case 2:
            if (!value.empty()) value[at] = byte;
            return;
        case 3:
            value.resize(at);
            return;
        case 4:
            value.resize(value.size() + 1 + byte % kMostAdded, byte);
            return;
        case 5:
            if (!value.empty()) value.erase(here);
            return;
        case 6:
            value.insert(here, byte);
            return;
        case 7:
            std::fill(here, value.end(), std::uint8_t{0});
            return;
        case 8:
            std::rotate(value.begin(), here, value.end());
            return;
        case 9:
            value = to_bytes(in.bytes(byte));
            return;
        default:
            value = special(byte);
            return;
    }
}

/// The strings that make up `body`; empty when it is made of something else.
inline std::vector<Bytes> split_strings(ByteView body) {
    std::vector<Bytes> fields;
    while (!body.empty()) {
        if (body.size() < 4 || load_be32(body.data()) > body.size() - 4) return {};
        const std::size_t size = load_be32(body.data());
        fields.push_back(to_bytes(body.subspan(4, size)));
        body = body.subspan(4 + size);
    }
    return fields;
}

inline Bytes join_strings(const std::vector<Bytes>& fields) {
    Bytes body;
    for (const Bytes& field : fields) {
        std::uint8_t size[4];
        store_be32(size, static_cast<std::uint32_t>(field.size()));
        append(body, size);
        append(body, field);
    }
    return body;
}

/// a + b as numbers, big-endian, in as many bytes as `a` has; what does not fit is dropped.
inline Bytes add_numbers(Bytes a, ByteView b) {
    unsigned carry = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto& digit = a[a.size() - 1 - i];
        carry += digit + (i < b.size() ? b[b.size() - 1 - i] : 0u);
        digit = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
    return a;
}

/// a - b as numbers, big-endian, in as many bytes as `a` has.
inline Bytes subtract_numbers(Bytes a, ByteView b) {
    unsigned borrow = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        auto& digit = a[a.size() - 1 - i];
        const unsigned less = (i < b.size() ? b[b.size() - 1 - i] : 0u) + borrow;
        borrow = digit < less ? 1 : 0;
        digit = static_cast<std::uint8_t>(digit - less);
    }
    return a;
}

}  // namespace nacre::fuzz
