// Keys and signers that show X.509 certificates in place of their own blob.
#include "crypto/x509_signature.hpp"

#include <nacre/crypto/certificate.hpp>

#include <new>
#include <utility>

namespace nacre {

namespace {

class X509Key final : public PublicKey {
  public:
    X509Key(ByteView blob, X509Chain chain, const X509Algorithm& algorithm,
            std::shared_ptr<const PublicKey> key)
        : blob_(to_bytes(blob)),
          chain_(std::move(chain)),
          algorithm_(algorithm),
          key_(std::move(key)) {}

    std::string_view type() const noexcept override { return algorithm_.name; }
    ByteView blob() const noexcept override { return blob_; }
    std::uint32_t bits() const noexcept override { return key_->bits(); }
    std::span<const std::string_view> algorithms() const noexcept override {
        return {&algorithm_.name, 1};
    }
    bool verify(std::string_view algorithm, ByteView data,
                ByteView signature) const noexcept override {
        if (algorithm != algorithm_.name) return false;
        try {
            const auto plain = detail::plain_signature(algorithm_, signature);
            return plain && key_->verify(algorithm_.algorithm, data, *plain);
        } catch (const std::bad_alloc&) {
            return false;
        }
    }
    bool costly() const noexcept override { return key_->costly(); }
    const X509Chain* x509() const noexcept override { return &chain_; }

  private:
    const Bytes blob_;
    const X509Chain chain_;
    const X509Algorithm& algorithm_;
    const std::shared_ptr<const PublicKey> key_;
};

class X509Signer final : public Signer {
  public:
    X509Signer(std::shared_ptr<Signer> key, Bytes blob, const X509Algorithm& algorithm)
        : key_(std::move(key)), blob_(std::move(blob)), algorithm_(algorithm) {}

    ByteView public_blob() const noexcept override { return blob_; }
    std::string_view type() const noexcept override { return algorithm_.name; }
    std::span<const std::string_view> algorithms() const noexcept override {
        return {&algorithm_.name, 1};
    }
    bool immediate() const noexcept override { return key_->immediate(); }
    bool costly() const noexcept override { return key_->costly(); }
    void sign(ByteView data, std::string_view algorithm, Reply<Signature> reply) override {
        if (algorithm != algorithm_.name)
            return reply(Error{Errc::unsupported, Disconnect::none, 0,
                               "no such algorithm for this key type"});
        const X509Algorithm* own = &algorithm_;
        key_->sign(data, algorithm_.algorithm,
                   Reply<Signature>::from(
                       [own, held = std::move(reply)](Result<Signature>&& plain) mutable {
                           if (!plain) return held(plain.error());
                           held(detail::x509_signature(*own, std::move(*plain)));
                       }));
    }

  private:
    const std::shared_ptr<Signer> key_;
    const Bytes blob_;
    const X509Algorithm& algorithm_;
};

}  // namespace

Result<std::shared_ptr<const PublicKey>> make_x509_key(ByteView blob, X509Chain chain,
                                                       std::shared_ptr<const PublicKey> plain) {
    const X509Algorithm* algorithm = find_x509_algorithm(chain.type);
    if (algorithm == nullptr || algorithm->key_type != plain->type())
        return malformed("X.509 key of another type than the key in its certificate");
    // RFC 6187 s3.3.
    if (algorithm->signature_name == "rsa2048-sha256" && plain->bits() < kMinRsa2048Bits)
        return Error{Errc::unsupported, Disconnect::none, 0, "RSA key too short for its type"};
    return std::shared_ptr<const PublicKey>(
        std::make_shared<X509Key>(blob, std::move(chain), *algorithm, std::move(plain)));
}

Result<std::shared_ptr<Signer>> make_x509_signer(std::shared_ptr<Signer> key, std::string_view type,
                                                 std::span<const Bytes> certificates,
                                                 const Provider& provider) {
    const X509Algorithm* algorithm = find_x509_algorithm(type);
    if (algorithm == nullptr || algorithm->key_type != key->type() || certificates.empty())
        return Error{Errc::unsupported, Disconnect::none, 0, "no such type of X.509 key"};
    Bytes blob = x509_blob(*algorithm, certificates);
    NACRE_TRY(const auto shown, provider.public_key(blob));
    if (!same_bytes(plain_blob(*shown), key->public_blob()))
        return Error{Errc::local_failed, Disconnect::none, 0,
                     "certificate of another key than this one"};
    return std::shared_ptr<Signer>(
        std::make_shared<X509Signer>(std::move(key), std::move(blob), *algorithm));
}

}  // namespace nacre
