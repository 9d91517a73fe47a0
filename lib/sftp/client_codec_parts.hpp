/// \file
/// The two directions of a ClientCodec, in all versions.
#pragma once
#include "sftp/client_codec.hpp"

namespace nacre::sftp {

/// See ClientCodec::request.
Result<void> write_request(Bytes& out, std::uint32_t id, const Request& request,
                           const Dialect& dialect);
/// See ClientCodec::reply.
Result<ReplyMessage> read_reply(ByteView message, const Dialect& dialect);

}  // namespace nacre::sftp
