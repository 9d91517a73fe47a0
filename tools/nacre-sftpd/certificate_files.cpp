#include "certificate_files.hpp"

#include "log.hpp"

#include <nacre/keys/public_key.hpp>
#include <nacre/wire/reader.hpp>

namespace nacre::sftpd {

namespace {

KeyGrant refused(const char* why) {
    KeyGrant grant;
    grant.refusal = why;
    return grant;
}

/// A file with lines of which some may grant nothing; each is told of.
template <class T>
std::unique_ptr<ReadAnew<T>> file_of_lines(const std::string& path, const StrictModes& strict,
                                           Result<T> (*parse)(std::string_view),
                                           const CertificateFiles::OnTrouble& on_trouble) {
    if (path.empty()) return nullptr;
    return std::make_unique<ReadAnew<T>>(path, strict,
                                         [path, parse, on_trouble](std::string_view text) {
                                             auto parsed = parse(text);
                                             if (parsed)
                                                 for (const auto& skipped : parsed->skipped)
                                                     on_trouble(path + ": " + skipped.reason);
                                             return parsed;
                                         });
}

}  // namespace

CertificateFiles::CertificateFiles(const Names& names, StrictModes strict, CertificatePolicy policy,
                                   const Provider& provider, OnTrouble on_trouble)
    : policy_(std::move(policy)),
      provider_(provider),
      on_trouble_(std::move(on_trouble)),
      authorities_(file_of_lines(names.authorities, strict, &parse_user_authorities, on_trouble_)),
      principals_(
          file_of_lines(names.principals, strict, &parse_authorized_principals, on_trouble_)) {
    if (!names.revoked.empty())
        revoked_ = std::make_unique<ReadAnew<RevokedKeys>>(
            names.revoked, std::move(strict),
            [](std::string_view text) { return parse_revoked_keys(as_bytes(text)); });
}

template <class T>
std::shared_ptr<const T> CertificateFiles::value(const std::unique_ptr<ReadAnew<T>>& file,
                                                 bool& trouble) {
    if (file == nullptr) return nullptr;
    auto read = file->read();
    if (read) return *std::move(read);
    trouble = true;
    on_trouble_(read.refusal().text());
    return nullptr;
}

std::string CertificateFiles::check() {
    const auto fault = [](const auto& file) {
        if (file == nullptr) return std::string();
        const auto read = file->read();
        return read ? std::string() : read.refusal().text();
    };
    const std::string x509 = x509_ == nullptr ? std::string() : x509_->check();
    for (const auto& found : {fault(authorities_), fault(principals_), fault(revoked_), x509})
        if (!found.empty()) return found;
    return {};
}

KeyGrant CertificateFiles::grant(ByteView blob, std::string_view user, const LoginOrigin& origin,
                                 AuthorizedKeyFile* keys) {
    const auto key = provider_.public_key(blob);
    if (!key) return refused(key.error().what);
    if (revokes(**key)) return refused("key is revoked");
    if ((*key)->x509() != nullptr) return grant_x509(**key, origin, keys);
    if ((*key)->certificate() == nullptr)
        return keys == nullptr ? KeyGrant{} : keys->match(blob, origin);
    // As in sshd: the key alone is not looked for when its certificate is refused.
    auto allowed = decide(**key, user, origin, keys);
    if (!allowed) return refused(allowed.error().what);
    KeyGrant grant;
    grant.granted = true;
    grant.restrictions = std::make_shared<const LoginRestrictions>(std::move(*allowed));
    return grant;
}

KeyGrant CertificateFiles::grant_x509(const PublicKey& key, const LoginOrigin& origin,
                                      AuthorizedKeyFile* keys) {
    if (x509_ == nullptr) return refused("no X.509 certificates may log in");
    std::string trouble;
    const auto identity = x509_->identify(key, origin.now, trouble);
    if (!trouble.empty()) on_trouble_(trouble);
    if (!identity) return refused(identity.error().what);
    bool unusable = false;
    const auto revoked = value(revoked_, unusable);
    if (unusable) return refused("key is revoked");
    for (const Bytes& authority : identity->authority_keys)
        if (revoked != nullptr && revoked->revokes_blob(authority, provider_))
            return refused("the key of an authority is revoked");
    KeyGrant grant;
    grant.granted = x509_->is_user(*identity);
    if (grant.granted) return grant;
    // A line may have exactly these certificates, and options in front of them.
    if (keys != nullptr) grant = keys->match(key.blob(), origin);
    if (grant.granted) return grant;
    on_trouble_("no --x509-user is " + escaped(identity->subject) + ", fingerprint " +
                identity->fingerprint);
    return refused("X.509 certificate of nobody who may log in");
}

bool CertificateFiles::revokes(const PublicKey& key) {
    bool trouble = false;
    const auto revoked = value(revoked_, trouble);
    return trouble || (revoked != nullptr && revoked->revokes(key, provider_));
}

Result<LoginRestrictions> CertificateFiles::decide(const PublicKey& key, std::string_view user,
                                                   const LoginOrigin& origin,
                                                   AuthorizedKeyFile* keys) {
    bool trouble = false;
    const auto authorities = value(authorities_, trouble);
    const auto principals = value(principals_, trouble);
    if (trouble)
        return Error{Errc::local_failed, Disconnect::none, 0, "a file of authorities is unusable"};
    CertificatePolicy policy = policy_;
    if (authorities != nullptr) {
        // As in sshd: what the certificate says of touching counts, unless a line says more.
        UserAuthority authority{{}, {}, no_key_options()};
        if (principals != nullptr) authority.principals = principals->principals;
        for (const Bytes& ca_key : authorities->keys) {
            authority.key = ca_key;
            policy.authorities.push_back(authority);
        }
    }
    if (keys != nullptr)
        for (auto& authority : keys->authorities())
            policy.authorities.push_back(std::move(authority));
    return decide_user_certificate(policy, key, {user, origin}, provider_);
}

bool CertificateFiles::at_once() {
    const auto quick = [](const auto& file) { return file == nullptr || file->at_once(); };
    return quick(authorities_) && quick(principals_) && quick(revoked_);
}

std::string certificate_text(const X509Chain& chain) {
    const auto identity = read_x509_identity(chain.certificates.front());
    if (!identity) return "X.509";
    return "X.509 " + escaped(identity->subject) + " (serial " + identity->serial + ") of " +
           escaped(identity->issuer) + " SHA256 " + identity->fingerprint;
}

std::string certificate_text(const Certificate& certificate) {
    return "ID \"" + escaped(certificate.key_id) + "\" (serial " +
           std::to_string(certificate.serial) + ") CA " +
           std::string(short_type_name(Reader(certificate.authority).text())) + " " +
           fingerprint_sha256(certificate.authority);
}

}  // namespace nacre::sftpd
