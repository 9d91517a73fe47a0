/// \file
/// Views of bytes and the big-endian integers of RFC 4251 s5.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nacre {

using ByteView = std::span<const std::uint8_t>;  ///< borrowed, read-only
using ByteSpan = std::span<std::uint8_t>;        ///< borrowed, writable
using Bytes = std::vector<std::uint8_t>;         ///< owned; not for secrets (see SecretBytes)

/// Same layout as iovec.
struct ConstBuf {
    const std::uint8_t* data;
    std::size_t size;
};

/// The bytes of `text`; valid as long as what `text` refers to.
inline ByteView as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// `bytes` read as text, unchecked; valid as long as `bytes`.
inline std::string_view as_text(ByteView bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A copy of `bytes`.
inline Bytes to_bytes(ByteView bytes) {
    return {bytes.begin(), bytes.end()};
}

/// Whether two views hold the same bytes. Not constant-time: not for secrets or tags.
inline bool same_bytes(ByteView a, ByteView b) noexcept {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

inline void append(Bytes& to, ByteView from) {
    to.insert(to.end(), from.begin(), from.end());
}

inline std::uint32_t load_be32(const std::uint8_t* p) noexcept {
    return (std::uint32_t{p[0]} << 24) | (std::uint32_t{p[1]} << 16) | (std::uint32_t{p[2]} << 8) |
           std::uint32_t{p[3]};
}

inline std::uint64_t load_be64(const std::uint8_t* p) noexcept {
    return (std::uint64_t{load_be32(p)} << 32) | load_be32(p + 4);
}

inline void store_be32(std::uint8_t* p, std::uint32_t v) noexcept {
    p[0] = static_cast<std::uint8_t>(v >> 24);
    p[1] = static_cast<std::uint8_t>(v >> 16);
    p[2] = static_cast<std::uint8_t>(v >> 8);
    p[3] = static_cast<std::uint8_t>(v);
}

inline void store_be64(std::uint8_t* p, std::uint64_t v) noexcept {
    store_be32(p, static_cast<std::uint32_t>(v >> 32));
    store_be32(p + 4, static_cast<std::uint32_t>(v));
}

}  // namespace nacre
