#include "crypto/botan/ciphers.hpp"

namespace nacre::detail {
namespace {

constexpr bool kAead = true;

constexpr CipherEntry chacha_poly(AlgorithmInfo info) {
    return {info, 0, 64, 8, "ChaCha(20)", make_chacha_poly_sealer, make_chacha_poly_opener};
}

constexpr CipherEntry gcm(AlgorithmInfo info, std::size_t key, std::string_view primitive) {
    return {info, 12, key, 16, primitive, make_gcm_sealer, make_gcm_opener};
}

constexpr CipherEntry ctr(AlgorithmInfo info, std::uint16_t block, std::size_t key,
                          std::string_view primitive) {
    return {info, block, key, block, primitive, make_stream_sealer, make_stream_opener};
}

constexpr CipherEntry cbc(std::string_view name, std::uint16_t block, std::size_t key,
                          std::string_view primitive) {
    return {weak(name), block, key, block, primitive, make_cbc_sealer, make_cbc_opener};
}

constexpr CipherEntry arcfour(std::string_view name, std::size_t key, std::string_view primitive) {
    return {weak(name), 0, key, 8, primitive, make_stream_sealer, make_stream_opener};
}

constexpr CipherEntry kCiphers[] = {
    // OpenSSH 10.0 prefers GCM to CTR.
    chacha_poly(on("chacha20-poly1305@openssh.com", kAead)),
    gcm(on("aes128-gcm@openssh.com", kAead), 16, "AES-128/GCM"),
    gcm(on("aes256-gcm@openssh.com", kAead), 32, "AES-256/GCM"),
    ctr(on("aes128-ctr"), 16, 16, "CTR-BE(AES-128)"),
    ctr(on("aes192-ctr"), 16, 24, "CTR-BE(AES-192)"),
    ctr(on("aes256-ctr"), 16, 32, "CTR-BE(AES-256)"),
    // What the drafts call OpenSSH's three.
    chacha_poly(off("chacha20-poly1305", kAead)),
    gcm(off("aes128-gcm", kAead), 16, "AES-128/GCM"),
    gcm(off("aes256-gcm", kAead), 32, "AES-256/GCM"),
    // RFC 5647: these stand in the table of MACs too.
    gcm(off("AEAD_AES_128_GCM", kAead), 16, "AES-128/GCM"),
    gcm(off("AEAD_AES_256_GCM", kAead), 32, "AES-256/GCM"),
    // CBC shows parts of the text to who changes packets (CVE-2008-5161), blocks of 64 bits repeat
    // (CVE-2016-2183), arcfour is biased.
    cbc("aes128-cbc", 16, 16, "AES-128/CBC/NoPadding"),
    cbc("aes192-cbc", 16, 24, "AES-192/CBC/NoPadding"),
    cbc("aes256-cbc", 16, 32, "AES-256/CBC/NoPadding"),
    cbc("rijndael-cbc@lysator.liu.se", 16, 32, "AES-256/CBC/NoPadding"),
    ctr(weak("3des-ctr"), 8, 24, "CTR-BE(TripleDES)"),
    cbc("3des-cbc", 8, 24, "TripleDES/CBC/NoPadding"),
    cbc("blowfish-cbc", 8, 16, "Blowfish/CBC/NoPadding"),
    cbc("cast128-cbc", 8, 16, "CAST-128/CBC/NoPadding"),
    arcfour("arcfour256", 32, "RC4(1536)"),
    arcfour("arcfour128", 16, "RC4(1536)"),
    arcfour("arcfour", 16, "RC4"),
};

}  // namespace

std::span<const CipherEntry> cipher_entries() noexcept {
    return kCiphers;
}

}  // namespace nacre::detail
