// An input is one message of SFTP version 3, from its type on: as a request and as a reply.
#include "fuzz.hpp"
#include "sftp/wire_v3.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nacre;
    const ByteView input(data, size);
    static_cast<void>(sftp::read_version(input));
    static_cast<void>(sftp::read_reply_v3(input));

    if (size < 5) return 0;
    sftp::Message message;
    message.bytes = to_bytes(input);
    message.data_apart = data[0] == static_cast<std::uint8_t>(sftp::PacketType::write);
    const auto codec = sftp::make_codec({});
    const auto request = codec->decode(message);
    if (!request) return 0;

    Bytes once;
    sftp::write_request_v3(once, 1, request.value());
    sftp::Message written;
    written.bytes.assign(once.begin() + 4, once.end());
    written.data_apart = message.data_apart;
    const auto again = codec->decode(written);
    NACRE_FUZZ_CHECK(again.has_value());
    Bytes twice;
    sftp::write_request_v3(twice, 1, again.value());
    NACRE_FUZZ_CHECK(same_bytes(once, twice));
    return 0;
}
