#include "key_fixture.hpp"

#include <nacre/keys/private_key.hpp>

#include <sstream>

namespace nacre {
namespace {

using test::key_file;
using test::kPassphrase;
using test::secret;

struct File {
    std::string name;
    std::string public_half;
    bool encrypted = false;
    const char* comment = "";
};

std::vector<File> all_files() {
    std::vector<File> files;
    const auto add = [&](std::string name, std::string half, bool encrypted, const char* comment) {
        files.push_back({std::move(name), std::move(half), encrypted, comment});
    };
    add("openssh-ed25519", "openssh-ed25519", false, "ed@nacre");
    for (const char* cipher : {"aes128-ctr", "aes192-ctr", "aes256-ctr", "aes256-cbc", "aes128-gcm",
                               "aes256-gcm", "chacha20-poly1305", "rounds24"})
        add(std::string("openssh-ed25519-") + cipher, "openssh-ed25519", true, "ed@nacre");
    const std::pair<const char*, const char*> others[] = {{"ecdsa256", "ec256@nacre"},
                                                          {"ecdsa384", "ec384@nacre"},
                                                          {"ecdsa521", "ec521@nacre"},
                                                          {"rsa", "rsa@nacre"}};
    for (const auto& [type, comment] : others) {
        const std::string half = std::string("openssh-") + type;
        add(half, half, false, comment);
        add(half + "-aes256-ctr", half, true, comment);
        add(std::string("pem-") + type, half, false, "");
        add(std::string("pem-") + type + "-aes128", half, true, "");
        add(std::string("pkcs8-") + type, half, false, "");
    }
    for (const char* cipher : {"aes192", "aes256", "des3"})
        add(std::string("pem-rsa-") + cipher, "openssh-rsa", true, "");
    add("pkcs8-rsa-aes256", "openssh-rsa", true, "");
    add("pkcs8-ecdsa256-aes256", "openssh-ecdsa256", true, "");
    add("pkcs8-ed25519", "pkcs8-ed25519", false, "");
    for (const char* cipher : {"aes128", "aes256", "des3", "scrypt", "pbes1-3des"})
        add(std::string("pkcs8-ed25519-") + cipher, "pkcs8-ed25519", true, "");
    return files;
}

KeyFault fault(const Result<PrivateKey>& key) {
    return key ? KeyFault::none : fault_of(key.error());
}

// Counts up: the tests do not depend on its values.
class CountingRng final : public Rng {
  public:
    void fill(ByteSpan out) noexcept override {
        for (auto& byte : out) byte = next_++;
    }

