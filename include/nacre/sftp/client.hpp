/// \file
/// An SFTP client on a channel: operations become requests, replies become answers.
#pragma once
#include <nacre/connection/channel.hpp>
#include <nacre/sftp/filesystem.hpp>
#include <nacre/sftp/vendor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace nacre::sftp {

/// What the server calls an open file or directory; at most 256 bytes, of no meaning here.
struct RemoteHandle {
    std::string bytes;
};

/// One name in a directory of the server. Bytes as sent: neither free of control characters nor of
/// '/'; a program that makes local files of names must check them.
struct RemoteEntry {
    std::string name;
    std::string longname;  ///< a line as of `ls -l`, for people
    Attrs attrs;
};

/// What a READ brought. The memory is kept as long as the pieces are.
struct RemoteData {
    std::vector<Payload> pieces;  ///< one after the other; none at end of file
    std::size_t size = 0;         ///< of all pieces; may be less than was asked for
};

/// What the digests of check-file are of.
struct RemoteHashes {
    std::string algorithm;  ///< the one that the server chose
    Bytes digests;          ///< one behind the other, one for each block
};

/// space-available
struct RemoteSpace {
    std::uint64_t device_bytes = 0, device_unused = 0;  ///< of the whole device
    std::uint64_t user_bytes = 0, user_unused = 0;      ///< what this user may have of it
    std::uint32_t allocation_unit = 0;                  ///< bytes; 0: not told
};

/// "supported" (version 5) and "supported2" (version 6). The masks are hints, not promises.
struct RemoteSupport {
    AttrMask attrs = 0;
    std::uint32_t attrib_bits = 0;
    std::uint32_t open_flags = 0;
    std::uint32_t access_mask = 0;
    std::uint16_t open_block_vector = 0, block_vector = 0;  ///< draft-13 s5.5; version 6
    std::vector<std::string> extensions;                    ///< requests it knows
};

/// What the server told of itself.
struct RemoteServer {
    std::uint32_t version = 0;  ///< in use, 3 .. 6
    /// Extensions with their data, as announced in VERSION.
    std::vector<std::pair<std::string, std::string>> extensions;
    /// Bytes that one READ or WRITE may have: limits@openssh.com, supported2, or what every server
    /// takes.
    std::uint32_t max_read = 32768;
    std::uint32_t max_write = 32768;
    std::uint32_t max_packet = 34000;  ///< longest request, without its length field
    std::uint64_t max_handles = 0;     ///< 0: not told
    /// What ends a line of a file in text mode (version 4 and up).
    std::string newline = "\r\n";
    std::optional<RemoteSupport> support;
    std::uint32_t acl_capabilities = 0;  ///< acl-supported (draft-13 s5.6.2); 0: none, or not told
    std::optional<VendorId> vendor;
    std::string charset;  ///< of names that may be no UTF-8 (filename-charset); empty: they all are

    /// Whether the extension was announced with that data, or is listed among those supported.
    bool has(std::string_view extension, std::string_view data) const noexcept;
    /// The same, with any data.
    bool has(std::string_view extension) const noexcept;
};

struct ClientConfig {
    /// Requested on the channel before SFTP begins (RFC 4254 s6.5). Empty: nothing is, as over
    /// pipes, or when the program does it.
    std::string subsystem = "sftp";
    /// The highest version that is spoken, 3 .. 6; what is outside is taken as the nearest. The
    /// session has the highest that both sides know.
    std::uint32_t max_version = 6;
    /// The server's identification, by which some are treated differently ("SSH-2.0-OpenSSH_9.2"),
    /// and our own, by which some treat us. See Client::identify.
    std::string peer_version, our_version;
    /// Told of each refusal before it is answered, with the server's own words: unescaped, valid
    /// during the call. May be empty.
    std::function<void(Status, std::string_view)> on_refused;
};

