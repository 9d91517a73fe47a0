/// \file
/// The exchange of identification strings (RFC 4253 s4.2).
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/base/result.hpp>
#include <nacre/crypto/kex.hpp>

#include <optional>
#include <string>

namespace nacre {

/// "The maximum length of the string is 255 characters, including the Carriage Return and Line
/// Feed."
constexpr std::size_t kMaxIdentification = 255;
/// Lines a server may send before its identification, and their length; as OpenSSH's client.
constexpr std::size_t kMaxLinesBefore = 1024;
constexpr std::size_t kMaxLineBefore = 8192;

/// "SSH-2.0-<software>[ comment]", without CR LF; `software` "" is "Nacre_<version>". Errors:
/// local_misuse for what is not printable US-ASCII, for blanks and '-' in `software`, and for too
/// long a string.
Result<std::string> make_identification(std::string_view software, std::string_view comment);

/// Finds the peer's identification string at the start of its bytes.
class IdentificationReader {
  public:
    explicit IdentificationReader(Role our_role) noexcept : our_role_(our_role) {}

    struct Found {
        std::size_t consumed = 0;         ///< bytes of `input` that are done with
        std::optional<std::string> text;  ///< without CR LF, once complete
    };
    /// Errors: peer_malformed, peer_incompatible (SSH 1), peer_limit; none of them may be answered
    /// with a DISCONNECT, as there is no protocol yet.
    Result<Found> read(ByteView input);

  private:
    Result<std::optional<std::string>> line(std::string_view text);
    Role our_role_;
    std::size_t lines_ = 0;
};

}  // namespace nacre
