#include "keys/base64.hpp"
#include "keys/botan_guard.hpp"

#include <nacre/keys/public_key.hpp>

#include <botan/hash.h>

namespace nacre {

namespace {

std::string digest(const char* hash_name, ByteView blob) {
    const auto hashed =
        detail::guarded({Errc::internal, Disconnect::none, 0, "hash function missing"},
                        [&]() -> Result<std::string> {
                            const auto hash = Botan::HashFunction::create_or_throw(hash_name);
                            hash->update(blob);
                            std::string out(hash->output_length(), '\0');
                            hash->final(reinterpret_cast<std::uint8_t*>(out.data()));
                            return out;
                        });
    return hashed ? *hashed : std::string();
}

// As OpenSSH prints all but MD5.
std::string in_base64(const char* prefix, const std::string& hash) {
    if (hash.empty()) return {};
    std::string text = prefix + detail::encode_base64(as_bytes(hash));
    text.erase(text.find_last_not_of('=') + 1);
    return text;
}

std::string in_hex(const std::string& hash) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const char c : hash) {
        const auto byte = static_cast<unsigned char>(c);
        if (!text.empty()) text.push_back(':');
        text.append({kDigits[byte >> 4], kDigits[byte & 15]});
    }
    return text;
}

}  // namespace

std::string fingerprint_sha256(ByteView blob) {
    return in_base64("SHA256:", digest("SHA-256", blob));
}

std::string fingerprint_sha1(ByteView blob) {
    return in_base64("SHA1:", digest("SHA-1", blob));
}

std::string fingerprint_md5(ByteView blob) {
    const std::string hex = in_hex(digest("MD5", blob));
    return hex.empty() ? hex : "MD5:" + hex;
}

std::string fingerprint_hex(ByteView blob, FingerprintHash hash) {
    switch (hash) {
        case FingerprintHash::md5:
            return in_hex(digest("MD5", blob));
        case FingerprintHash::sha1:
            return in_hex(digest("SHA-1", blob));
        case FingerprintHash::sha256:
            break;
    }
    return in_hex(digest("SHA-256", blob));
}

}  // namespace nacre
