#include "key_fixture.hpp"
#include "keys/der_writer.hpp"

#include <nacre/keys/load_key.hpp>

namespace nacre {
namespace {

using test::key_file;
using test::kPassphrase;
using test::secret;

KeyFault fault(const Result<LoadedKey>& key) {
    return key ? KeyFault::none : fault_of(key.error());
}

struct File {
    const char* name;
    KeyFormat format;
    const char* public_half;  // the file beside it, without .pub
    const char* cipher = "";  // empty: in clear
    const char* kdf = "";
    const char* prf = "";
    std::uint64_t cost = 0;
    std::size_t certificates = 0;
    const char* comment = "";
};

constexpr const char* kEd = "pkcs8-ed25519";
constexpr const char* kEd448 = "pkcs8-ed448";
constexpr const char* kRsa = "openssh-rsa";
constexpr const char* kDsa = "openssh-dsa";
constexpr const char* kEc256 = "openssh-ecdsa256";
constexpr const char* kEc384 = "openssh-ecdsa384";
constexpr const char* kEc521 = "openssh-ecdsa521";

const File kPrivate[] = {
    {"openssh-dsa", KeyFormat::openssh_key_v1, kDsa, "", "", "", 0, 0, "dsa@nacre"},
    {"openssh-rsa-aes256-ctr", KeyFormat::openssh_key_v1, kRsa, "aes256-ctr", "bcrypt", "", 1, 0,
     "rsa@nacre"},
    {"pem-rsa", KeyFormat::pkcs1, kRsa},
    {"pem-rsa.der", KeyFormat::pkcs1, kRsa},
    {"pem-rsa-aes192", KeyFormat::pkcs1, kRsa, "AES-192-CBC", "MD5", "", 1},
    {"pem-dsa", KeyFormat::dsa, kDsa},
    {"pem-dsa.der", KeyFormat::dsa, kDsa},
    {"pem-dsa-aes128", KeyFormat::dsa, kDsa, "AES-128-CBC", "MD5", "", 1},
    {"pem-dsa-des", KeyFormat::dsa, kDsa, "DES-CBC", "MD5", "", 1},
    {"pem-ecdsa256", KeyFormat::sec1, kEc256},
    {"pem-ecdsa256.der", KeyFormat::sec1, kEc256},
    {"pem-ecdsa256-parameters", KeyFormat::sec1, kEc256},
    {"pkcs8-dsa", KeyFormat::pkcs8, kDsa},
    {"pkcs8-dsa-aes256", KeyFormat::pkcs8, kDsa, "AES-256-CBC", "PBKDF2", "HMAC-SHA256", 2048},
    {"pkcs8-ed448", KeyFormat::pkcs8, kEd448},
    {"pkcs8-ed25519.der", KeyFormat::pkcs8, kEd},
    {"pkcs8-ecdsa256-aes256.der", KeyFormat::pkcs8, kEc256, "AES-256-CBC", "PBKDF2", "HMAC-SHA256",
     2048},
    {"pkcs8-ed25519-scrypt", KeyFormat::pkcs8, kEd, "AES-256-CBC", "scrypt", "", 1024},
    {"pkcs8-ed25519-aes128", KeyFormat::pkcs8, kEd, "AES-128-CBC", "PBKDF2", "HMAC-SHA512", 2048},
    {"pkcs8-ed25519-prf-MD5", KeyFormat::pkcs8, kEd, "AES-192-CBC", "PBKDF2", "HMAC-MD5", 2048},
    {"pkcs8-ed25519-prf-SHA1", KeyFormat::pkcs8, kEd, "AES-192-CBC", "PBKDF2", "HMAC-SHA1", 2048},
    {"pkcs8-ed25519-prf-SHA224", KeyFormat::pkcs8, kEd, "AES-192-CBC", "PBKDF2", "HMAC-SHA224",
     2048},
    {"pkcs8-ed25519-prf-SHA384", KeyFormat::pkcs8, kEd, "AES-192-CBC", "PBKDF2", "HMAC-SHA384",
     2048},
    {"pkcs8-ed25519-prf-SHA512-256", KeyFormat::pkcs8, kEd, "AES-192-CBC", "PBKDF2",
     "HMAC-SHA512-256", 2048},
    {"pkcs8-ed25519-des3", KeyFormat::pkcs8, kEd, "DES-EDE3-CBC", "PBKDF2", "HMAC-SHA256", 2048},
    {"pkcs8-ed25519-des-cbc", KeyFormat::pkcs8, kEd, "DES-CBC", "PBKDF2", "HMAC-SHA256", 2048},
    {"pkcs8-ed25519-bf-cbc", KeyFormat::pkcs8, kEd, "BF-CBC", "PBKDF2", "HMAC-SHA256", 2048},
    {"pkcs8-ed25519-cast5-cbc", KeyFormat::pkcs8, kEd, "CAST5-CBC", "PBKDF2", "HMAC-SHA256", 2048},
    {"pkcs8-ed25519-pbes1-md5-des", KeyFormat::pkcs8, kEd, "DES-CBC", "PBKDF1", "MD5", 2048},
    {"pkcs8-ed25519-pbes1-sha1-des", KeyFormat::pkcs8, kEd, "DES-CBC", "PBKDF1", "SHA1", 2048},
    {"pkcs8-ed25519-pbes1-3des", KeyFormat::pkcs8, kEd, "DES-EDE3-CBC", "PKCS12-KDF", "SHA1", 2048},
    {"pkcs8-ed25519-pbes1-2des", KeyFormat::pkcs8, kEd, "DES-EDE-CBC", "PKCS12-KDF", "SHA1", 2048},
    {"pkcs8-ed25519-pbes1-rc4-128", KeyFormat::pkcs8, kEd, "RC4-128", "PKCS12-KDF", "SHA1", 2048},
    {"pkcs8-ed25519-pbes1-rc4-40", KeyFormat::pkcs8, kEd, "RC4-40", "PKCS12-KDF", "SHA1", 2048},
    {"pkcs8-rsa-chain", KeyFormat::pkcs8, kRsa, "AES-256-CBC", "PBKDF2", "HMAC-SHA256", 2048, 2},
    {"ppk2-dsa.ppk", KeyFormat::ppk2, kDsa, "", "", "", 0, 0, "dsa@nacre"},
    {"ppk2-dsa-encrypted.ppk", KeyFormat::ppk2, kDsa, "aes256-cbc", "SHA1", "", 1, 0, "dsa@nacre"},
    {"ppk3-dsa.ppk", KeyFormat::ppk3, kDsa, "", "", "", 0, 0, "dsa@nacre"},
    {"ppk3-dsa-encrypted.ppk", KeyFormat::ppk3, kDsa, "aes256-cbc", "Argon2id", "", 1, 0,
     "dsa@nacre"},
    {"ppk3-ed448.ppk", KeyFormat::ppk3, "ppk3-ed448", "", "", "", 0, 0, "ed448@nacre"},
    {"ppk3-ed448-argon2id.ppk", KeyFormat::ppk3, "ppk3-ed448", "aes256-cbc", "Argon2id", "", 1, 0,
     "ed448@nacre"},
    {"rsa-chain.p12", KeyFormat::pkcs12, kRsa, "AES-256-CBC", "PBKDF2", "HMAC-SHA256", 64, 2,
     "rsa key"},
    {"ed25519-3des.p12", KeyFormat::pkcs12, kEd, "DES-EDE3-CBC", "PKCS12-KDF", "SHA1", 64, 1,
     "ed25519 key"},
    {"ed25519-legacy.p12", KeyFormat::pkcs12, kEd, "DES-EDE3-CBC", "PKCS12-KDF", "SHA1", 64, 0,
     "ed25519 key"},
    {"ed25519-clear.p12", KeyFormat::pkcs12, kEd, "", "PKCS12-KDF", "SHA512", 64, 1, "ed25519 key"},
    {"ed25519-nomac.p12", KeyFormat::pkcs12, kEd, "AES-256-CBC", "PBKDF2", "HMAC-SHA256", 64, 1,
     "ed25519 key"},
    {"ecdsa384-aes128.p12", KeyFormat::pkcs12, kEc384, "AES-128-CBC", "PBKDF2", "HMAC-SHA256", 64,
     1, "ecdsa384 key"},
    {"rsa.jwk", KeyFormat::jwk, kRsa},
    {"ecdsa256.jwk", KeyFormat::jwk, kEc256},
    {"ecdsa384.jwk", KeyFormat::jwk, kEc384},
    {"ecdsa521.jwk", KeyFormat::jwk, kEc521},
    {"ed25519.jwk", KeyFormat::jwk, kEd},
    {"ed448.jwk", KeyFormat::jwk, kEd448},
    {"rsa.xml", KeyFormat::xml, kRsa},
    {"dsa.xml", KeyFormat::xml, kDsa},
};

const File kPublic[] = {
    {"openssh-rsa.pub", KeyFormat::openssh_line, kRsa, "", "", "", 0, 0, "rsa@nacre"},
    {"rfc4716-ed25519.pub", KeyFormat::rfc4716, "openssh-ed25519", "", "", "", 0, 0,
     "256-bit ED25519, converted from OpenSSH"},
    {"spki-rsa", KeyFormat::spki, kRsa},
    {"spki-rsa.der", KeyFormat::spki, kRsa},
    {"spki-dsa", KeyFormat::spki, kDsa},
    {"spki-ecdsa256", KeyFormat::spki, kEc256},
    {"spki-ecdsa384", KeyFormat::spki, kEc384},
    {"spki-ecdsa521", KeyFormat::spki, kEc521},
    {"spki-ed25519", KeyFormat::spki, kEd},
    {"spki-ed448", KeyFormat::spki, kEd448},
    {"rsapublic-rsa", KeyFormat::rsa_public, kRsa},
    {"cert-rsa", KeyFormat::certificate, kRsa, "", "", "", 0, 1},
    {"cert-rsa-trusted", KeyFormat::certificate, kRsa, "", "", "", 0, 1},
    {"cert-ecdsa384", KeyFormat::certificate, kEc384, "", "", "", 0, 1},
    {"cert-ed25519.der", KeyFormat::certificate, kEd, "", "", "", 0, 1},
    {"certs.p7b", KeyFormat::pkcs7, kRsa, "", "", "", 0, 2},
    {"certs-der.p7b", KeyFormat::pkcs7, kRsa, "", "", "", 0, 2},
    {"certs-only.p12", KeyFormat::pkcs12, kRsa, "", "", "", 0, 2},
    {"rsa-public.jwk", KeyFormat::jwk, kRsa},
    {"ecdsa521-public.jwk", KeyFormat::jwk, kEc521},
    {"ed448-public.jwk", KeyFormat::jwk, kEd448},
    {"set.jwk", KeyFormat::jwk, kEd},
    {"rsa-public.xml", KeyFormat::xml, kRsa},
    {"dsa-public.xml", KeyFormat::xml, kDsa},
};

void check_comment(const std::string& comment, const File& file) {
    // jwcrypto's kid: a SHA-256 in base64url.
    if (file.format == KeyFormat::jwk && !std::string_view(file.name).starts_with("set")) {
        CHECK(comment.size() == 43);
    } else if (file.format != KeyFormat::jwk) {
        CHECK(comment == file.comment);
    }
}

void check_halves(const LoadedKey& key, const File& file) {
    CHECK(key.format == file.format);
    CHECK(key.certificates.size() == file.certificates);
    REQUIRE_FALSE(key.public_keys.empty());
    const auto half = test::public_half(file.public_half);
    CHECK(key.public_keys.front().type == half.type);
    CHECK(key.public_keys.front().blob == half.blob);
}

TEST_CASE("load_key finds the format of private keys of other programs", "[keys][load]") {
    for (const File& file : kPrivate) {
        CAPTURE(file.name);
        const std::string text = key_file(file.name);
        const auto key = load_key(as_bytes(text), secret(kPassphrase));
        if (!key) FAIL_CHECK(key.error().what);
        if (!key) continue;
        check_halves(*key, file);
        REQUIRE(key->is_private());
        CHECK(key->private_keys.front().public_blob == key->public_keys.front().blob);
        check_comment(key->comment(), file);
        CHECK(key->private_keys.front().comment == key->comment());
        CHECK((key->left_out != nullptr) == (std::string_view(file.name) == "ed25519-legacy.p12"));

        const bool encrypted = file.kdf[0] != '\0';
        REQUIRE(key->encryption.has_value() == encrypted);
        if (!encrypted) {
            CHECK(load_key(as_bytes(text)));
            continue;
        }
        CHECK(key->encryption->cipher == file.cipher);
        CHECK(key->encryption->kdf == file.kdf);
        CHECK(key->encryption->prf == file.prf);
        CHECK(key->encryption->cost == file.cost);
        CHECK(fault(load_key(as_bytes(text))) == KeyFault::needs_passphrase);
        CHECK(fault(load_key(as_bytes(text), secret("correct horsf"))) ==
              KeyFault::wrong_passphrase);
        CHECK(fault(load_key(as_bytes(text), secret(""))) == KeyFault::wrong_passphrase);
    }
}

TEST_CASE("load_key finds the format of public keys of other programs", "[keys][load]") {
    for (const File& file : kPublic) {
        CAPTURE(file.name);
        const auto key = load_key(as_bytes(key_file(file.name)), secret(kPassphrase));
        if (!key) FAIL_CHECK(key.error().what);
        if (!key) continue;
        check_halves(*key, file);
        CHECK_FALSE(key->is_private());
        check_comment(key->comment(), file);
    }
}

TEST_CASE("the passphrase is asked for once", "[keys][load]") {
    for (const File& file : kPrivate) {
        CAPTURE(file.name);
        int asked = 0;
        const auto key = load_key(as_bytes(key_file(file.name)), [&] {
            ++asked;
            return std::optional<SecretBytes>(secret(kPassphrase));
        });
        CHECK(key);
        CHECK(asked == (file.kdf[0] != '\0' ? 1 : 0));
    }
}

TEST_CASE("every file of a key holds the same private key", "[keys][load]") {
    for (const File& file : kPrivate) {
        const std::string_view half = file.public_half;
        // The other two are in no file of OpenSSH's.
        if (half == kEd || half == kEd448 || half == "ppk3-ed448") continue;
        CAPTURE(file.name);
        const auto original = read_private_key(as_bytes(key_file(file.public_half)));
        const auto key = load_key(as_bytes(key_file(file.name)), secret(kPassphrase));
        REQUIRE(original);
        REQUIRE(key);
        CHECK(same_bytes(key->private_keys.front().fields, original->fields));
    }
}

TEST_CASE("the certificate of the key is the first", "[keys][load]") {
    const auto chain = load_key(as_bytes(key_file("rsa-chain.p12")), secret(kPassphrase));
    const auto leaf = load_key(as_bytes(key_file("cert-rsa")));
    const auto root = load_key(as_bytes(key_file("cert-ecdsa384")));
    const auto bag = load_key(as_bytes(key_file("certs.p7b")));
    REQUIRE(chain);
    REQUIRE(leaf);
    REQUIRE(root);
    REQUIRE(bag);
    CHECK(chain->certificates ==
          std::vector<Bytes>{leaf->certificates.front(), root->certificates.front()});
    CHECK(bag->certificates == chain->certificates);
    CHECK(bag->public_keys.size() == 2);
    CHECK(leaf->pem);
    CHECK_FALSE(chain->pem);
}

TEST_CASE("the public half needs no passphrase where it stands outside", "[keys][load]") {
    for (const char* name : {"openssh-rsa-aes256-ctr", "ppk3-rsa-argon2id.ppk", "ppk2-rsa.ppk",
                             "rsa.jwk", "pem-rsa", "spki-rsa", "cert-rsa"}) {
        CAPTURE(name);
        const auto key = load_public_key(as_bytes(key_file(name)));
        REQUIRE(key);
        CHECK_FALSE(key->is_private());
        CHECK(key->public_keys.front().blob == test::public_half(kRsa).blob);
    }
    for (const char* name : {"pkcs8-rsa-aes256", "pem-rsa-aes128", "rsa-chain.p12"})
        CHECK(fault(load_public_key(as_bytes(key_file(name)))) == KeyFault::needs_passphrase);
}

TEST_CASE("how a file is encrypted is told without its passphrase", "[keys][load]") {
    struct Row {
        const char* name;
        const char* cipher;
        const char* kdf;
    };
    const auto row = GENERATE(Row{"openssh-ed25519-aes256-gcm", "aes256-gcm@openssh.com", "bcrypt"},
                              Row{"pkcs8-ed25519-aes256", "AES-256-CBC", "PBKDF2"},
                              Row{"pem-rsa-aes128", "AES-128-CBC", "MD5"},
                              Row{"ppk3-rsa-argon2id.ppk", "aes256-cbc", "Argon2id"});
    CAPTURE(row.name);
    const auto how = key_file_encryption(as_bytes(key_file(row.name)));
    REQUIRE(how);
    CHECK(how->cipher == row.cipher);
    CHECK(how->kdf == row.kdf);
    for (const char* name : {"openssh-ed25519", "openssh-ed25519.pub", "README.md"})
        CHECK_FALSE(key_file_encryption(as_bytes(key_file(name))));
    CHECK_FALSE(key_file_encryption({}));
}

TEST_CASE("openssh-key-v1 with the other sizes of AES", "[keys][load]") {
    const auto key = load_key(as_bytes(key_file("openssh-ed25519")));
    REQUIRE(key);
    const SecretBytes passphrase = secret(kPassphrase);
    for (const char* cipher : {"aes128-ctr", "aes192-ctr", "aes256-ctr"}) {
        const auto written = write_openssh_private_key(key->private_keys.front(), &passphrase,
                                                       system_rng(), 1, cipher);
        REQUIRE(written);
        const auto again = load_key(*written, passphrase);
        REQUIRE(again);
        CHECK(again->encryption->cipher == cipher);
        CHECK(again->private_keys.front().public_blob == key->private_keys.front().public_blob);
    }
}

TEST_CASE("what mail programs and editors do to a key file does no harm", "[keys][load]") {
    const auto all = [](auto change) {
        for (const char* name :
             {"openssh-rsa", "pem-rsa", "pkcs8-rsa", "rsa.jwk", "rsa.xml", "spki-rsa", "cert-rsa",
              "openssh-rsa.pub", "rfc4716-rsa.pub", "ppk3-rsa.ppk", "certs.p7b"}) {
            CAPTURE(name);
            const auto key = load_key(as_bytes(change(key_file(name))));
            if (!key) FAIL_CHECK(key.error().what);
            if (key) CHECK(key->public_keys.front().blob == test::public_half(kRsa).blob);
        }
    };
    const auto with_ends = [](const std::string& text, const char* end) {
        std::string out;
        for (const char c : text) out.append(c == '\n' ? std::string(end) : std::string(1, c));
        return out;
    };
    all([&](const std::string& text) { return with_ends(text, "\r\n"); });
    all([](const std::string& text) { return "\xef\xbb\xbf" + text; });
    all([](const std::string& text) { return "\n  \r\n" + text + "\n\n"; });
    const auto spaced = [&](const char* name) {
        return load_key(as_bytes(with_ends(key_file(name), "  \n")));
    };
    const auto commented = [&](const char* name) {
        return load_key(
            as_bytes("# my key\nBag Attributes\n    friendlyName: x\n\n" + key_file(name)));
    };
    for (const char* name : {"openssh-rsa", "pem-rsa", "pkcs8-rsa", "spki-rsa", "cert-rsa"}) {
        CAPTURE(name);
        CHECK(spaced(name));
        CHECK(commented(name));
    }
    CHECK(load_key(as_bytes("# my key\n" + key_file("openssh-rsa.pub"))));
}

TEST_CASE("what is not supported is named", "[keys][load]") {
    const auto says = [](const std::string& text, std::string_view word) {
        CAPTURE(word);
        const auto key = load_key(as_bytes(text), secret(kPassphrase));
        CHECK(fault(key) == KeyFault::unsupported);
        CAPTURE(key ? "" : key.error().what);
        CHECK((!key && std::string_view(key.error().what).find(word) != std::string_view::npos));
    };
    says(key_file("unsupported-pbes1-rc2-40"), "RC2-40");
    says(key_file("unsupported-pbes1-md5-rc2"), "pbeWithMD5AndRC2-CBC");
    says(key_file("unsupported-camellia"), "CAMELLIA-256-CBC");
    says(key_file("unsupported-aes-cfb"), "AES-256-CFB");
    says(key_file("unsupported-prf"), "HMAC-SHA512-224");
    says(key_file("unsupported-x25519"), "X25519");
    says(key_file("unsupported-secp256k1"), "secp256k1");
    says("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n", "ssh.com");
    says("SSH PRIVATE KEY FILE FORMAT 1.1\n", "SSH 1");
    says("\xff\xfe-\0-\0", "UTF-16");
    says("PuTTY-User-Key-File-1: ssh-rsa\n", "version 1");
    says(R"({"kty":"oct","k":"AAAA"})", "symmetric");
    says(R"({"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"})", "primes");
    says(R"({"protected":"AAAA","ciphertext":"AAAA"})", "JWE");
    says(R"({"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"})", "secp256k1");
}

Bytes from_hex(std::string_view hex) {
    Bytes out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        out.push_back(
            static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
    return out;
}

TEST_CASE("PKCS#8 with its public key", "[keys][load]") {
    // RFC 8410 s10.3, the second key; then with one bit of the public key changed.
    Bytes file = from_hex(
        "3072020101300506032b657004220420d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44"
        "755842a01f301d060a2a864886f70d01090914310f0c0d437572646c6520436861697273812100"
        "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1");
    CHECK(load_key(file));
    file.back() ^= 1;
    CHECK(fault(load_key(file)) == KeyFault::damaged);
}

TEST_CASE("JWK: bounds and doubtful members", "[keys][load]") {
    const auto of = [](const std::string& text) { return fault(load_key(as_bytes(text))); };
    const std::string x = R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")";
    const std::string key = R"({"kty":"OKP","crv":"Ed25519",)" + x;  // RFC 8037 appendix A
    const auto rfc =
        load_key(as_bytes(key + R"(,"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"})"));
    REQUIRE(rfc);
    CHECK(rfc->is_private());
    CHECK(of(key + "}") == KeyFault::none);
    CHECK(of(key + "," + x + "}") == KeyFault::damaged);
    CHECK(of(key + R"(,"a":[[[1]]]})") == KeyFault::none);
    CHECK(of(key + R"(,"a":[[[[1]]]]})") == KeyFault::over_limit);
    // Names that matter elsewhere only.
    CHECK(of(key + R"(,"a":{"x":"AA","kty":"oct"}})") == KeyFault::none);
    CHECK(of(R"({"keys":[)" + key + R"(}],"a":[{"x":"AA"}]})") == KeyFault::none);
    CHECK(of(R"({"keys":[)" + key + R"(},{"kty":"oct","k":"AA"}]})") == KeyFault::none);
    CHECK(of(R"({"keys":[{"kty":"oct","k":"AA"},{"kty":"oct","k":"AA"}]})") ==
          KeyFault::unsupported);
    std::string set = R"({"keys":[)" + key + "}";
    for (std::size_t i = 1; i < kMaxJwkSet; ++i) set += "," + key + "}";
    CHECK(of(set + "]}") == KeyFault::none);
    CHECK(of(set + "," + key + "}]}") == KeyFault::over_limit);
    CHECK(of(key + "} x") == KeyFault::damaged);
    CHECK(of(key) == KeyFault::truncated);
    // base64 with padding is not base64url.
    CHECK(
        of(R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="})") ==
        KeyFault::damaged);
    CHECK(of(R"({"kty":"OKP","crv":"Ed25519","x":"11qY"})") == KeyFault::damaged);
}

TEST_CASE("XML is taken in its one shape only", "[keys][load]") {
    const std::string good = key_file("rsa-public.xml");
    const auto with = [&](std::string_view from, std::string_view to) {
        std::string text = good;
        text.replace(text.find(from), from.size(), to);
        return fault(load_key(as_bytes(text)));
    };
    CHECK(with("<RSAKeyValue>", "<?xml version=\"1.0\"?>\n<RSAKeyValue>\n ") == KeyFault::none);
    CHECK(with("<RSAKeyValue>", "<!DOCTYPE x><RSAKeyValue>") == KeyFault::not_a_key);
    CHECK(with("<Modulus>", "<Modulus a=\"b\">") == KeyFault::damaged);
    CHECK(with("<Modulus>", "<Modulus>&lt;") == KeyFault::damaged);
    CHECK(with("<Exponent>AQAB</Exponent>", "") == KeyFault::damaged);
    CHECK(with("<Exponent>", "<Exponent>AQAB</Exponent><Exponent>") == KeyFault::damaged);
    CHECK(with("<Exponent>", "<Other>AQAB</Other><Exponent>") == KeyFault::damaged);
    CHECK(with("</RSAKeyValue>", "") == KeyFault::truncated);
    CHECK(with("</RSAKeyValue>", "</RSAKeyValue>x") == KeyFault::damaged);
}

SecretBytes octets(ByteView contents) {
    return detail::der_element(detail::der::kOctetString, contents);
}

TEST_CASE("encrypted PKCS#8 cannot ask for endless work", "[keys][load]") {
    using detail::der_number;
    using detail::der_oid;
    using detail::der_sequence;
    const Bytes sixteen(16);
    const auto of = [&](const SecretBytes& kdf) {
        const SecretBytes cipher =
            der_sequence(der_oid("2.16.840.1.101.3.4.1.42"), octets(sixteen));
        const SecretBytes scheme =
            der_sequence(der_oid("1.2.840.113549.1.5.13"), der_sequence(kdf, cipher));
        // Nobody is asked, so no work is done.
        return fault(load_key(der_sequence(scheme, octets(sixteen))));
    };
    const auto pbkdf2 = [&](std::uint32_t iterations) {
        return of(der_sequence(der_oid("1.2.840.113549.1.5.12"),
                               der_sequence(octets(sixteen), der_number(iterations))));
    };
    CHECK(pbkdf2(0) == KeyFault::damaged);
    CHECK(pbkdf2(10'000'000) == KeyFault::needs_passphrase);
    CHECK(pbkdf2(10'000'001) == KeyFault::over_limit);
    const auto scrypt = [&](std::uint32_t n, std::uint32_t r, std::uint32_t p) {
        return of(der_sequence(
            der_oid("1.3.6.1.4.1.11591.4.11"),
            der_sequence(octets(sixteen), der_number(n), der_number(r), der_number(p))));
    };
    CHECK(scrypt(1 << 18, 8, 1) == KeyFault::needs_passphrase);
    CHECK(scrypt(1 << 19, 8, 1) == KeyFault::over_limit);
    CHECK(scrypt(1 << 18, 9, 1) == KeyFault::over_limit);
    CHECK(scrypt(1 << 10, 8, 16) == KeyFault::needs_passphrase);
    CHECK(scrypt(1 << 10, 8, 17) == KeyFault::over_limit);
    CHECK(scrypt(2, 256, 1) == KeyFault::needs_passphrase);
    CHECK(scrypt(2, 257, 1) == KeyFault::over_limit);
    CHECK(scrypt(3, 8, 1) == KeyFault::damaged);
    CHECK(scrypt(4, 0, 1) == KeyFault::damaged);
}

TEST_CASE("PKCS#12 has bounds", "[keys][load]") {
    using detail::der_number;
    using detail::der_of;
    using detail::der_oid;
    using detail::der_sequence;
    constexpr std::uint8_t kZero = detail::der::context(0);
    const SecretBytes data = der_oid("1.2.840.113549.1.7.1");
    const auto of = [&](ByteView safe_contents) {
        const SecretBytes safe =
            der_sequence(der_sequence(data, der_of(kZero, octets(safe_contents))));
        return fault(
            load_key(der_sequence(der_number(3), der_sequence(data, der_of(kZero, octets(safe))))));
    };
    const auto bags = [&](std::size_t count) {
        SecretBuffer all;
        for (std::size_t i = 0; i < count; ++i)
            all.append(der_sequence(der_oid("1.2.3"), der_of(kZero, octets({}))));
        return of(detail::der_element(detail::der::kSequence, all));
    };
    CHECK(bags(kMaxPkcs12Bags) == KeyFault::not_a_key);
    CHECK(bags(kMaxPkcs12Bags + 1) == KeyFault::over_limit);
    const auto nested = [&](int depth) {
        SecretBytes contents = der_sequence();
        for (int i = 1; i < depth; ++i)
            contents = der_sequence(
                der_sequence(der_oid("1.2.840.113549.1.12.10.1.6"), der_of(kZero, contents)));
        return of(contents);
    };
    CHECK(nested(4) == KeyFault::not_a_key);
    CHECK(nested(5) == KeyFault::over_limit);
}

// BER of PKCS#12 and PKCS#7 may leave lengths open, and put strings in parts.
TEST_CASE("lengths that are left open", "[keys][load]") {
    const Bytes der = to_bytes(as_bytes(key_file("certs-der.p7b")));
    REQUIRE(der[1] == 0x82);
    Bytes open = der;
    open[1] = 0x80;
    open.erase(open.begin() + 2, open.begin() + 4);
    open.insert(open.end(), 2, 0);
    const auto key = load_key(open);
    REQUIRE(key);
    CHECK(key->certificates.size() == 2);
    open.pop_back();
    CHECK(fault(load_key(open)) == KeyFault::truncated);
    // 1,000 of them within each other.
    Bytes deep;
    for (int i = 0; i < 1000; ++i) deep.insert(deep.end(), {0x30, 0x80});
    CHECK(fault(load_key(deep)) == KeyFault::damaged);

    const Bytes parts = from_hex("24800402010224030401030000");
    detail::DerDocument document(parts);
    detail::DerReader reader = document.reader();
    CHECK(same_bytes(reader.octets_in_parts(), Bytes{1, 2, 3}));
    CHECK(reader.ok());
}

TEST_CASE("what is no key is said to be none", "[keys][load]") {
    CHECK(fault(load_key({})) == KeyFault::not_a_key);
    for (const char* text :
         {"hello\n", "0\n", "\x30\x00", "{}", "<html></html>", "   ",
          "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"}) {
        CAPTURE(text);
        const auto key = load_key(as_bytes(text));
        CHECK(fault(key) != KeyFault::none);
    }
    CHECK(fault(load_key(as_bytes(std::string(kMaxKeyFile + 1, ' ')))) == KeyFault::over_limit);
}

}  // namespace
}  // namespace nacre
