#include "sftp/wire_v3.hpp"

#include "sftp/client_codec_parts.hpp"

#include <nacre/wire/writer.hpp>

namespace nacre::sftp {

void write_init(Bytes& out, std::uint32_t version) {
    MessageBuilder message(out, PacketType::init);
    Writer(out).u32(version);
    message.finish();
}

void write_request_v3(Bytes& out, std::uint32_t id, const Request& request) {
    static_cast<void>(write_request(out, id, request, {}));
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
    return read_reply(message, {});
}

}  // namespace nacre::sftp
