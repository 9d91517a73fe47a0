#include "nacre-keys/pkcs12.hpp"

#include "keys/pbe.hpp"
#include "keys/pkcs12_kdf.hpp"
#include "keys/pkcs8.hpp"
#include "nacre-keys/pkcs12_mac.hpp"
#include "nacre-keys/x509_key.hpp"

#include <algorithm>

namespace nacre::detail {

namespace {

constexpr const char* kDamaged = "damaged PKCS#12 file";

constexpr std::string_view kData = "1.2.840.113549.1.7.1";
constexpr std::string_view kSignedData = "1.2.840.113549.1.7.2";
constexpr std::string_view kEnvelopedData = "1.2.840.113549.1.7.3";
constexpr std::string_view kEncryptedData = "1.2.840.113549.1.7.6";
constexpr std::string_view kKeyBag = "1.2.840.113549.1.12.10.1.1";
constexpr std::string_view kShroudedKeyBag = "1.2.840.113549.1.12.10.1.2";
constexpr std::string_view kCertBag = "1.2.840.113549.1.12.10.1.3";
constexpr std::string_view kSafeContentsBag = "1.2.840.113549.1.12.10.1.6";
constexpr std::string_view kX509 = "1.2.840.113549.1.9.22.1";
constexpr std::string_view kFriendlyName = "1.2.840.113549.1.9.20";

// A BMPString, which is UTF-16 without surrogates, as UTF-8.
std::string utf8_of_bmp(ByteView bmp) {
    std::string text;
    for (std::size_t i = 0; i + 1 < bmp.size(); i += 2) {
        const unsigned c = unsigned{bmp[i]} << 8 | bmp[i + 1];
        if (c < 0x80) {
            text.push_back(static_cast<char>(c));
        } else if (c < 0x800) {
            text.push_back(static_cast<char>(0xc0 | c >> 6));
            text.push_back(static_cast<char>(0x80 | (c & 0x3f)));
        } else if (c < 0xd800 || c > 0xdfff) {
            text.push_back(static_cast<char>(0xe0 | c >> 12));
            text.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
            text.push_back(static_cast<char>(0x80 | (c & 0x3f)));
        } else {
            text.push_back('?');
        }
    }
    return text;
}

// Everything while one file is read.
class Pfx {
  public:
    Pfx(Unlock& unlock, LoadedKey& into) noexcept : unlock_(unlock), into_(into) {}

    Result<void> take(DerReader& from) {
        DerReader pfx = from.sequence();
        const std::uint32_t version = pfx.number();
        DerReader safe = pfx.sequence();
        const std::string type = safe.oid();
        if (!pfx.ok() || version != 3) return pfx.error(kDamaged);
        if (type == kSignedData)
            return key_error(KeyFault::unsupported, "PKCS#12 file signed with a public key");
        const SecretBytes content = safe.enter(der::context(0)).octets_in_parts();
        if (!pfx.ok() || type != kData) return pfx.error(kDamaged);
        has_mac_ = pfx.more();
        if (has_mac_) {
            NACRE_TRY(const Pkcs12Mac mac, take_pkcs12_mac(pfx));
            NACRE_CHECK(spend(mac.iterations));
            NACRE_TRY(const ByteView passphrase, unlock_.passphrase(mac.info));
            NACRE_CHECK(check_pkcs12_mac(mac, passphrase, content));
        }
        pfx.end();
        if (!pfx.ok()) return pfx.error(kDamaged);
        NACRE_CHECK(take_authenticated_safe(content));
        return finish();
    }

  private:
    // All derivations of a file together cost no more than one may.
    Result<void> spend(std::uint64_t iterations) noexcept {
        spent_ += iterations;
        if (spent_ > kMaxKdfIterations)
            return key_error(KeyFault::over_limit, "too many iterations of key derivation");
        return {};
    }

    Result<void> take_authenticated_safe(ByteView content) {
        DerDocument document(content);
        DerReader contents = document.reader().sequence();
        while (contents.more()) {
            DerReader info = contents.sequence();
            const std::string type = info.oid();
            if (type == kData) {
                const SecretBytes plain = info.enter(der::context(0)).octets_in_parts();
                if (!info.ok()) return inner_error();
                NACRE_CHECK(take_contents(plain));
            } else if (type == kEncryptedData) {
                NACRE_CHECK(take_encrypted(info.enter(der::context(0)).sequence()));
            } else if (type == kEnvelopedData) {
                return key_error(KeyFault::unsupported,
                                 "PKCS#12 file encrypted to a public key, not a passphrase");
            } else {
                return inner_error();
            }
        }
        return contents.ok() ? Result<void>() : inner_error();
    }

    // What is behind a MAC or encryption has no place in the file that would help.
    static Error inner_error() noexcept { return key_error(KeyFault::damaged, kDamaged); }

    // How often the iterations that a scheme names are done.
    static std::uint64_t rounds_of(const PbeScheme& scheme) {
        if (scheme.kdf == PbeKdf::pkcs12)
            return pkcs12_blocks(scheme.hash, scheme.key) + pkcs12_blocks(scheme.hash, scheme.iv);
        return std::uint64_t{std::max(1U, scheme.scrypt_r)} * std::max(1U, scheme.scrypt_p);
    }

    Result<SecretBytes> open(const PbeScheme& scheme, ByteView encrypted) {
        NACRE_CHECK(spend(scheme.iterations * rounds_of(scheme)));
        NACRE_TRY(const ByteView passphrase, unlock_.passphrase(scheme.info));
        return open_pbe(scheme, passphrase, encrypted);
    }

