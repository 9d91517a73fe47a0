#include "keys/text.hpp"

#include <nacre/keys/authorized_principals.hpp>
#include <nacre/keys/public_key.hpp>

namespace nacre {

namespace {

/// Calls take(line) for what is neither empty nor a comment; it says why a line grants nothing.
template <class Take>
Result<std::vector<SkippedLine>> for_each_line(std::string_view text, Take take) {
    constexpr Error kTooLarge{Errc::local_limit, Disconnect::none, 0, "file too large"};
    if (text.size() > kMaxAuthorizedKeysFile) return kTooLarge;
    std::vector<SkippedLine> skipped;
    detail::Lines lines(text);
    std::uint32_t number = 0;
    while (const auto line = lines.next()) {
        if (++number > kMaxAuthorizedKeysLines) return kTooLarge;
        const auto content = detail::trimmed(line->substr(0, line->find('#')));
        if (content.empty()) continue;
        if (const std::string reason = take(content); !reason.empty())
            skipped.push_back({number, "line " + std::to_string(number) + ": " + reason});
    }
    return skipped;
}

}  // namespace

Result<AuthorizedPrincipals> parse_authorized_principals(std::string_view text) {
    AuthorizedPrincipals all;
    NACRE_TRY(all.skipped, for_each_line(text, [&](std::string_view line) -> std::string {
                  if (line.size() > kMaxAuthorizedKeysLine) return "line too long";
                  if (line.find('\0') != std::string_view::npos) return "NUL character in the line";
                  const auto blank = line.find_last_of(" \t");
                  KeyOptions options;
                  if (blank != std::string_view::npos) {
                      const auto parsed = parse_key_options(detail::trimmed(line.substr(0, blank)));
                      if (!parsed) return parsed.error().what;
                      auto read = read_key_options(*parsed);
                      if (!read) return read.error().what;
                      if (read->cert_authority) return "cert-authority is no option of a principal";
                      options = std::move(*read);
                  }
                  all.principals.push_back(
                      {std::string(line.substr(blank == std::string_view::npos ? 0 : blank + 1)),
                       std::move(options)});
                  return {};
              }));
    return all;
}

Result<UserAuthorities> parse_user_authorities(std::string_view text) {
    UserAuthorities all;
    NACRE_TRY(all.skipped, for_each_line(text, [&](std::string_view line) -> std::string {
                  auto key = parse_public_key_line(line);
                  if (!key) return key.error().what;
                  if (is_certificate_type(key->type)) return "a certificate, not a key";
                  all.keys.push_back(std::move(key->blob));
                  return {};
              }));
    return all;
}

}  // namespace nacre
