#include "keys/pem.hpp"

#include "keys/base64.hpp"
#include "keys/text.hpp"

#include <nacre/keys/key_fault.hpp>

namespace nacre::detail {

namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr std::size_t kLineLength = 64;  // RFC 7468 s2

constexpr bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

constexpr bool is_digit(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

// The label of a line that `begin` starts, or nothing.
std::string_view label_of(std::string_view line, std::string_view begin) noexcept {
    line = trimmed(line);
    if (line.size() < begin.size() + kDashes.size()) return {};
    if (!line.starts_with(begin) || !line.ends_with(kDashes)) return {};
    return line.substr(begin.size(), line.size() - begin.size() - kDashes.size());
}

// RFC 1421 s4.6: "Name: value" lines and an empty line. `lines` then stands at the body.
bool read_headers(Pem& pem, Lines& lines) noexcept {
    Lines ahead = lines;
    auto line = ahead.next();
    if (!line || line->find(':') == std::string_view::npos) return true;
    for (; line && !trimmed(*line).empty(); line = ahead.next()) {
        const auto colon = line->find(':');
        if (colon == std::string_view::npos) return false;
        const auto value = trimmed(line->substr(colon + 1));
        if (line->substr(0, colon) == "Proc-Type") pem.proc_type = value;
        if (line->substr(0, colon) == "DEK-Info") pem.dek_info = value;
    }
    lines = ahead;
    return true;
}

// The position of the digit number `index` in text with blanks; the end of its digits when there
// are fewer.
std::size_t position_of_digit(std::string_view text, std::size_t index) noexcept {
    std::size_t end = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (is_blank(text[at])) continue;
        if (index == 0) return at;
        --index;
        end = at + 1;
    }
    return end;
}

}  // namespace

Error Pem::located(Error error) const noexcept {
    const auto at = offset_of(error);
    if (!at) return error;
    // Four digits are three bytes.
    const std::size_t digit = *at / 3 * 4 + *at % 3;
    return key_error(fault_of(error), error.what, offset + position_of_digit(base64, digit));
}

Result<Pem> PemBlocks::next() noexcept {
    Pem pem;
    Lines lines(text_.substr(at_));
    const auto position = [&] { return text_.size() - lines.rest().size(); };
    while (pem.label.empty()) {
        const auto line = lines.next();
        if (!line) return key_error(KeyFault::not_a_key, "not a private key file");
        pem.label = label_of(*line, kBegin);
    }
    if (!read_headers(pem, lines))
        return key_error(KeyFault::damaged, "damaged header in a PEM file", position());
    pem.offset = position();
    for (;;) {
        pem.base64 = text_.substr(pem.offset, position() - pem.offset);
        const auto line = lines.next();
        if (!line) return key_error(KeyFault::truncated, "PEM file without END line", text_.size());
        if (label_of(*line, kEnd) == pem.label) break;
    }
    at_ = position();
    return pem;
}

Result<void> decode_pem(Pem& pem) noexcept {
    auto decoded = decode_base64(pem.base64, Blanks::skipped);
    if (!decoded && decoded.error().code == Errc::out_of_memory) return decoded.error();
    if (!decoded)
        return key_error(KeyFault::damaged, "damaged base64 in a PEM file",
                         pem.offset + fault_in_base64(pem.base64));
    pem.body = std::move(*decoded);
    return {};
}

std::size_t fault_in_base64(std::string_view text) noexcept {
    bool padded = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (is_blank(c)) continue;
        if (c == '=') {
            padded = true;
        } else if (padded || !is_digit(c)) {
            return at;
        }
    }
    return text.size();
}

Result<SecretBytes> write_pem(std::string_view label, ByteView body) {
    NACRE_TRY(const SecretBytes lines, encode_base64_lines(body, kLineLength));
    SecretBuffer file;
    const auto frame = [&](std::string_view dashes) {
        file.append(as_bytes(dashes));
        file.append(as_bytes(label));
        file.append(as_bytes("-----\n"));
    };
    frame(kBegin);
    file.append(lines);
    frame(kEnd);
    return SecretBytes(file.view());
}

}  // namespace nacre::detail
