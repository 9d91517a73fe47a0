/// \file
/// The bytes of one file in memory: chunks where something was written, holes elsewhere.
#pragma once
#include <nacre/base/bytes.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <memory>

namespace nacre::sftp {

/// What all data of a tree may use together.
struct MemoryBudget {
    std::uint64_t limit = 0;
    std::uint64_t used = 0;

    bool take(std::uint64_t bytes) noexcept {
        if (bytes > limit - used) return false;
        used += bytes;
        return true;
    }
    void give_back(std::uint64_t bytes) noexcept { used -= bytes; }
};

/// A write far out allocates no more than a near one; an offset costs nothing.
class MemoryData {
  public:
    static constexpr std::size_t kChunk = 32 * 1024;
    /// As of a file of a 64-bit system.
    static constexpr std::uint64_t kMaxSize = 0x7fff'ffff'ffff'ffff;

    /// \param budget  outlives this
    explicit MemoryData(MemoryBudget& budget) noexcept : budget_(budget) {}
    MemoryData(const MemoryData&) = delete;
    MemoryData& operator=(const MemoryData&) = delete;
    ~MemoryData();

    std::uint64_t size() const noexcept { return size_; }
    /// What it takes of the budget.
    std::uint64_t allocated() const noexcept { return chunks_.size() * kChunk; }
    /// Fills `to` from `offset`. Returns how many bytes there were.
    std::size_t read(std::uint64_t offset, ByteSpan to) const noexcept;
    /// Returns how many bytes went in: fewer than given when the budget or kMaxSize ends it.
    std::size_t write(std::uint64_t offset, ByteView from);
    /// What is cut off is gone, what is added reads as zeros. Precondition: size <= kMaxSize.
    void resize(std::uint64_t size) noexcept;
    /// Writes [from, from + length) of `source` at `to`, holes as holes. Returns false when the
    /// budget ends it. Precondition: all inside source, to + length <= kMaxSize, &source != this.
    bool copy(const MemoryData& source, std::uint64_t from, std::uint64_t length, std::uint64_t to);

  private:
    using Chunk = std::array<std::uint8_t, kChunk>;

    void zero(std::uint64_t offset, std::uint64_t length) noexcept;

    MemoryBudget& budget_;
    std::uint64_t size_ = 0;
    std::map<std::uint64_t, std::unique_ptr<Chunk>> chunks_;  // by offset / kChunk
};

}  // namespace nacre::sftp
