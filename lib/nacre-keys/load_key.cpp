#include "keys/botan_guard.hpp"
#include "nacre-keys/jwk.hpp"
#include "nacre-keys/load_der.hpp"
#include "nacre-keys/load_pem.hpp"
#include "nacre-keys/ppk.hpp"
#include "nacre-keys/xml_key.hpp"

#include <nacre/keys/load_key.hpp>

namespace nacre {

namespace {

using detail::Wanted;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

Result<void> load_ppk(std::string_view text, Wanted wanted, detail::Unlock& unlock,
                      LoadedKey& into) {
    NACRE_TRY(const detail::PpkFile file, detail::parse_ppk(text));
    into.format = file.version == 2 ? KeyFormat::ppk2 : KeyFormat::ppk3;
    const auto type = public_blob_type(file.public_blob);
    if (!type || *type != file.type)
        return key_error(KeyFault::damaged, "damaged public key in a PuTTY key file");
    into.public_keys.push_back({file.type, file.public_blob, file.comment});
    if (wanted == Wanted::public_halves) return {};
    NACRE_TRY(PrivateKey key, detail::read_ppk_key(file, unlock));
    into.private_keys.push_back(std::move(key));
    return {};
}

// The readers of public keys alone have errors of the wire.
Result<void> load_public_text(std::string_view text, bool rfc4716, LoadedKey& into) {
    auto key = parse_public_key_file(text);
    if (!key) {
        const Error& error = key.error();
        if (error.code == Errc::out_of_memory) return error;
        if (error.code == Errc::peer_limit) return key_error(KeyFault::over_limit, error.what);
        return key_error(KeyFault::damaged, error.what);
    }
    into.format = rfc4716 ? KeyFormat::rfc4716 : KeyFormat::openssh_line;
    into.public_keys.push_back(std::move(*key));
    return {};
}

struct Foreign {
    std::string_view begin;
    const char* what;
};
constexpr Foreign kForeign[] = {
    {"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----", "private key of ssh.com's format"},
    {"SSH PRIVATE KEY FILE FORMAT 1.1", "key of SSH 1"},
    {"\xff\xfe", "text in UTF-16: save the file as UTF-8"},
    {"\xfe\xff", "text in UTF-16: save the file as UTF-8"},
    {"\xfe\xed\xfe\xed", "Java key store: export the key as PKCS#12"},
    {"eyJ", "encrypted or signed JWK (JWE, JWS) not supported"},
};

Result<void> load_text(std::string_view text, Wanted wanted, detail::Unlock& unlock,
                       LoadedKey& into) {
    for (const Foreign& foreign : kForeign)
        if (text.starts_with(foreign.begin)) return key_error(KeyFault::unsupported, foreign.what);
    if (text.starts_with('{')) {
        into.format = KeyFormat::jwk;
        return detail::load_jwk(text, into);
    }
    if (text.starts_with('<')) {
        into.format = KeyFormat::xml;
        return detail::load_xml_key(text, into);
    }
    if (detail::is_ppk(text)) return load_ppk(text, wanted, unlock, into);
    if (text.find("-----BEGIN ") != std::string_view::npos)
        return detail::load_pem(text, wanted, unlock, into);
    const auto rfc4716 = text.find("---- BEGIN SSH2 PUBLIC KEY ----");
    if (rfc4716 != std::string_view::npos)
        return load_public_text(text.substr(rfc4716), true, into);
    // Every blob begins with three zero bytes, the length of its type's name.
    if (text.find(" AAAA") == std::string_view::npos &&
        text.find("\tAAAA") == std::string_view::npos)
        return key_error(KeyFault::not_a_key, "not a key file of any known format");
    return load_public_text(text, false, into);
}

// `error` with its place behind `skipped` bytes.
Error moved(const Error& error, std::size_t skipped) noexcept {
    const auto at = offset_of(error);
    return at ? key_error(fault_of(error), error.what, *at + skipped) : error;
}

Result<LoadedKey> load(ByteView file, Wanted wanted, detail::Unlock& unlock) {
    if (file.size() > kMaxKeyFile) return key_error(KeyFault::over_limit, "key file too large");
    if (file.empty()) return key_error(KeyFault::not_a_key, "the key file is empty");
    LoadedKey loaded;
    if (detail::looks_like_der(file)) {
        NACRE_CHECK(detail::load_der(file, unlock, loaded));
    } else {
        std::string_view text = as_text(file);
        if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
        text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
        auto done = load_text(text, wanted, unlock, loaded);
        if (!done) return moved(done.error(), file.size() - text.size());
    }
    loaded.encryption = unlock.encryption();
    if (wanted == Wanted::public_halves) loaded.private_keys.clear();
    return loaded;
}

}  // namespace

std::string_view name_of(KeyFormat format) noexcept {
    switch (format) {
        case KeyFormat::openssh_key_v1:
            return "openssh-key-v1";
        case KeyFormat::pkcs1:
            return "PKCS#1";
        case KeyFormat::dsa:
            return "DSA PRIVATE KEY";
        case KeyFormat::sec1:
            return "SEC1";
        case KeyFormat::pkcs8:
            return "PKCS#8";
        case KeyFormat::ppk2:
            return "PPK 2";
        case KeyFormat::ppk3:
            return "PPK 3";
        case KeyFormat::pkcs12:
            return "PKCS#12";
        case KeyFormat::jwk:
            return "JWK";
        case KeyFormat::xml:
            return "XML";
        case KeyFormat::openssh_line:
            return "OpenSSH";
        case KeyFormat::rfc4716:
            return "RFC 4716";
        case KeyFormat::spki:
            return "SubjectPublicKeyInfo";
        case KeyFormat::rsa_public:
            return "RSA PUBLIC KEY";
        case KeyFormat::certificate:
            return "X.509";
        case KeyFormat::pkcs7:
            return "PKCS#7";
    }
    return {};
}

Result<LoadedKey> load_key(ByteView file, const AskPassphrase& ask) {
    return detail::guarded(key_error(KeyFault::damaged, "damaged key file"), [&] {
        detail::Unlock unlock(ask);
        return load(file, Wanted::private_keys, unlock);
    });
}

Result<LoadedKey> load_key(ByteView file, const SecretBytes& passphrase) {
    return load_key(file, [&]() -> std::optional<SecretBytes> { return passphrase.copy(); });
}

Result<LoadedKey> load_public_key(ByteView file) {
    return detail::guarded(key_error(KeyFault::damaged, "damaged key file"), [&] {
        const AskPassphrase nobody;
        detail::Unlock unlock(nobody);
        return load(file, Wanted::public_halves, unlock);
    });
}

std::optional<KeyEncryption> key_file_encryption(ByteView file) {
    const AskPassphrase nobody;
    detail::Unlock unlock(nobody);
    // What is encrypted is described before the passphrase is asked for; that there is none then
    // ends the reading.
    static_cast<void>(detail::guarded(key_error(KeyFault::damaged, "damaged key file"),
                                      [&] { return load(file, Wanted::private_keys, unlock); }));
    return unlock.encryption();
}

}  // namespace nacre
