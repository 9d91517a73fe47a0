#include "nacre-keys/load_pem.hpp"

#include "keys/openssh_key.hpp"
#include "keys/pem_key.hpp"
#include "nacre-keys/load_der.hpp"
#include "nacre-keys/pkcs7.hpp"
#include "nacre-keys/x509_key.hpp"

namespace nacre::detail {

namespace {

struct Label {
    std::string_view label;
    KeyFormat format;
};
constexpr Label kLabels[] = {
    {"OPENSSH PRIVATE KEY", KeyFormat::openssh_key_v1},
    {"RSA PRIVATE KEY", KeyFormat::pkcs1},
    {"DSA PRIVATE KEY", KeyFormat::dsa},
    {"EC PRIVATE KEY", KeyFormat::sec1},
    {"PRIVATE KEY", KeyFormat::pkcs8},
    {"ENCRYPTED PRIVATE KEY", KeyFormat::pkcs8},
    {"PUBLIC KEY", KeyFormat::spki},
    {"RSA PUBLIC KEY", KeyFormat::rsa_public},
    {"CERTIFICATE", KeyFormat::certificate},
    {"X509 CERTIFICATE", KeyFormat::certificate},
    {"TRUSTED CERTIFICATE", KeyFormat::certificate},
    {"PKCS7", KeyFormat::pkcs7},
    {"CMS", KeyFormat::pkcs7},
    {"PKCS12", KeyFormat::pkcs12},
};

const Label* find_label(std::string_view label) noexcept {
    for (const Label& known : kLabels)
        if (known.label == label) return &known;
    return nullptr;
}

Result<void> put_public(ByteView blob, LoadedKey& into) {
    auto type = public_blob_type(blob);
    if (!type) return key_error(KeyFault::damaged, "damaged public key in a private key file");
    into.public_keys.push_back({std::string(*type), to_bytes(blob), {}});
    return {};
}

// Walks over the blocks.
class PemFile {
  public:
    PemFile(Wanted wanted, Unlock& unlock, LoadedKey& into) noexcept
        : wanted_(wanted), unlock_(unlock), into_(into) {}

    Result<void> read(std::string_view text) {
        PemBlocks blocks(text);
        for (std::size_t count = 0;; ++count) {
            auto pem = blocks.next();
            if (!pem && count != 0 && fault_of(pem.error()) == KeyFault::not_a_key) break;
            if (!pem) return pem.error();
            if (count >= kMaxPemBlocks)
                return key_error(KeyFault::over_limit, "too many PEM blocks in the file");
            NACRE_CHECK(take(*pem));
        }
        return finish();
    }

  private:
    Result<void> take(Pem& pem) {
        const Label* label = find_label(pem.label);
        if (is_private_label(pem.label)) return take_private(pem, label);
        // Parameters, requests, revocation lists.
        if (label == nullptr) return {};
        const bool certificate = label->format == KeyFormat::certificate;
        if (!certificate && have_key_) return {};
        NACRE_CHECK(decode_pem(pem));
        auto taken = certificate ? take_certificate_block(pem)
                                 : load_der_as(label->format, pem.body, unlock_, into_);
        if (!taken) return pem.located(taken.error());
        have_key_ = have_key_ || !certificate;
        have_private_ = have_private_ || into_.is_private();  // PKCS#12
        return {};
    }

    Result<void> take_certificate_block(const Pem& pem) {
        if (!have_key_) into_.format = KeyFormat::certificate;
        LoadedKey one;
        DerDocument document(pem.body);
        DerReader reader = document.reader();
        NACRE_CHECK(take_certificate(reader, one));
        if (into_.certificates.size() >= kMaxCertificates)
            return key_error(KeyFault::over_limit, "too many certificates in the file");
        into_.certificates.push_back(std::move(one.certificates.front()));
        for (PublicKeyText& key : one.public_keys) of_certificates_.push_back(std::move(key));
        return {};
    }

    Result<void> take_private(Pem& pem, const Label* label) {
        if (have_private_) return {};
        if (label != nullptr) into_.format = label->format;
        into_.public_keys.clear();
        have_key_ = have_private_ = true;
        if (wanted_ == Wanted::public_halves && pem.label == "OPENSSH PRIVATE KEY") {
            NACRE_CHECK(decode_pem(pem));
            auto blob = openssh_key_public_half(pem.body);
            if (!blob) return pem.located(blob.error());
            return put_public(*blob, into_);
        }
        NACRE_TRY(PrivateKey key, read_pem_key(pem, unlock_));
        into_.public_keys.push_back({key.type, key.public_blob, key.comment});
        into_.private_keys.push_back(std::move(key));
        return {};
    }

    Result<void> finish() {
        into_.pem = true;
        if (have_key_) return {};
        into_.public_keys = std::move(of_certificates_);
        if (into_.certificates.empty())
            return key_error(KeyFault::not_a_key, "a PEM file, but not of a key");
        return check_certificates(into_);
    }

    Wanted wanted_;
    Unlock& unlock_;
    LoadedKey& into_;
    bool have_key_ = false;
    bool have_private_ = false;
    std::vector<PublicKeyText> of_certificates_;
};

}  // namespace

Result<void> load_pem(std::string_view text, Wanted wanted, Unlock& unlock, LoadedKey& into) {
    return PemFile(wanted, unlock, into).read(text);
}

}  // namespace nacre::detail
