/// \file
/// The loops of the bulk floors: pieces of 256 KiB in records of 32 KiB.
#pragma once
#include "loopback.hpp"
#include "packets.hpp"

#include <sys/uio.h>

#include <array>
#include <memory>

namespace nacre::bench {

constexpr std::size_t kRecordBytes = 32 * 1024;
constexpr std::size_t kRecords = 8;
constexpr std::size_t kPieceBytes = kRecords * kRecordBytes;

/// The memory of one piece: whole packets one behind the other.
class Piece {
  public:
    explicit Piece(const PacketForm& form) : form_(form), memory_(kRecords * form.size) {
        for (std::size_t i = 0; i < kRecords; ++i)
            data_[i] = {packet(i).data() + kHead, kRecordBytes};
    }
    Piece(Piece&&) noexcept = default;
    Piece& operator=(Piece&&) noexcept = default;

    ByteSpan bytes() noexcept { return memory_; }
    ByteSpan packet(std::size_t i) noexcept { return bytes().subspan(i * form_.size, form_.size); }
    /// Where the files' bytes stand.
    const std::array<iovec, kRecords>& data() const noexcept { return data_; }

  private:
    static constexpr std::size_t kHead = 5;  // packet_length, padding_length

    PacketForm form_;
    Bytes memory_;
    std::array<iovec, kRecords> data_{};
};

/// preadv, seal, send.
class DownLoop {
  public:
    static Result<DownLoop> make(const Provider& provider, const CipherAndMac& algorithms, int file,
                                 std::uint64_t file_size);
    /// Moves one piece. false: the file or the connection failed.
    bool step();

  private:
    DownLoop(Protection protection, LoopbackPeer peer, int file, std::uint64_t file_size);

    Protection protection_;
    LoopbackPeer peer_;
    PacketForm form_;
    Piece piece_;
    int file_;
    std::uint64_t file_size_;  ///< a multiple of kPieceBytes; begins anew behind it
    std::uint64_t offset_ = 0;
    std::uint32_t sequence_ = 0;
};

/// recv, open, pwritev.
class UpLoop {
  public:
    static Result<UpLoop> make(const Provider& provider, const CipherAndMac& algorithms, int file,
                               std::uint64_t file_size);
    bool step();

  private:
    UpLoop(DirectionKeys keys, LoopbackPeer peer, const PacketForm& form, int file,
           std::uint64_t file_size);

    DirectionKeys keys_;
    LoopbackPeer peer_;
    PacketForm form_;
    Piece piece_;
    std::unique_ptr<PacketOpener> opener_;
    int file_;
    std::uint64_t file_size_;
    std::uint64_t offset_ = 0;
    std::uint32_t sequence_ = 0;
};

}  // namespace nacre::bench
