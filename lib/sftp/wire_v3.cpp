#include "sftp/wire_v3.hpp"

#include "sftp/attrs_v3.hpp"

#include <nacre/wire/writer.hpp>

namespace nacre::sftp {
namespace {

std::uint32_t pflags_of(OpenFlags flags) noexcept {
    return (flags.read ? kOpenRead : 0) | (flags.write ? kOpenWrite : 0) |
           (flags.append ? kOpenAppend : 0) | (flags.create ? kOpenCreate : 0) |
           (flags.truncate ? kOpenTruncate : 0) | (flags.exclusive ? kOpenExclusive : 0);
}

/// One overload for each request, as each has fields of its own.
class RequestWriter {
  public:
    RequestWriter(Bytes& out, std::uint32_t id) : out_(out), id_(id) {}

    void operator()(const OpenRequest& r) {
        auto m = begin(PacketType::open);
        Writer(out_).string(r.path).u32(pflags_of(r.flags));
        attrs_and_end(m, r.attrs);
    }
    void operator()(const CloseRequest& r) { strings(PacketType::close, {r.handle}); }
    void operator()(const ReadRequest& r) {
        auto m = begin(PacketType::read);
        Writer(out_).string(r.handle).u64(r.offset).u32(r.length);
        m.finish();
    }
    void operator()(const WriteRequest& r) {
        const std::size_t at = out_.size();
        auto m = begin(PacketType::write);
        Writer(out_).string(r.handle).u64(r.offset).u32(r.length);
        m.finish();
        store_be32(out_.data() + at, load_be32(out_.data() + at) + r.length);
    }
    void operator()(const StatRequest& r) {
        strings(r.follow == Follow::yes ? PacketType::stat : PacketType::lstat, {r.path});
    }
    void operator()(const FstatRequest& r) { strings(PacketType::fstat, {r.handle}); }
    void operator()(const SetstatRequest& r) {
        auto m =
            r.follow == Follow::yes ? begin(PacketType::setstat) : extended("lsetstat@openssh.com");
        Writer(out_).string(r.path);
        attrs_and_end(m, r.attrs);
    }
    void operator()(const FsetstatRequest& r) {
        auto m = begin(PacketType::fsetstat);
        Writer(out_).string(r.handle);
        attrs_and_end(m, r.attrs);
    }
    void operator()(const OpendirRequest& r) { strings(PacketType::opendir, {r.path}); }
    void operator()(const ReaddirRequest& r) { strings(PacketType::readdir, {r.handle}); }
    void operator()(const RemoveRequest& r) { strings(PacketType::remove, {r.path}); }
    void operator()(const MkdirRequest& r) {
        auto m = begin(PacketType::mkdir);
        Writer(out_).string(r.path);
        attrs_and_end(m, r.attrs);
    }
    void operator()(const RmdirRequest& r) { strings(PacketType::rmdir, {r.path}); }
    void operator()(const RealpathRequest& r) { strings(PacketType::realpath, {r.path}); }
    void operator()(const RenameRequest& r) {
        if (r.overwrite) {
            extended_strings("posix-rename@openssh.com", {r.from, r.to});
        } else {
            strings(PacketType::rename, {r.from, r.to});
        }
    }
    void operator()(const ReadlinkRequest& r) { strings(PacketType::readlink, {r.path}); }
    // The target first, as OpenSSH and all who follow it.
    void operator()(const SymlinkRequest& r) { strings(PacketType::symlink, {r.target, r.link}); }
    void operator()(const HardlinkRequest& r) {
        extended_strings("hardlink@openssh.com", {r.existing, r.link});
    }
    void operator()(const StatvfsRequest& r) { extended_strings("statvfs@openssh.com", {r.path}); }
    void operator()(const FstatvfsRequest& r) {
        extended_strings("fstatvfs@openssh.com", {r.handle});
    }
    void operator()(const FsyncRequest& r) { extended_strings("fsync@openssh.com", {r.handle}); }
    void operator()(const LimitsRequest&) { extended_strings("limits@openssh.com", {}); }
    void operator()(const ExpandPathRequest& r) {
        extended_strings("expand-path@openssh.com", {r.path});
    }
    void operator()(const CopyDataRequest& r) {
        auto m = extended("copy-data");
        Writer(out_).string(r.from).u64(r.from_offset).u64(r.length).string(r.to).u64(r.to_offset);
        m.finish();
    }
    void operator()(const HomeDirectoryRequest& r) { extended_strings("home-directory", {r.user}); }
    void operator()(const UsersGroupsRequest& r) {
        extended_strings("users-groups-by-id@openssh.com", {r.uids, r.gids});
    }
    /// Not asked for in this version.
    template <class R>
    void operator()(const R&) {}

