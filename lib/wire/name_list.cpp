#include <nacre/wire/name_list.hpp>

#include <algorithm>

namespace nacre {

std::vector<std::string> NameList::names() const {
    std::vector<std::string> out;
    if (empty()) return out;
    out.reserve(1 + static_cast<std::size_t>(std::count(text_.begin(), text_.end(), ',')));
    any_of([&](std::string_view name) {
        out.emplace_back(name);
        return false;
    });
    return out;
}

bool NameList::well_formed() const noexcept {
    if (text_.empty()) return true;
    std::size_t length = 0;
    for (const char c : text_) {
        if (c == ',') {
            if (length == 0) return false;
            length = 0;
        } else {
            // Printable US-ASCII without the space.
            if (c <= 0x20 || c >= 0x7f) return false;
            if (++length > kMaxNameLength) return false;
        }
    }
    // Here length is 0 behind a comma at the end: libssh 0.10 has one in its lists of ciphers.
    return true;
}

std::string join_names(const std::vector<std::string>& names) {
    std::string out;
    for (const auto& name : names) {
        if (!out.empty()) out += ',';
        out += name;
    }
    return out;
}

}  // namespace nacre
