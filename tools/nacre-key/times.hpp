/// \file
/// Times as ssh-keygen takes and shows them.
#pragma once
#include "outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nacre::tools {

/// Seconds since 1970: `YYYYMMDD[HHMM[SS]][Z]` (local time without the Z), `0x` and seconds in
/// hexadecimal, or `+` or `-` and a duration such as `52w`, `1d12h` (s, m, h, d, w; none: seconds)
/// from `now`.
std::optional<std::uint64_t> parse_time(std::string_view text, std::uint64_t now);

/// When a certificate is valid: from `after` on, until just before `before`.
struct Validity {
    std::uint64_t after = 0;
    std::uint64_t before = 0;
};

/// `FROM:TO`, or `TO` alone, from `now` on. FROM may be `always`, TO `forever`.
Outcome<Validity> parse_validity(std::string_view text, std::uint64_t now);

/// "2026-01-01T00:00:00", local time; with `utc` in UTC and a "Z" behind.
std::string time_text(std::uint64_t seconds, bool utc = false);

/// "forever", "from 2026-01-01T00:00:00 to 2027-01-01T00:00:00", "after ...", "before ...".
std::string validity_text(const Validity& validity);

/// Seconds since 1970, by the system's clock.
std::uint64_t time_now();

}  // namespace nacre::tools