  private:
    using Strings = std::initializer_list<std::string_view>;

    MessageBuilder begin(PacketType type) { return MessageBuilder(out_, type, id_); }
    MessageBuilder extended(std::string_view name) {
        auto m = begin(PacketType::extended);
        Writer(out_).string(name);
        return m;
    }
    void end_strings(MessageBuilder& m, Strings fields) {
        Writer writer(out_);
        for (const auto field : fields) writer.string(field);
        m.finish();
    }
    void strings(PacketType type, Strings fields) {
        auto m = begin(type);
        end_strings(m, fields);
    }
    void extended_strings(std::string_view name, Strings fields) {
        auto m = extended(name);
        end_strings(m, fields);
    }
    void attrs_and_end(MessageBuilder& m, const Attrs& attrs) {
        write_attrs_v3(out_, attrs);
        m.finish();
    }

    Bytes& out_;
    std::uint32_t id_;
};

/// A server that ends without a text is no worse than one without a reason.
StatusReply read_status(Reader& r) {
    StatusReply reply;
    const std::uint32_t code = r.u32();
    reply.status = code <= static_cast<std::uint32_t>(Status::op_unsupported)
                       ? static_cast<Status>(code)
                       : Status::failure;
    if (r.remaining() >= 4) {
        Reader text = r;
        const auto value = text.text();
        if (text.ok()) reply.text = value;
    }
    return reply;
}

NameReply read_names(Reader& r) {
    // Two lengths and the flags of the attributes.
    constexpr std::size_t kMinEntry = 4 + 4 + 4;
    NameReply reply;
    const std::uint32_t count = r.count(kMinEntry);
    reply.entries.reserve(count);
    for (std::uint32_t i = 0; i < count && r.ok(); ++i) {
        const auto name = r.text();
        const auto longname = r.text();
        reply.entries.push_back({name, longname, read_attrs_v3(r)});
    }
    return reply;
}

HandleReply read_handle(Reader& r) {
    const HandleReply reply{r.text()};
    if (reply.handle.size() > Framing::kMaxHandle) r.fail();
    return reply;
}

/// Whether `type` is a reply at all; a broken one leaves the reader failed.
bool read_body(PacketType type, Reader& r, ReplyBody& body) {
    if (type == PacketType::status) {
        body.emplace<StatusReply>(read_status(r));
    } else if (type == PacketType::handle) {
        body.emplace<HandleReply>(read_handle(r));
    } else if (type == PacketType::data) {
        body.emplace<DataReply>(DataReply{r.string()});
    } else if (type == PacketType::name) {
        body.emplace<NameReply>(read_names(r));
    } else if (type == PacketType::attrs) {
        body.emplace<AttrsReply>(AttrsReply{read_attrs_v3(r)});
    } else if (type == PacketType::extended_reply) {
        body.emplace<ExtendedReply>(ExtendedReply{r.rest()});
    } else {
        return false;
    }
    return true;
}

}  // namespace

void write_init(Bytes& out, std::uint32_t version) {
    MessageBuilder message(out, PacketType::init);
    Writer(out).u32(version);
    message.finish();
}

void write_request_v3(Bytes& out, std::uint32_t id, const Request& request) {
    std::visit(RequestWriter(out, id), request);
}

Result<VersionReply> read_version(ByteView message) {
    Reader r(message);
    const std::uint8_t type = r.u8();
    VersionReply reply;
    reply.version = r.u32();
    if (!r.ok()) return malformed("SFTP VERSION too short");
    if (type != static_cast<std::uint8_t>(PacketType::version))
        return misbehaved("SFTP server did not answer INIT with VERSION", type);
    while (r.remaining() != 0) {
        if (reply.extensions.size() == kMaxExtensions)
            return over_limit("too many extensions in SFTP VERSION");
        const auto name = r.text();
        const auto data = r.text();
        if (!r.ok()) return malformed("SFTP VERSION with a broken extension");
        reply.extensions.emplace_back(name, data);
    }
    return reply;
}

Result<ReplyMessage> read_reply_v3(ByteView message) {
    Reader r(message);
    const auto type = static_cast<PacketType>(r.u8());
    ReplyMessage reply;
    reply.id = r.u32();
    if (!r.ok()) return malformed("SFTP reply too short");
    if (!read_body(type, r, reply.body))
        return misbehaved("SFTP message that is no reply", static_cast<std::uint32_t>(type));
    if (!r.ok())
        return malformed("SFTP reply with a broken field", static_cast<std::uint32_t>(type));
    return reply;
}

}  // namespace nacre::sftp
