#include "keys/text.hpp"

#include <nacre/keys/authorized_keys.hpp>
#include <nacre/keys/public_key.hpp>

namespace nacre {

namespace {

// The options in front of a key end at the first blank outside quotes. Backslash and quote together
// are two plain characters, inside quotes and outside, as in sshd.
struct OptionsAndKey {
    std::string_view options;
    std::string_view key;
    bool quotes_closed = true;
};
OptionsAndKey split_options(std::string_view line) noexcept {
    bool quoted = false;
    std::size_t at = 0;
    for (; at < line.size() && (quoted || (line[at] != ' ' && line[at] != '\t')); ++at) {
        if (line[at] == '\\' && at + 1 < line.size() && line[at + 1] == '"') {
            ++at;
        } else if (line[at] == '"') {
            quoted = !quoted;
        }
    }
    return {line.substr(0, at), detail::trimmed(line.substr(at)), !quoted};
}

// What the options in `text` say, or why they cannot be used. Only an option that is in force here
// may stand in front of a key that logs in.
std::string take_options(std::string_view text, KeyOptions& options) {
    const auto parsed = parse_key_options(text);
    if (!parsed) return parsed.error().what;
    auto read = read_key_options(*parsed);
    if (!read)
        return "option \"" + (*parsed)[read.error().detail].name + "\": " + read.error().what;
    options = std::move(*read);
    return {};
}

// Adds the key of one line, which is neither empty nor a comment, to `keys`, or says why not.
std::string take_line(std::string_view line, std::uint32_t number, AuthorizedKeys& keys) {
    if (line.size() > kMaxAuthorizedKeysLine) return "line too long";
    if (line.find('\0') != std::string_view::npos) return "NUL character in the line";
    // As in sshd: only what is no key is taken for options.
    auto key = parse_public_key_line(line);
    KeyOptions options;
    if (!key) {
        const OptionsAndKey parts = split_options(line);
        if (!parts.quotes_closed) return "quotes of an option are not closed";
        if (!parse_public_key_line(parts.key)) return key.error().what;
        auto wrong = take_options(parts.options, options);
        if (!wrong.empty()) return wrong;
        key = parse_public_key_line(parts.key);
    }
    if (is_certificate_type(key->type)) return "a certificate, not a key";
    keys.keys.push_back({std::move(key->type), std::move(key->blob), std::move(key->comment),
                         number, std::move(options)});
    return {};
}

}  // namespace

KeyMatch AuthorizedKeys::match(ByteView blob, const LoginOrigin& origin) const noexcept {
    KeyMatch match;
    for (const AuthorizedKey& key : keys) {
        if (key.options.cert_authority || !same_bytes(key.blob, blob)) continue;
        match.refusal = key.options.refusal(origin);
        if (match.refusal != nullptr) continue;
        match.key = &key;
        return match;
    }
    return match;
}

Result<AuthorizedKeys> parse_authorized_keys(std::string_view text) {
    constexpr Error kTooLarge{Errc::local_limit, Disconnect::none, 0,
                              "authorized keys file too large"};
    if (text.size() > kMaxAuthorizedKeysFile) return kTooLarge;
    AuthorizedKeys keys;
    detail::Lines lines(text);
    std::uint32_t number = 0;
    while (const auto line = lines.next()) {
        if (++number > kMaxAuthorizedKeysLines) return kTooLarge;
        const auto content = detail::trimmed(*line);
        if (content.empty() || content.front() == '#') continue;
        if (auto reason = take_line(content, number, keys); !reason.empty())
            keys.skipped.push_back(
                {number, "line " + std::to_string(number) + ": " + std::move(reason)});
    }
    return keys;
}

}  // namespace nacre
