/// \file
/// User authentication, client side (RFC 4252).
#pragma once
#include <nacre/auth/method.hpp>
#include <nacre/auth/server.hpp>
#include <nacre/transport/layer.hpp>

#include <memory>
#include <vector>

namespace nacre {

/// Implemented by the program; one per session. Asked only for methods that the server still takes.
class AuthClientHandler {
  public:
    virtual ~AuthClientHandler() = default;
    /// Keys to try in order; each is offered first, and signs only when the server would take it.
    virtual std::vector<std::shared_ptr<Signer>> keys() { return {}; }
    /// A password, or an error to go on with the next method. Asked at most three times; `attempt`
    /// counts from 0.
    virtual void password(std::uint32_t attempt, Reply<SecretBytes> reply) {
        static_cast<void>(attempt);
        reply(Error{Errc::unsupported, Disconnect::none, 0, "no password"});
    }
    /// The password is expired: answer with the new one.
    virtual void new_password(std::string_view prompt, Reply<SecretBytes> reply) {
        static_cast<void>(prompt);
        reply(Error{Errc::unsupported, Disconnect::none, 0, "no new password"});
    }
    /// One answer for each prompt, or an error to give up keyboard-interactive. `prompts` may be
    /// empty: then there is only text to show. When the answers were wrong the method is begun
    /// again, at most three times in all.
    virtual void interactive(std::string_view name, std::string_view instruction,
                             std::span<const Prompt> prompts,
                             Reply<std::vector<SecretBytes>> reply) {
        static_cast<void>(name), static_cast<void>(instruction), static_cast<void>(prompts);
        reply(Error{Errc::unsupported, Disconnect::none, 0, "no answers"});
    }
    /// Unescaped text of the server.
    virtual void on_banner(std::string_view /*text*/) {}
    virtual void on_partial_success(AuthMethods /*next*/) {}
};

struct AuthClientConfig {
    std::string user;
    /// Order in which methods are tried.
    std::vector<AuthMethod> order = {AuthMethod::publickey, AuthMethod::keyboard_interactive,
                                     AuthMethod::password};
    /// Signature algorithms that keys may be used with. Empty: the provider's defaults.
    std::vector<std::string> pubkey_algorithms{};
    /// RSA keys of fewer bits are not offered.
    std::uint32_t min_rsa_bits = 2048;
};

/// The service "ssh-userauth" of a client. When no method is left it fails the session with
/// peer_refused and reason 14.
std::unique_ptr<Layer> make_auth_client(AuthClientConfig config,
                                        std::unique_ptr<AuthClientHandler> handler);

}  // namespace nacre
