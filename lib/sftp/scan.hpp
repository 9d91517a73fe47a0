/// \file
/// What needs a whole file, or much of it, read by the engine itself: hashes and the search for a
/// line. The engine reads piece by piece and lets others have their turn in between.
#pragma once
#include "sftp/requests.hpp"

#include <nacre/sftp/server.hpp>

#include <memory>
#include <string>

namespace nacre::sftp {

/// One such reading, from `at` on.
class Scan {
  public:
    virtual ~Scan() = default;
    /// The next bytes, in order. False: no more are wanted.
    virtual bool take(ByteView bytes) = 0;
    /// There are no more.
    virtual void finish() {}

    std::shared_ptr<File> file;
    bool opened_here = false;    ///< to be closed when it is over
    std::uint64_t at = 0;        ///< where the next bytes are
    std::uint64_t end = kNoEnd;  ///< where to stop
    static constexpr std::uint64_t kNoEnd = 0x7fff'ffff'ffff'ffff;
};

/// check-file: a digest for each block.
class DigestScan final : public Scan {
  public:
    /// Most bytes of digests in one reply.
    static constexpr std::size_t kMaxDigests = 128 * 1024;
    /// Least bytes under each digest (draft-ietf-secsh-filexfer-extensions-00 s3).
    static constexpr std::uint32_t kMinBlock = 256;

    /// \param block  0: one digest for all
    DigestScan(std::string algorithm, std::unique_ptr<Hash> hash, std::uint32_t block)
        : algorithm_(std::move(algorithm)), hash_(std::move(hash)), block_(block) {}
    bool take(ByteView bytes) override;
    void finish() override;

    const std::string& algorithm() const noexcept { return algorithm_; }
    const Bytes& digests() const noexcept { return digests_; }
    bool too_many() const noexcept { return too_many_; }

  private:
    void digest();

    std::string algorithm_;
    std::unique_ptr<Hash> hash_;
    std::uint32_t block_;
    std::uint64_t in_block_ = 0;
    Bytes digests_;
    bool too_many_ = false;
};

/// md5-hash (draft-ietf-secsh-filexfer-05 s8.1): given up when the beginning is not what the client
/// has.
class Md5Scan final : public Scan {
  public:
    /// Bytes under the quick check.
    static constexpr std::size_t kQuick = 2048;

    Md5Scan(std::unique_ptr<Hash> hash, std::unique_ptr<Hash> quick, std::string_view expected)
        : hash_(std::move(hash)), quick_(std::move(quick)), expected_(expected) {}
    bool take(ByteView bytes) override;
    void finish() override;

    /// Empty if the quick check failed.
    const Bytes& digest() const noexcept { return digest_; }

  private:
    bool passes_quick_check();

    std::unique_ptr<Hash> hash_;
    std::unique_ptr<Hash> quick_;
    std::string expected_;
    std::size_t quick_bytes_ = 0;
    bool checked_ = false;
    bool failed_ = false;
    Bytes digest_;
};

/// text-seek: where a line begins.
class LineScan final : public Scan {
  public:
    LineScan(std::string_view newline, std::uint64_t lines) : newline_(newline), left_(lines) {}
    bool take(ByteView bytes) override;

    bool found() const noexcept { return left_ == 0; }
    std::uint64_t position() const noexcept { return position_; }

  private:
    std::string newline_;
    std::uint64_t left_;  // newlines to come
    std::size_t matched_ = 0;
    std::uint64_t position_ = 0;
};

/// The first algorithm of the comma-separated list that there is; its hash is null if there is
/// none.
std::pair<std::string_view, std::unique_ptr<Hash>> choose_hash(const MakeFileHash& make,
                                                               std::string_view algorithms);

}  // namespace nacre::sftp
