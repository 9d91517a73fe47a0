// Reads a key file of any format and writes it in another: for key_files.py.
//
//   key-files FORMAT IN OUT [PASSPHRASE]      the passphrase is that of both
#include <nacre/keys/jwk.hpp>
#include <nacre/keys/load_key.hpp>
#include <nacre/keys/ppk.hpp>

#include <fstream>
#include <iostream>
#include <iterator>

namespace {

using namespace nacre;

Result<SecretBytes> secret_text(Result<std::string> text) {
    if (!text) return text.error();
    return SecretBytes(as_bytes(*text));
}

Result<SecretBytes> write(std::string_view format, const LoadedKey& key,
                          const SecretBytes* passphrase) {
    const PublicKeyText& half = key.public_keys.front();
    if (format == "line") return secret_text(public_key_line(half.type, half.blob, half.comment));
    if (format == "rfc4716") return secret_text(rfc4716_public_key(half.blob, half.comment));
    if (format == "spki") return secret_text(pem_public_key(half.blob));
    if (format == "public-jwk") return secret_text(write_public_jwk(half.blob, half.comment));
    if (!key.is_private()) return key_error(KeyFault::not_a_key, "no private key in the file");
    const PrivateKey& one = key.private_keys.front();
    if (format == "openssh") return write_openssh_private_key(one, passphrase, system_rng());
    if (format == "pkcs8") return write_pkcs8_private_key(one, passphrase, system_rng());
    if (format == "pkcs8-scrypt")
        return write_pkcs8_private_key(one, passphrase, system_rng(), Pkcs8Kdf::scrypt);
    if (format == "ppk2") return write_ppk_v2(one, passphrase);
    if (format == "ppk3") return write_ppk(one, passphrase, system_rng());
    if (format == "jwk") return write_jwk(one);
    return key_error(KeyFault::unsupported, "no such format");
}

int fail(const Error& error) {
    std::cerr << error.what;
    if (const auto at = offset_of(error)) std::cerr << " (byte " << *at << ')';
    std::cerr << '\n';
    return 1;
}

}  // namespace

int main(int count, char** words) {
    if (count != 4 && count != 5) return 2;
    std::ifstream in(words[2], std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    const SecretBytes passphrase(as_bytes(count == 5 ? words[4] : ""));
    const auto key = load_key(as_bytes(text), passphrase);
    if (!key) return fail(key.error());
    const auto written = write(words[1], *key, count == 5 ? &passphrase : nullptr);
    if (!written) return fail(written.error());
    std::ofstream(words[3], std::ios::binary) << as_text(*written);
    std::cout << name_of(key->format) << '\n';
    return 0;
}
