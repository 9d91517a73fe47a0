#include "sftp/compactor.hpp"

#include <algorithm>
#include <cstring>

namespace nacre::sftp {

void Compactor::compact(std::vector<Payload>& pieces, std::size_t from) {
    if (from >= pieces.size()) return;
    const bool all = thin(pieces, from);
    kept_.clear();
    for (std::size_t i = from; i < pieces.size(); ++i) {
        Payload piece = std::move(pieces[i]);
        if (!ours(piece) && (all || piece.bytes.size() < kSmall)) copy(piece);
        if (!piece.bytes.empty()) kept_.push_back(std::move(piece));
    }
    pieces.resize(from);
    std::move(kept_.begin(), kept_.end(), std::back_inserter(pieces));
    kept_.clear();
}

/// Appends a copy of the piece to what is kept, and takes from the piece what was copied.
void Compactor::copy(Payload& piece) {
    while (!piece.bytes.empty()) {
        if (!chunk_ || used_ == chunk_.memory().size()) {
            chunk_ = pool_.take(0, piece.owner);
            used_ = 0;
            if (!chunk_) return;
        }
        const std::size_t n = std::min(piece.bytes.size(), chunk_.memory().size() - used_);
        const ByteSpan to = chunk_.memory().subspan(used_, n);
        std::memcpy(to.data(), piece.bytes.data(), n);
        used_ += n;
        piece.bytes = piece.bytes.subspan(n);
        // Side by side with the copy before it: one piece.
        if (!kept_.empty() && to.data() == kept_.back().bytes.data() + kept_.back().bytes.size()) {
            ByteView& last = kept_.back().bytes;
            last = {last.data(), last.size() + n};
        } else {
            kept_.push_back({to, chunk_});
        }
    }
}

bool Compactor::thin(const std::vector<Payload>& pieces, std::size_t from) noexcept {
    std::size_t bytes = 0;
    std::size_t pinned = 0;
    const std::uint8_t* last = nullptr;
    for (std::size_t i = from; i < pieces.size(); ++i) {
        bytes += pieces[i].bytes.size();
        if (!pieces[i].owner) continue;
        if (!ours(pieces[i]) && pieces[i].owner.crowded()) return true;
        const ByteSpan memory = pieces[i].owner.memory();
        if (memory.data() != last) pinned += memory.size();
        last = memory.data();
    }
    return pinned > 2 * bytes + kSpareSlabs * SlabPool::kSlabSize;
}

bool Compactor::ours(const Payload& piece) noexcept {
    return !piece.owner || piece.owner.memory().size() <= kChunk;
}

}  // namespace nacre::sftp
