#include <nacre/transport/compression.hpp>

#include <zlib.h>

#include <new>

namespace nacre {
namespace {

constexpr Error kBroken{Errc::closed, Disconnect::compression_error, 0,
                        "compression stream has failed before"};

Error out_of_memory() noexcept {
    return {Errc::out_of_memory, Disconnect::none, 0, "no memory for a compression stream"};
}

/// zlib does not write through next_in, but the type of it says so.
Bytef* input(ByteView bytes) noexcept {
    return const_cast<Bytef*>(bytes.data());
}

}  // namespace

void detail::EndDeflate::operator()(z_stream_s* stream) const noexcept {
    deflateEnd(stream);
    delete stream;
}

void detail::EndInflate::operator()(z_stream_s* stream) const noexcept {
    inflateEnd(stream);
    delete stream;
}

Result<Compressor> Compressor::create(int level) noexcept {
    if (level < Z_BEST_SPEED || level > Z_BEST_COMPRESSION)
        return Error{Errc::local_misuse, Disconnect::none, 0, "compression level is not 1..9"};
    Stream stream(new (std::nothrow) z_stream{});
    if (stream == nullptr) return out_of_memory();
    if (deflateInit(stream.get(), level) != Z_OK) return out_of_memory();
    return Compressor(std::move(stream));
}

Result<void> Compressor::compress(ByteView payload, Frame& out) noexcept {
    if (failed_) return kBroken;
    failed_ = true;
    if (payload.empty())
        return Error{Errc::local_misuse, Disconnect::none, 0, "nothing to compress"};

    const std::size_t before = out.size();
    const ByteSpan room = out.append(out.room());
    stream_->next_in = input(payload);
    stream_->avail_in = static_cast<uInt>(payload.size());
    stream_->next_out = room.data();
    stream_->avail_out = static_cast<uInt>(room.size());
    const int status = deflate(stream_.get(), Z_PARTIAL_FLUSH);
    out.truncate(before + room.size() - stream_->avail_out);
    // A full buffer may hide that the flush is not complete.
    if (status != Z_OK || stream_->avail_in != 0 || stream_->avail_out == 0)
        return Error{Errc::local_limit, Disconnect::none, 0, "no room for compressed payload"};
    failed_ = false;
    return {};
}

Result<Decompressor> Decompressor::create() noexcept {
    Stream stream(new (std::nothrow) z_stream{});
    if (stream == nullptr) return out_of_memory();
    if (inflateInit(stream.get()) != Z_OK) return out_of_memory();
    return Decompressor(std::move(stream));
}

Result<std::size_t> Decompressor::decompress(ByteView payload, ByteSpan out) noexcept {
    if (failed_) return kBroken;
    failed_ = true;

    const auto inflate_into = [this](ByteSpan space) noexcept {
        stream_->next_out = space.data();
        stream_->avail_out = static_cast<uInt>(space.size());
        const int status = inflate(stream_.get(), Z_SYNC_FLUSH);
        // Z_BUF_ERROR: there was nothing to do, which is no error.
        return status == Z_OK || status == Z_BUF_ERROR;
    };

    const Error malformed{Errc::peer_malformed, Disconnect::compression_error, 0,
                          "payload is not a flushed piece of a zlib stream"};
    stream_->next_in = input(payload);
    stream_->avail_in = static_cast<uInt>(payload.size());
    if (!inflate_into(out)) return malformed;
    const std::size_t written = out.size() - stream_->avail_out;
    if (written == out.size()) {
        // Full: that is the end only if not one byte more comes.
        std::uint8_t more = 0;
        if (!inflate_into({&more, 1})) return malformed;
        if (stream_->avail_out == 0)
            return Error{Errc::peer_limit, Disconnect::compression_error, 0,
                         "payload is too large when decompressed"};
    }
    if (stream_->avail_in != 0) return malformed;
    failed_ = false;
    return written;
}

}  // namespace nacre
