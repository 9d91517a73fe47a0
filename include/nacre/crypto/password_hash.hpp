/// \file
/// Password hashes as they stand in password files.
#pragma once
#include <nacre/base/random.hpp>
#include <nacre/base/result.hpp>

#include <string>
#include <string_view>

namespace nacre {

/// An argon2id hash in its `$argon2id$...` form, 64 MiB, 3 passes. Takes about 0.2 s.
Result<std::string> hash_password(std::string_view password, Rng& rng) noexcept;

/// Whether `password` gives `hash` (argon2id, or bcrypt `$2a$`/`$2b$`/`$2y$`). Takes as long as the
/// hash asks for. Errors: unsupported for every other form, and for a hash that asks for more than
/// 1 GiB, 10 passes, 16 lanes or bcrypt's cost 15.
Result<bool> check_password(std::string_view password, std::string_view hash) noexcept;

}  // namespace nacre
