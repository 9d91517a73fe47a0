#include <nacre/auth/method.hpp>

namespace nacre {

std::string_view name_of(AuthMethod method) noexcept {
    switch (method) {
        case AuthMethod::none:
            return "none";
        case AuthMethod::publickey:
            return "publickey";
        case AuthMethod::password:
            return "password";
        case AuthMethod::keyboard_interactive:
            return "keyboard-interactive";
    }
    return "";
}

std::string AuthMethods::name_list() const {
    std::string list;
    for (auto method :
         {AuthMethod::publickey, AuthMethod::password, AuthMethod::keyboard_interactive}) {
        if (!contains(method)) continue;
        if (!list.empty()) list += ',';
        list += name_of(method);
    }
    return list;
}

}  // namespace nacre
