#include "nacre-key/key_list.hpp"
#include "nacre-key/krl.hpp"
#include "nacre-key/writing.hpp"

#include <catch2/catch_all.hpp>

#include <filesystem>
#include <fstream>

using namespace nacre;
using namespace nacre::tools;

namespace {

// tests/keys/openssh-ed25519.pub
const std::string kKey =
    "ssh-ed25519 "
    "AAAAC3NzaC1lZDI1NTE5AAAAIIW15M3tE6UFjvLDGqLkK0WV7f9qrzmvd30bn24MMRlk";

}  // namespace

TEST_CASE("authorized_keys line by line", "[key]") {
    const KeyList list =
        read_key_list("# one\r\n\n" + kKey + " plain\r\n" + "restrict,command=\"a b \\\" c\" " +
                      kKey + "\n" + "nonsense=\"x\" " + kKey + " odd\n" + "no key\n");
    CHECK(list.kind == ListKind::authorized_keys);
    REQUIRE(list.keys.size() == 3);
    CHECK(list.keys[0].line == 3);
    CHECK(list.keys[0].key.comment == "plain");
    CHECK(list.keys[0].before.empty());
    CHECK(list.keys[1].before == "restrict,command=\"a b \\\" c\"");
    CHECK(list.keys[1].fault.empty());
    CHECK(list.keys[2].fault.find("unknown option") != std::string::npos);
    CHECK(list.unreadable == std::vector<std::uint32_t>{6});
}

TEST_CASE("known_hosts line by line", "[key]") {
    const KeyList list = read_key_list("host,192.0.2.1 " + kKey + "\n@revoked * " + kKey + " x\n" +
                                       "|1|AAAA=|BBBB= " + kKey);
    CHECK(list.kind == ListKind::known_hosts);
    REQUIRE(list.keys.size() == 3);
    CHECK(list.keys[0].before == "host,192.0.2.1");
    CHECK(list.keys[1].marker == "@revoked");
    CHECK(list.keys[1].before == "*");
    CHECK(list.keys[2].line == 3);
    CHECK(read_key_list("").keys.empty());
    CHECK(read_key_list(kKey).kind == ListKind::keys);
}

TEST_CASE("nothing that may be a key stands outside of the one block", "[key]") {
    const auto says = [](const std::string& text) {
        const auto one = holds_one_block("f", text);
        return one ? std::string() : one.why().text;
    };
    const auto block = [](const std::string& label) {
        return "-----BEGIN " + label + "-----\nAAAA\n-----END " + label + "-----\n";
    };
    const std::string pem = block("PUBLIC KEY");
    const std::string ssh2 =
        "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n";
    const std::string more = "f: holds more than one key";
    for (const std::string& good : {pem, ssh2}) {
        CAPTURE(good);
        CHECK(says(good) == "");
        CHECK(says("Bag Attributes\n    friendlyName: x\n" + good) == "");
        CHECK(says(good + "\n  \t\r\n# ssh-ed25519 AAAA\n") == "");
        for (const std::string& line :
             {kKey, "restrict,command=\"a b\" " + kKey, "host.example " + kKey,
              "@revoked * " + kKey, "|1|AAAA=|BBBB= " + kKey, "\t" + kKey,
              std::string("ssh-ed25519 AAAAdamaged"), std::string("ssh-ed25519\nAAAA"),
              "no-such-option " + kKey}) {
            CAPTURE(line);
            CHECK(says(good + "# comment\n\n" + line + "\n").starts_with(more));
            CHECK(says(good + "\r" + line).starts_with(more));
            CHECK(says("no key\n" + line + "\n" + good).starts_with(more));
        }
        for (const std::string& second : {pem, ssh2, block("PKCS7"), block("CERTIFICATE")})
            CHECK(says(good + second).starts_with(more));
        CHECK(says(good + "text\n") == "f: line 4 is neither a key's nor a comment");
    }
    // A frame that is none, or of something else, hides no key.
    CHECK(says(pem + "--- BEGIN of others ---\n" + kKey + "\n").starts_with(more));
    CHECK(
        says(pem + "-----BEGIN OTHER-----\n" + kKey + "\n-----END OTHER-----\n").starts_with(more));
    CHECK(says(pem + "-----BEGIN OTHER-----\nno-pty " + kKey).starts_with(more));
    // What belongs to a private key, but for its public half, of which one is enough.
    const std::string key = block("PRIVATE KEY");
    CHECK(says(key + block("CERTIFICATE") + "subject=CN = a\n" + block("CERTIFICATE")) == "");
    CHECK(says(block("EC PARAMETERS") + block("EC PRIVATE KEY")) == "");
    CHECK(says(key + pem) == more + ": PRIVATE KEY and PUBLIC KEY; one is enough");
    // No blocks: other checks are for these.
    CHECK(says(kKey + "\n" + kKey) == "");
}

