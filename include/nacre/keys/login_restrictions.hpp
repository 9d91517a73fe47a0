/// \file
/// What a login may do less than all.
#pragma once
#include <nacre/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nacre {

/// From the options of a line of authorized_keys or from a certificate. A default one restricts
/// nothing. Who serves channels goes by it; a server that does not offer something need not look.
struct LoginRestrictions {
    /// Runs instead of whatever is asked for.
    std::optional<std::string> force_command;
    bool pty = true;
    bool agent_forwarding = true;
    bool port_forwarding = true;
    bool x11_forwarding = true;
    bool user_rc = true;  ///< ~/.ssh/rc may run
    /// NAME and value, set for what runs. Each name once.
    std::vector<std::pair<std::string, std::string>> environment;
    /// host:port, either of which may be "*", that direct-tcpip may reach. Not set: all of them;
    /// empty: none.
    std::optional<std::vector<std::string>> permit_open;
    /// [host:]port that tcpip-forward may listen on. Not set: all of them; empty: none.
    std::optional<std::vector<std::string>> permit_listen;
    std::optional<std::uint32_t> tunnel;  ///< the one tun device that may be asked for

    /// The user must have touched the security key for this login. Not asked of other keys.
    bool touch_required = true;
    /// The security key must have verified its user (PIN, fingerprint).
    bool verify_required = false;

    friend bool operator==(const LoginRestrictions&, const LoginRestrictions&) = default;
};

/// What `a` and `b` both allow. Of two values for one variable that of `a` counts. Errors:
/// peer_refused when both cannot hold: different forced commands, different tunnels.
Result<LoginRestrictions> narrower(const LoginRestrictions& a, const LoginRestrictions& b);

}  // namespace nacre
