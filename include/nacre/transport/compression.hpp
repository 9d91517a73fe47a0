/// \file
/// zlib (RFC 1950, RFC 4253 s6.2): the payloads of one direction and one key epoch as one stream.
#pragma once
#include <nacre/base/frame.hpp>
#include <nacre/base/result.hpp>

#include <memory>

struct z_stream_s;

namespace nacre {

namespace detail {
struct EndDeflate {
    void operator()(z_stream_s* stream) const noexcept;
};
struct EndInflate {
    void operator()(z_stream_s* stream) const noexcept;
};
}  // namespace detail

/// Compresses payloads in the order in which they are sent. One thread. Holds about 260 KiB.
class Compressor {
  public:
    static constexpr int kDefaultLevel = 6;

    /// \param level  1 (fast) to 9 (small). Errors: local_misuse, out_of_memory.
    static Result<Compressor> create(int level = kDefaultLevel) noexcept;

    /// Bytes that a payload of `size` bytes may become at most.
    static constexpr std::size_t bound(std::size_t size) noexcept { return size + size / 512 + 64; }

    /// Appends the compressed form of `payload` (at least 1 byte) to `out`; what it appends can be
    /// decompressed at once (partial flush). Errors: local_misuse for an empty payload, local_limit
    /// when `out` has less room than it takes: bound(payload.size()) is always enough. After an
    /// error the stream is unusable.
    Result<void> compress(ByteView payload, Frame& out) noexcept;

  private:
    using Stream = std::unique_ptr<z_stream_s, detail::EndDeflate>;
    explicit Compressor(Stream stream) noexcept : stream_(std::move(stream)) {}

    Stream stream_;
    bool failed_ = false;
};

/// Decompresses payloads in the order in which they came. One thread. Holds about 40 KiB.
class Decompressor {
  public:
    /// Errors: out_of_memory.
    static Result<Decompressor> create() noexcept;

    /// Decompresses the payload of one packet into `out` and returns its size. Never writes more
    /// than `out` holds, however much `payload` would expand to. Errors, all with DISCONNECT reason
    /// compression_error and final: peer_malformed; peer_limit when it does not fit.
    Result<std::size_t> decompress(ByteView payload, ByteSpan out) noexcept;

  private:
    using Stream = std::unique_ptr<z_stream_s, detail::EndInflate>;
    explicit Decompressor(Stream stream) noexcept : stream_(std::move(stream)) {}

    Stream stream_;
    bool failed_ = false;
};

}  // namespace nacre
