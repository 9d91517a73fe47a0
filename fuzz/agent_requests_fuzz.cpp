// Target functions: agent::parse_request, agent::KeyAgentConnection::receive.
// What is taken can be written and read again; an agent answers everything with a message.
#include "fuzz.hpp"

#include <nacre/agent/key_agent.hpp>
#include <nacre/crypto/botan.hpp>

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView input(data, size);
    if (const auto request = agent::parse_request(input)) {
        const auto again = agent::encode_request(*request);
        NACRE_FUZZ_CHECK(again.has_value());
        const auto parsed = agent::parse_request(again->view().subspan(4));
        NACRE_FUZZ_CHECK(parsed.has_value() && parsed->index() == request->index());
    }
    agent::KeyAgentConfig config;
    config.provider = &botan_provider();
    config.confirm = [](ByteView, std::string_view) { return true; };
    agent::KeyAgent agent(config);
    const Bytes answer = agent.answer(input, Instant{});
    NACRE_FUZZ_CHECK(agent::parse_answer(ByteView(answer).subspan(4)).has_value());
    agent::KeyAgentConnection connection(agent);
    static_cast<void>(connection.receive(input, Instant{}));
    return 0;
}
