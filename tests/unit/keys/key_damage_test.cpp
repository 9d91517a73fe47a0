// Every key file in tests/keys, cut off and changed.
#include "key_fixture.hpp"

#include <nacre/keys/load_key.hpp>

#include <algorithm>
#include <filesystem>
#include <map>

namespace nacre {
namespace {

using test::key_file;
using test::kPassphrase;
using test::secret;

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::directory_iterator(test::tests_dir() + "/keys")) {
        const std::string name = entry.path().filename().string();
        if (entry.is_regular_file() && !name.starts_with("generate") && name != "README.md" &&
            name != "fingerprints")
            all.push_back(name);
    }
    std::sort(all.begin(), all.end());
    return all;
}

// Deriving a key takes longer than all the rest; with it only some places are looked at.
bool is_costly(const std::string& name) {
    return name.find("rounds24") != std::string::npos || name.find("scrypt") != std::string::npos;
}

TEST_CASE("every truncation of every key file is refused", "[keys][damage]") {
    const auto all = names();
    REQUIRE(all.size() > 130);
    for (const std::string& name : all) {
        CAPTURE(name);
        const std::string text = key_file(name);
        const auto whole = load_key(as_bytes(text), secret(kPassphrase));
        // What stands behind the key is a comment, blanks, or another key.
        const std::size_t end = text.find_last_not_of("\r\n");
        const std::size_t step = is_costly(name) ? 97 : std::max<std::size_t>(1, text.size() / 150);
        for (std::size_t n = 0; n <= end; n += step) {
            const auto key = load_key(as_bytes(text).first(n), secret(kPassphrase));
            CAPTURE(n);
            if (!key) {
                const KeyFault fault = fault_of(key.error());
                CHECK(fault != KeyFault::none);
                if (offset_of(key.error())) CHECK(*offset_of(key.error()) <= n);
                continue;
            }
            // The line form, whose comment is cut, and a key in front of its certificates.
            REQUIRE(whole);
            CHECK((key->format == KeyFormat::openssh_line ||
                   key->certificates.size() < whole->certificates.size()));
            CHECK(key->public_keys.front().blob == whole->public_keys.front().blob);
        }
    }
}

TEST_CASE("a truncated key file says where it ends", "[keys][damage]") {
    const auto cut = [](const std::string& name, std::size_t n) {
        const auto key = load_key(as_bytes(key_file(name)).first(n), secret(kPassphrase));
        REQUIRE_FALSE(key);
        CAPTURE(name, key.error().what);
        CHECK(fault_of(key.error()) == KeyFault::truncated);
        CHECK(offset_of(key.error()) == n);
    };
    for (const char* name : {"pem-rsa.der", "pkcs8-ed25519.der", "spki-rsa.der", "cert-ed25519.der",
                             "certs-der.p7b", "rsa-chain.p12", "openssh-rsa", "pem-rsa", "spki-rsa",
                             "rsa.jwk", "rsa.xml", "ppk3-rsa.ppk", "ppk3-rsa-argon2id.ppk"}) {
        const std::size_t size = key_file(name).size();
        cut(name, std::min<std::size_t>(60, size / 3));
        cut(name, size / 2);
    }
}

TEST_CASE("a damaged key file says where", "[keys][damage]") {
    const auto damage = [](std::string text, std::size_t at, char with) {
        text[at] = with;
        const auto key = load_key(as_bytes(text));
        REQUIRE_FALSE(key);
        CAPTURE(key.error().what);
        CHECK(fault_of(key.error()) == KeyFault::damaged);
        return offset_of(key.error());
    };
    const std::string pem = key_file("pem-rsa");
    CHECK(damage(pem, 200, '!') == 200);
    CHECK(damage("\xef\xbb\xbf\n" + pem, 200, '!') == 200);
    CHECK(damage(key_file("rsa.jwk"), 1, 'x') == 1);
    CHECK(damage(key_file("rsa.xml"), 13, '!') == 13);
    // The tag of the first number, 02 in the middle of "MIIEowIBAAKC".
    const std::size_t begin = pem.find('\n') + 1;
    CHECK(damage(pem, begin + 6, 'J') >= begin + 4);
    // The SEQUENCE of RSAPublicKey becomes a SET.
    CHECK(damage(key_file("spki-rsa.der"), 24, '\x31') == 24);
}

// A generator of its own, so that a failure can be repeated.
class Dice {
  public:
    std::uint32_t roll(std::size_t below) {
        state_ = state_ * 6364136223846793005U + 1442695040888963407U;
        return static_cast<std::uint32_t>((state_ >> 33) % below);
    }

  private:
    std::uint64_t state_ = 1;
};

// PKCS#8 of Ed25519, Ed448 and DSA holds nothing but the secret number, and every number is a key.
// The handle of a security key means something to its token only.
bool has_redundancy(const std::string& name) {
    const bool bare = name.starts_with("pkcs8-ed") || name.starts_with("pkcs8-dsa");
    return !bare && !name.ends_with("-sk") && name != "ed25519-nomac.p12";
}

// 2,000 in each format. A file that is changed yields an error with a reason or a key, and a
// private key only if it is the one that was there: no half of it is taken on trust.
TEST_CASE("bit flips in key files", "[keys][damage]") {
    std::map<KeyFormat, std::vector<std::string>> files;
    for (const std::string& name : names()) {
        if (is_costly(name)) continue;
        const auto key = load_key(as_bytes(key_file(name)), secret(kPassphrase));
        if (key) files[key->format].push_back(name);
    }
    CHECK(files.size() == 16);
    Dice dice;
    for (const auto& [format, group] : files) {
        std::map<std::string, LoadedKey> originals;
        for (int i = 0; i < 2000; ++i) {
            const std::string& name = group[dice.roll(group.size())];
            const std::string text = key_file(name);
            auto& original = originals[name];
            if (original.public_keys.empty())
                original = load_key(as_bytes(text), secret(kPassphrase)).value_or(LoadedKey());
            std::string changed = text;
            const std::size_t at = dice.roll(text.size());
            changed[at] = static_cast<char>(changed[at] ^ 1 << dice.roll(8));
            // A round of bcrypt takes ten milliseconds: one in twenty of its files is opened.
            const bool opened = format != KeyFormat::openssh_key_v1 || i % 20 == 0;
            int asked = 0;
            const auto key = load_key(as_bytes(changed), [&]() -> std::optional<SecretBytes> {
                ++asked;
                if (!opened) return std::nullopt;
                return secret(kPassphrase);
            });
            CAPTURE(name, at);
            if (!key) {
                CHECK(fault_of(key.error()) != KeyFault::none);
                CHECK(*key.error().what != '\0');
                continue;
            }
            CHECK(asked <= 1);
            if (!key->is_private() || !has_redundancy(name)) continue;
            REQUIRE(original.is_private());
            CHECK(
                same_bytes(key->private_keys.front().fields, original.private_keys.front().fields));
        }
    }
}

}  // namespace
}  // namespace nacre
