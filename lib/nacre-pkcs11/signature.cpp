#include "nacre-pkcs11/signature.hpp"

#include <nacre/wire/writer.hpp>

namespace nacre::pkcs11::detail {

namespace {

using namespace std::string_view_literals;

// RFC 8017 s9.2, notes.
constexpr auto kSha1Info = "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14"sv;
constexpr auto kSha256Info =
    "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"sv;
constexpr auto kSha512Info =
    "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40"sv;

constexpr Way kRsa[] = {
    {"rsa-sha2-512", CKM_RSA_PKCS, "SHA-512", kSha512Info, CKM_SHA512_RSA_PKCS},
    {"rsa-sha2-256", CKM_RSA_PKCS, "SHA-256", kSha256Info, CKM_SHA256_RSA_PKCS},
    {"ssh-rsa", CKM_RSA_PKCS, "SHA-1", kSha1Info, CKM_SHA1_RSA_PKCS},
};
constexpr Way kOthers[] = {
    {"ecdsa-sha2-nistp256", CKM_ECDSA, "SHA-256", {}, CKM_ECDSA},
    {"ecdsa-sha2-nistp384", CKM_ECDSA, "SHA-384", {}, CKM_ECDSA},
    {"ecdsa-sha2-nistp521", CKM_ECDSA, "SHA-512", {}, CKM_ECDSA},
    {"ssh-ed25519", CKM_EDDSA, {}, {}, CKM_EDDSA},
};

}  // namespace

std::span<const Way> ways_for(std::string_view type) noexcept {
    if (type == "ssh-rsa") return kRsa;
    for (const Way& way : kOthers)
        if (way.algorithm == type) return {&way, 1};
    return {};
}

Result<Bytes> prepare(const Way& way, ByteView data, const Provider& provider) {
    if (way.hash.empty()) return to_bytes(data);
    NACRE_TRY(const auto hash, provider.hash(way.hash));
    hash->update(data);
    Bytes prepared = to_bytes(as_bytes(way.digest_info));
    prepared.resize(prepared.size() + hash->size());
    hash->finish(ByteSpan(prepared).last(hash->size()));
    return prepared;
}

Result<Bytes> signature_blob(const Way& way, ByteView raw) {
    if (raw.empty() || (way.mechanism == CKM_ECDSA && raw.size() % 2 != 0))
        return Error{Errc::crypto_failed, Disconnect::none, 0,
                     "pkcs11: the token's signature has a wrong length"};
    Bytes blob;
    Writer<Bytes> w(blob);
    w.string(way.algorithm);
    if (way.mechanism == CKM_ECDSA) {
        // RFC 5656 s3.1.2
        Bytes numbers;
        Writer<Bytes>(numbers).mpint(raw.first(raw.size() / 2)).mpint(raw.last(raw.size() / 2));
        w.string(numbers);
    } else {
        w.string(raw);
    }
    return blob;
}

}  // namespace nacre::pkcs11::detail
