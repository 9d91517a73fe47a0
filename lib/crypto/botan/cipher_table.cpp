#include "crypto/botan/ciphers.hpp"

namespace nacre::detail {
namespace {

constexpr bool kDefault = true;
constexpr bool kAead = true;

constexpr CipherEntry chacha_poly(std::string_view name) {
    return {{name, kDefault, false, kAead}, 0, 64, 8, "ChaCha(20)", make_chacha_poly_sealer,
            make_chacha_poly_opener};
}

constexpr CipherEntry gcm(std::string_view name, std::size_t key, std::string_view primitive) {
    return {
        {name, kDefault, false, kAead}, 12, key, 16, primitive, make_gcm_sealer, make_gcm_opener};
}

constexpr CipherEntry ctr(std::string_view name, std::size_t key, std::string_view primitive) {
    return {{name, kDefault, false, false}, 16, key, 16, primitive, make_stream_mac_sealer,
            make_stream_mac_opener};
}

// OpenSSH 10.0 prefers GCM to CTR.
constexpr CipherEntry kCiphers[] = {
    chacha_poly("chacha20-poly1305@openssh.com"),
    gcm("aes128-gcm@openssh.com", 16, "AES-128/GCM"),
    gcm("aes256-gcm@openssh.com", 32, "AES-256/GCM"),
    ctr("aes128-ctr", 16, "CTR-BE(AES-128)"),
    ctr("aes192-ctr", 24, "CTR-BE(AES-192)"),
    ctr("aes256-ctr", 32, "CTR-BE(AES-256)"),
};

}  // namespace

std::span<const CipherEntry> cipher_entries() noexcept {
    return kCiphers;
}

}  // namespace nacre::detail
