/// \file
/// What an agent is asked for to get a signature of some algorithm, and what it then answers.
#pragma once
#include <nacre/agent/messages.hpp>

#include <span>
#include <string_view>

namespace nacre::agent::detail {

struct SignName {
    std::string_view type;       ///< of the key or certificate
    std::string_view algorithm;  ///< as negotiated
    std::string_view signature;  ///< as the signature names it
    std::uint32_t flags;         ///< of SIGN_REQUEST
};

/// Those of the two RSA types, best first. All other types sign in one way.
constexpr SignName kRsaNames[] = {
    {"ssh-rsa", "rsa-sha2-512", "rsa-sha2-512", kSignRsaSha512},
    {"ssh-rsa", "rsa-sha2-256", "rsa-sha2-256", kSignRsaSha256},
    {"ssh-rsa", "ssh-rsa", "ssh-rsa", 0},
    {"ssh-rsa-cert-v01@openssh.com", "rsa-sha2-512-cert-v01@openssh.com", "rsa-sha2-512",
     kSignRsaSha512},
    {"ssh-rsa-cert-v01@openssh.com", "rsa-sha2-256-cert-v01@openssh.com", "rsa-sha2-256",
     kSignRsaSha256},
    {"ssh-rsa-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com", "ssh-rsa", 0},
};

}  // namespace nacre::agent::detail
