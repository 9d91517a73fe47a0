/// \file
/// Whole folders, many files at a time. Names and paths of the local side are the program's to
/// turn into files; the library reads and writes none.
#pragma once
#include <nacre/sftp/file_transfer.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace nacre::sftp {

/// The local side of a copy of a tree. Paths are relative to its root, which is "", with '/'
/// between names that are neither empty, "." nor "..", and hold neither '/' nor NUL. What the
/// direction does not need is never called; an error is that of the one file or folder.
class TransferTree {
  public:
    struct Entry {
        std::string name;
        Attrs attrs;  ///< of itself, links not followed: type and what is to be kept
    };

    virtual ~TransferTree() = default;

    // Of the source.
    /// Without "." and "..".
    virtual Result<std::vector<Entry>> list(std::string_view path) = 0;
    /// Links followed.
    virtual Result<Attrs> stat(std::string_view path) = 0;
    virtual Result<std::shared_ptr<TransferFile>> open(std::string_view path) = 0;
    virtual Result<std::string> read_link(std::string_view path) = 0;

    // Of the target. Symbolic links are made when all else is there; whoever lets links of an
    // earlier copy be followed lets a server write where they point.
    /// No error if it is there.
    virtual Result<void> make_directory(std::string_view path) = 0;
    /// Keeps what is there, if `resume`.
    virtual Result<std::shared_ptr<TransferFile>> create(std::string_view path, bool resume) = 0;
    virtual Result<void> make_link(std::string_view target, std::string_view path) = 0;
    /// Permissions and times of a folder that is complete.
    virtual Result<void> set_attrs(std::string_view path, const Attrs& attrs) = 0;
};

enum class SymlinkPolicy : std::uint8_t {
    skip,
    follow,  ///< the file or folder is copied; loops end at the limit of depth
    copy,    ///< a link with the same target
};

/// What has become of the entries below the root so far. Folders count when they are complete.
struct TreeCounts {
    std::uint64_t directories = 0, files = 0, links = 0;
    std::uint64_t skipped = 0;  ///< links by policy, and what is neither file, folder nor link
    std::uint64_t failed = 0;
    std::uint64_t bytes = 0;  ///< copied now
};

struct TreeOptions {
    Resume resume = Resume::no;
    bool keep_times = false;
    bool keep_modes = false;
    SymlinkPolicy symlinks = SymlinkPolicy::skip;
    std::size_t max_depth = 64;  ///< folders inside each other; deeper ones fail
    std::size_t max_entries =
        1'000'000;               ///< of all folders; one more ends the copy with peer_limit
    std::size_t max_files = 64;  ///< under way together
    /// Stops the copy, which answers kCancelled when nothing is under way any more. May be null.
    std::shared_ptr<Cancellation> cancellation;
    /// Called whenever bytes or entries are done; may be empty.
    std::function<void(const TreeCounts&)> progress;
    /// Told of each entry that fails: its path from the root, as the source has it, unescaped. The
    /// copy goes on. May be empty.
    std::function<void(std::string_view, const Error&)> on_failure;
};

/// Copies the server's folder `path` to `local`. Names that no folder can have, and those that come
/// twice, are failures. Answers the counts when all is done, or the error that ended it: of the
/// session, of the root, a limit, kCancelled. What was copied until then stays.
void get_tree(std::shared_ptr<Client> client, std::string_view path,
              std::shared_ptr<TransferTree> local, TreeOptions options, Reply<TreeCounts> reply);

/// Copies `local` to the server's folder `path`, which is made unless it is there. Otherwise the
/// same.
void put_tree(std::shared_ptr<Client> client, std::shared_ptr<TransferTree> local,
              std::string_view path, TreeOptions options, Reply<TreeCounts> reply);

/// Whether a name from a server may become the name of a local file.
bool is_plain_name(std::string_view name) noexcept;

}  // namespace nacre::sftp
