#include "sftp/client_core.hpp"
#include "sftp/quirks.hpp"

namespace nacre::sftp {
namespace {

// The versions that brought something in.
constexpr std::uint32_t kFirstText = 4;
constexpr std::uint32_t kFirstRenameFlags = 5;
constexpr std::uint32_t kFirstCompose = 6;
constexpr std::uint32_t kFirstLink = 6;

}  // namespace

template <class T>
void ClientCore::ask(const Request& request, Reply<T> reply, ByteView data, std::size_t expected,
                     std::size_t groups) {
    if (ended()) return reply(Error{Errc::closed, Disconnect::none, 0, "SFTP session is over"});
    if (!ready())
        return reply(Error{Errc::local_misuse, Disconnect::none, 0, "SFTP session is not ready"});
    if (pending_.size() >= kMaxPending)
        return reply(
            Error{Errc::local_limit, Disconnect::none, 0, "too many SFTP requests under way"});
    // After 2^32 requests an old one may still be under way.
    while (pending_.contains(next_id_)) ++next_id_;
    const std::uint32_t id = next_id_++;
    const auto sent = send(id, request, data);
    if (!sent) return reply(sent.error());
    // A port answers nothing inside a call, but it may have failed us.
    if (ended()) return reply(Error{Errc::closed, Disconnect::none, 0, "SFTP session is over"});
    pending_.emplace(id, Pending{std::move(reply), expected, groups});
}

template <class T>
void ClientCore::ask_if(bool available, const Request& request, Reply<T> reply,
                        std::size_t expected, std::size_t groups) {
    if (ready() && !available)
        return reply(Error{Errc::unsupported, Disconnect::none, 0,
                           "the server does not have the extension"});
    ask(request, std::move(reply), {}, expected, groups);
}

void ClientCore::identify(std::string_view peer_version, std::string_view our_version) {
    const Quirks quirks = server_quirks(peer_version, our_version);
    dialect_.symlink_target_first = quirks.symlink_target_first;
    dialect_.two_words_of_bits = quirks.two_words_of_bits;
    // Its request for digests has another name and form than all others.
    if (peer_version.find("paramiko") != std::string_view::npos)
        check_file_form_ = CheckFileForm::named;
}

void ClientCore::open(std::string_view path, OpenFlags flags, const Attrs& attrs,
                      Reply<RemoteHandle> reply) {
    ask(OpenRequest{path, flags, attrs}, std::move(reply));
}

void ClientCore::close_handle(const RemoteHandle& handle, Reply<void> reply) {
    ask(CloseRequest{handle.bytes}, std::move(reply));
}

void ClientCore::read(const RemoteHandle& handle, std::uint64_t offset, std::uint32_t length,
                      Reply<RemoteData> reply) {
    if (length == 0 || length > server_.max_read)
        return reply(Error{Errc::local_misuse, Disconnect::none, length,
                           "length of a READ is 0 or above the limit"});
    ask(ReadRequest{handle.bytes, offset, length}, std::move(reply), {}, length);
}

void ClientCore::write(const RemoteHandle& handle, std::uint64_t offset, ByteView data,
                       Reply<void> reply) {
    if (data.size() > server_.max_write)
        return reply(
            Error{Errc::local_misuse, Disconnect::none, 0, "length of a WRITE is above the limit"});
    const auto length = static_cast<std::uint32_t>(data.size());
    ask(WriteRequest{handle.bytes, offset, length}, std::move(reply), data);
}

void ClientCore::stat(std::string_view path, Follow follow, AttrMask wanted, Reply<Attrs> reply) {
    ask(StatRequest{path, follow, wanted}, std::move(reply));
}

void ClientCore::stat(const RemoteHandle& handle, AttrMask wanted, Reply<Attrs> reply) {
    ask(FstatRequest{handle.bytes, wanted}, std::move(reply));
}

void ClientCore::set_stat(std::string_view path, const Attrs& attrs, Follow follow,
                          Reply<void> reply) {
    const SetstatRequest request{path, attrs, follow};
    if (follow == Follow::yes) return ask(request, std::move(reply));
    ask_if(server_.has("lsetstat@openssh.com", "1"), request, std::move(reply));
}

void ClientCore::set_stat(const RemoteHandle& handle, const Attrs& attrs, Reply<void> reply) {
    ask(FsetstatRequest{handle.bytes, attrs}, std::move(reply));
}

void ClientCore::open_directory(std::string_view path, Reply<RemoteHandle> reply) {
    ask(OpendirRequest{path}, std::move(reply));
}

void ClientCore::read_directory(const RemoteHandle& handle, Reply<std::vector<RemoteEntry>> reply) {
    ask(ReaddirRequest{handle.bytes}, std::move(reply));
}

void ClientCore::remove(std::string_view path, Reply<void> reply) {
    ask(RemoveRequest{path}, std::move(reply));
}

void ClientCore::make_directory(std::string_view path, const Attrs& attrs, Reply<void> reply) {
    ask(MkdirRequest{path, attrs}, std::move(reply));
}

void ClientCore::remove_directory(std::string_view path, Reply<void> reply) {
    ask(RmdirRequest{path}, std::move(reply));
}

void ClientCore::real_path(std::string_view path, Reply<std::string> reply) {
    ask(RealpathRequest{path}, std::move(reply));
}

void ClientCore::real_path(std::string_view path, PathCheck check,
                           const std::vector<std::string_view>& compose, Reply<RealPath> reply) {
    if (server_.version >= kFirstCompose)
        return ask(RealpathRequest{path, check, compose}, std::move(reply));
    std::string whole(path);
    for (const auto part : compose) {
        if (part.starts_with('/')) {
            whole = part;
        } else if (!part.empty()) {
            if (!whole.empty()) whole += '/';
            whole += part;
        }
    }
    ask(RealpathRequest{whole, check}, std::move(reply));
}

void ClientCore::rename(std::string_view from, std::string_view to, bool overwrite,
                        Reply<void> reply) {
    const RenameRequest request{from, to, overwrite};
    if (!overwrite || server_.version >= kFirstRenameFlags) return ask(request, std::move(reply));
    ask_if(server_.has("posix-rename@openssh.com", "1"), request, std::move(reply));
}

void ClientCore::read_link(std::string_view path, Reply<std::string> reply) {
    ask(ReadlinkRequest{path}, std::move(reply));
}

void ClientCore::symlink(std::string_view target, std::string_view link, Reply<void> reply) {
    ask(SymlinkRequest{target, link}, std::move(reply));
}

void ClientCore::hard_link(std::string_view existing, std::string_view link, Reply<void> reply) {
    ask_if(server_.version >= kFirstLink || server_.has("hardlink@openssh.com", "1"),
           HardlinkRequest{existing, link}, std::move(reply));
}

void ClientCore::stat_filesystem(std::string_view path, Reply<FilesystemStats> reply) {
    ask_if(server_.has("statvfs@openssh.com", "2"), StatvfsRequest{path}, std::move(reply));
}

void ClientCore::stat_filesystem(const RemoteHandle& handle, Reply<FilesystemStats> reply) {
    ask_if(server_.has("fstatvfs@openssh.com", "2"), FstatvfsRequest{handle.bytes},
           std::move(reply));
}

void ClientCore::sync(const RemoteHandle& handle, Reply<void> reply) {
    ask_if(server_.has("fsync@openssh.com", "1"), FsyncRequest{handle.bytes}, std::move(reply));
}

void ClientCore::expand_path(std::string_view path, Reply<std::string> reply) {
    ask_if(server_.has("expand-path@openssh.com", "1"), ExpandPathRequest{path}, std::move(reply));
}

void ClientCore::copy_data(const RemoteHandle& from, std::uint64_t from_offset,
                           std::uint64_t length, const RemoteHandle& to, std::uint64_t to_offset,
                           Reply<void> reply) {
    ask_if(server_.has("copy-data", "1"),
           CopyDataRequest{from.bytes, from_offset, length, to.bytes, to_offset}, std::move(reply));
}

void ClientCore::home_directory(std::string_view user, Reply<std::string> reply) {
    ask_if(server_.has("home-directory", "1"), HomeDirectoryRequest{user}, std::move(reply));
}

void ClientCore::names_of(const std::vector<std::uint32_t>& uids,
                          const std::vector<std::uint32_t>& gids, Reply<Names> reply) {
    const std::string packed_uids = pack_ids(uids);
    const std::string packed_gids = pack_ids(gids);
    ask_if(server_.has("users-groups-by-id@openssh.com", "1"),
           UsersGroupsRequest{packed_uids, packed_gids}, std::move(reply), uids.size(),
           gids.size());
}

void ClientCore::block(const RemoteHandle& handle, std::uint64_t offset, std::uint64_t length,
                       BlockMask mask, Reply<void> reply) {
    ask(BlockRequest{handle.bytes, offset, length, mask}, std::move(reply));
}

void ClientCore::unblock(const RemoteHandle& handle, std::uint64_t offset, std::uint64_t length,
                         Reply<void> reply) {
    ask(UnblockRequest{handle.bytes, offset, length}, std::move(reply));
}

void ClientCore::text_seek(const RemoteHandle& handle, std::uint64_t line, Reply<void> reply) {
    ask_if(server_.version >= kFirstText, TextSeekRequest{handle.bytes, line}, std::move(reply));
}

void ClientCore::check_file(const RemoteHandle& handle, std::string_view algorithms,
                            std::uint64_t start, std::uint64_t length, std::uint32_t block_size,
                            Reply<RemoteHashes> reply) {
    ask_if(server_.has("check-file") || server_.has("check-file-handle"),
           CheckFileHandleRequest{
               handle.bytes, algorithms, {start, length, block_size}, check_file_form_},
           std::move(reply));
}

void ClientCore::check_file(std::string_view path, std::string_view algorithms, std::uint64_t start,
                            std::uint64_t length, std::uint32_t block_size,
                            Reply<RemoteHashes> reply) {
    ask_if(check_file_form_ == CheckFileForm::digests &&
               (server_.has("check-file") || server_.has("check-file-name")),
           CheckFileNameRequest{path, algorithms, {start, length, block_size}}, std::move(reply));
}

void ClientCore::md5_hash(const RemoteHandle& handle, std::uint64_t start, std::uint64_t length,
                          ByteView quick_check, Reply<Bytes> reply) {
    ask_if(server_.has("md5-hash") || server_.has("md5-hash-handle"),
           Md5HashHandleRequest{handle.bytes, start, length, as_text(quick_check)},
           std::move(reply));
}

void ClientCore::md5_hash(std::string_view path, std::uint64_t start, std::uint64_t length,
                          ByteView quick_check, Reply<Bytes> reply) {
    ask_if(server_.has("md5-hash"), Md5HashRequest{path, start, length, as_text(quick_check)},
           std::move(reply));
}

void ClientCore::copy_file(std::string_view from, std::string_view to, bool overwrite,
                           Reply<void> reply) {
    ask_if(server_.has("copy-file"), CopyFileRequest{from, to, overwrite}, std::move(reply));
}

void ClientCore::space_available(std::string_view path, Reply<RemoteSpace> reply) {
    ask_if(server_.has("space-available"), SpaceAvailableRequest{path}, std::move(reply));
}

void ClientCore::temporary_folder(Reply<std::string> reply) {
    ask_if(server_.has("get-temp-folder"), GetTempFolderRequest{}, std::move(reply));
}

void ClientCore::make_temporary_folder(Reply<std::string> reply) {
    ask_if(server_.has("make-temp-folder"), MakeTempFolderRequest{}, std::move(reply));
}

void ClientCore::send_vendor(const VendorId& vendor, Reply<void> reply) {
    ask_if(server_.has("vendor-id"),
           VendorIdRequest{vendor.vendor, vendor.product, vendor.version, vendor.build},
           std::move(reply));
}

void ClientCore::translate_names(bool translate, Reply<void> reply) {
    ask_if(server_.has("filename-charset"), FilenameTranslationControlRequest{translate},
           std::move(reply));
}

}  // namespace nacre::sftp