  private:
    std::uint8_t next_ = 7;
};

TEST_CASE("private keys of other programs are read", "[keys]") {
    const auto files = all_files();
    REQUIRE(files.size() == 40);
    for (const File& file : files) {
        CAPTURE(file.name);
        const std::string text = key_file(file.name);
        const auto expected = test::public_half(file.public_half);
        const auto key = read_private_key(as_bytes(text), secret(kPassphrase));
        REQUIRE(key.has_value());
        CHECK(key->type == expected.type);
        CHECK(key->public_blob == expected.blob);
        CHECK(key->comment == file.comment);
        CHECK_FALSE(key->fields.empty());

        // The same file with CRLF and text in front, as mail programs and OpenSSL leave it.
        std::string mailed = "Bag Attributes: none\r\n";
        for (const char c : text) mailed.append(c == '\n' ? "\r\n" : std::string(1, c));
        CHECK(read_private_key(as_bytes(mailed), secret(kPassphrase)));
    }
}

TEST_CASE("every format gives the same private fields", "[keys]") {
    for (const std::string type : {"ecdsa256", "ecdsa384", "ecdsa521", "rsa"}) {
        const auto key = read_private_key(as_bytes(key_file("openssh-" + type)));
        REQUIRE(key);
        for (const std::string format : {"pem-", "pkcs8-"}) {
            const auto other = read_private_key(as_bytes(key_file(format + type)));
            REQUIRE(other);
            CHECK(same_bytes(key->fields, other->fields));
        }
    }
}

TEST_CASE("encrypted keys need the right passphrase", "[keys]") {
    for (const File& file : all_files()) {
        if (file.name == "openssh-ed25519-rounds24") continue;  // takes long
        CAPTURE(file.name);
        const std::string text = key_file(file.name);
        int asked = 0;
        const AskPassphrase none = [&]() -> std::optional<SecretBytes> {
            ++asked;
            return std::nullopt;
        };
        const auto key = read_private_key(as_bytes(text), none);
        CHECK(asked == (file.encrypted ? 1 : 0));
        if (!file.encrypted) {
            CHECK(key);
            continue;
        }
        CHECK(fault(key) == KeyFault::needs_passphrase);
        CHECK(fault(read_private_key(as_bytes(text))) == KeyFault::needs_passphrase);
        CHECK(fault(read_private_key(as_bytes(text), secret("correct horsf"))) ==
              KeyFault::wrong_passphrase);
        CHECK(fault(read_private_key(as_bytes(text), secret(""))) == KeyFault::wrong_passphrase);
    }
}

TEST_CASE("every truncation of a key file fails", "[keys]") {
    for (const File& file : all_files()) {
        const std::string text = key_file(file.name);
        CAPTURE(file.name);
        const std::size_t end = text.find_last_not_of("\r\n");
        const bool small = text.size() < 800 && file.name != "openssh-ed25519-rounds24";
        for (std::size_t n = 0; n <= end; n += small ? 1 : 41) {
            const auto key = read_private_key(as_bytes(text).first(n), secret(kPassphrase));
            CHECK_FALSE(key.has_value());
        }
    }
}

// The body of a PEM file, and a PEM file of a body.
Bytes body_of(const std::string& text) {
    std::string body;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.find('-') == std::string::npos) body += line;
    Bytes out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : body) {
        constexpr std::string_view kDigits =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const auto digit = kDigits.find(c);
        if (digit == std::string_view::npos) break;
        bits = (bits << 6) | static_cast<std::uint32_t>(digit);
        if ((count += 6) >= 8) out.push_back(static_cast<std::uint8_t>(bits >> (count -= 8)));
    }
    return out;
}

std::string file_of(ByteView body) {
    // Borrows the encoder of the one-line form: base64 stands behind the type.
    const std::string line = public_key_line("x", body, "");
    return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + line.substr(2) +
           "-----END OPENSSH PRIVATE KEY-----\n";
}

TEST_CASE("a changed byte of an openssh-key-v1 file is noticed", "[keys]") {
    const std::string name =
        GENERATE("openssh-ed25519", "openssh-ed25519-aes256-ctr", "openssh-ed25519-aes256-cbc",
                 "openssh-ed25519-aes256-gcm", "openssh-ed25519-chacha20-poly1305",
                 "openssh-ecdsa256", "openssh-ecdsa256-aes256-ctr");
    CAPTURE(name);
    const Bytes body = body_of(key_file(name));
    const auto original = read_private_key(as_bytes(file_of(body)), secret(kPassphrase));
    REQUIRE(original.has_value());
    const bool authenticated = name.ends_with("gcm") || name.ends_with("poly1305");
    // Where each look costs a key derivation, every third byte will do.
    const std::size_t step = name.find("-aes") == std::string::npos && !authenticated ? 1 : 3;
    int comments = 0;
    for (std::size_t at = 0; at < body.size(); at += step) {
        Bytes changed = body;
        changed[at] ^= 0x41;
        const auto key = read_private_key(as_bytes(file_of(changed)), secret(kPassphrase));
        if (!key) continue;
        // Only the comment is free to change, and only where no tag covers it.
        CAPTURE(at);
        CHECK_FALSE(authenticated);
        CHECK(same_bytes(key->fields, original->fields));
        CHECK(key->public_blob == original->public_blob);
        CHECK(key->comment != original->comment);
        ++comments;
    }
    CHECK(comments <= static_cast<int>(original->comment.size()));
}

TEST_CASE("what is not supported is said to be so", "[keys]") {
    for (const char* name : {"unsupported-x25519", "unsupported-secp256k1"}) {
        CAPTURE(name);
        CHECK(fault(read_private_key(as_bytes(key_file(name)), secret(kPassphrase))) ==
              KeyFault::unsupported);
    }
    const std::string other =
        "-----BEGIN ANY PRIVATE KEY-----\nAAAA\n-----END ANY PRIVATE KEY-----\n";
    CHECK(fault(read_private_key(as_bytes(other))) == KeyFault::unsupported);
}

