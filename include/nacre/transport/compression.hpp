/// \file
/// zlib compression of one direction and epoch (RFC 4253 s6.2).
#pragma once
#include <memory>

#include <nacre/base/frame.hpp>
#include <nacre/base/result.hpp>

namespace nacre {

/// One deflate stream; each packet ends with a partial flush. One thread. About 270 KiB.
class Compressor {
  public:
    /// \param level  1 (fast) .. 9 (small)
    explicit Compressor(int level);
    ~Compressor();
    /// Appends `in`, compressed, to `out`. Errors: crypto_failed when `out` has not the room.
    Result<void> compress(ByteView in, Frame& out);

  private:
    struct Stream;
    std::unique_ptr<Stream> stream_;
};

/// One inflate stream. One thread. About 40 KiB.
class Decompressor {
  public:
    Decompressor();
    ~Decompressor();
    /// Writes what `in` holds to `out` and its size to `written`. Errors, with reason 6:
    /// peer_malformed; peer_limit when it would not fit.
    Result<void> decompress(ByteView in, ByteSpan out, std::size_t& written);

  private:
    struct Stream;
    std::unique_ptr<Stream> stream_;
};

}  // namespace nacre
