/// \file
/// OpenSSH's moduli file: groups for diffie-hellman-group-exchange.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/crypto/kex.hpp>

#include <string_view>
#include <vector>

namespace nacre {

constexpr std::size_t kMaxModuliLines = 4096;
constexpr std::size_t kMaxGroupsPerSize = 2;  ///< each costs up to half a second to check

/// The groups in `text` (moduli(5): time, type, tests, tries, size, generator and modulus on each
/// line, # comments), ascending by bits, at most the first kMaxGroupsPerSize of each size. Lines of
/// another type than safe primes, sizes outside 2048 to 8192 bits (RFC 8270) and candidates that
/// their tests did not pass are skipped. Every prime that is kept was tested here too.
/// Errors: local_failed when a line is malformed, a modulus has not the size that its line says or
/// is no safe prime, or nothing is left; local_limit beyond kMaxModuliLines.
Result<std::vector<DhGroup>> load_moduli(std::string_view text) noexcept;

}  // namespace nacre