/// One SFTP session, in any version from 3 to 6. Kept by the program as long as it likes. Every
/// operation is answered once: with what the server said, with peer_refused (detail: the Status),
/// with unsupported if the version or the server lacks it (then nothing was sent), or when the
/// channel is gone with closed or with the error that ended it. Operations are sent in the order
/// they were called in and may be called at any time after the session is ready, from within
/// answers too; the server may answer them in another order. One thread.
class Client {
  public:
    /// Most operations without an answer; more answer local_limit.
    static constexpr std::size_t kMaxPending = 1024;
    /// Longest reply that is taken; a longer one ends the channel.
    static constexpr std::uint32_t kMaxReply = 256 * 1024;
    /// Most bytes in one READ or WRITE, whatever more the server allows.
    static constexpr std::uint32_t kMaxLength = 255 * 1024;

    using Names = std::pair<std::vector<std::string>, std::vector<std::string>>;

    virtual ~Client() = default;
    /// Meaningful once ready.
    virtual const RemoteServer& server() const noexcept = 0;
    virtual bool ready() const noexcept = 0;
    virtual bool ended() const noexcept = 0;
    /// Operations without an answer.
    virtual std::size_t pending() const noexcept = 0;
    /// Bytes of requests that have not left yet: waiting for window, keys or socket.
    virtual std::size_t backlog() const noexcept = 0;
    /// As in ClientConfig, for when that is known only later: before the channel opens.
    virtual void identify(std::string_view peer_version, std::string_view our_version) = 0;
    /// Ends the session: everything pending is answered `why`, the channel is closed.
    virtual void close(const Error& why = {Errc::closed, Disconnect::none, 0, "closed"}) = 0;

    virtual void open(std::string_view path, OpenFlags flags, const Attrs& attrs,
                      Reply<RemoteHandle> reply) = 0;
    virtual void close_handle(const RemoteHandle& handle, Reply<void> reply) = 0;
    /// `length`: 1 .. server().max_read.
    virtual void read(const RemoteHandle& handle, std::uint64_t offset, std::uint32_t length,
                      Reply<RemoteData> reply) = 0;
    /// `data` is copied; at most server().max_write bytes.
    virtual void write(const RemoteHandle& handle, std::uint64_t offset, ByteView data,
                       Reply<void> reply) = 0;
    /// `wanted`: a hint (version 4 and up); the server may tell more or less.
    virtual void stat(std::string_view path, Follow follow, AttrMask wanted,
                      Reply<Attrs> reply) = 0;
    virtual void stat(const RemoteHandle& handle, AttrMask wanted, Reply<Attrs> reply) = 0;
    void stat(std::string_view path, Follow follow, Reply<Attrs> reply) {
        stat(path, follow, kAttrCommon, std::move(reply));
    }
    void stat(const RemoteHandle& handle, Reply<Attrs> reply) {
        stat(handle, kAttrCommon, std::move(reply));
    }
    /// Follow::no is lsetstat@openssh.com.
    virtual void set_stat(std::string_view path, const Attrs& attrs, Follow follow,
                          Reply<void> reply) = 0;
    virtual void set_stat(const RemoteHandle& handle, const Attrs& attrs, Reply<void> reply) = 0;
    virtual void open_directory(std::string_view path, Reply<RemoteHandle> reply) = 0;
    /// Some more entries; none at the end.
    virtual void read_directory(const RemoteHandle& handle,
                                Reply<std::vector<RemoteEntry>> reply) = 0;
    virtual void remove(std::string_view path, Reply<void> reply) = 0;
    virtual void make_directory(std::string_view path, const Attrs& attrs, Reply<void> reply) = 0;
    virtual void remove_directory(std::string_view path, Reply<void> reply) = 0;
    virtual void real_path(std::string_view path, Reply<std::string> reply) = 0;
    /// With `compose` joined behind the path, each in turn; an absolute one takes the place of what
    /// is before it. Below version 6 `check` is the server's choice.
    virtual void real_path(std::string_view path, PathCheck check,
                           const std::vector<std::string_view>& compose, Reply<RealPath> reply) = 0;
    /// overwrite: posix-rename@openssh.com in versions 3 and 4.
    virtual void rename(std::string_view from, std::string_view to, bool overwrite,
                        Reply<void> reply) = 0;
    virtual void read_link(std::string_view path, Reply<std::string> reply) = 0;
    virtual void symlink(std::string_view target, std::string_view link, Reply<void> reply) = 0;

