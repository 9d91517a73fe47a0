/// \file
/// Files by their name, from open to close: resumed, with their times and modes.
#pragma once
#include <nacre/sftp/transfer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nacre::sftp {

/// The local end of a copy: an open file, or what the program takes for one. Destroyed when the
/// copy is over. Errors of the program are answered by the copy as they are.
class TransferFile {
  public:
    virtual ~TransferFile() = default;
    /// What is there now, bytes. Asked for only to resume.
    virtual Result<std::uint64_t> size() = 0;
    /// Fills from the front and returns how many bytes; fewer than there is room: the end. Offsets
    /// follow each other without a gap, so that a pipe will do.
    virtual Result<std::size_t> read(std::uint64_t offset, ByteSpan room) = 0;
    /// Writes all. Offsets as for read().
    virtual Result<void> write(std::uint64_t offset, ByteView bytes) = 0;
    /// Makes it so long; before the first write().
    virtual Result<void> truncate(std::uint64_t size) = 0;
    /// All is written. `attrs`: permissions and times that are to be kept, if any are.
    virtual Result<void> finish(const Attrs& attrs) = 0;
    /// Digest of the first `length` bytes by `algorithm` ("sha256", as check-file names them); none
    /// if that cannot be computed. Default: none.
    virtual std::optional<Bytes> digest(std::string_view algorithm, std::uint64_t length) {
        static_cast<void>(algorithm), static_cast<void>(length);
        return std::nullopt;
    }
};

/// Hashes with which a resumed copy is verified: what TransferFile::digest is asked for.
constexpr std::string_view kResumeHashes = "sha256,sha512,sha1,md5";

enum class Resume : std::uint8_t {
    no,        ///< what is there is replaced
    by_size,   ///< what is there is taken for the beginning
    verified,  ///< where the server has check-file, only if it is; else replaced. Without: by_size
};

struct FileOptions {
    Resume resume = Resume::no;
    bool keep_times = false;
    bool keep_modes = false;
    /// What is known of the source: spares the question. For put_file it is all that is known.
    std::optional<Attrs> source;
    TransferControl control;
};

struct FileResult {
    std::uint64_t bytes = 0;   ///< copied now
    std::uint64_t offset = 0;  ///< from here on
    bool attrs_kept = true;    ///< false: times and modes were to be kept, and are not
};

/// Copies the server's file at `path` to `local`. Errors: local_misuse when what is there is longer
/// than the file and was to be continued; what the transfer says. What was copied until then stays.
void get_file(std::shared_ptr<Client> client, std::string_view path,
              std::shared_ptr<TransferFile> local, FileOptions options, Reply<FileResult> reply);

/// Copies `local` to the server's file at `path`, which is made with the permissions of
/// options.source, without special bits unless keep_modes. Errors: as for get_file.
void put_file(std::shared_ptr<Client> client, std::shared_ptr<TransferFile> local,
              std::string_view path, FileOptions options, Reply<FileResult> reply);

}  // namespace nacre::sftp
