#include "sftp/codec_v3.hpp"

#include "sftp/attrs_v3.hpp"
#include "sftp/extensions_openssh.hpp"
#include "sftp/longname.hpp"

#include <nacre/wire/writer.hpp>

namespace nacre::sftp {
namespace {

OpenFlags open_flags(std::uint32_t pflags) noexcept {
    OpenFlags flags;
    flags.read = (pflags & kOpenRead) != 0;
    flags.write = (pflags & kOpenWrite) != 0;
    flags.append = (pflags & kOpenAppend) != 0;
    flags.create = (pflags & kOpenCreate) != 0;
    flags.truncate = (pflags & kOpenTruncate) != 0;
    flags.exclusive = (pflags & kOpenExclusive) != 0;
    return flags;
}

OpenRequest read_open(Reader& r) {
    OpenRequest request;
    request.path = r.text();
    request.flags = open_flags(r.u32());
    request.attrs = read_attrs_v3(r);
    return request;
}

class CodecV3 final : public Codec {
  public:
    explicit CodecV3(const Dialect& dialect) : dialect_(dialect) {}

    std::uint32_t version() const noexcept override { return 3; }
    Result<Request> decode(const Message& message) const override;
    void version_reply(Bytes& out, std::span<const Extension> extensions) const override;
    void status(Bytes& out, std::uint32_t id, Status status, const char* text) const override;
    void handle(Bytes& out, std::uint32_t id, ByteView handle) const override;
    void attrs(Bytes& out, std::uint32_t id, const Attrs& attrs) const override;
    void path_name(Bytes& out, std::uint32_t id, std::string_view path,
                   const Attrs& attrs) const override;
    std::size_t names(Bytes& out, std::uint32_t id, std::span<const DirEntry> entries,
                      const NamesFormat& format) const override;
    bool has_end_of_file() const noexcept override { return false; }