    Result<void> take_encrypted(DerReader data) {
        data.number();  // version
        DerReader info = data.sequence();
        info.oid();
        auto scheme = info.ok() ? take_pbe_scheme(info) : inner_error();
        if (!scheme && fault_of(scheme.error()) == KeyFault::unsupported) {
            // Certificates under RC2-40 are common; the key beside them has another cipher.
            left_out_ = scheme.error();
            return {};
        }
        if (!scheme) return inner_or(scheme.error());
        const SecretBytes encrypted = info.octets_in_parts(0x80);
        if (!info.ok()) return inner_error();
        NACRE_TRY(const SecretBytes plain, open(*scheme, encrypted));
        return has_mac_ ? take_contents(plain) : blame_passphrase(take_contents(plain));
    }

    // Without the place, which is not one in the file.
    static Error inner_or(const Error& error) noexcept {
        const KeyFault fault = fault_of(error);
        if (fault == KeyFault::damaged || fault == KeyFault::truncated) return inner_error();
        return error;
    }

    Result<void> take_contents(ByteView plain) {
        DerDocument document(plain);
        DerReader reader = document.reader();
        return take_safe_contents(reader.sequence(), 1);
    }

    Result<void> take_safe_contents(DerReader bags, int nesting) {
        if (nesting > kMaxPkcs12Nesting)
            return key_error(KeyFault::over_limit, "PKCS#12 contents nested too deeply");
        while (bags.more()) {
            if (++bags_ > kMaxPkcs12Bags)
                return key_error(KeyFault::over_limit, "too many bags in a PKCS#12 file");
            NACRE_CHECK(take_bag(bags.sequence(), nesting));
        }
        return bags.ok() ? Result<void>() : inner_error();
    }

    Result<void> take_bag(DerReader bag, int nesting) {
        const std::string type = bag.oid();
        DerReader value = bag.enter(der::context(0));
        if (!bag.ok()) return inner_error();
        if (type == kKeyBag) return take_key(take_pkcs8_key(value), bag);
        if (type == kShroudedKeyBag) return take_shrouded(value, bag);
        if (type == kCertBag) return take_cert(value);
        if (type == kSafeContentsBag) return take_safe_contents(value.sequence(), nesting + 1);
        return {};  // revocation lists and secrets
    }

    Result<void> take_shrouded(DerReader value, DerReader bag) {
        DerReader info = value.sequence();
        auto scheme = take_pbe_scheme(info);
        if (!scheme) return inner_or(scheme.error());
        const ByteView encrypted = info.octets();
        info.end();
        if (!info.ok()) return inner_error();
        unlock_.found(scheme->info);
        NACRE_TRY(const SecretBytes clear, open(*scheme, encrypted));
        DerDocument document(clear);
        DerReader reader = document.reader();
        return take_key(blame_passphrase(take_pkcs8_key(reader)), bag);
    }

    // `attributes` stands at those of the key's bag.
    Result<void> take_key(Result<PrivateKey> key, DerReader attributes) {
        if (!key) return inner_or(key.error());
        DerReader set = attributes.more() ? attributes.enter(der::kSet) : attributes;
        while (set.more()) {
            DerReader attribute = set.sequence();
            const bool is_name = attribute.oid() == kFriendlyName;
            DerReader values = attribute.enter(der::kSet);
            if (is_name) key->comment = utf8_of_bmp(values.take(der::kBmpString));
        }
        if (!set.ok()) return inner_error();
        into_.private_keys.push_back(std::move(*key));
        return {};
    }

    Result<void> take_cert(DerReader value) {
        DerReader cert = value.sequence();
        const std::string type = cert.oid();
        if (cert.ok() && type != kX509) return {};
        DerReader certificate = cert.enter(der::context(0)).enter(der::kOctetString);
        if (!cert.ok()) return inner_error();
        auto taken = take_certificate(certificate, into_);
        if (!taken) return inner_or(taken.error());
        return {};
    }

    // The order that LoadedKey promises.
    Result<void> finish() {
        if (into_.private_keys.empty() && left_out_) return *left_out_;
        if (left_out_) into_.left_out = left_out_->what;
        if (into_.private_keys.empty()) return check_certificates(into_);
        NACRE_CHECK(leaf_first());
        into_.public_keys.clear();
        for (const PrivateKey& key : into_.private_keys)
            into_.public_keys.push_back({key.type, key.public_blob, key.comment});
        return {};
    }

    Result<void> leaf_first() {
        auto& all = into_.certificates;
        for (auto at = all.begin(); at != all.end(); ++at) {
            LoadedKey one;
            DerDocument document(*at);
            DerReader reader = document.reader();
            const auto taken = take_certificate(reader, one);
            if (!taken && taken.error().code == Errc::out_of_memory) return taken.error();
            if (!taken || one.public_keys.empty()) continue;
            if (one.public_keys.front().blob != into_.private_keys.front().public_blob) continue;
            std::rotate(all.begin(), at, at + 1);
            return {};
        }
        return {};
    }

    Unlock& unlock_;
    LoadedKey& into_;
    std::uint64_t spent_ = 0;
    std::size_t bags_ = 0;
    bool has_mac_ = false;  // which has shown that the passphrase is right
    std::optional<Error> left_out_;
};

}  // namespace

Result<void> take_pkcs12(DerReader& from, Unlock& unlock, LoadedKey& into) {
    return Pfx(unlock, into).take(from);
}

}  // namespace nacre::detail
