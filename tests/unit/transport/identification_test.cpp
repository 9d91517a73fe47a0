#include "transport/identification.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;

namespace {

Result<IdentificationReader::Found> read(Role our_role, const std::string& input) {
    IdentificationReader reader(our_role);
    return reader.read(as_bytes(input));
}

}  // namespace

TEST_CASE("an identification is found and its line ending dropped", "[transport]") {
    const std::string input =
        GENERATE("SSH-2.0-Peer_1 comment\r\nrest", "SSH-2.0-Peer_1 comment\nrest");
    const auto found = read(GENERATE(Role::client, Role::server), input);
    REQUIRE(found);
    REQUIRE(found->text);
    CHECK(*found->text == "SSH-2.0-Peer_1 comment");
    CHECK(input.substr(found->consumed) == "rest");
}

TEST_CASE("a client skips lines before the identification, a server does not", "[transport]") {
    const std::string input = "hello\r\nworld\r\nSSH-2.0-x\r\n";
    const auto found = read(Role::client, input);
    REQUIRE(found);
    CHECK(found->text == std::optional<std::string>("SSH-2.0-x"));
    const auto refused = read(Role::server, input);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::peer_malformed);
    CHECK(refused.error().disconnect == Disconnect::none);
}

TEST_CASE("limits of the identification hold at the limit and one past it", "[transport]") {
    const std::string longest = "SSH-2.0-" + std::string(kMaxIdentification - 8 - 2, 'x') + "\r\n";
    CHECK(read(Role::server, longest));
    const auto longer =
        read(Role::server, "SSH-2.0-" + std::string(kMaxIdentification - 8 - 1, 'x') + "\r\n");
    REQUIRE_FALSE(longer);
    CHECK(longer.error().code == Errc::peer_limit);
    // The limit counts a CR, whether there is one or not.
    CHECK(read(Role::server, "SSH-2.0-" + std::string(kMaxIdentification - 8 - 2, 'x') + "\n"));
    CHECK_FALSE(
        read(Role::server, "SSH-2.0-" + std::string(kMaxIdentification - 8 - 1, 'x') + "\n"));
    const auto longer_line =
        read(Role::client, "SSH-2.0-" + std::string(kMaxIdentification, 'x') + "\r\n");
    REQUIRE_FALSE(longer_line);
    CHECK(longer_line.error().code == Errc::peer_limit);
    CHECK(make_identification(std::string(kMaxIdentification - 8 - 2, 'x'), ""));
    CHECK_FALSE(make_identification(std::string(kMaxIdentification - 8 - 1, 'x'), ""));
    // No end of line in sight.
    CHECK_FALSE(read(Role::server, std::string(kMaxIdentification, 'S')));
    CHECK(read(Role::server, std::string("SSH-2.0-") + std::string(100, 'x')));

    std::string lines;
    for (std::size_t i = 0; i < kMaxLinesBefore; ++i) lines += "x\n";
    CHECK(read(Role::client, lines + "SSH-2.0-x\n"));
    CHECK_FALSE(read(Role::client, lines + "x\nSSH-2.0-x\n"));
}

TEST_CASE("other protocols are refused", "[transport]") {
    CHECK(read(Role::server, "SSH-1.5-old\n").error().code == Errc::peer_incompatible);
    CHECK(read(Role::server, "SSH-1.99-both\n").error().code == Errc::peer_incompatible);
    CHECK(read(Role::client, "SSH-1.99-both\n"));
    CHECK_FALSE(read(Role::server, "GET / HTTP/1.1\r\n"));
    CHECK_FALSE(read(Role::client, std::string("SSH-2.0-a\0b\r\n", 13)));
    CHECK_FALSE(read(Role::client, "SSH-2.0-a\rb\n"));
}

TEST_CASE("our identification takes a printable comment", "[transport]") {
    CHECK(make_identification("", "")->starts_with("SSH-2.0-Nacre_"));
    CHECK(make_identification("", "hello there")->ends_with(" hello there"));
    CHECK_FALSE(make_identification("", "a\tb"));
    CHECK_FALSE(make_identification("", std::string(300, 'x')));
    CHECK(*make_identification("Files_2.1", "mine") == "SSH-2.0-Files_2.1 mine");
    for (const auto* software : {"a b", "a-b", "a\n", "\xc3\xa4"})
        CHECK_FALSE(make_identification(software, ""));
}
