#include "algorithms.hpp"

namespace nacre::bench {

std::vector<std::string> default_names(const Provider& provider, Algorithm kind) {
    std::vector<std::string> names;
    for (const AlgorithmInfo& info : provider.algorithms(kind))
        if (info.by_default) names.emplace_back(info.name);
    return names;
}

std::vector<CipherAndMac> combinations(const Provider& provider, std::vector<std::string> ciphers,
                                       std::vector<std::string> macs) {
    if (ciphers.empty()) ciphers = default_names(provider, Algorithm::cipher);
    if (macs.empty()) macs = default_names(provider, Algorithm::mac);
    std::vector<CipherAndMac> all;
    for (const std::string& cipher : ciphers) {
        const AlgorithmInfo* info = find_algorithm(provider, Algorithm::cipher, cipher);
        if (info == nullptr) continue;
        if (info->aead) {
            all.push_back({cipher, ""});
            continue;
        }
        for (const std::string& mac : macs)
            if (find_algorithm(provider, Algorithm::mac, mac) != nullptr)
                all.push_back({cipher, mac});
    }
    return all;
}

}  // namespace nacre::bench
