#include "nacre-sftpd/connection_log.hpp"
#include "support/fake_keys.hpp"

#include <catch2/catch_all.hpp>

namespace nacre::sftpd {
namespace {

struct Lines {
    std::vector<std::pair<LogLevel, std::string>> lines;
    LogSink sink() {
        return [this](LogLevel level, const std::string& text) { lines.emplace_back(level, text); };
    }
};

TEST_CASE("what a peer sends cannot break a line") {
    CHECK(escaped("plain 'text' ~") == "plain 'text' ~");
    CHECK(escaped("a\nb\r\t\x1b[0m\\") == "a\\x0ab\\x0d\\x09\\x1b[0m\\\\");
    CHECK(escaped(std::string_view("\0\x7f\xff", 3)) == "\\x00\\x7f\\xff");
    CHECK(escaped("abcdef", 3) == "abc...");
}

TEST_CASE("each event is one line with the number of the connection") {
    Lines out;
    ConnectionLog log(7, out.sink());
    log.accepted({"192.0.2.1", 1234, 7});
    AuthAttempt attempt{
        "jo\ne",
        "publickey",
        AuthDecision::Verdict::failure,
        std::make_shared<test::FakeKey>("ssh-ed25519", test::fake_blob("ssh-ed25519", "k")),
        "ssh-ed25519",
        "key refused"};
    log.attempt(attempt);
    log.started("subsystem", "sf\x1btp");
    SessionInfo info;
    info.kex = "curve25519-sha256";
    info.key_exchanges = 1;
    info.peer_version = "SSH-2.0-x\x07";
    log.on_negotiated(info);
    CloseInfo why;
    why.error = {Errc::closed, Disconnect::none, 0, "disconnected"};
    why.by_peer = true;
    why.text = "bye\n";
    why.bytes_in = 10;
    why.bytes_out = 20;
    log.on_close(info, why);

    REQUIRE(out.lines.size() == 5);
    for (const auto& [level, line] : out.lines) {
        CAPTURE(line);
        CHECK(level == LogLevel::info);
        CHECK(line.substr(0, 14) == "connection 7: ");
        for (const char c : line) CHECK(c >= ' ');
    }
    CHECK(out.lines[0].second == "connection 7: accepted from 192.0.2.1 port 1234");
    CHECK(out.lines[1].second.find("user 'jo\\x0ae' method publickey key ssh-ed25519 SHA256:") !=
          std::string::npos);
    CHECK(out.lines[1].second.find("refused (key refused)") != std::string::npos);
    CHECK(out.lines[3].second.find("curve25519-sha256") != std::string::npos);
    CHECK(out.lines[4].second.find("closed by the client: disconnected 'bye\\x0a', 10 bytes in, "
                                   "20 bytes out, ") != std::string::npos);
}

TEST_CASE("an SFTP channel that ends badly leaves a warning") {
    Lines out;
    const auto log = std::make_shared<ConnectionLog>(1, out.sink());
    const auto sftp = make_sftp_log(log);
    sftp->on_end({Errc::closed, Disconnect::none, 0, "end of input"});
    CHECK(out.lines.empty());
    sftp->on_end(over_limit("packet too long", 9));
    REQUIRE(out.lines.size() == 1);
    CHECK(out.lines[0].first == LogLevel::warning);
    CHECK(out.lines[0].second == "connection 1: sftp ended: packet too long (9)");
}

}  // namespace
}  // namespace nacre::sftpd
