// An input is one message of SFTP version 5, from its type on: as a request and as a reply.
#include "sftp_messages.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    nacre::check_sftp_message({data, size}, {5});
    return 0;
}
