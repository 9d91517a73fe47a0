#include <nacre/transport/compression.hpp>

#include <zlib.h>

namespace nacre {

struct Compressor::Stream {
    z_stream z{};
    bool ready = false;
};

Compressor::Compressor(int level) : stream_(std::make_unique<Stream>()) {
    stream_->ready = deflateInit(&stream_->z, level) == Z_OK;
}

Compressor::~Compressor() {
    if (stream_->ready) deflateEnd(&stream_->z);
}

Result<void> Compressor::compress(ByteView in, Frame& out) {
    const Error failed{Errc::crypto_failed, Disconnect::compression_error, 0, "deflate failed"};
    if (!stream_->ready) return failed;
    z_stream& z = stream_->z;
    const std::size_t room = out.room();
    const std::size_t before = out.size();
    const ByteSpan space = out.append(room);
    z.next_in = const_cast<Bytef*>(in.data());
    z.avail_in = static_cast<uInt>(in.size());
    z.next_out = space.data();
    z.avail_out = static_cast<uInt>(room);
    const int status = deflate(&z, Z_PARTIAL_FLUSH);
    // A full output may hide that the flush is incomplete.
    if (status != Z_OK || z.avail_in != 0 || z.avail_out == 0) return failed;
    out.truncate(before + room - z.avail_out);
    return {};
}

struct Decompressor::Stream {
    z_stream z{};
    bool ready = false;
};

Decompressor::Decompressor() : stream_(std::make_unique<Stream>()) {
    stream_->ready = inflateInit(&stream_->z) == Z_OK;
}

Decompressor::~Decompressor() {
    if (stream_->ready) inflateEnd(&stream_->z);
}

Result<void> Decompressor::decompress(ByteView in, ByteSpan out, std::size_t& written) {
    const auto fault = [](Errc code, const char* what) {
        return Error{code, Disconnect::compression_error, 0, what};
    };
    if (!stream_->ready) return fault(Errc::out_of_memory, "inflate not initialised");
    z_stream& z = stream_->z;
    z.next_in = const_cast<Bytef*>(in.data());
    z.avail_in = static_cast<uInt>(in.size());
    z.next_out = out.data();
    z.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&z, Z_SYNC_FLUSH);
    written = out.size() - z.avail_out;
    if (z.avail_in != 0 && z.avail_out == 0)
        return fault(Errc::peer_limit, "packet inflates beyond the limit");
    if (status != Z_OK && status != Z_BUF_ERROR)
        return fault(Errc::peer_malformed, "packet does not inflate");
    if (z.avail_in != 0) return fault(Errc::peer_malformed, "packet does not inflate");
    if (z.avail_out == 0) return fault(Errc::peer_limit, "packet inflates beyond the limit");
    return {};
}

}  // namespace nacre
