/// \file
/// The authorized_keys file of sshd(8). A line with an option that is not known here grants
/// nothing: it must not be mistaken for an unrestricted grant.
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/base/result.hpp>
#include <nacre/keys/key_options.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nacre {

constexpr std::size_t kMaxAuthorizedKeysFile = 16 * 1024 * 1024;  ///< bytes
constexpr std::uint32_t kMaxAuthorizedKeysLines = 100'000;
constexpr std::size_t kMaxAuthorizedKeysLine = 64 * 1024;  ///< bytes without the line end

/// A key that may log in as far as its options go or, with cert_authority, one whose certificates
/// may.
struct AuthorizedKey {
    std::string type;
    Bytes blob;
    std::string comment;
    std::uint32_t line = 0;  ///< counted from 1
    KeyOptions options;
};

/// Whether a key may log in.
struct KeyMatch {
    const AuthorizedKey* key = nullptr;  ///< what grants the login; null: nothing
    const char* refusal = nullptr;  ///< key is null: why the last line with that key does not grant
                                    ///< it, a literal; null: there is no such line
};

/// A line that grants nothing, and why, fit for a log: "line 3: option \"comand\": unknown option".
/// No byte of the file is in the reason, except the name of an option.
struct SkippedLine {
    std::uint32_t line = 0;
    std::string reason;
};

struct AuthorizedKeys {
    std::vector<AuthorizedKey> keys;
    std::vector<SkippedLine> skipped;

    /// The first line with exactly this blob whose options let it log in from there and then.
    KeyMatch match(ByteView blob, const LoginOrigin& origin) const noexcept;
};

/// Reads a whole file. A line that cannot be used is in `skipped` and does not spoil the others.
/// Errors: local_limit when the file has too many bytes or lines; nothing is granted then.
Result<AuthorizedKeys> parse_authorized_keys(std::string_view text);

}  // namespace nacre
