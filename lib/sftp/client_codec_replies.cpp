#include "sftp/attrs_v4.hpp"
#include "sftp/client_codec_parts.hpp"
#include "sftp/status_in_version.hpp"

namespace nacre::sftp {
namespace {

/// A server that ends without a text is no worse than one without a reason.
StatusReply read_status(Reader& r, std::uint32_t version) {
    StatusReply reply;
    const auto status = static_cast<Status>(r.u32());
    if (status_in(status, version) == status) reply.status = status;
    Reader text = r;
    const auto value = text.text();
    if (text.ok()) reply.text = value;
    return reply;
}

NameReply read_names(Reader& r, const Dialect& dialect) {
    const Features& has = features_of(dialect.version);
    // Two lengths and the flags of the attributes, or a length, the flags and the type.
    const std::size_t min_entry = has.longnames ? 4 + 4 + 4 : 4 + 4 + 1;
    NameReply reply;
    const std::uint32_t count = r.count(min_entry);
    reply.entries.reserve(count);
    for (std::uint32_t i = 0; i < count && r.ok(); ++i) {
        NameReply::Entry entry;
        entry.name = r.text();
        if (has.longnames) entry.longname = r.text();
        entry.attrs = read_attrs(r, dialect);
        reply.entries.push_back(std::move(entry));
    }
    if (has.ends_are_told && r.remaining() != 0) reply.end_of_list = r.boolean();
    return reply;
}

DataReply read_data(Reader& r, const Dialect& dialect) {
    DataReply reply{r.string()};
    if (features_of(dialect.version).ends_are_told && r.remaining() != 0)
        reply.end_of_file = r.boolean();
    return reply;
}

HandleReply read_handle(Reader& r) {
    const HandleReply reply{r.text()};
    if (reply.handle.size() > Framing::kMaxHandle) r.fail();
    return reply;
}

/// Whether `type` is a reply at all; a broken one leaves the reader failed.
bool read_body(PacketType type, Reader& r, ReplyBody& body, const Dialect& dialect) {
    if (type == PacketType::status) {
        body.emplace<StatusReply>(read_status(r, dialect.version));
    } else if (type == PacketType::handle) {
        body.emplace<HandleReply>(read_handle(r));
    } else if (type == PacketType::data) {
        body.emplace<DataReply>(read_data(r, dialect));
    } else if (type == PacketType::name) {
        body.emplace<NameReply>(read_names(r, dialect));
    } else if (type == PacketType::attrs) {
        body.emplace<AttrsReply>(AttrsReply{read_attrs(r, dialect)});
    } else if (type == PacketType::extended_reply) {
        body.emplace<ExtendedReply>(ExtendedReply{r.rest()});
    } else {
        return false;
    }
    return true;
}

}  // namespace

Result<ReplyMessage> read_reply(ByteView message, const Dialect& dialect) {
    Reader r(message);
    const auto type = static_cast<PacketType>(r.u8());
    ReplyMessage reply;
    reply.id = r.u32();
    if (!r.ok()) return malformed("SFTP reply too short");
    if (!read_body(type, r, reply.body, dialect))
        return misbehaved("SFTP message that is no reply", static_cast<std::uint32_t>(type));
    if (!r.ok())
        return malformed("SFTP reply with a broken field", static_cast<std::uint32_t>(type));
    return reply;
}

}  // namespace nacre::sftp
