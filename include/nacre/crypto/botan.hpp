/// \file
/// The provider on Botan 3: the only public header that names it.
#pragma once
#include <nacre/crypto/provider.hpp>

namespace nacre {

/// Never destroyed; usable from every thread.
const Provider& botan_provider() noexcept;

}  // namespace nacre
