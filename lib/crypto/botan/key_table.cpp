#include "crypto/botan/key_dsa.hpp"
#include "crypto/botan/key_ecdsa.hpp"
#include "crypto/botan/key_eddsa.hpp"
#include "crypto/botan/key_rsa.hpp"
#include "crypto/botan/key_sk.hpp"
#include "crypto/botan/registry.hpp"

namespace nacre::detail {

std::span<const KeyEntry> key_entries() noexcept {
    static const KeyEntry entries[] = {
        kEd25519Entry, kEcdsaEntries[0], kEcdsaEntries[1], kEcdsaEntries[2], kSkEd25519Entry,
        kSkEcdsaEntry, kRsaEntry,        kEd448Entry,      kDsaEntry,
    };
    return entries;
}

}  // namespace nacre::detail
