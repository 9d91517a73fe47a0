/// \file
/// Writes RFC 4251 s5 data types behind what a byte vector, secret buffer or frame already holds.
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/base/frame.hpp>
#include <nacre/base/secret.hpp>

#include <concepts>

namespace nacre {

/// The length of `magnitude` as an mpint without its length field (a leading zero when the high bit
/// is set, leading zeros dropped).
std::size_t mpint_size(ByteView magnitude) noexcept;

/// Sink: Bytes, SecretBuffer, or Frame (the caller made sure of the room). Borrows the sink.
template <class Sink>
class Writer {
  public:
    explicit Writer(Sink& sink) noexcept : sink_(sink) {}

    Writer& u8(std::uint8_t v) { return bytes({&v, 1}); }
    Writer& boolean(bool v) { return u8(v ? 1 : 0); }
    Writer& u32(std::uint32_t v) {
        std::uint8_t b[4];
        store_be32(b, v);
        return bytes(b);
    }
    Writer& u64(std::uint64_t v) {
        std::uint8_t b[8];
        store_be64(b, v);
        return bytes(b);
    }
    Writer& string(ByteView v) { return u32(static_cast<std::uint32_t>(v.size())).bytes(v); }
    Writer& string(std::string_view v) { return string(as_bytes(v)); }
    /// A non-negative integer given as big-endian magnitude; leading zeros are dropped.
    Writer& mpint(ByteView magnitude) {
        while (!magnitude.empty() && magnitude.front() == 0) magnitude = magnitude.subspan(1);
        u32(static_cast<std::uint32_t>(mpint_size(magnitude)));
        if (!magnitude.empty() && (magnitude.front() & 0x80) != 0) u8(0);
        return bytes(magnitude);
    }
    Writer& bytes(ByteView v) {
        if constexpr (std::same_as<Sink, Frame>) {
            if (!v.empty()) std::memcpy(sink_.append(v.size()).data(), v.data(), v.size());
        } else if constexpr (std::same_as<Sink, SecretBuffer>) {
            sink_.append(v);
        } else {
            sink_.insert(sink_.end(), v.begin(), v.end());
        }
        return *this;
    }

  private:
    Sink& sink_;
};

}  // namespace nacre
