#include <nacre/base/error.hpp>

namespace nacre {

const char* name_of(Errc code) noexcept {
    switch (code) {
        case Errc::peer_malformed:
            return "peer_malformed";
        case Errc::peer_misbehaved:
            return "peer_misbehaved";
        case Errc::peer_incompatible:
            return "peer_incompatible";
        case Errc::peer_limit:
            return "peer_limit";
        case Errc::peer_refused:
            return "peer_refused";
        case Errc::local_misuse:
            return "local_misuse";
        case Errc::local_limit:
            return "local_limit";
        case Errc::local_failed:
            return "local_failed";
        case Errc::not_found:
            return "not_found";
        case Errc::unsupported:
            return "unsupported";
        case Errc::out_of_memory:
            return "out_of_memory";
        case Errc::crypto_failed:
            return "crypto_failed";
        case Errc::timed_out:
            return "timed_out";
        case Errc::closed:
            return "closed";
        case Errc::internal:
            return "internal";
    }
    return "unknown";
}

const char* name_of(Disconnect reason) noexcept {
    switch (reason) {
        case Disconnect::none:
            return "none";
        case Disconnect::host_not_allowed_to_connect:
            return "host_not_allowed_to_connect";
        case Disconnect::protocol_error:
            return "protocol_error";
        case Disconnect::key_exchange_failed:
            return "key_exchange_failed";
        case Disconnect::reserved:
            return "reserved";
        case Disconnect::mac_error:
            return "mac_error";
        case Disconnect::compression_error:
            return "compression_error";
        case Disconnect::service_not_available:
            return "service_not_available";
        case Disconnect::protocol_version_not_supported:
            return "protocol_version_not_supported";
        case Disconnect::host_key_not_verifiable:
            return "host_key_not_verifiable";
        case Disconnect::connection_lost:
            return "connection_lost";
        case Disconnect::by_application:
            return "by_application";
        case Disconnect::too_many_connections:
            return "too_many_connections";
        case Disconnect::auth_cancelled_by_user:
            return "auth_cancelled_by_user";
        case Disconnect::no_more_auth_methods_available:
            return "no_more_auth_methods_available";
        case Disconnect::illegal_user_name:
            return "illegal_user_name";
    }
    return "unknown";
}

}  // namespace nacre
