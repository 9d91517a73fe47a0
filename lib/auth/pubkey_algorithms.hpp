/// \file
/// Which signature algorithms are in use for users' keys.
#pragma once
#include <nacre/crypto/provider.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::detail {

/// Whether `name` is in `configured` or, when that is empty, in the provider's defaults.
inline bool pubkey_algorithm_enabled(std::string_view name,
                                     const std::vector<std::string>& configured,
                                     const Provider& provider) {
    if (!configured.empty())
        return std::find(configured.begin(), configured.end(), name) != configured.end();
    const AlgorithmInfo* info = find_algorithm(provider, Algorithm::host_key, name);
    return info != nullptr && info->by_default;
}

}  // namespace nacre::detail
