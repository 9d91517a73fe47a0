/// \file
/// Keeps what waits from pinning much more memory than it has bytes.
#pragma once
#include <nacre/base/slab.hpp>

#include <vector>

namespace nacre::sftp {

/// A piece that is kept pins its whole slab (512 KiB). A peer that sends one byte of data for each
/// slab of other packets would make its window pin memory without end; so small pieces that are
/// kept beyond a batch are copied together, and large ones too when they lie too thinly, or when
/// the session holds so much that it may soon stop reading: these pieces may be what waits for
/// more.
class Compactor {
  public:
    /// Smaller pieces are always copied: less than what a packet of bulk data holds.
    static constexpr std::size_t kSmall = 8 * 1024;
    /// Slabs beyond what the bytes themselves need that large pieces may pin.
    static constexpr std::size_t kSpareSlabs = 8;

    /// Rewrites pieces[from, end): the same bytes in the same order. What cannot be copied for want
    /// of memory stays as it is.
    void compact(std::vector<Payload>& pieces, std::size_t from);
    /// Nothing is kept now: holds no memory until the next compact().
    void release() noexcept { chunk_ = SlabRef(); }

  private:
    static constexpr std::size_t kChunk = 64 * 1024;

    void copy(Payload& piece);
    static bool thin(const std::vector<Payload>& pieces, std::size_t from) noexcept;
    static bool ours(const Payload& piece) noexcept;

    SlabPool pool_{kChunk, 0};
    SlabRef chunk_;
    std::size_t used_ = 0;
    std::vector<Payload> kept_;  ///< scratch of compact()
};

}  // namespace nacre::sftp
