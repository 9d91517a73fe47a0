// Target functions: Session, both roles, joined in memory with every layer, bytes changed in
// flight. Whatever is changed: nothing crashes, nobody is logged in over a connection whose keys
// differ, and what arrives is what was sent, or nothing. The last two only over real cryptography:
// the first byte may choose none, so that changes get behind it.
#include "fuzz.hpp"
#include "script_mutator.hpp"
#include "support/full_stack.hpp"
#include "support/null_provider.hpp"

using namespace nacre;
using namespace nacre::test;

namespace {

constexpr std::size_t kMaxRounds = 400;

/// A change to one direction: what is done to the bytes that pass `at`.
struct Change {
    bool from_client;
    std::size_t at;
    std::uint8_t kind;
    std::uint8_t value;
};

void apply(const Change& change, std::size_t& passed, Bytes& bytes) {
    const std::size_t from = passed;
    passed += bytes.size();
    if (change.at < from || change.at >= passed) return;
    const auto here = bytes.begin() + static_cast<std::ptrdiff_t>(change.at - from);
    switch (change.kind % 4) {
        case 0:
            *here = static_cast<std::uint8_t>(*here ^ (change.value | 1));
            break;
        case 1:
            bytes.erase(here);
            break;
        case 2:
            bytes.insert(here, change.value);
            break;
        default:
            bytes.erase(here, bytes.end());
            break;
    }
}

/// Behind the choices come changes, each as long.
fuzz::ScriptLayout layout(ByteView input) {
    constexpr std::size_t kChoices = 4, kChange = 5;
    fuzz::ScriptLayout layout;
    for (std::size_t at = 0; at < std::min(kChoices, input.size()); ++at)
        layout.fields.push_back({fuzz::FieldKind::fixed, at, at + 1});
    for (std::size_t at = kChoices; at <= input.size(); at += kChange) {
        layout.pieces.push_back(at);
        if (input.size() - at < kChange) break;
        // Which way, where, what, and to what.
        layout.fields.push_back({fuzz::FieldKind::fixed, at, at + 1});
        layout.fields.push_back({fuzz::FieldKind::fixed, at + 1, at + 3});
        layout.fields.push_back({fuzz::FieldKind::fixed, at + 3, at + 4});
        layout.fields.push_back({fuzz::FieldKind::fixed, at + 4, at + 5});
    }
    return layout;
}

}  // namespace

NACRE_FUZZ_SCRIPT_MUTATOR(layout, fuzz::FieldCounts{})

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::FuzzInput input(data, size);
    static const char* const kCiphers[] = {"aes128-gcm@openssh.com",
                                           "chacha20-poly1305@openssh.com", "aes128-ctr"};
    static const char* const kCompression[] = {"none", "zlib", "zlib@openssh.com"};
    FullStack stack;
    const std::size_t cipher = input.below(std::size(kCiphers) + 1);
    const bool real = cipher < std::size(kCiphers);
    if (real) {
        for (auto& config : {stack.client_config, stack.server_config})
            config->algorithms.kex = {"curve25519-sha256"};
        stack.client_config->algorithms.ciphers = {kCiphers[cipher]};
    } else {
        stack.provider = &null_provider();
        stack.key = std::make_shared<NullSigner>();
        stack.server_config->host_keys = {stack.key};
    }
    const char* compression = kCompression[input.below(std::size(kCompression))];
    stack.client_config->algorithms.compression = {compression};
    stack.server_config->algorithms.compression = {compression};
    stack.client_config->strict_kex = input.flag() ? StrictKex::on : StrictKex::off;
    const std::size_t chunk = input.u8();

    std::vector<Change> changes;
    while (!input.empty() && changes.size() < 8)
        changes.push_back({input.flag(), input.u16(), input.u8(), input.u8()});
    std::size_t passed_client = 0;
    std::size_t passed_server = 0;
    stack.pair.client.tamper = [&](Bytes& bytes) {
        std::size_t before = passed_client;
        for (const Change& change : changes) {
            before = passed_client;
            if (change.from_client) apply(change, before, bytes);
        }
        passed_client += bytes.size();
    };
    stack.pair.server.tamper = [&](Bytes& bytes) {
        std::size_t before = passed_server;
        for (const Change& change : changes) {
            before = passed_server;
            if (!change.from_client) apply(change, before, bytes);
        }
        passed_server += bytes.size();
    };
    if (!stack.start()) return 0;
    const auto run = [&] {
        for (std::size_t i = 0; i < kMaxRounds; ++i) {
            const bool up = stack.pair.move(stack.pair.client, stack.pair.server, chunk);
            const bool down = stack.pair.move(stack.pair.server, stack.pair.client, chunk);
            if (!up && !down) break;
        }
    };
    run();
    const SessionInfo& client = stack.pair.client.session->info();
    const SessionInfo& server = stack.pair.server.session->info();
    if (real && client.authenticated && server.authenticated)
        NACRE_FUZZ_CHECK(client.session_id == server.session_id);
    if (stack.collected->port == nullptr) return 0;
    const Bytes sent = DetRng(3).bytes(5000);
    stack.collected->send(sent);
    run();
    if (!real) return 0;
    const Bytes& got = stack.collected->data;
    NACRE_FUZZ_CHECK(got.size() <= sent.size());
    NACRE_FUZZ_CHECK(same_bytes(got, ByteView(sent).first(got.size())));
    return 0;
}
