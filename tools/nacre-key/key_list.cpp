#include "key_list.hpp"

#include "files.hpp"

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

/// As the readers of keys see the text: without a mark of byte order, lines of any kind.
std::string plain_lines(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    std::string plain(text);
    for (std::size_t i = 0; i < plain.size(); ++i)
        if (plain[i] == '\r' && (i + 1 == plain.size() || plain[i + 1] != '\n')) plain[i] = '\n';
    return plain;
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

/// The label in a line "-----BEGIN label-----" or "---- BEGIN label ----" of PEM or RFC 4716; empty
/// when it is none, as the readers of keys see it.
std::string_view label_in(std::string_view line, std::string_view word) {
    for (const std::string_view dashes : {"-----", "---- "}) {
        if (!line.starts_with(dashes) || !line.substr(dashes.size()).starts_with(word)) continue;
        line.remove_prefix(dashes.size() + word.size());
        const std::string_view end = dashes == "-----" ? "-----" : " ----";
        return line.ends_with(end) ? line.substr(0, line.size() - end.size()) : "";
    }
    return {};
}

/// What PEM or RFC 4716 frames a file has.
struct Blocks {
    std::size_t count = 0, certificates = 0;
    std::vector<std::string> keys;  ///< labels
    bool has_private = false;

    void add(std::string_view label) {
        ++count;
        // Those of several keys too; what else there is, as parameters, has none.
        if (label.ends_with("KEY") || label == "PKCS7" || label == "CMS" || label == "PKCS12")
            keys.emplace_back(label);
        has_private = has_private || label.ends_with("PRIVATE KEY");
        if (label.ends_with("CERTIFICATE")) ++certificates;
    }
    /// Certificates stand beside their private key, or one beside the other; beside a public key
    /// they are passed over.
    bool are_many() const {
        return keys.size() > 1 || (keys.size() == 1 && !has_private && certificates > 0);
    }
    std::string names() const {
        if (!has_private || keys.size() != 2 ||
            std::find(keys.begin(), keys.end(), "PUBLIC KEY") == keys.end())
            return {};
        return ": " + keys[0] + " and " + keys[1] + "; one is enough";
    }
};

/// Every key on a line has a word that begins so: its blob, of which the first three bytes are
/// zero. The line may be damaged in other places. Inside of a frame lines begin so, too.
bool may_have_key(std::string_view line, bool inside) {
    for (std::size_t at = line.find("AAAA"); at != std::string_view::npos;
         at = line.find("AAAA", at + 1))
        if (at == 0 ? !inside : kBlanks.find(line[at - 1]) != std::string_view::npos) return true;
    return false;
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

KeyList read_key_list(std::string_view original) {
    const std::string plain = plain_lines(original);
    std::string_view text = plain;
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

bool is_list(const KeyList& list) {
    return !list.keys.empty() &&
           (list.unreadable.empty() || list.unreadable.front() > list.keys.front().line);
}

Status holds_one_block(const std::string& path, std::string_view original) {
    const std::string plain = plain_lines(original);
    std::string_view text = plain;
    Blocks blocks;
    std::string_view inside;                        // of the frame with this label
    std::size_t key_outside = 0, other_behind = 0;  // lines
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.front() == '#') continue;
        if (key_outside == 0 && may_have_key(line, !inside.empty())) key_outside = number;
        if (!inside.empty()) {
            if (label_in(line, "END ") == inside) inside = {};
        } else if (const auto label = label_in(line, "BEGIN "); !label.empty()) {
            blocks.add(label);
            inside = label;
            other_behind = 0;
        } else if (other_behind == 0) {
            other_behind = number;
        }
    }
    if (blocks.count == 0) return kDone;
    if (blocks.are_many()) return refusal(path, "holds more than one key" + blocks.names());
    if (key_outside != 0)
        return refusal(path, "holds more than one key: line " + std::to_string(key_outside));
    if (other_behind != 0)
        return refusal(
            path, "line " + std::to_string(other_behind) + " is neither a key's nor a comment");
    return kDone;
}

Outcome<std::vector<PublicKeyText>> every_public_key(const std::string& path, ByteView file) {
    KeyList list = read_key_list(as_text(file));
    if (is_list(list)) {
        // A line that was passed over would stay trusted.
        if (!list.unreadable.empty())
            return refusal(path, "line " + std::to_string(list.unreadable.front()) + ": no key");
        std::vector<PublicKeyText> keys;
        for (ListedKey& listed : list.keys) keys.push_back(std::move(listed.key));
        return keys;
    }
    auto loaded = load_public_key(file);
    if (!loaded) {
        // Lines that are no key in front of some that are: the place helps more.
        if (!list.keys.empty())
            return refusal(path, "line " + std::to_string(list.unreadable.front()) + ": no key");
        return key_refusal(path, loaded.error());
    }
    if (auto one = holds_one_block(path, as_text(file)); !one) return one.why();
    return std::move(loaded->public_keys);
}

Outcome<PublicKeyText> only_public_key(const std::string& path, ByteView file) {
    auto keys = every_public_key(path, file);
    if (!keys) return keys.why();
    if (keys->size() != 1) return refusal(path, std::string("holds more than one key"));
    return std::move(keys->front());
}

}  // namespace nacre::tools
