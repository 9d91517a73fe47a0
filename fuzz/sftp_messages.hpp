/// \file
/// What holds for any message of SFTP, as a request and as a reply.
#pragma once
#include "fuzz.hpp"
#include "sftp/client_codec.hpp"

namespace nacre {

/// `input`: one message, from its type on.
inline void check_sftp_message(ByteView input, const sftp::Dialect& dialect) {
    const auto client = sftp::make_client_codec(dialect);
    static_cast<void>(client->reply(input));
    if (input.size() < 5) return;
    sftp::Message message;
    message.bytes = to_bytes(input);
    message.data_apart = input[0] == static_cast<std::uint8_t>(sftp::PacketType::write);
    const auto codec = sftp::make_codec(dialect);
    const auto request = codec->decode(message);
    if (!request) return;

    // What was asked for can be written, and read it is written as the same.
    Bytes once;
    NACRE_FUZZ_CHECK(client->request(once, 1, *request).has_value());
    sftp::Message written;
    written.bytes.assign(once.begin() + 4, once.end());
    written.data_apart = message.data_apart;
    const auto again = codec->decode(written);
    NACRE_FUZZ_CHECK(again.has_value());
    NACRE_FUZZ_CHECK(again->index() == request->index());
    Bytes twice;
    NACRE_FUZZ_CHECK(client->request(twice, 1, *again).has_value());
    NACRE_FUZZ_CHECK(same_bytes(once, twice));
}

}  // namespace nacre