  private:
    Result<Request> fields(PacketType type, Reader& r, const Message& message) const;
    Dialect dialect_;
};

Result<Request> CodecV3::decode(const Message& message) const {
    Reader reader(message.bytes);
    const auto type = static_cast<PacketType>(reader.u8());
    reader.u32();  // the id
    auto request = fields(type, reader, message);
    if (request && !reader.ok()) return failure(Status::bad_message);
    return request;
}

// In braces, the initialisers read the fields in the order they stand in.
Result<Request> CodecV3::fields(PacketType type, Reader& r, const Message& message) const {
    switch (type) {
        case PacketType::open:
            return Request{read_open(r)};
        case PacketType::close:
            return Request{CloseRequest{r.text()}};
        case PacketType::read:
            return Request{ReadRequest{r.text(), r.u64(), r.u32()}};
        case PacketType::write: {
            const WriteRequest request{r.text(), r.u64(), r.u32()};
            // Whole in the message: its data is shorter than it says.
            if (!message.data_apart) return failure(Status::bad_message);
            return Request{request};
        }
        case PacketType::lstat:
            return Request{StatRequest{r.text(), Follow::no}};
        case PacketType::fstat:
            return Request{FstatRequest{r.text()}};
        case PacketType::setstat:
            return Request{SetstatRequest{r.text(), read_attrs_v3(r), Follow::yes}};
        case PacketType::fsetstat:
            return Request{FsetstatRequest{r.text(), read_attrs_v3(r)}};
        case PacketType::opendir:
            return Request{OpendirRequest{r.text()}};
        case PacketType::readdir:
            return Request{ReaddirRequest{r.text()}};
        case PacketType::remove:
            return Request{RemoveRequest{r.text()}};
        case PacketType::mkdir:
            return Request{MkdirRequest{r.text(), read_attrs_v3(r)}};
        case PacketType::rmdir:
            return Request{RmdirRequest{r.text()}};
        case PacketType::realpath:
            return Request{RealpathRequest{r.text()}};
        case PacketType::stat:
            return Request{StatRequest{r.text(), Follow::yes}};
        case PacketType::rename:
            return Request{RenameRequest{r.text(), r.text(), false}};
        case PacketType::readlink:
            return Request{ReadlinkRequest{r.text()}};
        case PacketType::symlink: {
            // The draft has the link first, OpenSSH and nearly everybody since has it second.
            SymlinkRequest request{r.text(), r.text()};
            if (!dialect_.symlink_target_first) std::swap(request.target, request.link);
            return Request{request};
        }
        case PacketType::extended: {
            const auto name = r.text();
            if (!r.ok()) return failure(Status::bad_message);
            return decode_openssh_extension(name, r, read_attrs_v3);
        }
        // As OpenSSH for a second INIT.
        case PacketType::init:
            return failure(Status::failure);
        case PacketType::version:
        case PacketType::link:
        case PacketType::block:
        case PacketType::unblock:
        case PacketType::status:
        case PacketType::handle:
        case PacketType::data:
        case PacketType::name:
        case PacketType::attrs:
        case PacketType::extended_reply:
            break;
    }
    return failure(Status::op_unsupported);
}

void CodecV3::version_reply(Bytes& out, std::span<const Extension> extensions) const {
    MessageBuilder message(out, PacketType::version);
    Writer writer(out);
    writer.u32(version());
    for (const auto& extension : extensions) writer.string(extension.name).string(extension.data);
    message.finish();
}

void CodecV3::status(Bytes& out, std::uint32_t id, Status status, const char* text) const {
    MessageBuilder message(out, PacketType::status, id);
    Writer writer(out);
    writer.u32(static_cast<std::uint32_t>(status_in_v3(status)));
    if (dialect_.client_version >= 3)
        writer.string(std::string_view(text)).string(std::string_view());
    message.finish();
}

void CodecV3::handle(Bytes& out, std::uint32_t id, ByteView handle) const {
    MessageBuilder message(out, PacketType::handle, id);
    Writer(out).string(handle);
    message.finish();
}

void CodecV3::attrs(Bytes& out, std::uint32_t id, const Attrs& attrs) const {
    MessageBuilder message(out, PacketType::attrs, id);
    write_attrs_v3(out, attrs);
    message.finish();
}

void CodecV3::path_name(Bytes& out, std::uint32_t id, std::string_view path,
                        const Attrs& attrs) const {
    MessageBuilder message(out, PacketType::name, id);
    Writer(out).u32(1).string(path).string(path);
    write_attrs_v3(out, attrs);
    message.finish();
}

std::size_t CodecV3::names(Bytes& out, std::uint32_t id, std::span<const DirEntry> entries,
                           const NamesFormat& format) const {
    MessageBuilder message(out, PacketType::name, id);
    const std::size_t count_at = out.size();
    Writer writer(out);
    writer.u32(0);
    std::size_t count = 0;
    for (const auto& entry : entries) {
        if (count == format.max_entries) break;
        const std::size_t entry_at = out.size();
        writer.string(entry.name);
        const std::size_t longname_at = out.size();
        writer.u32(0);
        append_longname(out, entry, format.now, format.dates);
        store_be32(out.data() + longname_at,
                   static_cast<std::uint32_t>(out.size() - longname_at - 4));
        write_attrs_v3(out, entry.attrs);
        if (message.size() > format.max_bytes && count != 0) {
            out.resize(entry_at);
            break;
        }
        ++count;
    }
    store_be32(out.data() + count_at, static_cast<std::uint32_t>(count));
    message.finish();
    return count;
}

}  // namespace

Status status_in_v3(Status status) noexcept {
    switch (status) {
        case Status::ok:
        case Status::eof:
        case Status::no_such_file:
        case Status::permission_denied:
        case Status::failure:
        case Status::bad_message:
        case Status::no_connection:
        case Status::connection_lost:
        case Status::op_unsupported:
            return status;
        case Status::no_such_path:
        case Status::not_a_directory:
            return Status::no_such_file;
        case Status::write_protect:
            return Status::permission_denied;
        case Status::invalid_filename:
            return Status::bad_message;
        case Status::invalid_handle:
        case Status::file_already_exists:
        case Status::no_media:
        case Status::no_space_on_filesystem:
        case Status::quota_exceeded:
        case Status::unknown_principal:
        case Status::lock_conflict:
        case Status::dir_not_empty:
        case Status::link_loop:
        case Status::cannot_delete:
        case Status::invalid_parameter:
        case Status::file_is_a_directory:
        case Status::byte_range_lock_conflict:
        case Status::byte_range_lock_refused:
        case Status::delete_pending:
        case Status::file_corrupt:
        case Status::owner_invalid:
        case Status::group_invalid:
        case Status::no_matching_byte_range_lock:
            return Status::failure;
    }
    return Status::failure;
}

std::unique_ptr<Codec> make_codec_v3(const Dialect& dialect) {
    return std::make_unique<CodecV3>(dialect);
}

}  // namespace nacre::sftp
