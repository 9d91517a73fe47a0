#include "key_list.hpp"

#include <nacre/keys/authorized_keys.hpp>
#include <nacre/keys/key_options.hpp>

#include <algorithm>

namespace nacre::tools {

namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// Takes what stands in front of the first blank outside of quotes.
std::string_view take_quoted_word(std::string_view& rest) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < rest.size(); ++end) {
        if (rest[end] == '\\' && end + 1 < rest.size() && rest[end + 1] == '"') {
            ++end;
        } else if (rest[end] == '"') {
            quoted = !quoted;
        } else if (!quoted && kBlanks.find(rest[end]) != std::string_view::npos) {
            break;
        }
    }
    end = std::min(end, rest.size());
    const auto word = rest.substr(0, end);
    rest = trimmed(rest.substr(end));
    return word;
}

bool reads_as_options(std::string_view text) {
    const auto options = parse_key_options(text);
    return options && read_key_options(*options).has_value();
}

/// Whether the line has a key, which is then in `into`.
bool read_line(std::string_view line, ListKind& kind, ListedKey& into) {
    if (auto key = parse_public_key_line(line)) {
        into.key = *std::move(key);
        return true;
    }
    if (line.front() == '@') into.marker = take_quoted_word(line);
    into.before = take_quoted_word(line);
    auto key = parse_public_key_line(line);
    if (!key) return false;
    into.key = *std::move(key);
    // An option that is not known makes the line useless, but does not make it a host's: names of
    // hosts have no quotes and no equals sign.
    const bool options =
        into.marker.empty() &&
        (reads_as_options(into.before) || into.before.find_first_of("\"=") != std::string::npos) &&
        !into.before.starts_with("|1|");
    kind = options ? ListKind::authorized_keys : ListKind::known_hosts;
    return true;
}

}  // namespace

KeyList read_key_list(std::string_view text) {
    KeyList list;
    std::uint32_t number = 0;
    while (!text.empty() && number < kMaxListLines) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        ++number;
        if (line.empty() || line.front() == '#') continue;
        ListedKey listed;
        listed.line = number;
        ListKind kind = ListKind::keys;
        if (!read_line(line, kind, listed)) {
            list.unreadable.push_back(number);
            continue;
        }
        list.kind = std::max(list.kind, kind);
        if (kind == ListKind::authorized_keys) {
            const auto alone = parse_authorized_keys(line);
            if (alone && alone->keys.empty())
                listed.fault =
                    alone->skipped.empty() ? "grants nothing" : alone->skipped.front().reason;
            // The line is alone there, and so the first.
            if (listed.fault.starts_with("line 1: ")) listed.fault.erase(0, 8);
        }
        list.keys.push_back(std::move(listed));
    }
    if (!text.empty()) list.unreadable.push_back(number + 1);
    return list;
}

}  // namespace nacre::tools
