#include "log.hpp"

namespace nacre::sftpd {

std::string escaped(std::string_view text, std::size_t limit) {
    static constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    for (const char c : text.substr(0, limit)) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\\') {
            out += "\\\\";
        } else if (c >= ' ' && c <= '~') {
            out += c;
        } else {
            out += "\\x";
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        }
    }
    if (text.size() > limit) out += "...";
    return out;
}

}  // namespace nacre::sftpd
