#include "sftp/client_messages.hpp"

#include <nacre/wire/writer.hpp>

namespace nacre::sftp {

void write_init(Bytes& out, std::uint32_t version) {
    MessageBuilder message(out, PacketType::init);
    Writer(out).u32(version);
    message.finish();
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

}  // namespace nacre::sftp
