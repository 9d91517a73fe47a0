#include "nacre/base/version.hpp"

namespace nacre {

std::string_view version() noexcept {
    return NACRE_VERSION;
}

}  // namespace nacre
