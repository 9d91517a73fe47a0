/// \file
/// How the user proves who they are: keys in an agent or in files, a password.
#pragma once
#include "agent_keys.hpp"
#include "options.hpp"

#include <nacre/auth/client.hpp>

#include <functional>

namespace nacre::tools {

/// Reads the key files; asks on the terminal for passphrases and passwords.
class Login final : public AuthClientHandler {
  public:
    /// `session` yields what is known of the session when the login has begun.
    Login(const ClientOptions& options, const Provider& provider,
          std::function<const SessionInfo&()> session);

    std::vector<std::shared_ptr<Signer>> keys() override;
    void password(std::uint32_t attempt, Reply<SecretBytes> reply) override;
    void interactive(std::string_view name, std::string_view instruction,
                     std::span<const Prompt> prompts,
                     Reply<std::vector<SecretBytes>> reply) override;
    void on_banner(std::string_view text) override;

  private:
    void use_token(const std::string& uri, const Provider& provider);
    void read_key(const std::string& file, const Provider& provider);
    /// The certificate in the file for one of the keys read so far is tried before the key alone.
    /// \param named  by the user: then it is a fault if there is none
    void read_certificate(const std::string& file, bool named, const Provider& provider);
    /// The X.509 certificates in `pem` under every name that they can have, in front of the keys.
    const char* take_x509(std::string_view pem, const Provider& provider);
    Result<SecretBytes> secret(std::uint32_t attempt, const std::string& prompt);

    const ClientOptions& options_;
    std::function<const SessionInfo&()> session_;
    AgentKeys agent_;
    std::vector<std::shared_ptr<Signer>> keys_;
    std::uint32_t rounds_ = 0;  ///< of keyboard-interactive
};

}  // namespace nacre::tools
