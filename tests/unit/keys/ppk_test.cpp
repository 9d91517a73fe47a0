#include "key_fixture.hpp"

#include <nacre/keys/ppk.hpp>

namespace nacre {
namespace {

using test::key_file;
using test::kPassphrase;
using test::secret;

KeyFault fault(const Result<PrivateKey>& key) {
    return key ? KeyFault::none : fault_of(key.error());
}

const std::pair<std::string, std::string> kTypes[] = {{"ed25519", "ed@nacre"},
                                                      {"ecdsa256", "ec256@nacre"},
                                                      {"ecdsa384", "ec384@nacre"},
                                                      {"ecdsa521", "ec521@nacre"},
                                                      {"rsa", "rsa@nacre"}};

PrivateKey original(const std::string& type) {
    auto key = read_private_key(as_bytes(key_file("openssh-" + type)));
    REQUIRE(key.has_value());
    return *std::move(key);
}

// Yields what a file of another program holds where randomness was.
class Replay final : public Rng {
  public:
    explicit Replay(Bytes bytes) : bytes_(std::move(bytes)) {}
    void fill(ByteSpan out) noexcept override {
        std::copy_n(bytes_.begin(), out.size(), out.begin());
    }

  private:
    Bytes bytes_;
};

TEST_CASE("PuTTY key files are read: the same keys as in OpenSSH's form", "[keys]") {
    for (const auto& [type, comment] : kTypes) {
        const PrivateKey expected = original(type);
        for (const char* form : {"ppk2-%", "ppk2-%-aes256", "ppk3-%", "ppk3-%-argon2id"}) {
            std::string name = form;
            name.replace(name.find('%'), 1, type);
            CAPTURE(name);
            const std::string text = key_file(name + ".ppk");
            const bool encrypted = name.size() > ("ppk2-" + type).size();
            const auto key = read_ppk(as_bytes(text), secret(kPassphrase));
            REQUIRE(key.has_value());
            CHECK(key->type == expected.type);
            CHECK(key->public_blob == expected.public_blob);
            CHECK(same_bytes(key->fields, expected.fields));
            CHECK(key->comment == comment);
            std::string windows;
            for (const char c : text) windows.append(c == '\n' ? "\r\n" : std::string(1, c));
            CHECK(read_ppk(as_bytes(windows), secret(kPassphrase)));
            if (!encrypted) {
                CHECK(read_ppk(as_bytes(text)));
                continue;
            }
            CHECK(fault(read_ppk(as_bytes(text))) == KeyFault::needs_passphrase);
            CHECK(fault(read_ppk(as_bytes(text), secret("wrong"))) == KeyFault::wrong_passphrase);
            CHECK(fault(read_ppk(as_bytes(text), secret(""))) == KeyFault::wrong_passphrase);
        }
    }
}

TEST_CASE("PuTTY key files: all three Argon2", "[keys]") {
    for (const char* flavour : {"argon2i", "argon2d"}) {
        const std::string text = key_file(std::string("ppk3-ed25519-") + flavour + ".ppk");
        CHECK(read_ppk(as_bytes(text), secret(kPassphrase)));
    }
}

TEST_CASE("every truncation and change of a PuTTY key file fails", "[keys]") {
    const std::string name =
        GENERATE("ppk2-ed25519", "ppk2-ed25519-aes256", "ppk3-ed25519", "ppk3-ed25519-argon2id",
                 "ppk3-ecdsa256", "ppk2-ecdsa256-aes256");
    CAPTURE(name);
    const std::string text = key_file(name + ".ppk");
    const std::size_t end = text.find_last_not_of('\n');
    for (std::size_t n = 0; n <= end; ++n)
        CHECK_FALSE(read_ppk(as_bytes(text).first(n), secret(kPassphrase)).has_value());
    for (std::size_t at = 0; at <= end; ++at) {
        std::string changed = text;
        // Another digit of the same kind, so that the change is not found out by its form.
        changed[at] = text[at] == '5' ? '6' : '5';
        const auto key = read_ppk(as_bytes(changed), secret(kPassphrase));
        CAPTURE(at);
        CHECK_FALSE(key.has_value());
    }
}

TEST_CASE("PuTTY key files: other versions, ciphers and costs", "[keys]") {
    const auto changed = [](std::string name, const std::string& from, const std::string& to) {
        std::string text = key_file(name);
        const auto at = text.find(from);
        REQUIRE(at != std::string::npos);
        text.replace(at, from.size(), to);
        return fault(read_ppk(as_bytes(text), secret(kPassphrase)));
    };
    const std::string clear = "ppk3-ed25519.ppk";
    const std::string sealed = "ppk3-ed25519-argon2id.ppk";
    CHECK(changed(clear, "File-3", "File-1") == KeyFault::unsupported);
    CHECK(changed(clear, "PuTTY", "Putty") == KeyFault::not_a_key);
    CHECK(changed(clear, ": none", ": 3des-cbc") == KeyFault::unsupported);
    CHECK(changed(clear, "ed@nacre", "eve@nacre") == KeyFault::damaged);
    CHECK(changed(sealed, "ed@nacre", "eve@nacre") == KeyFault::wrong_passphrase);
    CHECK(changed(sealed, "Argon2id", "Argon2xx") == KeyFault::unsupported);
    CHECK(changed(sealed, "Memory: 64", "Memory: 1048577") == KeyFault::over_limit);
    CHECK(changed(sealed, "Memory: 64", "Memory: 7") == KeyFault::damaged);
    CHECK(changed(sealed, "Passes: 1", "Passes: 262145") == KeyFault::over_limit);
    CHECK(changed(sealed, "Passes: 1", "Passes: 0") == KeyFault::damaged);
    CHECK(changed(sealed, "Passes: 1", "Passes: 99999999999") == KeyFault::damaged);
    CHECK(changed(sealed, "Parallelism: 1", "Parallelism: 17") == KeyFault::over_limit);
    CHECK(changed(sealed, "Parallelism: 1", "Parallelism: 0") == KeyFault::damaged);
    CHECK(changed(clear, "Private-Lines: 1", "Private-Lines: 4000000000") == KeyFault::damaged);
    CHECK(fault(read_ppk(as_bytes(std::string(kMaxKeyFile + 1, ' ')))) == KeyFault::over_limit);
}

TEST_CASE("PuTTY key files are written as puttygen writes them", "[keys]") {
    const SecretBytes passphrase = secret(kPassphrase);
    for (const auto& [type, comment] : kTypes) {
        CAPTURE(type);
        const PrivateKey key = original(type);
        Replay nothing({});
        const auto clear = write_ppk(key, nullptr, nothing);
        REQUIRE(clear.has_value());
        CHECK(as_text(*clear) == key_file("ppk3-" + type + ".ppk"));

        const std::string text = key_file("ppk3-" + type + "-argon2id.ppk");
        const auto at = text.find("Salt: ") + 6;
        Bytes salt;
        for (std::size_t i = 0; i < 32; i += 2)
            salt.push_back(
                static_cast<std::uint8_t>(std::stoi(text.substr(at + i, 2), nullptr, 16)));
        Replay rng(salt);
        const auto sealed = write_ppk(key, &passphrase, rng, {64, 1});
        REQUIRE(sealed.has_value());
        CHECK(as_text(*sealed) == text);
    }
}

TEST_CASE("a PuTTY key file is not written under an empty passphrase or without cost", "[keys]") {
    const PrivateKey key = original("ed25519");
    Replay rng(Bytes(16));
    const SecretBytes empty;
    const SecretBytes passphrase = secret(kPassphrase);
    CHECK_FALSE(write_ppk(key, &empty, rng));
    CHECK_FALSE(write_ppk(key, &passphrase, rng, {7, 1}));
    CHECK_FALSE(write_ppk(key, &passphrase, rng, {64, 0}));
    CHECK_FALSE(write_ppk(key, &passphrase, rng, {kMaxPpkMemory, 17}));
}

}  // namespace
}  // namespace nacre
