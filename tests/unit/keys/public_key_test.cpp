#include "key_fixture.hpp"

#include <nacre/keys/public_key.hpp>
#include <nacre/wire/writer.hpp>

#include <sstream>

namespace nacre {
namespace {

using test::key_file;

TEST_CASE("public keys of ssh-keygen are read and written back the same", "[keys]") {
    const std::string name = GENERATE("openssh-ed25519", "openssh-ecdsa256", "openssh-ecdsa384",
                                      "openssh-ecdsa521", "openssh-rsa", "pkcs8-ed25519");
    const std::string line = key_file(name + ".pub");
    const auto key = parse_public_key_line(line);
    REQUIRE(key);
    CHECK(public_blob_type(key->blob).value_or("") == key->type);
    CHECK(public_key_line(key->type, key->blob, key->comment) == line);
    const auto from_file = parse_public_key_file("# a comment\r\n\n  " + line);
    REQUIRE(from_file);
    CHECK(from_file->blob == key->blob);
}

TEST_CASE("fingerprints are those of ssh-keygen -l", "[keys]") {
    std::istringstream expected(key_file("fingerprints"));
    std::string name, sha256, md5, sha1;
    int count = 0;
    while (expected >> name >> sha256 >> md5 >> sha1) {
        const auto key = test::public_half(name);
        CHECK(fingerprint_sha256(key.blob) == sha256);
        CHECK(fingerprint_md5(key.blob) == md5);
        CHECK(fingerprint_sha1(key.blob) == sha1);
        CHECK("MD5:" + fingerprint_hex(key.blob, FingerprintHash::md5) == md5);
        CHECK(fingerprint_hex(key.blob, FingerprintHash::sha1).size() == 20 * 3 - 1);
        CHECK(fingerprint_hex(key.blob, FingerprintHash::sha256).size() == 32 * 3 - 1);
        ++count;
    }
    CHECK(count == 7);
    // `printf abc | sha1sum` and `sha256sum`
    CHECK(fingerprint_hex(as_bytes("abc"), FingerprintHash::sha1) ==
          "a9:99:3e:36:47:06:81:6a:ba:3e:25:71:78:50:c2:6c:9c:d0:d8:9d");
    CHECK(fingerprint_hex(as_bytes("abc"), FingerprintHash::sha256)
              .starts_with("ba:78:16:bf:8f:01:cf:ea"));
}

TEST_CASE("RFC 4716 files are read, and written so that they can be read", "[keys]") {
    const std::string type = GENERATE("ed25519", "ecdsa256", "rsa");
    const auto line = test::public_half("openssh-" + type);
    const auto key = parse_public_key_file(key_file("rfc4716-" + type + ".pub"));
    REQUIRE(key);
    CHECK(key->type == line.type);
    CHECK(key->blob == line.blob);
    CHECK(key->comment.find("converted from OpenSSH") != std::string::npos);

    const std::string comment(200, 'c');
    const std::string written = rfc4716_public_key(key->blob, comment);
    const auto again = parse_public_key_file(written);
    REQUIRE(again);
    CHECK(again->blob == key->blob);
    CHECK(again->comment == comment);
    std::istringstream lines(written);
    for (std::string text; std::getline(lines, text);) CHECK(text.size() <= 72);
}

TEST_CASE("the example of RFC 4716 s3.6 is read", "[keys]") {
    // The DSA key; its type is unknown here and still a key.
    const auto key = parse_public_key_file(
        "---- BEGIN SSH2 PUBLIC KEY ----\n"
        "Comment: This is my public key for use on \\\n"
        "servers which I don't like.\n"
        "AAAAB3NzaC1kc3MAAACBAPY8ZOHY2yFSJA6XYC9HRwNHxaehvx5wOJ0rzZdzoSOXxbET\n"
        "W6ToHv8D1UJ/z+zHo9Fiko5XybZnDIaBDHtblQ+Yp7StxyltHnXF1YLfKD1G4T6JYrdH\n"
        "YI14Om1eg9e4NnCRleaqoZPF3UGfZia6bXrGTQf3gJq2e7Yisk/gF+1VAAAAFQDb8D5c\n"
        "vwHWTZDPfX0D2s9Rd7NBvQAAAIEAlN92+Bb7D4KLYk3IwRbXblwXdkPggA4pfdtW9vGf\n"
        "J0/RHd+NjB4eo1D+0dix6tXwYGN7PKS5R/FXPNwxHPapcj9uL1Jn2AWQ2dsknf+i/FAA\n"
        "vioUPkmdMc0zuWoSOEsSNhVDtX3WdvVcGcBq9cetzrtOKWOocJmJ80qadxTRHtUAAACB\n"
        "AN7CY+KKv1gHpRzFwdQm7HK9bb1LAo2KwaoXnadFgeptNBQeSXG1vO+JsvphVMBJc9HS\n"
        "n24VYtYtsMu74qXviYjziVucWKjjKEb11juqnF0GDlB3VVmxHLmxnAz643WK42Z7dLM5\n"
        "sY29ouezv4Xz2PuMch5VGPP+CDqzCM4loWgV\n"
        "---- END SSH2 PUBLIC KEY ----\n");
    REQUIRE(key);
    CHECK(key->type == "ssh-dss");
    CHECK(key->comment == "This is my public key for use on servers which I don't like.");
}

TEST_CASE("broken public keys are refused", "[keys]") {
    const auto key = test::public_half("openssh-ed25519");
    const std::string line = public_key_line(key.type, key.blob, "");
    const std::string encoded = line.substr(line.find(' ') + 1, line.size() - line.find(' ') - 2);
    CHECK_FALSE(parse_public_key_line(""));
    CHECK_FALSE(parse_public_key_line("ssh-ed25519"));
    CHECK_FALSE(parse_public_key_line("ssh-rsa " + encoded));
    CHECK_FALSE(parse_public_key_line("ssh-ed25519 " + encoded + "="));
    CHECK_FALSE(parse_public_key_line("ssh-ed25519 =" + encoded));
    CHECK_FALSE(parse_public_key_line("ssh-ed25519 " + encoded + " one\nssh-ed25519 " + encoded));
    CHECK_FALSE(parse_public_key_line(std::string_view("ssh-ed25519 x\0y", 15)));
    CHECK_FALSE(
        parse_public_key_line("ssh-ed25519 " + encoded + std::string(kMaxPublicKeyFile, 'c')));
    CHECK_FALSE(parse_public_key_file("# only a comment\n"));
    for (std::size_t n = 0; n < encoded.size(); ++n)
        CHECK_FALSE(parse_public_key_line("ssh-ed25519 " + encoded.substr(0, n)));
}

TEST_CASE("every truncation and extension of a blob is malformed", "[keys]") {
    const std::string name =
        GENERATE("openssh-ed25519", "openssh-ecdsa256", "openssh-ecdsa521", "openssh-rsa");
    const auto key = test::public_half(name);
    const ByteView blob = key.blob;
    for (std::size_t n = 0; n < blob.size(); ++n) CHECK_FALSE(public_blob_type(blob.first(n)));
    Bytes longer = key.blob;
    longer.push_back(0);
    CHECK_FALSE(public_blob_type(longer));
}

TEST_CASE("blobs with a foreign curve, a compressed point or no name are malformed", "[keys]") {
    const Bytes point(65, 4);
    Bytes blob;
    Writer<Bytes>(blob).string("ecdsa-sha2-nistp256").string("nistp384").string(point);
    CHECK_FALSE(public_blob_type(blob));
    blob.clear();
    Writer<Bytes>(blob).string("ecdsa-sha2-nistp256").string("nistp256").string(Bytes(65, 2));
    CHECK_FALSE(public_blob_type(blob));
    blob.clear();
    Writer<Bytes>(blob).string("ecdsa-sha2-nistp256").string("nistp256").string(point);
    CHECK(public_blob_type(blob));
    blob.clear();
    Writer<Bytes>(blob).string("two words").string("x");
    CHECK_FALSE(public_blob_type(blob));
    blob.clear();
    Writer<Bytes>(blob).string(std::string(65, 'n')).string("x");
    CHECK_FALSE(public_blob_type(blob));
    // Nor can a name be what begins a comment, a header or a marker.
    for (const std::string name : {"#sh-ed25519", "----", "@revoked"}) {
        blob.clear();
        Writer<Bytes>(blob).string(name).string("x");
        CHECK_FALSE(public_blob_type(blob));
    }
}

TEST_CASE("a comment cannot begin a second line", "[keys]") {
    const auto key = test::public_half("openssh-ed25519");
    const std::string line = public_key_line(key.type, key.blob, "a\nssh-rsa b\x1b[2J");
    CHECK(std::count(line.begin(), line.end(), '\n') == 1);
    CHECK(line.find('\x1b') == std::string::npos);
    const std::string file = rfc4716_public_key(key.blob, "a\n---- END");
    CHECK(parse_public_key_file(file));
}

TEST_CASE("names of key types", "[keys]") {
    CHECK(short_type_name("ssh-ed25519") == "ED25519");
    CHECK(short_type_name("ecdsa-sha2-nistp384") == "ECDSA");
    CHECK(short_type_name("ssh-rsa") == "RSA");
    CHECK(is_certificate_type("ssh-ed25519-cert-v01@openssh.com"));
    CHECK_FALSE(is_certificate_type("sk-ssh-ed25519@openssh.com"));
}

TEST_CASE("the size of an RSA key is read off its blob", "[keys]") {
    const Bytes e{1, 0, 1};
    const auto blob_of = [&](std::string_view type, const Bytes& n, bool nonce) {
        Bytes blob;
        Writer<Bytes> writer(blob);
        writer.string(type);
        if (nonce) writer.string("nonce");
        writer.mpint(e).mpint(n);
        return blob;
    };
    CHECK(rsa_bits(test::public_half("openssh-rsa").blob) == 2048);
    CHECK(rsa_bits(test::public_half("openssh-ed25519").blob) == 0);
    CHECK(rsa_bits(blob_of("ssh-rsa", Bytes(128, 0x80), false)) == 1024);
    CHECK(rsa_bits(blob_of("ssh-rsa", Bytes(128, 0x01), false)) == 1017);
    CHECK(rsa_bits(blob_of("ssh-rsa", {}, false)) == 0);
    CHECK(rsa_bits(blob_of("ssh-rsa-cert-v01@openssh.com", Bytes(256, 0xff), true)) == 2048);
    CHECK(rsa_bits(blob_of("ssh-dss", Bytes(256, 0xff), false)) == 0);
    CHECK(rsa_bits({}) == 0);
}

}  // namespace
}  // namespace nacre
