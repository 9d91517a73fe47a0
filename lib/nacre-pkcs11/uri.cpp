#include <nacre/pkcs11/uri.hpp>

#include <charconv>

namespace nacre::pkcs11 {

namespace {

constexpr Error kMalformed{Errc::peer_malformed, Disconnect::none, 0, "pkcs11: URI malformed"};
constexpr Error kTwice{Errc::peer_malformed, Disconnect::none, 0,
                       "pkcs11: attribute twice in the URI"};

constexpr Error unsupported(const char* what) noexcept {
    return {Errc::unsupported, Disconnect::none, 0, what};
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

Result<std::string> decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        if (text.size() - i < 3) return kMalformed;
        const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return kMalformed;
        plain += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return plain;
}

/// The attributes that are text and select a token or an object.
struct TextAttribute {
    std::string_view name;
    std::optional<std::string> Uri::*field;
};
constexpr TextAttribute kTexts[] = {
    {"token", &Uri::token},   {"manufacturer", &Uri::manufacturer},
    {"serial", &Uri::serial}, {"model", &Uri::model},
    {"object", &Uri::object},
};

Result<void> take_path_attribute(Uri& uri, std::string_view name, std::string value) {
    for (const auto& text : kTexts) {
        if (text.name != name) continue;
        if (uri.*text.field) return kTwice;
        uri.*text.field = std::move(value);
        return {};
    }
    if (name == "id") {
        if (uri.id) return kTwice;
        uri.id = to_bytes(as_bytes(value));
        return {};
    }
    if (name == "slot-id") {
        if (uri.slot_id) return kTwice;
        std::uint64_t number = 0;
        const char* end = value.data() + value.size();
        const auto parsed = std::from_chars(value.data(), end, number);
        if (parsed.ec != std::errc() || parsed.ptr != end) return kMalformed;
        uri.slot_id = number;
        return {};
    }
    if (name == "type") {
        if (value == "private" || value == "public") return {};
        return unsupported("pkcs11: the URI names no key");
    }
    return unsupported("pkcs11: attribute of the URI not supported");
}

Result<void> take_query_attribute(Uri& uri, std::string_view name, std::string value) {
    if (name == "pin-value")
        return Error{Errc::local_misuse, Disconnect::none, 0,
                     "pkcs11: a PIN must not stand in the URI"};
    if (name == "module-path") {
        if (!uri.module_path.empty()) return kTwice;
        if (value.empty()) return kMalformed;
        uri.module_path = std::move(value);
        return {};
    }
    if (name == "pin-source") {
        if (!uri.pin_file.empty()) return kTwice;
        std::string_view path = value;
        if (path.starts_with("file:")) path.remove_prefix(5);
        if (path.starts_with("///")) path.remove_prefix(2);
        if (path.empty() || path.front() != '/')
            return unsupported("pkcs11: pin-source names no absolute path");
        uri.pin_file = path;
        return {};
    }
    return unsupported("pkcs11: attribute of the URI not supported");
}

/// Calls take(uri, name, value) for each `name=value` between separators.
template <class Take>
Result<void> take_all(Uri& uri, std::string_view list, char separator, Take take) {
    while (!list.empty()) {
        const auto end = list.find(separator);
        const auto one = list.substr(0, end);
        list = end == std::string_view::npos ? std::string_view() : list.substr(end + 1);
        const auto equals = one.find('=');
        if (equals == std::string_view::npos || equals == 0) return kMalformed;
        NACRE_TRY(auto value, decoded(one.substr(equals + 1)));
        // No name and no path has one, and C would end there.
        if (one.substr(0, equals) != "id" && value.find('\0') != std::string::npos)
            return kMalformed;
        NACRE_CHECK(take(uri, one.substr(0, equals), std::move(value)));
    }
    return {};
}

}  // namespace

Result<Uri> parse_uri(std::string_view text) {
    if (text.size() > kMaxUri)
        return Error{Errc::peer_limit, Disconnect::none, 0, "pkcs11: URI too long"};
    if (!text.starts_with(kScheme)) return kMalformed;
    text.remove_prefix(kScheme.size());
    const auto query = text.find('?');
    Uri uri;
    NACRE_CHECK(take_all(uri, text.substr(0, query), ';', take_path_attribute));
    if (query != std::string_view::npos)
        NACRE_CHECK(take_all(uri, text.substr(query + 1), '&', take_query_attribute));
    return uri;
}

}  // namespace nacre::pkcs11
