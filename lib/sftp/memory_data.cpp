#include "sftp/memory_data.hpp"

#include <algorithm>

namespace nacre::sftp {

MemoryData::~MemoryData() {
    budget_.give_back(allocated());
}

std::size_t MemoryData::read(std::uint64_t offset, ByteSpan to) const noexcept {
    if (offset >= size_) return 0;
    const auto total = static_cast<std::size_t>(std::min<std::uint64_t>(to.size(), size_ - offset));
    for (std::size_t done = 0; done < total;) {
        const std::uint64_t at = offset + done;
        const auto in_chunk = static_cast<std::size_t>(at % kChunk);
        const std::size_t n = std::min(total - done, kChunk - in_chunk);
        const auto chunk = chunks_.find(at / kChunk);
        if (chunk == chunks_.end()) {
            std::memset(to.data() + done, 0, n);
        } else {
            std::memcpy(to.data() + done, chunk->second->data() + in_chunk, n);
        }
        done += n;
    }
    return total;
}

std::size_t MemoryData::write(std::uint64_t offset, ByteView from) {
    if (offset >= kMaxSize) return 0;
    const auto total =
        static_cast<std::size_t>(std::min<std::uint64_t>(from.size(), kMaxSize - offset));
    std::size_t done = 0;
    while (done < total) {
        const std::uint64_t at = offset + done;
        const auto in_chunk = static_cast<std::size_t>(at % kChunk);
        const std::size_t n = std::min(total - done, kChunk - in_chunk);
        auto chunk = chunks_.find(at / kChunk);
        if (chunk == chunks_.end()) {
            if (!budget_.take(kChunk)) break;
            chunk = chunks_.emplace(at / kChunk, std::make_unique<Chunk>()).first;
        }
        std::memcpy(chunk->second->data() + in_chunk, from.data() + done, n);
        done += n;
    }
    if (done != 0) size_ = std::max(size_, offset + done);
    return done;
}

void MemoryData::resize(std::uint64_t size) noexcept {
    if (size < size_) {
        // What is not kept whole; the part of the last chunk behind the end must read as zeros
        // should the file grow again.
        const auto keep = size / kChunk + (size % kChunk != 0 ? 1 : 0);
        for (auto chunk = chunks_.lower_bound(keep); chunk != chunks_.end();) {
            chunk = chunks_.erase(chunk);
            budget_.give_back(kChunk);
        }
        if (size % kChunk != 0) zero(size, kChunk - size % kChunk);
    }
    size_ = size;
}

bool MemoryData::copy(const MemoryData& source, std::uint64_t from, std::uint64_t length,
                      std::uint64_t to) {
    const std::uint64_t end = from + length;
    std::uint64_t done = from;  // in terms of the source
    for (auto chunk = source.chunks_.lower_bound(from / kChunk);
         chunk != source.chunks_.end() && chunk->first * kChunk < end; ++chunk) {
        const std::uint64_t begin = std::max(chunk->first * kChunk, from);
        const std::uint64_t stop = std::min((chunk->first + 1) * kChunk, end);
        zero(to + (done - from), begin - done);
        const auto bytes = ByteView(*chunk->second)
                               .subspan(static_cast<std::size_t>(begin % kChunk),
                                        static_cast<std::size_t>(stop - begin));
        if (write(to + (begin - from), bytes) != bytes.size()) return false;
        done = stop;
    }
    zero(to + (done - from), end - done);
    size_ = std::max(size_, to + length);
    return true;
}

/// Zeros where there are chunks; holes are zeros already.
void MemoryData::zero(std::uint64_t offset, std::uint64_t length) noexcept {
    const std::uint64_t end = offset + length;
    for (auto chunk = chunks_.lower_bound(offset / kChunk);
         chunk != chunks_.end() && chunk->first * kChunk < end; ++chunk) {
        const std::uint64_t begin = std::max(chunk->first * kChunk, offset);
        const std::uint64_t stop = std::min((chunk->first + 1) * kChunk, end);
        std::memset(chunk->second->data() + begin % kChunk, 0,
                    static_cast<std::size_t>(stop - begin));
    }
}

}  // namespace nacre::sftp
