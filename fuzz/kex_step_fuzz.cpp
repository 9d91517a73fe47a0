// Target functions: KexMethod::step of every method, in both roles.
#include "fuzz.hpp"
#include "support/det_rng.hpp"

#include <nacre/crypto/botan.hpp>

using namespace nacre;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::FuzzInput input(data, size);
    const auto methods = botan_provider().algorithms(Algorithm::kex);
    test::DetRng rng(1);
    const std::uint8_t host_key[] = {0, 0, 0, 1, 'k'};
    KexContext context;
    context.role = input.flag() ? Role::server : Role::client;
    context.rng = &rng;
    context.host_key = host_key;
    auto method = botan_provider().kex(methods[input.below(methods.size())].name, context);
    if (!method) return 0;
    if (context.role == Role::client && !(*method)->start()) return 0;
    while (!input.empty()) {
        const std::uint8_t number = input.u8();
        const ByteView body = input.bytes(input.u16());
        if (!(*method)->expects(number)) continue;
        const auto step = (*method)->step(number, body);
        if (!step) {
            NACRE_FUZZ_CHECK(step.error().disconnect == Disconnect::key_exchange_failed);
            return 0;
        }
        if (step->done) {
            NACRE_FUZZ_CHECK(step->done->shared_secret.size() > 4);
            NACRE_FUZZ_CHECK(!(*method)->expects(number));
            return 0;
        }
    }
    return 0;
}
