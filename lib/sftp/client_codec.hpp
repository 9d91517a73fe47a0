/// \file
/// What differs between protocol versions for a client: how requests are written and replies read.
/// INIT and VERSION are the same in all of them (client_messages.hpp).
#pragma once
#include "sftp/client_messages.hpp"

namespace nacre::sftp {

/// One per session and version.
class ClientCodec {
  public:
    virtual ~ClientCodec() = default;
    virtual std::uint32_t version() const noexcept = 0;

    /// Appends `request`. A WRITE ends with the length of its data: WriteRequest::length bytes are
    /// to follow. What the version cannot say is left out (attributes), becomes the nearest that it
    /// has (a hard link in versions 3 to 5: hardlink@openssh.com; an overwriting rename in 3 and 4:
    /// posix-rename@openssh.com), or is refused. Errors: unsupported; then nothing was appended.
    virtual Result<void> request(Bytes& out, std::uint32_t id, const Request& request) const = 0;

    /// Any reply but VERSION, from its type on; views are borrowed from there. Trailing bytes are
    /// ignored; an unknown status code is FAILURE. Errors: peer_malformed, peer_misbehaved.
    virtual Result<ReplyMessage> reply(ByteView message) const = 0;
};

std::unique_ptr<ClientCodec> make_client_codec(const Dialect& dialect);

}  // namespace nacre::sftp
