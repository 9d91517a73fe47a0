/// \file
/// Whether the server is the one it should be.
#pragma once
#include "options.hpp"

#include <nacre/keys/x509_trust.hpp>
#include <nacre/transport/config.hpp>

#include <memory>
#include <string>
#include <vector>

namespace nacre::tools {

/// By fingerprint if one was given, else by the known_hosts file. Says on standard error what is
/// wrong with a key it refuses.
class Trust final : public HostKeyVerifier {
  public:
    Trust(const ClientOptions& options, const Provider& provider);

    /// Reads the X.509 authorities; what is wrong with them, or nothing.
    std::string take_x509();

    void verify(const PublicKey& key, Reply<void> reply) override;
    /// Host key algorithms in order of preference: those of known keys first.
    std::vector<std::string> algorithms() const;

  private:
    void verify_x509(const PublicKey& key, Reply<void> reply) const;
    bool remember(const PublicKey& key) const;

    const ClientOptions& options_;
    const Provider& provider_;
    bool unreadable_ = false;                ///< though there is a file
    std::string known_;                      ///< the text of the file
    std::shared_ptr<const X509Trust> x509_;  ///< null: none
};

}  // namespace nacre::tools
