/// \file
/// An SFTP client on a channel: operations become requests, replies become answers.
#pragma once
#include <nacre/connection/channel.hpp>
#include <nacre/sftp/filesystem.hpp>

#include <functional>
#include <memory>
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

/// What the server told of itself.
struct RemoteServer {
    std::uint32_t version = 0;
    /// Extensions with their data, as announced.
    std::vector<std::pair<std::string, std::string>> extensions;
    /// Bytes that one READ or WRITE may have: limits@openssh.com, or what every server takes.
    std::uint32_t max_read = 32768;
    std::uint32_t max_write = 32768;
    std::uint32_t max_packet = 34000;  ///< longest request, without its length field
    std::uint64_t max_handles = 0;     ///< 0: not told

    /// Whether the extension was announced with that data.
    bool has(std::string_view extension, std::string_view data) const noexcept;
};

struct ClientConfig {
    /// Requested on the channel before SFTP begins (RFC 4254 s6.5). Empty: nothing is, as over
    /// pipes, or when the program does it.
    std::string subsystem = "sftp";
    /// Told of each refusal before it is answered, with the server's own words: unescaped, valid
    /// during the call. May be empty.
    std::function<void(Status, std::string_view)> on_refused;
};

/// One SFTP session, version 3. Kept by the program as long as it likes. Every operation is
/// answered once: with what the server said, with peer_refused (detail: the Status), with
/// unsupported if the server lacks the extension, or when the channel is gone with closed or with
/// the error that ended it. Operations are sent in the order they were called in and may be called
/// at any time after the session is ready, from within answers too; the server may answer them in
/// another order. One thread.
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
    virtual void stat(std::string_view path, Follow follow, Reply<Attrs> reply) = 0;
    virtual void stat(const RemoteHandle& handle, Reply<Attrs> reply) = 0;
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
    /// overwrite: posix-rename@openssh.com.
    virtual void rename(std::string_view from, std::string_view to, bool overwrite,
                        Reply<void> reply) = 0;
    virtual void read_link(std::string_view path, Reply<std::string> reply) = 0;
    virtual void symlink(std::string_view target, std::string_view link, Reply<void> reply) = 0;

    /// hardlink@openssh.com
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
};

/// A client and the user of its channel. The channel keeps the client alive too.
struct ClientChannel {
    std::shared_ptr<Client> client;
    std::unique_ptr<ChannelSink> sink;
};

/// `ready` is answered when operations may be called, or with why they never may: peer_refused for
/// the subsystem, peer_incompatible for another version than 3, closed.
ClientChannel make_client(ClientConfig config, Reply<void> ready);

}  // namespace nacre::sftp
