/// \file
/// Which certificates and keys are believed, as the files say at the moment.
#pragma once
#include "authorized_key_file.hpp"
#include "x509_files.hpp"

#include <nacre/fs/trusted_file.hpp>
#include <nacre/keys/authorized_principals.hpp>
#include <nacre/keys/certificate_policy.hpp>
#include <nacre/keys/revoked_keys.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::sftpd {

/// A file that is read anew for each login, and parsed when it has changed. Usable from every
/// thread.
template <class T>
class ReadAnew {
  public:
    using Parse = std::function<Result<T>(std::string_view text)>;

    ReadAnew(std::string path, StrictModes strict, Parse parse)
        : file_(std::move(path), std::move(strict)), parse_(std::move(parse)) {}

    /// Blocks.
    FileResult<std::shared_ptr<const T>> read() {
        auto text = file_.read();
        if (!text) return text.refusal();
        const std::lock_guard lock(mutex_);
        if (*text == text_) return value_;
        auto parsed = parse_(**text);
        if (!parsed) return FileRefusal{parsed.error(), file_.path(), 0};
        value_ = std::make_shared<const T>(std::move(*parsed));
        text_ = *std::move(text);
        return value_;
    }
    /// Whether read() would not block at the moment.
    bool at_once() { return file_.can_read_at_once(); }

  private:
    TrustedFile file_;
    const Parse parse_;
    std::mutex mutex_;
    std::shared_ptr<const std::string> text_;
    std::shared_ptr<const T> value_;  // what text_ says
};

/// --trusted-user-ca-keys, --authorized-principals, --revoked-keys. Usable from every thread.
class CertificateFiles {
  public:
    struct Names {
        std::string authorities, principals, revoked;  ///< empty: there is none
    };
    /// Told, from the thread that reads, why a file or a line of it grants nothing.
    using OnTrouble = std::function<void(const std::string&)>;

    /// Of `policy` all but its authorities counts.
    CertificateFiles(const Names& names, StrictModes strict, CertificatePolicy policy,
                     const Provider& provider, OnTrouble on_trouble);
    /// From now on X.509 certificates may log in. Called before any other thread is there.
    void accept_x509(std::unique_ptr<X509Files> files) { x509_ = std::move(files); }

    /// Reads all files once; what is wrong with them, or nothing. Blocks.
    std::string check();
    /// Whether somebody may log in with the key, plain or in a certificate, and what they may then
    /// do. A list of revoked keys that cannot be used revokes all. Blocks.
    /// \param keys  plain keys, and more authorities; nullptr: none
    KeyGrant grant(ByteView blob, std::string_view user, const LoginOrigin& origin,
                   AuthorizedKeyFile* keys);
    /// Whether there is a file of authorities, of either kind.
    bool has_authorities() const noexcept { return authorities_ != nullptr || x509_ != nullptr; }
    /// Whether grant() of a key that is not X.509's would not block at the moment.
    bool at_once();

  private:
    bool revokes(const PublicKey& key);
    KeyGrant grant_x509(const PublicKey& key, const LoginOrigin& origin, AuthorizedKeyFile* keys);
    Result<LoginRestrictions> decide(const PublicKey& key, std::string_view user,
                                     const LoginOrigin& origin, AuthorizedKeyFile* keys);
    /// The value of a file that there may be none of; nullptr: none, or trouble.
    template <class T>
    std::shared_ptr<const T> value(const std::unique_ptr<ReadAnew<T>>& file, bool& trouble);

    const CertificatePolicy policy_;  ///< without authorities
    const Provider& provider_;
    const OnTrouble on_trouble_;
    std::unique_ptr<ReadAnew<UserAuthorities>> authorities_;
    std::unique_ptr<ReadAnew<AuthorizedPrincipals>> principals_;
    std::unique_ptr<ReadAnew<RevokedKeys>> revoked_;
    std::unique_ptr<X509Files> x509_;
};

/// For the log, as sshd has it: `ID "key id" (serial 7) CA ED25519 SHA256:...`, escaped.
std::string certificate_text(const Certificate& certificate);
/// `X.509 subject (serial 1001) of issuer SHA256 0A:1B:...`, escaped.
std::string certificate_text(const X509Chain& chain);

}  // namespace nacre::sftpd
