/// \file
/// What a server of files implements. Every operation is answered once, now or later; errors are
/// made by sftp::failure(). Paths are as the client sent them: '/' separates, relative ones begin
/// at home, "" is home; bytes without NUL, at most 4,096.
///
/// The methods come in groups. Those of Filesystem itself are files, folders and attributes; what
/// is not overridden answers op_unsupported. A further group is found at run time: who has it
/// implements its class and returns it from the function of its name; who has not answers nullptr,
/// and its extensions are not announced.
#pragma once
#include <nacre/sftp/file.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace nacre::sftp {

enum class Follow : std::uint8_t { no, yes };

/// What real_path() is to look at (draft-13 s8.8; versions 3 to 5 know no choice).
enum class PathCheck : std::uint8_t {
    last_may_miss,  ///< symbolic links are followed; only the last component need not exist
    no_check,       ///< nothing is looked up: "." and ".." are taken out of the text
    stat_if,        ///< as last_may_miss, but nothing missing is an error; attributes if they are
    stat_always,    ///< everything must exist, with its attributes
};

struct RealPath {
    std::string path;            ///< canonical, absolute, as the client sees it
    std::optional<Attrs> attrs;  ///< for stat_if and stat_always
};

/// Symbolic and hard links.
class Links {
  public:
    virtual void read_link(std::string_view path, Reply<std::string> reply) = 0;
    /// `target` is stored as it is.
    virtual void symlink(std::string_view target, std::string_view link, Reply<void> reply) = 0;
    virtual void hard_link(std::string_view existing, std::string_view link, Reply<void> reply) = 0;

  protected:
    ~Links() = default;
};

/// Of the disk below a path.
class Space {
  public:
    virtual void stat_filesystem(std::string_view path, Reply<FilesystemStats> reply) = 0;

  protected:
    ~Space() = default;
};

/// Users and groups of the system.
class Users {
  public:
    using Names = std::pair<std::vector<std::string>, std::vector<std::string>>;

    /// Home of `user` ("": of the login), as the client sees it. Whoever must not be told of
    /// answers no_such_file, as for one that is not there.
    virtual void home_directory(std::string_view user, Reply<std::string> reply) = 0;
    /// Names of numeric ids, in order; empty where unknown.
    virtual void names_of(std::vector<std::uint32_t> uids, std::vector<std::uint32_t> gids,
                          Reply<Names> reply) = 0;

  protected:
    ~Users() = default;
};

/// Copies of whole files, made by the server (copy-file).
class Copies {
  public:
    virtual void copy_file(std::string_view from, std::string_view to, bool overwrite,
                           Reply<void> reply) = 0;

  protected:
    ~Copies() = default;
};

/// get-temp-folder and make-temp-folder.
class TemporaryFolders {
  public:
    /// Where temporary files belong.
    virtual void temporary_folder(Reply<std::string> reply) = 0;
    /// Makes a new empty folder there, for this user only.
    virtual void make_temporary_folder(Reply<std::string> reply) = 0;

  protected:
    ~TemporaryFolders() = default;
};

/// Of a Filesystem whose names are not UTF-8 on its disk (draft-13 s6).
class NameTranslation {
  public:
    /// The character set of the names, by its registered name.
    virtual std::string_view charset() const noexcept = 0;
    /// Whether names are converted from and to UTF-8, which they are until told otherwise, or go
    /// to the client as they are.
    virtual void translate(bool convert) noexcept = 0;

  protected:
    ~NameTranslation() = default;
};

/// What all files of a Filesystem have in common, for what the server announces.
struct FilesystemTraits {
    AttrMask attrs = kAttrCommon;        ///< what stat can tell and set_stat can set
    std::uint32_t attrib_bits = 0;       ///< of AttribBits
    std::uint32_t acl_capabilities = 0;  ///< acl-supported (draft-13 s5.6.2): 1 allow, 2 deny, ...
    bool locks = false;                  ///< File::block, advisory and mandatory among ourselves
};

/// One per login. Operations other than those of File come one at a time.
class Filesystem {
  public:
    virtual ~Filesystem() = default;
    /// `attrs`: of a new file; ignored if it exists.
    virtual void open(std::string_view path, OpenFlags flags, const Attrs& attrs,
                      Reply<std::shared_ptr<File>> reply);
    virtual void open_directory(std::string_view path, Reply<std::shared_ptr<Directory>> reply);
    /// At least what of `wanted` there is; more does no harm.
    virtual void stat(std::string_view path, Follow follow, AttrMask wanted, Reply<Attrs> reply);
    /// All or, where the system allows to know beforehand, nothing.
    virtual void set_stat(std::string_view path, const Attrs& attrs, Follow follow,
                          Reply<void> reply);
    virtual void remove(std::string_view path, Reply<void> reply);
    virtual void make_directory(std::string_view path, const Attrs& attrs, Reply<void> reply);
    virtual void remove_directory(std::string_view path, Reply<void> reply);
    virtual void real_path(std::string_view path, PathCheck check, Reply<RealPath> reply);
    /// overwrite: an existing target is replaced atomically; else it is file_already_exists,
    /// without a moment in which either name is missing.
    virtual void rename(std::string_view from, std::string_view to, bool overwrite,
                        Reply<void> reply);

    virtual Links* links() noexcept { return nullptr; }
    virtual Space* space() noexcept { return nullptr; }
    virtual Users* users() noexcept { return nullptr; }
    virtual Copies* copies() noexcept { return nullptr; }
    virtual TemporaryFolders* temporary_folders() noexcept { return nullptr; }
    virtual NameTranslation* name_translation() noexcept { return nullptr; }
    virtual FilesystemTraits traits() const noexcept { return {}; }

    /// A text, at most 255 bytes of UTF-8, for the status that is being answered: asked for inside
    /// the call of a reply, which makes it the text of that reply. Empty: what the error says.
    virtual std::string take_message() { return {}; }

    /// A channel that used this has ended, and its files have answered close(). An operation on a
    /// path that was still under way may answer later; nobody hears it.
    virtual void on_end() {}
};

}  // namespace nacre::sftp
