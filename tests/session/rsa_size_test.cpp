// RSA keys of too few bits, as host keys of both sides' views.
#include "support/full_stack.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

TEST_CASE("a server does not start with a host key that is too short", "[session]") {
    FullStack stack;
    stack.server_config->host_keys = {host_key("ssh-rsa")};
    stack.server_config->min_rsa_bits = 2049;
    const auto started = stack.start();
    REQUIRE_FALSE(started);
    CHECK(started.error().code == Errc::local_misuse);
}

TEST_CASE("a client leaves a server whose host key is too short", "[session]") {
    for (const std::uint32_t least : {2048U, 2049U}) {
        INFO(least);
        FullStack stack;
        stack.server_config->host_keys = {host_key("ssh-rsa")};
        stack.client_config->min_rsa_bits = least;
        REQUIRE(stack.start());
        stack.pair.run();
        CHECK((stack.collected->port != nullptr) == (least == 2048));
        CHECK(stack.pair.client.session->finished() == (least != 2048));
    }
}
