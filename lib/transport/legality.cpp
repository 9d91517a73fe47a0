#include "transport/legality.hpp"

#include <array>
#include <initializer_list>

namespace nacre {

namespace {

/// For each number what to do with it.
using Row = std::array<Verdict, 256>;

struct Range {
    std::uint8_t first, last;
    Verdict verdict;
};

constexpr Row row(Verdict other, std::initializer_list<Range> ranges) {
    Row row{};
    for (auto& v : row) v = other;
    for (const Range& r : ranges)
        for (unsigned n = r.first; n <= r.last; ++n) row[n] = r.verdict;
    // 0 is reserved, no message has it.
    row[0] = Verdict::illegal;
    return row;
}

constexpr auto kHandle = Verdict::handle;
constexpr auto kDrop = Verdict::drop;
constexpr auto kUnimplemented = Verdict::unimplemented;
constexpr auto kIllegal = Verdict::illegal;

constexpr Range one(std::uint8_t n, Verdict v) {
    return {n, n, v};
}
constexpr Range kDisconnect = one(msg::disconnect, kHandle);
// IGNORE, UNIMPLEMENTED, DEBUG
constexpr Range kNoise{msg::ignore, msg::debug, kHandle};
constexpr Range kPingPong{msg::ping, msg::pong, kDrop};

//= RFC 4253 s7.1
//# ... until it sends SSH_MSG_NEWKEYS: transport layer generic messages (1 to 19) (but
//# SSH_MSG_SERVICE_REQUEST and SSH_MSG_SERVICE_ACCEPT MUST NOT be sent); algorithm negotiation
//# messages (20 to 29) (but further SSH_MSG_KEXINIT messages MUST NOT be sent); specific key
//# exchange method messages (30 to 49).
constexpr Row kFirstKexinit = row(kIllegal, {kDisconnect, kNoise, one(msg::kexinit, kHandle)});
constexpr Row kFirstExchange =
    row(kIllegal, {kDisconnect, kNoise, {msg::kex_first, msg::kex_last, kHandle}});
constexpr Row kFirstNewkeys = row(kIllegal, {kDisconnect, kNoise, one(msg::newkeys, kHandle)});

// Strict key exchange: nothing that the method does not need. That IGNORE and the like came before
// the peer's KEXINIT is found by the sequence number of the KEXINIT (draft-ietf-sshm-strict-kex).
constexpr Row kStrictExchange =
    row(kIllegal, {kDisconnect, {msg::kex_first, msg::kex_last, kHandle}});
constexpr Row kStrictNewkeys = row(kIllegal, {kDisconnect, one(msg::newkeys, kHandle)});

constexpr Row kRekeyExchange = kFirstExchange;
constexpr Row kRekeyNewkeys = kFirstNewkeys;

// AsyncSSH (seen in 2.10.1) goes on sending what its channels have after its own KEXINIT. Section
// 7.1 forbids that, but OpenSSH takes it, and it does no harm: the old keys are in force in this
// direction until the peer's NEWKEYS, and the user is known.
constexpr Row with_connection(Row row) {
    for (unsigned n = msg::global_request; n <= 127; ++n) row[n] = kHandle;
    row[msg::ping] = kHandle;
    row[msg::pong] = kHandle;
    return row;
}
constexpr Row kConnectionRekeyExchange = with_connection(kRekeyExchange);
constexpr Row kConnectionRekeyNewkeys = with_connection(kRekeyNewkeys);

constexpr std::uint8_t other_service(std::uint8_t number) {
    return number == msg::service_request ? msg::service_accept : msg::service_request;
}

constexpr Row service_row(std::uint8_t service_message, Verdict ext_info) {
    return row(kUnimplemented, {kDisconnect,
                                kNoise,
                                one(service_message, kHandle),
                                one(other_service(service_message), kIllegal),
                                one(msg::ext_info, ext_info),
                                one(msg::newcompress, kIllegal),
                                one(msg::kexinit, kHandle),
                                one(msg::newkeys, kIllegal),
                                {msg::kex_first, msg::kex_last, kIllegal},
                                {msg::userauth_request, 127, kIllegal},
                                kPingPong});
}

constexpr Row authentication_row(std::uint8_t service_message, Verdict ext_info) {
    Row row = service_row(service_message, ext_info);
    for (unsigned n = msg::userauth_request; n <= msg::userauth_method_last; ++n) row[n] = kHandle;
    return row;
}

constexpr Row connection_row(std::uint8_t service_message) {
    return with_connection(authentication_row(service_message, kIllegal));
}

struct RoleTable {
    Row after_newkeys, service, authentication, connection;
};

// Only the server is asked for services, and only right after the client's first NEWKEYS it may be
// told extensions (RFC 8308 s2.4); a client may be told them once more before USERAUTH_SUCCESS.
constexpr RoleTable kServer{
    service_row(msg::service_request, kHandle),
    service_row(msg::service_request, kIllegal),
    authentication_row(msg::service_request, kIllegal),
    connection_row(msg::service_request),
};
constexpr RoleTable kClient{
    service_row(msg::service_accept, kHandle),
    service_row(msg::service_accept, kIllegal),
    authentication_row(msg::service_accept, kHandle),
    connection_row(msg::service_accept),
};

const Row& row_of(State state, Role our_role, bool strict) noexcept {
    const RoleTable& table = our_role == Role::server ? kServer : kClient;
    switch (state) {
        case State::first_kexinit:
            return kFirstKexinit;
        case State::first_exchange:
            return strict ? kStrictExchange : kFirstExchange;
        case State::first_newkeys:
            return strict ? kStrictNewkeys : kFirstNewkeys;
        case State::after_newkeys:
            return table.after_newkeys;
        case State::service:
            return table.service;
        case State::authentication:
            return table.authentication;
        case State::connection:
            return table.connection;
        case State::rekey_exchange:
            return kRekeyExchange;
        case State::rekey_newkeys:
            return kRekeyNewkeys;
        case State::connection_rekey_exchange:
            return kConnectionRekeyExchange;
        case State::connection_rekey_newkeys:
            return kConnectionRekeyNewkeys;
    }
    return kFirstKexinit;
}

}  // namespace

Verdict verdict(State state, Role our_role, bool strict, std::uint8_t number) noexcept {
    return row_of(state, our_role, strict)[number];
}

const char* name_of(State state) noexcept {
    switch (state) {
        case State::first_kexinit:
            return "waiting for KEXINIT";
        case State::first_exchange:
            return "first key exchange";
        case State::first_newkeys:
            return "waiting for NEWKEYS";
        case State::after_newkeys:
            return "after NEWKEYS";
        case State::service:
            return "waiting for a service";
        case State::authentication:
            return "authentication";
        case State::connection:
            return "connection";
        case State::rekey_exchange:
        case State::connection_rekey_exchange:
            return "key re-exchange";
        case State::rekey_newkeys:
        case State::connection_rekey_newkeys:
            return "key re-exchange, waiting for NEWKEYS";
    }
    return "";
}

}  // namespace nacre
