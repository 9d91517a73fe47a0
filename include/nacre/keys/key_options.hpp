/// \file
/// The options in front of a key in authorized_keys, as sshd(8) has them.
#pragma once
#include <nacre/keys/login_restrictions.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nacre {

constexpr std::size_t kMaxKeyEnvironment = 1024;  ///< environment= in one line
constexpr std::size_t kMaxKeyPermits = 4096;      ///< permitopen= or permitlisten= in one line
constexpr std::size_t kMaxFromPatterns = 1024;    ///< in one from=

/// One option of a line: `no-pty`, or `command="uptime"` with value `uptime` (quotes and the
/// backslashes in front of quotes removed).
struct KeyOption {
    std::string name;
    std::optional<std::string> value;
};

/// The comma-separated options in front of a key, quotes heeded as sshd(8) does. Names are not
/// checked against a list. Errors: peer_malformed.
Result<std::vector<KeyOption>> parse_key_options(std::string_view text);

/// Where a login comes from, and when. Borrowed for a call.
struct LoginOrigin {
    std::string_view address;    ///< numeric
    std::string_view host_name;  ///< confirmed by the program's resolver; empty: none
    std::chrono::system_clock::time_point now;
};

/// What all options of a line say together.
struct KeyOptions {
    LoginRestrictions restrictions;
    bool cert_authority = false;          ///< the key signs certificates and does not log in itself
    std::vector<std::string> principals;  ///< with cert_authority: one of them must be in it
    /// Patterns of from=, as they stand there: "192.0.2.0/24", "!10.0.0.*". Empty: from everywhere.
    std::vector<std::string> from;
    std::optional<std::chrono::system_clock::time_point> expires;  ///< the last moment

    /// Why a login from there and then is not granted, a literal; nullptr: it is.
    const char* refusal(const LoginOrigin& origin) const;
};

/// Takes the options together, the first to the last, so that `restrict,pty` leaves the terminal.
/// expiry-time is local time unless it ends in "Z". Errors: peer_malformed, with the number of the
/// option that is wrong, counted from 0, as detail.
Result<KeyOptions> read_key_options(const std::vector<KeyOption>& options);

/// Whether one of `patterns` covers the origin's address or name and none with '!' does. Networks
/// ("192.0.2.0/24") cover addresses; '*' and '?' match in both.
bool comes_from(const std::vector<std::string>& patterns, const LoginOrigin& origin);

}  // namespace nacre
