#include "keys/base64.hpp"
#include "keys/pem.hpp"
#include "keys/spki.hpp"
#include "keys/text.hpp"

#include <nacre/keys/public_key.hpp>

namespace nacre {

namespace {

constexpr Error bad_key(const char* what) noexcept {
    return {Errc::peer_malformed, Disconnect::none, 0, what};
}
constexpr Error kTooLarge{Errc::peer_limit, Disconnect::none, 0, "public key file too large"};

constexpr std::string_view kBegin = "---- BEGIN SSH2 PUBLIC KEY ----";
constexpr std::string_view kEnd = "---- END SSH2 PUBLIC KEY ----";
constexpr std::size_t kMaxHeaderTag = 64;       // RFC 4716 s3.3
constexpr std::size_t kMaxHeaderValue = 1024;   // RFC 4716 s3.3
constexpr std::size_t kRfc4716LineLength = 72;  // RFC 4716 s3.1

// RFC 4716 s3.3: a value goes on in the next line when the line ends with a backslash.
Result<std::string> header_value(std::string_view first, detail::Lines& lines) {
    std::string value(first);
    while (!value.empty() && value.back() == '\\') {
        value.pop_back();
        const auto more = lines.next();
        if (!more) return bad_key("RFC 4716 header without an end");
        value.append(*more);
        if (value.size() > kMaxHeaderValue) return bad_key("RFC 4716 header too long");
    }
    if (value.size() > kMaxHeaderValue) return bad_key("RFC 4716 header too long");
    return value;
}

std::string_view unquoted(std::string_view value) noexcept {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        return value.substr(1, value.size() - 2);
    return value;
}

Result<PublicKeyText> parse_rfc4716(detail::Lines lines) {
    PublicKeyText key;
    std::string body;
    bool in_headers = true;
    for (;;) {
        const auto line = lines.next();
        if (!line) return bad_key("RFC 4716 file without END line");
        if (*line == kEnd) break;
        const auto colon = line->find(':');
        if (in_headers && colon != std::string_view::npos) {
            if (colon == 0 || colon > kMaxHeaderTag) return bad_key("damaged RFC 4716 header");
            NACRE_TRY(const std::string value,
                      header_value(detail::trimmed(line->substr(colon + 1)), lines));
            if (detail::same_ignoring_case(line->substr(0, colon), "Comment"))
                key.comment = unquoted(value);
            continue;
        }
        in_headers = false;
        body.append(*line);
    }
    NACRE_TRY(const SecretBytes blob, detail::decode_base64(body, detail::Blanks::skipped));
    NACRE_TRY(key.type, public_blob_type(blob));
    key.blob = to_bytes(blob);
    return key;
}

}  // namespace

Result<PublicKeyText> parse_public_key_line(std::string_view line) {
    if (line.size() > kMaxPublicKeyFile) return kTooLarge;
    line = detail::trimmed(line);
    if (line.find_first_of(std::string_view("\0\r\n", 3)) != std::string_view::npos)
        return bad_key("more than one line where one key was expected");
    const auto type = detail::take_word(line);
    const auto encoded = detail::take_word(line);
    if (encoded.empty()) return bad_key("no key on the line");
    NACRE_TRY(const SecretBytes blob, detail::decode_base64(encoded, detail::Blanks::refused));
    NACRE_TRY(const std::string_view inner, public_blob_type(blob));
    if (inner != type) return bad_key("key type and key do not agree");
    return PublicKeyText{std::string(type), to_bytes(blob), std::string(line)};
}

Result<PublicKeyText> parse_public_key_file(std::string_view text) {
    if (text.size() > kMaxPublicKeyFile) return kTooLarge;
    detail::Lines lines(text);
    while (const auto line = lines.next()) {
        const auto content = detail::trimmed(*line);
        if (content.empty() || content.front() == '#') continue;
        if (content == kBegin) return parse_rfc4716(lines);
        return parse_public_key_line(content);
    }
    return bad_key("no public key in the file");
}

std::string public_key_line(std::string_view type, ByteView blob, std::string_view comment) {
    std::string line(type);
    line.append(" ").append(detail::encode_base64(blob));
    if (!comment.empty()) line.append(" ").append(detail::without_controls(comment));
    line.append("\n");
    return line;
}

std::string rfc4716_public_key(ByteView blob, std::string_view comment) {
    std::string file(kBegin);
    file.append("\n");
    if (!comment.empty()) {
        std::string header = "Comment: \"";
        header.append(detail::without_controls(comment.substr(0, kMaxHeaderValue - 2)));
        header.append("\"");
        std::string_view rest = header;
        while (rest.size() > kRfc4716LineLength) {
            file.append(rest.substr(0, kRfc4716LineLength - 1)).append("\\\n");
            rest.remove_prefix(kRfc4716LineLength - 1);
        }
        file.append(rest).append("\n");
    }
    const std::string encoded = detail::encode_base64(blob);
    for (std::size_t at = 0; at < encoded.size(); at += kRfc4716LineLength)
        file.append(encoded, at, kRfc4716LineLength).append("\n");
    return file.append(kEnd).append("\n");
}

Result<std::string> pem_public_key(ByteView blob) {
    NACRE_TRY(const SecretBytes info, detail::spki_of(blob));
    NACRE_TRY(const SecretBytes file, detail::write_pem("PUBLIC KEY", info));
    return std::string(as_text(file));
}

}  // namespace nacre
