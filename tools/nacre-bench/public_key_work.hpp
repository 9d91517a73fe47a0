/// \file
/// The server's public-key operations of a login, on Botan alone.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace nacre::bench {

struct PublicKeyWork {
    std::string name;
    std::function<bool()> run;  ///< one operation; false: it failed
};

/// For "curve25519-sha256" or "mlkem768x25519-sha256": the key exchange, an Ed25519 signature (host
/// key) and the check of one (user's key). Empty for other names.
std::vector<PublicKeyWork> login_work(const std::string& kex);

}  // namespace nacre::bench
