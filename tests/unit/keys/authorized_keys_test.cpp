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

KeyMatch grant(const AuthorizedKeys& keys, const std::string& name,
               std::string_view address = "192.0.2.1") {
    return keys.match(test::public_half(name).blob, {address, {}, {}});
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
    CHECK(grant(keys, "openssh-rsa").key == &keys.keys[1]);
    CHECK(grant(keys, "openssh-ecdsa256").key == nullptr);
    CHECK(grant(keys, "openssh-ecdsa256").refusal == nullptr);
}

TEST_CASE("authorized_keys: the last line needs no end", "[keys]") {
    CHECK(parsed(key_text("openssh-ed25519")).keys.size() == 1);
    CHECK(parsed("").keys.empty());
}

TEST_CASE("authorized_keys: a line with an option that is not known grants nothing", "[keys]") {
    struct Case {
        const char* options;
        const char* reason;
    };
    const auto c =
        GENERATE(Case{"made-up@example.com", R"(option "made-up@example.com": unknown option)"},
                 Case{"no-pty,restricted", R"(option "restricted": unknown option)"},
                 Case{"command", R"(option "command": unknown option)"},
                 Case{"from=\"192.0.2.1/8\"", R"(option "from": malformed network)"},
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

TEST_CASE("authorized_keys: options stand beside their key", "[keys]") {
    const auto keys = parsed("restrict,command=\"say \\\"ssh-ed25519 AAAA\\\" twice\" \t " +
                             key_text("openssh-rsa") + " me\ncert-authority " +
                             key_text("openssh-ed25519") + "\n");
    CHECK(keys.skipped.empty());
    REQUIRE(keys.keys.size() == 2);
    CHECK(keys.keys[0].type == "ssh-rsa");
    CHECK(keys.keys[0].comment == "me");
    CHECK(keys.keys[0].options.restrictions.force_command == R"(say "ssh-ed25519 AAAA" twice)");
    CHECK_FALSE(keys.keys[0].options.restrictions.pty);
    CHECK(keys.keys[1].options.cert_authority);
    // An authority does not log in itself.
    CHECK(grant(keys, "openssh-ed25519").key == nullptr);
    CHECK(grant(keys, "openssh-ed25519").refusal == nullptr);
}

TEST_CASE("authorized_keys: of two lines with one key the first that fits counts", "[keys]") {
    const std::string ed = key_text("openssh-ed25519");
    const auto keys =
        parsed("cert-authority " + ed + "\nfrom=\"192.0.2.1\" " + ed +
               "\nfrom=\"198.51.100.0/24\",no-pty " + ed + "\nfrom=\"198.51.100.1\" " + ed);
    CHECK(grant(keys, "openssh-ed25519", "192.0.2.1").key == &keys.keys[1]);
    CHECK(grant(keys, "openssh-ed25519", "198.51.100.1").key == &keys.keys[2]);
    const auto none = grant(keys, "openssh-ed25519", "203.0.113.1");
    CHECK(none.key == nullptr);
    CHECK(none.refusal == std::string_view("not an address the key may come from"));
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