TEST_CASE("lines past the limit are told of", "[key]") {
    std::string text(kMaxListLines - 1, '\n');
    text += kKey + "\n";
    CHECK(read_key_list(text).unreadable.empty());
    CHECK(read_key_list(text + kKey).unreadable == std::vector<std::uint32_t>{kMaxListLines + 1});
}

TEST_CASE("every truncation of a line is read or told of", "[key]") {
    const std::string line = "restrict,command=\"x\" " + kKey;
    for (std::size_t size = 1; size < line.size(); ++size) {
        const KeyList list = read_key_list(line.substr(0, size));
        CHECK(list.keys.empty());
        CHECK(list.unreadable.size() == 1);
    }
}

TEST_CASE("serial numbers on the command line", "[key]") {
    CHECK(parse_serials("7") == std::pair<std::uint64_t, std::uint64_t>(7, 7));
    CHECK(parse_serials("7-9") == std::pair<std::uint64_t, std::uint64_t>(7, 9));
    for (const char* text : {"", "0", "0-1", "9-7", "1-", "-1", "1-2-3", "a", "1,2"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_serials(text));
    }
}

TEST_CASE("options that a format has no use for", "[key]") {
    const auto read = [](Target target, std::vector<std::string> words) {
        const auto rows = writing_options();
        const auto arguments = Arguments::parse(rows, words);
        REQUIRE(arguments);
        return read_writing(target, *arguments);
    };
    const std::string file = "tests-passphrase";
    std::ofstream(file) << "secret\n";
    CHECK(read(Target::openssh,
               {"--new-passphrase-file", file, "--rounds", "5", "--cipher", "aes128-ctr"}));
    CHECK(read(Target::pkcs8, {"--new-passphrase-file", file, "--kdf", "scrypt"}));
    CHECK_FALSE(read(Target::pkcs8, {"--new-passphrase-file", file, "--rounds", "5"}));
    CHECK_FALSE(read(Target::public_line, {"--new-passphrase-file", file}));
    std::filesystem::remove(file);
    CHECK(read(Target::openssh, {"--no-passphrase"}));
    CHECK_FALSE(read(Target::openssh, {"--no-passphrase", "--rounds", "5"}));
    CHECK_FALSE(read(Target::openssh, {"--no-passphrase", "--cipher", "aes128-ctr"}));
    CHECK_FALSE(read(Target::pkcs8, {"--no-passphrase", "--kdf", "scrypt"}));
    CHECK(read(Target::jwk, {"--no-passphrase"}));
    CHECK(read(Target::public_line, {}));
    CHECK_FALSE(read(Target::jwk, {}));
    CHECK_FALSE(read(Target::pkcs8, {"--no-passphrase", "--rounds", "5"}));
    CHECK_FALSE(read(Target::openssh, {"--no-passphrase", "--kdf", "scrypt"}));
    CHECK_FALSE(read(Target::openssh, {"--no-passphrase", "--cipher", "rot13"}));
    CHECK_FALSE(read(Target::openssh, {"--no-passphrase", "--rounds", "1025"}));
    CHECK_FALSE(read(Target::openssh, {"--no-passphrase", "--new-passphrase-file", "x"}));
    CHECK_FALSE(parse_target("pem"));
    CHECK(parse_target("ppk2") == Target::ppk2);
}
