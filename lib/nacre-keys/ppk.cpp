#include "nacre-keys/ppk.hpp"

#include "keys/botan_guard.hpp"
#include "keys/private_fields.hpp"
#include "keys/text.hpp"
#include "nacre-keys/ppk_protection.hpp"

#include <nacre/keys/ppk.hpp>
#include <nacre/keys/public_key.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

namespace nacre {

namespace {

using detail::PpkFile;

constexpr Error kDamaged = key_error(KeyFault::damaged, "damaged PuTTY private key file");
constexpr Error kWrongPassphrase =
    key_error(KeyFault::wrong_passphrase, "wrong passphrase, or the private key file is damaged");
constexpr Error kNotWritten{Errc::crypto_failed, Disconnect::none, 0,
                            "PuTTY key file could not be made"};
constexpr std::size_t kSaltSize = 16;
constexpr std::string_view kEcdsaPrefix = "ecdsa-sha2-";

KeyEncryption encryption_of(const PpkFile& file) noexcept {
    if (file.version == 2) return {detail::kPpkAes, "SHA1", {}, 1, 0, 0};
    const detail::PpkArgon2& argon2 = file.argon2;
    return {detail::kPpkAes, argon2.flavour, {}, argon2.passes, argon2.memory, argon2.parallelism};
}

// The private blob after its MAC was found right.
Result<SecretBytes> open(const PpkFile& file, detail::Unlock& unlock) {
    ByteView passphrase;
    if (file.encrypted) {
        NACRE_TRY(passphrase, unlock.passphrase(encryption_of(file)));
        if (file.private_blob.size() % detail::kPpkBlock != 0) return kDamaged;
    }
    NACRE_TRY(const detail::PpkKeys keys, detail::derive_ppk_keys(file, passphrase));
    SecretBytes plaintext = file.private_blob.copy();
    if (file.encrypted) {
        NACRE_TRY(plaintext, detail::decrypt_ppk(keys, file.private_blob));
    }
    NACRE_TRY(const Bytes mac, detail::ppk_mac(file, plaintext, keys));
    if (!same_secret(mac, file.mac)) return file.encrypted ? kWrongPassphrase : kDamaged;
    return plaintext;
}

Result<PrivateKey> join_halves(const PpkFile& file, ByteView private_blob) {
    NACRE_TRY(const std::string_view type, public_blob_type(file.public_blob));
    if (type != file.type) return kDamaged;
    Reader open_half(file.public_blob);
    Reader secret_half(private_blob);
    open_half.string();  // the type
    auto key = [&]() -> Result<PrivateKey> {
        if (type == "ssh-ed25519")
            return detail::ed25519_private_key(secret_half.string(), open_half.string());
        if (type.starts_with(kEcdsaPrefix)) {
            const auto curve = open_half.text();
            const auto point = open_half.string();
            return detail::ecdsa_private_key(curve, point, secret_half.mpint());
        }
        if (type == "ssh-rsa") {
            detail::RsaParts parts;
            parts.e = open_half.mpint();
            parts.n = open_half.mpint();
            parts.d = secret_half.mpint();
            parts.p = secret_half.mpint();
            parts.q = secret_half.mpint();
            parts.iqmp = secret_half.mpint();
            return detail::rsa_private_key(parts);
        }
        if (type == "ssh-dss") {
            detail::DsaParts parts;
            parts.p = open_half.mpint();
            parts.q = open_half.mpint();
            parts.g = open_half.mpint();
            parts.y = open_half.mpint();
            parts.x = secret_half.mpint();
            return detail::dsa_private_key(parts);
        }
        if (type == "ssh-ed448")
            return detail::ed448_private_key(secret_half.string(), open_half.string());
        return key_error(KeyFault::unsupported, "type of the private key not supported");
    }();
    // What may be left is padding, and only in an encrypted file.
    if (key &&
        (!secret_half.ok() || secret_half.remaining() >= (file.encrypted ? detail::kPpkBlock : 1)))
        return kDamaged;
    return key;
}

// The private blob of PuTTY's for the fields of openssh-key-v1.
Result<SecretBytes> private_blob_of(const PrivateKey& key) {
    Reader fields(key.fields);
    SecretBuffer blob;
    Writer<SecretBuffer> writer(blob);
    if (key.type == "ssh-ed25519" || key.type == "ssh-ed448") {
        const std::size_t size = fields.string().size();
        Reader seed(fields.string());
        writer.string(seed.bytes(size));
    } else if (key.type.starts_with(kEcdsaPrefix)) {
        fields.string();
        fields.string();
        writer.mpint(fields.mpint());
    } else if (key.type == "ssh-rsa") {
        fields.mpint();
        fields.mpint();
        const auto d = fields.mpint();
        const auto iqmp = fields.mpint();
        const auto p = fields.mpint();
        const auto q = fields.mpint();
        writer.mpint(d).mpint(p).mpint(q).mpint(iqmp);
    } else if (key.type == "ssh-dss") {
        for (int i = 0; i < 4; ++i) fields.mpint();  // p, q, g, y
        writer.mpint(fields.mpint());
    } else {
        return key_error(KeyFault::unsupported, "type of the private key not supported");
    }
    if (!fields.done())
        return Error{Errc::local_misuse, Disconnect::none, 0, "not the fields of a private key"};
    return SecretBytes(blob.view());
}

// `file` has version and derivation.
Result<SecretBytes> write_file(const PrivateKey& key, const SecretBytes* passphrase, PpkFile file) {
    file.type = key.type;
    file.encrypted = passphrase != nullptr;
    file.comment = detail::without_controls(key.comment);
    file.public_blob = key.public_blob;
    NACRE_TRY(SecretBytes plaintext, private_blob_of(key));
    if (file.encrypted) {
        NACRE_TRY(plaintext, detail::pad_ppk(plaintext));
    }
    NACRE_TRY(const detail::PpkKeys keys,
              detail::derive_ppk_keys(file, file.encrypted ? passphrase->view() : ByteView()));
    NACRE_TRY(file.mac, detail::ppk_mac(file, plaintext, keys));
    if (file.encrypted) {
        NACRE_TRY(plaintext, detail::encrypt_ppk(keys, plaintext));
    }
    file.private_blob = std::move(plaintext);
    return detail::format_ppk(file);
}

}  // namespace

Result<PrivateKey> detail::read_ppk_key(const PpkFile& file, Unlock& unlock) {
    NACRE_TRY(const SecretBytes private_blob, open(file, unlock));
    NACRE_TRY(PrivateKey key, join_halves(file, private_blob));
    key.comment = file.comment;
    return key;
}

Result<PrivateKey> read_ppk(ByteView file, const AskPassphrase& ask) {
    return detail::guarded(kDamaged, [&]() -> Result<PrivateKey> {
        NACRE_TRY(const PpkFile parsed, detail::parse_ppk(as_text(file)));
        detail::Unlock unlock(ask);
        return detail::read_ppk_key(parsed, unlock);
    });
}

Result<PrivateKey> read_ppk(ByteView file, const SecretBytes& passphrase) {
    return read_ppk(file, [&]() -> std::optional<SecretBytes> { return passphrase.copy(); });
}

Result<SecretBytes> write_ppk(const PrivateKey& key, const SecretBytes* passphrase, Rng& rng,
                              PpkCost cost) {
    constexpr Error kMisuse{Errc::local_misuse, Disconnect::none, 0,
                            "empty passphrase, or cost out of range"};
    const bool affordable = cost.memory >= 8 && cost.memory <= kMaxPpkMemory && cost.passes >= 1 &&
                            std::uint64_t{cost.memory} * cost.passes <= kMaxPpkWork;
    if (passphrase != nullptr && (passphrase->empty() || !affordable)) return kMisuse;
    return detail::guarded(kNotWritten, [&] {
        PpkFile file;
        file.argon2 = {"Argon2id", cost.memory, cost.passes, 1, Bytes(kSaltSize)};
        if (passphrase != nullptr) rng.fill(file.argon2.salt);
        return write_file(key, passphrase, std::move(file));
    });
}

Result<SecretBytes> write_ppk_v2(const PrivateKey& key, const SecretBytes* passphrase) {
    if (passphrase != nullptr && passphrase->empty())
        return Error{Errc::local_misuse, Disconnect::none, 0, "empty passphrase"};
    return detail::guarded(kNotWritten, [&] {
        PpkFile file;
        file.version = 2;
        return write_file(key, passphrase, std::move(file));
    });
}

}  // namespace nacre
