#include <nacre/crypto/provider.hpp>

namespace nacre {

const AlgorithmInfo* find_algorithm(const Provider& provider, Algorithm kind,
                                    std::string_view name) noexcept {
    for (const AlgorithmInfo& info : provider.algorithms(kind))
        if (info.name == name) return &info;
    return nullptr;
}

}  // namespace nacre