    /// hardlink@openssh.com below version 6.
    virtual void hard_link(std::string_view existing, std::string_view link, Reply<void> reply) = 0;
    /// statvfs@openssh.com, fstatvfs@openssh.com
    virtual void stat_filesystem(std::string_view path, Reply<FilesystemStats> reply) = 0;
    virtual void stat_filesystem(const RemoteHandle& handle, Reply<FilesystemStats> reply) = 0;
    /// fsync@openssh.com
    virtual void sync(const RemoteHandle& handle, Reply<void> reply) = 0;
    /// expand-path@openssh.com: "~", "~user" and relative paths.
    virtual void expand_path(std::string_view path, Reply<std::string> reply) = 0;
    /// copy-data; length 0: to the end.
    virtual void copy_data(const RemoteHandle& from, std::uint64_t from_offset,
                           std::uint64_t length, const RemoteHandle& to, std::uint64_t to_offset,
                           Reply<void> reply) = 0;
    /// home-directory; "": of the login.
    virtual void home_directory(std::string_view user, Reply<std::string> reply) = 0;
    /// users-groups-by-id@openssh.com: as many names as ids, empty where unknown.
    virtual void names_of(const std::vector<std::uint32_t>& uids,
                          const std::vector<std::uint32_t>& gids, Reply<Names> reply) = 0;

    /// Locks bytes of a file (version 6); length 0: to its end. `mask`: kBlock*.
    virtual void block(const RemoteHandle& handle, std::uint64_t offset, std::uint64_t length,
                       BlockMask mask, Reply<void> reply) = 0;
    /// Unlocks exactly what block() locked.
    virtual void unblock(const RemoteHandle& handle, std::uint64_t offset, std::uint64_t length,
                         Reply<void> reply) = 0;
    /// text-seek (version 4 and up): the next READ of a file open in text mode is of line `line`,
    /// counted from 0.
    virtual void text_seek(const RemoteHandle& handle, std::uint64_t line, Reply<void> reply) = 0;
    /// check-file: digests of `length` bytes (0: to the end) from `start`, by the first of
    /// `algorithms` (names such as "sha256", comma-separated) that the server has; one for all if
    /// `block_size` is 0, else (256 and up) one for each such block.
    virtual void check_file(const RemoteHandle& handle, std::string_view algorithms,
                            std::uint64_t start, std::uint64_t length, std::uint32_t block_size,
                            Reply<RemoteHashes> reply) = 0;
    virtual void check_file(std::string_view path, std::string_view algorithms, std::uint64_t start,
                            std::uint64_t length, std::uint32_t block_size,
                            Reply<RemoteHashes> reply) = 0;
    /// md5-hash of `length` bytes (0: to the end) from `start`. `quick_check`: MD5 of the first
    /// 2,048 of them, or empty; if the server's differs, the answer is empty.
    virtual void md5_hash(const RemoteHandle& handle, std::uint64_t start, std::uint64_t length,
                          ByteView quick_check, Reply<Bytes> reply) = 0;
    virtual void md5_hash(std::string_view path, std::uint64_t start, std::uint64_t length,
                          ByteView quick_check, Reply<Bytes> reply) = 0;
    /// copy-file
    virtual void copy_file(std::string_view from, std::string_view to, bool overwrite,
                           Reply<void> reply) = 0;
    /// space-available
    virtual void space_available(std::string_view path, Reply<RemoteSpace> reply) = 0;
    /// get-temp-folder, make-temp-folder
    virtual void temporary_folder(Reply<std::string> reply) = 0;
    virtual void make_temporary_folder(Reply<std::string> reply) = 0;
    /// vendor-id: tells the server who we are.
    virtual void send_vendor(const VendorId& vendor, Reply<void> reply) = 0;
    /// filename-translation-control: whether names are converted from the server's charset.
    virtual void translate_names(bool translate, Reply<void> reply) = 0;
};

/// A client and the user of its channel. The channel keeps the client alive too.
struct ClientChannel {
    std::shared_ptr<Client> client;
    std::unique_ptr<ChannelSink> sink;
};

/// `ready` is answered when operations may be called, or with why they never may: peer_refused for
/// the subsystem, peer_incompatible for a version below 3, closed.
ClientChannel make_client(ClientConfig config, Reply<void> ready);

}  // namespace nacre::sftp
