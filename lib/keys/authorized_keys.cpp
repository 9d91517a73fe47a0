#include "keys/text.hpp"

#include <nacre/keys/authorized_keys.hpp>
#include <nacre/keys/public_key.hpp>

#include <algorithm>

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

std::string restricted_reason(const std::vector<KeyOption>& options) {
    std::string names;
    for (const KeyOption& option : options) {
        if (!names.empty()) names.append(", ");
        names.append("\"").append(option.name).append("\"");
    }
    return (options.size() == 1 ? "option " : "options ") + names +
           (options.size() == 1 ? " is" : " are") + " not enforced yet";
}

// Adds the key of one line, which is neither empty nor a comment, to `keys`, or says why not.
std::string take_line(std::string_view line, std::uint32_t number, AuthorizedKeys& keys) {
    if (line.size() > kMaxAuthorizedKeysLine) return "line too long";
    if (line.find('\0') != std::string_view::npos) return "NUL character in the line";
    // As in sshd: only what is no key is taken for options.
    auto key = parse_public_key_line(line);
    if (!key) {
        const OptionsAndKey parts = split_options(line);
        if (!parts.quotes_closed) return "quotes of an option are not closed";
        if (!parse_public_key_line(parts.key)) return key.error().what;
        const auto options = parse_key_options(parts.options);
        if (!options) return options.error().what;
        return restricted_reason(*options);
    }
    if (is_certificate_type(key->type)) return "a certificate, not a key";
    keys.keys.push_back(
        {std::move(key->type), std::move(key->blob), std::move(key->comment), number});
    return {};
}

constexpr Error bad_options(const char* what) noexcept {
    return {Errc::peer_malformed, Disconnect::none, 0, what};
}

constexpr std::size_t kMaxOptionName = 64;

bool is_option_character(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '@';
}

// The text between the quotes at the start of `rest`, which then begins behind them.
Result<std::string> take_quoted(std::string_view& rest) {
    if (rest.empty() || rest.front() != '"') return bad_options("value of an option not quoted");
    std::string value;
    for (std::size_t at = 1; at < rest.size(); ++at) {
        if (rest[at] == '"') {
            rest.remove_prefix(at + 1);
            return value;
        }
        if (rest[at] == '\\' && at + 1 < rest.size() && rest[at + 1] == '"') ++at;
        value.push_back(rest[at]);
    }
    return bad_options("quotes of an option are not closed");
}

}  // namespace

Result<std::vector<KeyOption>> parse_key_options(std::string_view text) {
    std::vector<KeyOption> options;
    for (;;) {
        const auto end = std::find_if_not(text.begin(), text.end(), is_option_character);
        const auto length = static_cast<std::size_t>(end - text.begin());
        if (length == 0) return bad_options("option without a name");
        if (length > kMaxOptionName) return bad_options("name of an option too long");
        KeyOption option{std::string(text.substr(0, length)), std::nullopt};
        text.remove_prefix(length);
        if (!text.empty() && text.front() == '=') {
            text.remove_prefix(1);
            NACRE_TRY(option.value, take_quoted(text));
        }
        options.push_back(std::move(option));
        if (text.empty()) return options;
        if (text.front() != ',') return bad_options("options not separated by a comma");
        text.remove_prefix(1);
    }
}

const AuthorizedKey* AuthorizedKeys::find(ByteView blob) const noexcept {
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const AuthorizedKey& key) {
        return same_bytes(key.blob, blob);
    });
    return found == keys.end() ? nullptr : &*found;
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
