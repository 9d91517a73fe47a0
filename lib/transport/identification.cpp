#include "transport/identification.hpp"

#include <nacre/base/version.hpp>

#include <algorithm>

namespace nacre {

namespace {

Error no_protocol(Errc code, const char* what) noexcept {
    return {code, Disconnect::none, 0, what};
}

bool printable(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

Result<std::string> make_identification(std::string_view software, std::string_view comment) {
    if (!printable(software) || software.find_first_of(" -") != std::string_view::npos)
        return Error{Errc::local_misuse, Disconnect::none, 0,
                     "software version must be printable US-ASCII without blanks and '-'"};
    std::string text = "SSH-2.0-";
    if (software.empty()) {
        text += "Nacre_";
        text += version();
    } else {
        text += software;
    }
    if (!comment.empty()) {
        if (!printable(comment))
            return Error{Errc::local_misuse, Disconnect::none, 0,
                         "version comment must be printable US-ASCII"};
        text += ' ';
        text += comment;
    }
    if (text.size() + 2 > kMaxIdentification)
        return Error{Errc::local_misuse, Disconnect::none, 0,
                     "software version and comment too long"};
    return text;
}

Result<IdentificationReader::Found> IdentificationReader::read(ByteView input) {
    Found found;
    for (;;) {
        const std::string_view rest = as_text(input.subspan(found.consumed));
        const auto end = rest.find('\n');
        // A server's peer has nothing to say before its identification.
        const std::size_t limit = our_role_ == Role::server ? kMaxIdentification : kMaxLineBefore;
        if (end == std::string_view::npos) {
            if (rest.size() >= limit)
                return no_protocol(Errc::peer_limit, "identification line too long");
            return found;
        }
        if (end >= limit) return no_protocol(Errc::peer_limit, "identification line too long");
        found.consumed += end + 1;
        std::string_view text = rest.substr(0, end);
        // "...terminated by a single Carriage Return (CR) and a single Line Feed (LF)"; a bare LF
        // is tolerated, as everybody does.
        if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
        NACRE_TRY(found.text, line(text));
        if (found.text) return found;
    }
}

Result<std::optional<std::string>> IdentificationReader::line(std::string_view text) {
    if (text.find('\0') != std::string_view::npos || text.find('\r') != std::string_view::npos)
        return no_protocol(Errc::peer_malformed, "NUL or CR inside the identification");
    if (text.substr(0, 4) != "SSH-") {
        //= RFC 4253 s4.2
        //# The server MAY send other lines of data before sending the version string.
        if (our_role_ == Role::server)
            return no_protocol(Errc::peer_malformed, "client did not begin with SSH-");
        if (++lines_ > kMaxLinesBefore)
            return no_protocol(Errc::peer_limit, "too many lines before the identification");
        return std::optional<std::string>{};
    }
    if (text.size() + 2 > kMaxIdentification)
        return no_protocol(Errc::peer_limit, "identification too long");
    // "1.99" is how a server says that it knows both protocols (RFC 4253 s5.1).
    const bool version_2 =
        text.substr(4, 4) == "2.0-" || (our_role_ == Role::client && text.substr(4, 5) == "1.99-");
    if (!version_2)
        return no_protocol(Errc::peer_incompatible, "peer does not speak SSH protocol 2.0");
    return std::optional<std::string>{text};
}

}  // namespace nacre
