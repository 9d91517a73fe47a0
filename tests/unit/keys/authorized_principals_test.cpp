#include "unit/keys/key_fixture.hpp"

#include <nacre/keys/authorized_principals.hpp>

#include <catch2/catch_all.hpp>

namespace nacre {
namespace {

TEST_CASE("principals are read line by line", "[keys]") {
    const auto read = parse_authorized_principals(
        "# people\n\nalice # of the web team\r\n  bob@host\t\nno-pty,from=\"a b\" carol\nspare\n"
        "unknown dora\ncert-authority eve\nno-pty=\"x mallory");
    REQUIRE(read.has_value());
    REQUIRE(read->principals.size() == 4);
    CHECK(read->principals[0].name == "alice");
    CHECK(read->principals[1].name == "bob@host");
    CHECK(read->principals[1].options.restrictions.pty);
    CHECK(read->principals[2].name == "carol");
    CHECK_FALSE(read->principals[2].options.restrictions.pty);
    CHECK(read->principals[2].options.from.size() == 1);
    CHECK(read->principals[3].name == "spare");
    REQUIRE(read->skipped.size() == 3);
    CHECK(read->skipped[0].line == 7);
    CHECK(parse_authorized_principals(std::string("a\0b\n", 4))->principals.empty());
    CHECK(parse_authorized_principals(std::string(kMaxAuthorizedKeysLine + 1, 'x'))
              ->principals.empty());
    CHECK(parse_authorized_principals(std::string(kMaxAuthorizedKeysFile + 1, '\n')).error().code ==
          Errc::local_limit);
    CHECK(
        parse_authorized_principals(std::string(kMaxAuthorizedKeysLines + 1, '\n')).error().code ==
        Errc::local_limit);
}

TEST_CASE("authorities are keys without options", "[keys]") {
    const std::string ca = test::key_file("certificates/ca-ed25519.pub");
    const auto read = parse_user_authorities("# ours\n" + ca + "cert-authority " + ca +
                                             test::key_file("certificates/host-cert.pub") +
                                             test::key_file("certificates/ca-rsa.pub"));
    REQUIRE(read.has_value());
    REQUIRE(read->keys.size() == 2);
    CHECK(read->keys[0] == test::public_half("certificates/ca-ed25519").blob);
    CHECK(read->keys[1] == test::public_half("certificates/ca-rsa").blob);
    REQUIRE(read->skipped.size() == 2);
    CHECK(read->skipped[0].line == 3);
    CHECK(read->skipped[1].reason == "line 4: a certificate, not a key");
}

}  // namespace
}  // namespace nacre
