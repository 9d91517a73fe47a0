/// \file
/// Which X.509 certificates of users are believed, as the files say at the moment.
#pragma once
#include <nacre/fs/key_files.hpp>
#include <nacre/keys/x509_trust.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::sftpd {

/// --x509-user FIELD=VALUE.
struct X509User {
    std::string field;  ///< X509Identity::is_field()
    std::string value;
};

/// --x509-trust, --x509-crl, --x509-user. The files are read anew for each login: CRLs grow old.
/// Usable from every thread.
class X509Files {
  public:
    /// \param anchors, crls  files; no CRLs: empty
    X509Files(std::string anchors, std::string crls, std::vector<X509User> users,
              StrictModes strict)
        : anchors_(std::move(anchors)),
          crls_(std::move(crls)),
          users_(std::move(users)),
          strict_(std::move(strict)) {}

    /// What is wrong with the files, or nothing. Blocks.
    std::string check();
    /// Whose the certificates are, if they are good. `trouble`: what is wrong with a file. Blocks,
    /// and computes for milliseconds.
    Result<X509Identity> identify(const PublicKey& key, std::chrono::system_clock::time_point now,
                                  std::string& trouble);
    /// Whether one of the users is meant.
    bool is_user(const X509Identity& identity) const;

  private:
    std::shared_ptr<const X509Trust> read(std::string& trouble);

    const std::string anchors_, crls_;
    const std::vector<X509User> users_;
    const StrictModes strict_;
    std::mutex mutex_;
    std::string anchors_text_;
    std::optional<std::string> crls_text_;
    std::shared_ptr<const X509Trust> trust_;
};

}  // namespace nacre::sftpd
