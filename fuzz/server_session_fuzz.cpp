// A whole server, from the identification to SFTP, against a peer that says what the input tells.
// An input is a byte of how far the peer behaves, and then messages field by field.
#include "message_script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace nacre;
    fuzz::FieldInput in(data, size);
    fuzz::MessageScript(Role::server, in).run();
    return 0;
}