TEST_CASE("what is no private key is said to be none", "[keys]") {
    CHECK(fault(read_private_key({})) == KeyFault::not_a_key);
    CHECK(fault(read_private_key(as_bytes("hello\n"))) == KeyFault::not_a_key);
    CHECK(fault(read_private_key(as_bytes(key_file("openssh-rsa.pub")))) == KeyFault::not_a_key);
    const std::string certificate =
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    CHECK(fault(read_private_key(as_bytes(certificate))) == KeyFault::not_a_key);
    const std::string large(kMaxKeyFile + 1, ' ');
    CHECK(fault(read_private_key(as_bytes(large))) == KeyFault::over_limit);
}

TEST_CASE("a file cannot ask for endless key derivation", "[keys]") {
    Bytes body = body_of(key_file("openssh-ed25519-aes256-ctr"));
    // magic, string "aes256-ctr", string "bcrypt", string (string salt, uint32 rounds)
    const std::size_t rounds = 15 + 4 + 10 + 4 + 6 + 4 + 4 + 16;
    REQUIRE(load_be32(body.data() + rounds) == 1);
    store_be32(body.data() + rounds, kMaxBcryptRounds + 1);
    CHECK(fault(read_private_key(as_bytes(file_of(body)), secret(kPassphrase))) ==
          KeyFault::over_limit);
    store_be32(body.data() + rounds, 0);
    CHECK(fault(read_private_key(as_bytes(file_of(body)), secret(kPassphrase))) ==
          KeyFault::damaged);
}

TEST_CASE("written private keys are read back", "[keys]") {
    CountingRng rng;
    for (const std::string name : {"openssh-ed25519", "openssh-ecdsa521", "openssh-rsa"}) {
        const auto key = read_private_key(as_bytes(key_file(name)));
        REQUIRE(key);
        const auto clear = write_openssh_private_key(*key, nullptr, rng);
        REQUIRE(clear);
        const SecretBytes passphrase = secret(kPassphrase);
        const auto sealed = write_openssh_private_key(*key, &passphrase, rng, 2);
        REQUIRE(sealed);
        for (const SecretBytes* file : {&*clear, &*sealed}) {
            const auto again = read_private_key(*file, passphrase);
            REQUIRE(again);
            CHECK(again->type == key->type);
            CHECK(again->public_blob == key->public_blob);
            CHECK(again->comment == key->comment);
            CHECK(same_bytes(again->fields, key->fields));
        }
        CHECK(fault(read_private_key(*sealed)) == KeyFault::needs_passphrase);
    }
}

TEST_CASE("a key in clear is written as ssh-keygen writes it", "[keys]") {
    for (const std::string name :
         {"openssh-ed25519", "openssh-ecdsa256", "openssh-ecdsa384", "openssh-rsa"}) {
        const std::string text = key_file(name);
        const auto key = read_private_key(as_bytes(text));
        REQUIRE(key);
        // The check number is random; take that of the file, which stands behind the public blob.
        const Bytes body = body_of(text);
        class Replay final : public Rng {
          public:
            explicit Replay(ByteView from) : from_(from) {}
            void fill(ByteSpan out) noexcept override {
                std::copy_n(from_.begin(), out.size(), out.begin());
            }

          private:
            ByteView from_;
        };
        const std::size_t check = 15 + 8 + 8 + 4 + 4 + 4 + key->public_blob.size() + 4;
        Replay rng(ByteView(body).subspan(check, 4));
        const auto written = write_openssh_private_key(*key, nullptr, rng);
        REQUIRE(written);
        CHECK(as_text(*written) == text);
    }
}

TEST_CASE("a private key is not written under an empty passphrase", "[keys]") {
    CountingRng rng;
    const auto key = read_private_key(as_bytes(key_file("openssh-ed25519")));
    REQUIRE(key);
    const SecretBytes empty;
    CHECK_FALSE(write_openssh_private_key(*key, &empty, rng));
    const SecretBytes passphrase = secret(kPassphrase);
    CHECK_FALSE(write_openssh_private_key(*key, &passphrase, rng, 0));
    CHECK_FALSE(write_openssh_private_key(*key, &passphrase, rng, kMaxBcryptRounds + 1));
    for (const char* cipher : {"", "none", "aes256-cbc", "aes256-gcm@openssh.com", "rot13"})
        CHECK_FALSE(write_openssh_private_key(*key, &passphrase, rng, 1, cipher));
}

}  // namespace
}  // namespace nacre
