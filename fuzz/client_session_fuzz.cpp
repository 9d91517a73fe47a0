// A whole client, from the identification to SFTP, against a peer that says what the input tells.
// An input is a byte of how far the peer behaves, and then messages field by field.
#include "message_script.hpp"

namespace {

constexpr auto kRole = nacre::Role::client;

nacre::fuzz::ScriptLayout layout(nacre::ByteView script) {
    return nacre::fuzz::script_layout(script, kRole);
}

}  // namespace

NACRE_FUZZ_SCRIPT_MUTATOR(layout, nacre::fuzz::FieldInput::kCounts)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    nacre::fuzz::FieldInput in(data, size);
    nacre::fuzz::MessageScript(kRole, in).run();
    return 0;
}
