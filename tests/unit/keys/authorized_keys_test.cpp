#include "key_fixture.hpp"

#include <nacre/keys/authorized_keys.hpp>

namespace nacre {
namespace {

std::string key_text(const std::string& name) {
    const auto key = test::public_half(name);
    std::string line = public_key_line(key.type, key.blob, "");
    line.pop_back();
    return line;
}

AuthorizedKeys parsed(std::string_view text) {
    auto keys = parse_authorized_keys(text);
    REQUIRE(keys.has_value());
    return *std::move(keys);
}

TEST_CASE("authorized_keys: plain lines are grants", "[keys]") {
    const std::string ed = key_text("openssh-ed25519");
    const std::string rsa = key_text("openssh-rsa");
    const auto keys =
        parsed("# comment\n\n  \t\n" + ed + " me@home and more\r\n\t " + rsa + "\n  # end");
    REQUIRE(keys.keys.size() == 2);
    CHECK(keys.skipped.empty());
    CHECK(keys.keys[0].type == "ssh-ed25519");
    CHECK(keys.keys[0].comment == "me@home and more");
    CHECK(keys.keys[0].line == 4);
    CHECK(keys.keys[1].type == "ssh-rsa");
    CHECK(keys.keys[1].comment.empty());
    CHECK(keys.keys[1].line == 5);
    CHECK(keys.find(test::public_half("openssh-rsa").blob) == &keys.keys[1]);
    CHECK(keys.find(test::public_half("openssh-ecdsa256").blob) == nullptr);
}

TEST_CASE("authorized_keys: the last line needs no end", "[keys]") {
    CHECK(parsed(key_text("openssh-ed25519")).keys.size() == 1);
    CHECK(parsed("").keys.empty());
}

TEST_CASE("authorized_keys: a line with an option grants nothing and names the option", "[keys]") {
    struct Case {
        const char* options;
        const char* reason;
    };
    const auto c =
        GENERATE(Case{"no-pty", R"(option "no-pty" is not enforced yet)"},
                 Case{"command=\"echo hi\"", R"(option "command" is not enforced yet)"},
                 Case{"command=\"say \\\"ssh-ed25519 AAAA\\\" twice\"",
                      R"(option "command" is not enforced yet)"},
                 Case{"from=\"a b\",no-pty", R"(options "from", "no-pty" are not enforced yet)"},
                 Case{"cert-authority", R"(option "cert-authority" is not enforced yet)"},
                 Case{"restrict,pty,environment=\"A=,\"",
                      R"(options "restrict", "pty", "environment" are not enforced yet)"},
                 Case{"made-up@example.com", R"(option "made-up@example.com" is not enforced yet)"},
                 Case{"no-pty,", "option without a name"}, Case{",no-pty", "option without a name"},
                 Case{"command=echo", "value of an option not quoted"},
                 Case{"command=\"a\"b", "options not separated by a comma"},
                 Case{"no\x1bpty", "options not separated by a comma"});
    CAPTURE(c.options);
    const auto keys = parsed("#\n" + std::string(c.options) + " \t " + key_text("openssh-rsa") +
                             "\n" + key_text("openssh-ed25519") + "\n");
    REQUIRE(keys.skipped.size() == 1);
    CHECK(keys.skipped[0].line == 2);
    CHECK(keys.skipped[0].reason == "line 2: " + std::string(c.reason));
    REQUIRE(keys.keys.size() == 1);
    CHECK(keys.keys[0].type == "ssh-ed25519");
}

TEST_CASE("authorized_keys: malformed lines are reported and spoil no other", "[keys]") {
    const std::string ed = key_text("openssh-ed25519");
    const auto line = GENERATE_COPY(
        std::string("garbage"), std::string("ssh-ed25519"), std::string("ssh-ed25519 AAAA"),
        std::string("ssh-ed25519 !!!!"), "ssh-rsa " + ed.substr(ed.find(' ') + 1),
        "command=\"open " + ed, ed.substr(0, ed.size() - 4), "no-pty " + ed.substr(0, 40),
        std::string("a\0b ", 4) + ed, ed + " " + std::string(kMaxAuthorizedKeysLine, 'x'),
        "from=\"" + std::string(kMaxAuthorizedKeysLine, 'x') + "\" " + ed);
    const auto keys = parsed(ed + "\n" + line + "\n" + key_text("openssh-rsa"));
    CHECK(keys.keys.size() == 2);
    REQUIRE(keys.skipped.size() == 1);
    CHECK(keys.skipped[0].line == 2);
    CHECK(keys.skipped[0].reason.starts_with("line 2: "));
}

TEST_CASE("authorized_keys: a certificate is no key", "[keys]") {
    Bytes blob;
    const std::string type = "ssh-ed25519-cert-v01@openssh.com";
    for (const std::string& part : {type, std::string("nonce")}) {
        blob.insert(blob.end(), {0, 0, 0, static_cast<std::uint8_t>(part.size())});
        append(blob, as_bytes(part));
    }
    const auto keys = parsed(public_key_line(type, blob, ""));
    CHECK(keys.keys.empty());
    REQUIRE(keys.skipped.size() == 1);
    CHECK(keys.skipped[0].reason == "line 1: a certificate, not a key");
}

TEST_CASE("authorized_keys: limits on lines and bytes", "[keys]") {
    const std::string ed = key_text("openssh-ed25519");
    const std::string room = ed + " " + std::string(kMaxAuthorizedKeysLine - ed.size() - 1, 'c');
    CHECK(parsed(room).keys.size() == 1);
    CHECK(parsed(room + "c").keys.empty());
    CHECK(parse_authorized_keys(std::string(kMaxAuthorizedKeysLines, '\n')));
    const auto lines =
        parse_authorized_keys(ed + "\n" + std::string(kMaxAuthorizedKeysLines, '\n'));
    REQUIRE_FALSE(lines);
    CHECK(lines.error().code == Errc::local_limit);
    CHECK_FALSE(parse_authorized_keys(std::string(kMaxAuthorizedKeysFile + 1, ' ')));
}

TEST_CASE("key options are taken apart with quotes heeded", "[keys]") {
    const auto options =
        parse_key_options(R"(from="a,b",command="say \"x\"; \n",no-pty,tunnel="")");
    REQUIRE(options);
    REQUIRE(options->size() == 4);
    CHECK((*options)[0].name == "from");
    CHECK((*options)[0].value == "a,b");
    CHECK((*options)[1].value == R"(say "x"; \n)");
    CHECK_FALSE((*options)[2].value.has_value());
    CHECK((*options)[3].value == "");
    CHECK_FALSE(parse_key_options(""));
    CHECK_FALSE(parse_key_options("a=\"b"));
    CHECK_FALSE(parse_key_options(std::string(65, 'n')));
}

}  // namespace
}  // namespace nacre
