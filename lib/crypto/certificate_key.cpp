// Keys and signers that show a certificate in place of their own blob.
#include <nacre/crypto/certificate.hpp>

#include <algorithm>
#include <utility>

namespace nacre {

namespace {

/// The algorithms of a plain key under the names that they have with a certificate.
class CertificateNames {
  public:
    explicit CertificateNames(std::span<const std::string_view> plain) {
        for (const auto name : plain) names_.push_back({certificate_name(name), std::string(name)});
        for (const auto& name : names_) views_.push_back(name.first);
    }
    // The views point into the strings.
    CertificateNames(const CertificateNames&) = delete;
    CertificateNames& operator=(const CertificateNames&) = delete;

    std::span<const std::string_view> all() const noexcept { return views_; }
    /// The plain name of one of all(); empty for any other.
    std::string_view plain(std::string_view name) const noexcept {
        for (const auto& both : names_)
            if (both.first == name) return both.second;
        return {};
    }

  private:
    std::vector<std::pair<std::string, std::string>> names_;
    std::vector<std::string_view> views_;
};

class CertificateKey final : public PublicKey {
  public:
    CertificateKey(ByteView blob, Certificate certificate, std::shared_ptr<const PublicKey> key)
        : blob_(to_bytes(blob)),
          certificate_(std::move(certificate)),
          key_(std::move(key)),
          names_(key_->algorithms()) {}

    std::string_view type() const noexcept override { return certificate_.type; }
    ByteView blob() const noexcept override { return blob_; }
    std::uint32_t bits() const noexcept override { return key_->bits(); }
    std::span<const std::string_view> algorithms() const noexcept override { return names_.all(); }
    bool verify(std::string_view algorithm, ByteView data,
                ByteView signature) const noexcept override {
        const auto plain = names_.plain(algorithm);
        return !plain.empty() && key_->verify(plain, data, signature);
    }
    bool costly() const noexcept override { return key_->costly(); }
    std::optional<AuthenticatorData> authenticator(ByteView signature) const noexcept override {
        return key_->authenticator(signature);
    }
    const Certificate* certificate() const noexcept override { return &certificate_; }

  private:
    const Bytes blob_;
    const Certificate certificate_;
    const std::shared_ptr<const PublicKey> key_;
    const CertificateNames names_;
};

class CertificateSigner final : public Signer {
  public:
    CertificateSigner(std::shared_ptr<Signer> key, ByteView blob, std::string type)
        : key_(std::move(key)),
          blob_(to_bytes(blob)),
          type_(std::move(type)),
          names_(key_->algorithms()) {}

    ByteView public_blob() const noexcept override { return blob_; }
    std::string_view type() const noexcept override { return type_; }
    std::span<const std::string_view> algorithms() const noexcept override { return names_.all(); }
    bool immediate() const noexcept override { return key_->immediate(); }
    bool costly() const noexcept override { return key_->costly(); }
    void sign(ByteView data, std::string_view algorithm, Reply<Signature> reply) override {
        const auto plain = names_.plain(algorithm);
        if (plain.empty())
            return reply(Error{Errc::unsupported, Disconnect::none, 0,
                               "no such algorithm for this key type"});
        key_->sign(data, plain, std::move(reply));
    }

  private:
    const std::shared_ptr<Signer> key_;
    const Bytes blob_;
    const std::string type_;
    const CertificateNames names_;
};

}  // namespace

Result<std::shared_ptr<const PublicKey>> make_certificate_key(ByteView blob,
                                                              const Provider& provider) {
    NACRE_TRY(Certificate certificate, parse_certificate(blob));
    NACRE_TRY(auto key, provider.public_key(certificate.key));
    return std::shared_ptr<const PublicKey>(
        std::make_shared<CertificateKey>(blob, std::move(certificate), std::move(key)));
}

Result<std::shared_ptr<Signer>> make_certificate_signer(std::shared_ptr<Signer> key,
                                                        ByteView certificate) {
    NACRE_TRY(Certificate parsed, parse_certificate(certificate));
    if (!same_bytes(parsed.key, key->public_blob()))
        return Error{Errc::local_failed, Disconnect::none, 0,
                     "certificate of another key than this one"};
    return std::shared_ptr<Signer>(
        std::make_shared<CertificateSigner>(std::move(key), certificate, std::move(parsed.type)));
}

}  // namespace nacre
