#include "bulk_loop.hpp"

#include <sys/socket.h>
#include <unistd.h>

namespace nacre::bench {

namespace {

/// What the peer sends over and over, 8 MiB: every time round the openers begin anew too.
constexpr std::uint32_t kCycleRecords = 256;

void discard(int socket) {
    Bytes memory(kPieceBytes);
    while (::recv(socket, memory.data(), memory.size(), 0) > 0) {
    }
}

}  // namespace

Result<DownLoop> DownLoop::make(const Provider& provider, const CipherAndMac& algorithms, int file,
                                std::uint64_t file_size) {
    NACRE_TRY(const DirectionKeys keys, DirectionKeys::make(provider, algorithms, system_rng()));
    NACRE_TRY(Protection protection, keys.protection());
    NACRE_TRY(LoopbackPeer peer, LoopbackPeer::start(discard));
    return DownLoop(std::move(protection), std::move(peer), file, file_size);
}

DownLoop::DownLoop(Protection protection, LoopbackPeer peer, int file, std::uint64_t file_size)
    : protection_(std::move(protection)),
      peer_(std::move(peer)),
      form_(protection_.sealer->shape(), kRecordBytes),
      piece_(form_),
      file_(file),
      file_size_(file_size) {}

bool DownLoop::step() {
    const auto n = ::preadv(file_, piece_.data().data(), kRecords, static_cast<off_t>(offset_));
    if (n != static_cast<ssize_t>(kPieceBytes)) return false;
    offset_ = (offset_ + kPieceBytes) % file_size_;
    for (std::size_t i = 0; i < kRecords; ++i) {
        form_.write_head(piece_.packet(i));
        if (!protection_.sealer->seal(sequence_++, piece_.packet(i))) return false;
    }
    return send_all(peer_.socket(), piece_.bytes());
}

Result<UpLoop> UpLoop::make(const Provider& provider, const CipherAndMac& algorithms, int file,
                            std::uint64_t file_size) {
    NACRE_TRY(DirectionKeys keys, DirectionKeys::make(provider, algorithms, system_rng()));
    NACRE_TRY(const Protection protection, keys.protection());
    const PacketForm form(protection.sealer->shape(), kRecordBytes);
    Bytes sealed(kCycleRecords * form.size);
    for (std::uint32_t i = 0; i < kCycleRecords; ++i) {
        const ByteSpan packet = ByteSpan(sealed).subspan(i * form.size, form.size);
        form.write_head(packet);
        if (!protection.sealer->seal(i, packet))
            return Error{Errc::crypto_failed, Disconnect::none, 0, "sealing failed"};
    }
    NACRE_TRY(LoopbackPeer peer, LoopbackPeer::start([&](int socket) {
                  while (send_all(socket, sealed)) {
                  }
              }));
    return UpLoop(std::move(keys), std::move(peer), form, file, file_size);
}

UpLoop::UpLoop(DirectionKeys keys, LoopbackPeer peer, const PacketForm& form, int file,
               std::uint64_t file_size)
    : keys_(std::move(keys)),
      peer_(std::move(peer)),
      form_(form),
      piece_(form),
      file_(file),
      file_size_(file_size) {}

bool UpLoop::step() {
    if (sequence_ % kCycleRecords == 0) {
        auto fresh = keys_.protection();
        if (!fresh) return false;
        opener_ = std::move(fresh->opener);
        sequence_ = 0;
    }
    if (!receive_all(peer_.socket(), piece_.bytes())) return false;
    for (std::size_t i = 0; i < kRecords; ++i, ++sequence_) {
        if (opener_->length(sequence_, piece_.packet(i)) != form_.length ||
            !opener_->open(sequence_, piece_.packet(i)))
            return false;
    }
    const auto n = ::pwritev(file_, piece_.data().data(), kRecords, static_cast<off_t>(offset_));
    offset_ = (offset_ + kPieceBytes) % file_size_;
    return n == static_cast<ssize_t>(kPieceBytes);
}

}  // namespace nacre::bench
