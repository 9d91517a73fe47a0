#include "agent/sign_names.hpp"

#include <nacre/agent/signer.hpp>
#include <nacre/crypto/certificate.hpp>
#include <nacre/keys/public_key.hpp>
#include <nacre/wire/reader.hpp>

#include <algorithm>

namespace nacre::agent {

namespace {

using detail::SignName;

class AgentSigner final : public Signer {
  public:
    AgentSigner(std::shared_ptr<Client> client, Bytes blob, std::string type,
                std::shared_ptr<const PublicKey> rsa)
        : client_(std::move(client)),
          blob_(std::move(blob)),
          type_(std::move(type)),
          signature_name_(plain_name(type_)),
          rsa_(std::move(rsa)) {
        for (const SignName& name : detail::kRsaNames)
            if (name.type == type_) ways_.push_back(name);
        if (ways_.empty()) ways_.push_back({type_, type_, signature_name_, 0});
        for (const SignName& way : ways_) algorithms_.push_back(way.algorithm);
    }

    ByteView public_blob() const noexcept override { return blob_; }
    std::string_view type() const noexcept override { return type_; }
    std::span<const std::string_view> algorithms() const noexcept override { return algorithms_; }
    bool immediate() const noexcept override { return true; }
    bool costly() const noexcept override { return true; }

    void sign(ByteView data, std::string_view algorithm, Reply<Signature> reply) override {
        reply(signature(data, algorithm));
    }

  private:
    Result<Signature> signature(ByteView data, std::string_view algorithm) {
        const auto way = std::find_if(ways_.begin(), ways_.end(), [&](const SignName& known) {
            return known.algorithm == algorithm;
        });
        if (way == ways_.end())
            return Error{Errc::unsupported, Disconnect::none, 0,
                         "agent: the key has no such algorithm"};
        NACRE_TRY(Bytes blob, client_->sign(blob_, data, way->flags));
        // Old agents do not know the flags and sign with SHA-1.
        Reader reader(blob);
        if (reader.text() != way->signature)
            return Error{Errc::unsupported, Disconnect::none, 0,
                         "agent: signed with another algorithm"};
        // A fault while an RSA signature is computed would give the key away.
        if (rsa_ != nullptr && !rsa_->verify(algorithm, data, blob))
            return Error{Errc::crypto_failed, Disconnect::none, 0, "agent: the signature is wrong"};
        return Signature{std::move(blob)};
    }

    std::shared_ptr<Client> client_;
    Bytes blob_;
    std::string type_;
    std::string signature_name_;
    std::shared_ptr<const PublicKey> rsa_;  // nullptr for other types
    std::vector<SignName> ways_;
    std::vector<std::string_view> algorithms_;
};

}  // namespace

Result<std::shared_ptr<Signer>> make_signer(std::shared_ptr<Client> client,
                                            const Identity& identity, const Provider& provider) {
    NACRE_TRY(const std::string_view type, public_blob_type(identity.blob));
    // Certificates by the names of drafts, which nothing else here knows: their signatures would be
    // expected to have the certificate's name.
    if (is_certificate_type(type) && !is_certificate_name(type))
        return Error{Errc::unsupported, Disconnect::none, 0, "agent: certificate of unknown type"};
    std::shared_ptr<const PublicKey> rsa;
    if (plain_name(type) == "ssh-rsa") {
        NACRE_TRY(rsa, provider.public_key(identity.blob));
    }
    return std::shared_ptr<Signer>(std::make_shared<AgentSigner>(
        std::move(client), identity.blob, std::string(type), std::move(rsa)));
}

Result<std::vector<std::shared_ptr<Signer>>> make_signers(const std::shared_ptr<Client>& client,
                                                          const Provider& provider) {
    NACRE_TRY(const auto identities, client->identities());
    std::vector<std::shared_ptr<Signer>> signers;
    for (const auto& identity : identities)
        if (auto signer = make_signer(client, identity, provider))
            signers.push_back(*std::move(signer));
    return signers;
}

}  // namespace nacre::agent
