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

}  // namespace

std::string fingerprint_sha256(ByteView blob) {
    const std::string hash = digest("SHA-256", blob);
    if (hash.empty()) return {};
    std::string text = "SHA256:" + detail::encode_base64(as_bytes(hash));
    text.erase(text.find_last_not_of('=') + 1);
    return text;
}

std::string fingerprint_md5(ByteView blob) {
    constexpr char kDigits[] = "0123456789abcdef";
    const std::string hash = digest("MD5", blob);
    if (hash.empty()) return {};
    std::string text = "MD5";
    for (const char c : hash) {
        const auto byte = static_cast<unsigned char>(c);
        text.append({':', kDigits[byte >> 4], kDigits[byte & 15]});
    }
    return text;
}

}  // namespace nacre
