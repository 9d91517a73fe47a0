/// \file
/// Which algorithms to measure.
#pragma once
#include <nacre/crypto/provider.hpp>

#include <string>
#include <vector>

namespace nacre::bench {

struct CipherAndMac {
    std::string cipher;
    std::string mac;  ///< empty for ciphers that authenticate themselves
};

/// The names of a kind that are offered by default, in order of preference.
std::vector<std::string> default_names(const Provider& provider, Algorithm kind);

/// Every combination of `ciphers` and `macs`; an empty list means all that are offered by default.
/// A name that the provider does not know yields no combination.
std::vector<CipherAndMac> combinations(const Provider& provider, std::vector<std::string> ciphers,
                                       std::vector<std::string> macs);

}  // namespace nacre::bench
