#include <nacre/wire/numbers.hpp>

namespace nacre::msg {

const char* name_of(std::uint8_t number) noexcept {
    switch (number) {
        case disconnect:
            return "DISCONNECT";
        case ignore:
            return "IGNORE";
        case unimplemented:
            return "UNIMPLEMENTED";
        case debug:
            return "DEBUG";
        case service_request:
            return "SERVICE_REQUEST";
        case service_accept:
            return "SERVICE_ACCEPT";
        case ext_info:
            return "EXT_INFO";
        case newcompress:
            return "NEWCOMPRESS";
        case kexinit:
            return "KEXINIT";
        case newkeys:
            return "NEWKEYS";
        case userauth_request:
            return "USERAUTH_REQUEST";
        case userauth_failure:
            return "USERAUTH_FAILURE";
        case userauth_success:
            return "USERAUTH_SUCCESS";
        case userauth_banner:
            return "USERAUTH_BANNER";
        case global_request:
            return "GLOBAL_REQUEST";
        case request_success:
            return "REQUEST_SUCCESS";
        case request_failure:
            return "REQUEST_FAILURE";
        case channel_open:
            return "CHANNEL_OPEN";
        case channel_open_confirmation:
            return "CHANNEL_OPEN_CONFIRMATION";
        case channel_open_failure:
            return "CHANNEL_OPEN_FAILURE";
        case channel_window_adjust:
            return "CHANNEL_WINDOW_ADJUST";
        case channel_data:
            return "CHANNEL_DATA";
        case channel_extended_data:
            return "CHANNEL_EXTENDED_DATA";
        case channel_eof:
            return "CHANNEL_EOF";
        case channel_close:
            return "CHANNEL_CLOSE";
        case channel_request:
            return "CHANNEL_REQUEST";
        case channel_success:
            return "CHANNEL_SUCCESS";
        case channel_failure:
            return "CHANNEL_FAILURE";
        case ping:
            return "PING";
        case pong:
            return "PONG";
        default:
            break;
    }
    if (number >= kex_first && number <= kex_last) return "KEX_METHOD";
    if (number >= userauth_method_first && number <= userauth_method_last) return "USERAUTH_METHOD";
    return "unassigned";
}

}  // namespace nacre::msg
