// Target functions: agent::parse_answer, agent::first_message, agent::parse_session_bind,
// agent::parse_query_answer. What is taken is written back as the same bytes.
#include "fuzz.hpp"

#include <nacre/agent/messages.hpp>

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    static_cast<void>(agent::first_message(input));
    static_cast<void>(agent::parse_session_bind(input));
    static_cast<void>(agent::parse_query_answer(input));
    const auto answer = agent::parse_answer(input);
    if (!answer) return 0;
    const auto again = agent::encode_answer(*answer);
    NACRE_FUZZ_CHECK(again.has_value());
    NACRE_FUZZ_CHECK(same_bytes(ByteView(*again).subspan(4), input));
    return 0;
}
