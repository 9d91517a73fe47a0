/// \file
/// A Filesystem whose every operation passes a handler: before it, where it can be denied, sent
/// elsewhere or answered, and after it, where its outcome can be changed.
///
/// Nobody removes PDF files:
///
///     struct NoPdf : FilesystemEvents {
///         void before(FileEvent& event) override {
///             if (event.operation == Operation::remove && event.path.ends_with(".pdf"))
///                 event.fail(Status::permission_denied, "PDF files stay");
///         }
///     };
///     auto files = make_observed_filesystem(make_memory_filesystem(), std::make_shared<NoPdf>());
#pragma once
#include <nacre/sftp/filesystem.hpp>

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace nacre::sftp {

enum class Operation : std::uint8_t {
    open,                   ///< path, flags, attrs; value: the File
    open_directory,         ///< path; value: the Directory
    read_directory,         ///< of a handle, length: most entries; value: the next DirEntrys
    stat,                   ///< path, follow, wanted, or of a handle; value: Attrs
    set_stat,               ///< path, follow, attrs, or of a handle
    remove,                 ///< path
    make_directory,         ///< path, attrs
    remove_directory,       ///< path
    real_path,              ///< path, check; value: RealPath
    rename,                 ///< path, other: the new one, overwrite
    read_link,              ///< path; value: std::string
    symlink,                ///< path: of the link, other: its target
    hard_link,              ///< path: of the link, other: the file that exists
    stat_filesystem,        ///< path, or of a handle; value: FilesystemStats
    home_directory,         ///< path: the user's name; value: std::string
    names_of,               ///< uids, gids; value: Users::Names
    copy_file,              ///< path, other: the copy, overwrite
    temporary_folder,       ///< value: std::string
    make_temporary_folder,  ///< value: std::string
    read,                   ///< of a handle, offset, length; value: the ReadBuffer
    write,                  ///< of a handle, offset, length; value: the WriteBuffer
    sync,                   ///< of a handle
    copy_data,  ///< of a handle, other: path of the target's, offset, length, other_offset
    block,      ///< of a handle, offset, length, mask
    unblock,    ///< of a handle, offset, length
    close,      ///< of a handle, end, bytes_read, bytes_written
};

/// Some operations: bit 1 << operation.
using OperationSet = std::uint32_t;
template <class... Operations>
constexpr OperationSet set_of(Operations... operations) noexcept {
    return (OperationSet{0} | ... | (OperationSet{1} << static_cast<unsigned>(operations)));
}
constexpr OperationSet kDataOperations = set_of(Operation::read, Operation::write);
constexpr OperationSet kAllOperations = set_of(Operation::close) * 2 - 1;

/// One operation, before and after it. What Operation does not name for it has no meaning.
struct FileEvent {
    /// Longest `message`; what is longer is cut.
    static constexpr std::size_t kMaxMessage = 255;

    using Value = std::variant<std::monostate, Attrs, std::string, RealPath, FilesystemStats,
                               Users::Names, std::vector<DirEntry>, std::shared_ptr<File>,
                               std::shared_ptr<Directory>, ReadBuffer, WriteBuffer>;

    Operation operation{};
    /// Which open file or directory this is about, from 1; 0: a path. The handles of one
    /// Filesystem have different numbers. `path` is then what it was opened by.
    std::uint64_t handle = 0;

    // Before the operation these may be changed: it is then done with what they say.
    std::string path;
    std::string other;
    OpenFlags flags;
    Attrs attrs;
    Follow follow = Follow::yes;
    AttrMask wanted = 0;
    PathCheck check = PathCheck::last_may_miss;
    bool overwrite = false;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;  ///< of read and write: of the buffer, not to be changed
    std::uint64_t other_offset = 0;
    BlockMask mask = 0;
    std::vector<std::uint32_t> uids, gids;

    HandleEnd end = HandleEnd::closed;
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_written = 0;

    /// After the operation: what it answers, unless `error` is set. Before a read it holds the
    /// buffer to fill, before a write the pieces; no copies are made.
    Value value;
    std::optional<Error> error;
    /// The text that goes with the status of this reply, also a status of success; empty: that of
    /// `error`. UTF-8, no secret.
    std::string message;
    /// For the handler: what is put here before is there after.
    std::uint64_t note = 0;

    /// Before: the operation is not done and answers this. After: its outcome becomes this.
    void fail(Error why) {
        error = why;
        answered_ = true;
    }
    void fail(Status status, const char* text = nullptr) { fail(failure(status, text)); }
    /// Before: the operation is not done and has succeeded, with `value` if it needs one (of the
    /// type that Operation says; else the client is answered FAILURE). After: the same instead of
    /// its outcome.
    void succeed() {
        error.reset();
        answered_ = true;
    }
    void succeed(Value with) {
        value = std::move(with);
        succeed();
    }
    bool failed() const noexcept { return error.has_value(); }
    /// Whether the handler answered it, before the operation.
    bool answered() const noexcept { return answered_; }

  private:
    bool answered_ = false;
};

/// One per session, called on its thread. For each operation before() is called, then, with the
/// same event, after(): also when before() answered it.
class FilesystemEvents {
  public:
    virtual ~FilesystemEvents() = default;

    /// What is to pass here; asked once. Reads and writes cost an allocation each if they do. With
    /// Operation::close bytes are counted, else reads and writes that are not asked for go straight
    /// through.
    virtual OperationSet operations() const { return kAllOperations & ~kDataOperations; }

    virtual void before(FileEvent&) {}
    /// before(), for who answers later: the operation waits for `go_on`, whose error denies it. The
    /// event lives until then. A close cannot be denied: the file is closed, the error answered.
    virtual void decide(FileEvent& event, Reply<void> go_on) {
        before(event);
        go_on({});
    }
    /// What `event.error`, `event.value` and `event.message` say afterwards is answered.
    virtual void after(FileEvent&) {}
};

/// \param filesystem  whose operations pass `events`; its groups are those of the result
std::shared_ptr<Filesystem> make_observed_filesystem(std::shared_ptr<Filesystem> filesystem,
                                                     std::shared_ptr<FilesystemEvents> events);

}  // namespace nacre::sftp
