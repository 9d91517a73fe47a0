// Every number in every state, role and mode, against rules written independently of the table.
#include "transport/legality.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;

namespace {

bool noise(unsigned n) {
    return n >= 2 && n <= 4;
}
bool kex(unsigned n) {
    return n >= 30 && n <= 49;
}
bool auth(unsigned n) {
    return n >= 50 && n <= 79;
}
bool connection(unsigned n) {
    return n >= 80 && n <= 127;
}

Verdict expected(State state, Role role, bool strict, unsigned n) {
    const auto yes = [](bool legal) { return legal ? Verdict::handle : Verdict::illegal; };
    if (n == 0) return Verdict::illegal;
    if (n == 1) return Verdict::handle;
    switch (state) {
        case State::first_kexinit:
            return yes(noise(n) || n == 20);
        case State::first_exchange:
            return yes((!strict && noise(n)) || kex(n));
        case State::first_newkeys:
            return yes((!strict && noise(n)) || n == 21);
        case State::rekey_exchange:
            return yes(noise(n) || kex(n));
        case State::rekey_newkeys:
            return yes(noise(n) || n == 21);
        case State::connection_rekey_exchange:
            return yes(noise(n) || kex(n) || connection(n) || n == 192 || n == 193);
        case State::connection_rekey_newkeys:
            return yes(noise(n) || n == 21 || connection(n) || n == 192 || n == 193);
        case State::after_newkeys:
        case State::service:
        case State::authentication:
        case State::connection:
            break;
    }
    if (noise(n) || n == 20) return Verdict::handle;
    if (n == 21 || n == 8 || kex(n)) return Verdict::illegal;
    if (n == 5) return yes(role == Role::server);
    if (n == 6) return yes(role == Role::client);
    if (n == 7)
        return yes(state == State::after_newkeys ||
                   (state == State::authentication && role == Role::client));
    const bool running = state == State::authentication || state == State::connection;
    if (auth(n)) return yes(running);
    if (connection(n)) return yes(state == State::connection);
    if (n == 192 || n == 193) return state == State::connection ? Verdict::handle : Verdict::drop;
    return Verdict::unimplemented;
}

}  // namespace

TEST_CASE("the table of legal messages says what the standards say", "[transport]") {
    for (std::size_t s = 0; s < kStates; ++s) {
        for (const Role role : {Role::client, Role::server}) {
            for (const bool strict : {false, true}) {
                for (unsigned n = 0; n < 256; ++n) {
                    const auto state = static_cast<State>(s);
                    INFO(name_of(state) << ", strict " << strict << ", message " << n);
                    REQUIRE(verdict(state, role, strict, static_cast<std::uint8_t>(n)) ==
                            expected(state, role, strict, n));
                }
            }
        }
    }
}
