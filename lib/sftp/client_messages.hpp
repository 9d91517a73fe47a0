/// \file
/// INIT and VERSION, which all versions share, and what replies say in any of them.
#pragma once
#include "sftp/codec.hpp"

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nacre::sftp {

/// Appends INIT.
void write_init(Bytes& out, std::uint32_t version);

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
    bool end_of_file = false;  ///< nothing comes behind it (version 6, from servers that say so)
};
struct NameReply {
    struct Entry {
        std::string_view name;
        std::string_view longname;  ///< version 3
        Attrs attrs;
    };
    std::vector<Entry> entries;
    bool end_of_list = false;  ///< no more will come (version 6, from servers that say so)
};
struct AttrsReply {
    Attrs attrs;
};
struct ExtendedReply {
    ByteView data;  ///< read it with extensions_openssh.hpp or extensions_draft.hpp
};

using ReplyBody =
    std::variant<StatusReply, HandleReply, DataReply, NameReply, AttrsReply, ExtendedReply>;
struct ReplyMessage {
    std::uint32_t id = 0;
    ReplyBody body;
};

/// The VERSION in `message`, from its type on. Errors: peer_malformed, peer_misbehaved.
Result<VersionReply> read_version(ByteView message);

}  // namespace nacre::sftp
