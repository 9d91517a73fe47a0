#include "keys/pem.hpp"

#include "keys/base64.hpp"
#include "keys/text.hpp"

#include <nacre/keys/key_fault.hpp>

namespace nacre::detail {

namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";

// The label of a line that `begin` starts, or nothing.
std::string_view label_of(std::string_view line, std::string_view begin) noexcept {
    line = trimmed(line);
    if (line.size() < begin.size() + kDashes.size()) return {};
    if (!line.starts_with(begin) || !line.ends_with(kDashes)) return {};
    return line.substr(begin.size(), line.size() - begin.size() - kDashes.size());
}

// RFC 1421 s4.6: "Name: value" lines and an empty line. `lines` then stands at the body.
Result<void> read_headers(Pem& pem, Lines& lines) noexcept {
    Lines ahead = lines;
    auto line = ahead.next();
    if (!line || line->find(':') == std::string_view::npos) return {};
    for (; line && !trimmed(*line).empty(); line = ahead.next()) {
        const auto colon = line->find(':');
        if (colon == std::string_view::npos)
            return key_error(KeyFault::damaged, "damaged header in a PEM file");
        const auto value = trimmed(line->substr(colon + 1));
        if (line->substr(0, colon) == "Proc-Type") pem.proc_type = value;
        if (line->substr(0, colon) == "DEK-Info") pem.dek_info = value;
    }
    lines = ahead;
    return {};
}

}  // namespace

Result<Pem> read_pem(std::string_view text) noexcept {
    Pem pem;
    Lines lines(text);
    while (pem.label.empty()) {
        const auto line = lines.next();
        if (!line) return key_error(KeyFault::not_a_key, "not a private key file");
        pem.label = label_of(*line, kBegin);
    }
    NACRE_CHECK(read_headers(pem, lines));
    const std::string_view body = lines.rest();
    std::size_t body_size = 0;
    for (;;) {
        const auto line = lines.next();
        if (!line) return key_error(KeyFault::damaged, "PEM file without END line");
        if (label_of(*line, kEnd) == pem.label) break;
        body_size = body.size() - lines.rest().size();
    }
    auto decoded = decode_base64(body.substr(0, body_size), Blanks::skipped);
    if (!decoded && decoded.error().code == Errc::out_of_memory) return decoded.error();
    if (!decoded) return key_error(KeyFault::damaged, "damaged base64 in a PEM file");
    pem.body = std::move(*decoded);
    return pem;
}

}  // namespace nacre::detail
