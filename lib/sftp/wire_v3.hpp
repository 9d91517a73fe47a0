/// \file
/// Version 3 as a client speaks it: requests written, replies read (draft-ietf-secsh-filexfer-02,
/// with OpenSSH's reading of it). The server's direction is in codec.hpp.
#pragma once
#include "sftp/codec.hpp"
#include "sftp/codec_open.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nacre::sftp {

/// Appends INIT.
void write_init(Bytes& out, std::uint32_t version);

/// Appends `request`; extensions are those of OpenSSH. A WRITE ends with the length of its data:
/// WriteRequest::length bytes are to follow.
void write_request_v3(Bytes& out, std::uint32_t id, const Request& request);

/// VERSION. More extensions than kMaxExtensions are an error.
struct VersionReply {
    std::uint32_t version = 0;
    std::vector<std::pair<std::string, std::string>> extensions;
};
constexpr std::size_t kMaxExtensions = 128;

/// Views of replies are borrowed from the message.
struct StatusReply {
    Status status = Status::failure;
    std::string_view text;  ///< empty from servers that send none
};
struct HandleReply {
    std::string_view handle;  ///< at most 256 bytes
};
struct DataReply {
    ByteView data;
};
struct NameReply {
    struct Entry {
        std::string_view name;
        std::string_view longname;
        Attrs attrs;
    };
    std::vector<Entry> entries;
};
struct AttrsReply {
    Attrs attrs;
};
struct ExtendedReply {
    ByteView data;  ///< read it with extensions_openssh.hpp
};

using ReplyBody =
    std::variant<StatusReply, HandleReply, DataReply, NameReply, AttrsReply, ExtendedReply>;
struct ReplyMessage {
    std::uint32_t id = 0;
    ReplyBody body;
};

/// The VERSION in `message`, from its type on. Errors: peer_malformed, peer_misbehaved.
Result<VersionReply> read_version(ByteView message);
/// Any other reply, from its type on. Trailing bytes are ignored; a status code that version 3 does
/// not know is FAILURE. Errors: peer_malformed, peer_misbehaved (no reply at all).
Result<ReplyMessage> read_reply_v3(ByteView message);

}  // namespace nacre::sftp
