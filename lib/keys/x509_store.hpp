/// \file
/// Trust anchors and CRLs, as path validation asks for them.
#pragma once
#include <botan/certstor.h>
#include <botan/x509_crl.h>

#include <vector>

namespace nacre::detail {

/// Several CRLs may be of one name: authorities keep theirs when they change their key, and each
/// key has a CRL of its own, or several, each for a part of the certificates. (Botan's store keeps
/// one of a name.)
class X509Store final : public Botan::Certificate_Store {
  public:
    using Bytes = std::vector<std::uint8_t>;

    void add(const Botan::X509_Certificate& certificate) { store_.add_certificate(certificate); }
    void add(Botan::X509_CRL crl) { crls_.push_back(std::move(crl)); }

    /// Why no certificate can be checked with a CRL like this; null: it is fit.
    static const char* unfit(const Botan::X509_CRL& crl);

    /// One of the certificate's authority, and of its key if both say which that is, that is for
    /// certificates like this one: of each part the newest counts, and of these one that revokes
    /// the certificate, or else the newest.
    std::optional<Botan::X509_CRL> find_crl_for(
        const Botan::X509_Certificate& subject) const override;

    std::vector<Botan::X509_Certificate> find_all_certs(const Botan::X509_DN& name,
                                                        const Bytes& key_id) const override {
        return store_.find_all_certs(name, key_id);
    }
    std::optional<Botan::X509_Certificate> find_cert_by_pubkey_sha1(
        const Bytes& hash) const override {
        return store_.find_cert_by_pubkey_sha1(hash);
    }
    std::optional<Botan::X509_Certificate> find_cert_by_raw_subject_dn_sha256(
        const Bytes& hash) const override {
        return store_.find_cert_by_raw_subject_dn_sha256(hash);
    }
    std::optional<Botan::X509_Certificate> find_cert_by_issuer_dn_and_serial_number(
        const Botan::X509_DN& issuer, std::span<const std::uint8_t> serial) const override {
        return store_.find_cert_by_issuer_dn_and_serial_number(issuer, serial);
    }
    bool contains(const Botan::X509_Certificate& certificate) const override {
        return store_.contains(certificate);
    }
    std::vector<Botan::X509_DN> all_subjects() const override { return store_.all_subjects(); }

  private:
    Botan::Certificate_Store_In_Memory store_;
    std::vector<Botan::X509_CRL> crls_;
};

}  // namespace nacre::detail
