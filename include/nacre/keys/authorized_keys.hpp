/// \file
/// The authorized_keys file of sshd(8), in which lines with options are recognised but grant
/// nothing: an option that is not enforced must not be mistaken for an unrestricted grant.
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nacre {

constexpr std::size_t kMaxAuthorizedKeysFile = 16 * 1024 * 1024;  ///< bytes
constexpr std::uint32_t kMaxAuthorizedKeysLines = 100'000;
constexpr std::size_t kMaxAuthorizedKeysLine = 64 * 1024;  ///< bytes without the line end

/// One option of a line: `no-pty`, or `command="uptime"` with value `uptime` (quotes and the
/// backslashes in front of quotes removed).
struct KeyOption {
    std::string name;
    std::optional<std::string> value;
};

/// The comma-separated options in front of a key, quotes heeded as sshd(8) does. Names are not
/// checked against a list. Errors: peer_malformed.
Result<std::vector<KeyOption>> parse_key_options(std::string_view text);

/// A key that may log in without restriction.
struct AuthorizedKey {
    std::string type;
    Bytes blob;
    std::string comment;
    std::uint32_t line = 0;  ///< counted from 1
};

/// A line that grants nothing, and why, fit for a log: "line 3: option \"command\" is not enforced
/// yet". No byte of the file is in the reason, except the name of an option.
struct SkippedLine {
    std::uint32_t line = 0;
    std::string reason;
};

struct AuthorizedKeys {
    std::vector<AuthorizedKey> keys;
    std::vector<SkippedLine> skipped;

    /// The entry with exactly this blob, or nullptr.
    const AuthorizedKey* find(ByteView blob) const noexcept;
};

/// Reads a whole file. A line that cannot be used is in `skipped` and does not spoil the others.
/// Errors: local_limit when the file has too many bytes or lines; nothing is granted then.
Result<AuthorizedKeys> parse_authorized_keys(std::string_view text);

}  // namespace nacre
