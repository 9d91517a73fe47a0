// Every message number in every state, for both roles, with and without strict key exchange, with
// four bodies each: what a session does with it is what the table of legal messages says and, where
// the table says "handle", what is written here by hand from the standards.
#include "support/full_stack.hpp"
#include "support/null_provider.hpp"
#include "transport/legality.hpp"

#include <nacre/wire/message/auth.hpp>
#include <nacre/wire/message/connection.hpp>
#include <nacre/wire/message/transport.hpp>

#include <catch2/catch_all.hpp>

#include <iostream>
#include <sstream>

using namespace nacre;
using namespace nacre::test;

namespace {

enum class Body : std::uint8_t { empty, valid, truncated, oversized };
constexpr std::size_t kBodies = 4;

// What became of a packet: a character of the matrix.
constexpr char kGoesOn = '.';
constexpr char kUnimplemented = 'u';
constexpr char kEnded = 'x';  ///< without a DISCONNECT of ours
// '1' to '9': a DISCONNECT of ours with that reason.
constexpr char kProtocolError = '2';
constexpr char kKexFailed = '3';

/// A session, and packets in clear for it.
class Script {
  public:
    Script(Role role, bool strict) : role_(role), strict_(strict) {
        auto config = std::make_shared<TransportConfig>();
        config->host_keys = {std::make_shared<NullSigner>()};
        config->host_key_verifier = std::make_shared<TrustAll>();
        SessionParts parts;
        parts.role = role;
        parts.config = std::move(config);
        parts.resources = end_.resources(null_provider());
        parts.now = now_;
        if (role == Role::server) {
            parts.auth = make_auth_server({}, std::make_unique<OpenDoor>(), now_);
            parts.connection = make_connection_layer({}, std::make_unique<EchoServer>());
        } else {
            parts.auth = make_auth_client(
                {"alice"}, std::make_unique<KeyOnly>(std::make_shared<NullSigner>()));
            parts.connection =
                make_connection_layer({}, std::make_unique<OneChannel>("echo", collected_));
        }
        auto made = make_session(std::move(parts));
        REQUIRE(made);
        end_.session = std::move(*made);
        end_.session->on_output([this] { end_.woken = true; });
        deliver(as_bytes(std::string_view("SSH-2.0-script\r\n")));
    }

    void reach(State state) {
        if (state == State::first_kexinit) return;
        say(kexinit());
        if (state == State::first_exchange) return;
        say(kex_message());
        if (state == State::first_newkeys) return;
        say(Bytes{msg::newkeys});
        if (state == State::after_newkeys) return;
        say(encode(msg::Ignore{}));
        if (state == State::service) return;
        say(service());
        if (state == State::authentication) return;
        const bool before_login = state == State::rekey_exchange || state == State::rekey_newkeys;
        if (!before_login) say(login());
        if (state == State::connection) return;
        say(kexinit());
        if (state == State::rekey_exchange || state == State::connection_rekey_exchange) return;
        say(kex_message());
    }

    /// Sends a payload, number first, and says what became of it.
    char say(ByteView payload) {
        std::size_t padding = 8 - (5 + payload.size()) % 8;
        if (padding < 4) padding += 8;
        Bytes packet(4);
        store_be32(packet.data(), static_cast<std::uint32_t>(1 + payload.size() + padding));
        packet.push_back(static_cast<std::uint8_t>(padding));
        append(packet, payload);
        packet.resize(packet.size() + padding);
        sent_.clear();
        deliver(packet);
        if (payload[0] == msg::newkeys && strict_)
            sequence_ = 0;
        else
            ++sequence_;
        return outcome();
    }

    Bytes valid(std::uint8_t number) const;

  private:
    void deliver(ByteView bytes) {
        while (!bytes.empty() && !end_.session->finished()) {
            const ByteSpan space = end_.session->rx_space(1);
            const std::size_t n = std::min(space.size(), bytes.size());
            std::memcpy(space.data(), bytes.data(), n);
            static_cast<void>(end_.session->rx_commit(n, now_));
            bytes = bytes.subspan(n);
        }
        do {
            end_.woken = false;
            append(sent_, SessionPair::take(end_));
            if (end_.woken) static_cast<void>(end_.session->rx_commit(0, now_));
        } while (end_.woken);
        append(sent_, SessionPair::take(end_));
    }

    /// Reads what the session sent: all of it is in clear.
    char outcome() {
        char found = end_.session->finished() ? kEnded : kGoesOn;
        ByteView left = sent_;
        while (left.size() >= 6) {
            const std::size_t length = load_be32(left.data());
            const ByteView payload = left.subspan(5, length - 1 - left[4]);
            if (payload[0] == msg::disconnect)
                found = static_cast<char>('0' + load_be32(payload.data() + 1));
            if (payload[0] == msg::unimplemented) {
                // The number of the packet that was just sent.
                CHECK(load_be32(payload.data() + 1) == sequence_ - 1);
                found = kUnimplemented;
            }
            left = left.subspan(4 + length);
        }
        return found;
    }

    Bytes kexinit() const {
        const std::string kex = std::string(kNullName) +
                                (role_ == Role::server ? ",ext-info-c" : ",ext-info-s") +
                                (!strict_                ? ""
                                 : role_ == Role::server ? ",kex-strict-c-v00@openssh.com"
                                                         : ",kex-strict-s-v00@openssh.com");
        const std::string_view name = kNullName;
        Bytes payload{msg::kexinit};
        payload.resize(17);
        Writer w(payload);
        w.string(kex);
        for (int i = 0; i < 5; ++i) w.string(name);
        w.string(std::string_view("none")).string(std::string_view("none"));
        w.string(std::string_view()).string(std::string_view()).boolean(false).u32(0);
        return payload;
    }
    Bytes kex_message() const { return valid(role_ == Role::server ? 30 : 31); }
    Bytes service() const {
        return role_ == Role::server ? encode(msg::ServiceRequest{"ssh-userauth"})
                                     : encode(msg::ServiceAccept{"ssh-userauth"});
    }
    Bytes login() const {
        if (role_ == Role::client) return encode(msg::UserauthSuccess{});
        Bytes data;
        Writer(data).boolean(false).string(std::string_view("secret"));
        return encode(msg::UserauthRequest{"alice", "ssh-connection", "password", {data}});
    }

    const Role role_;
    const bool strict_;
    End end_{1};
    const Instant now_{std::chrono::hours(1)};
    std::shared_ptr<Collected> collected_ = std::make_shared<Collected>();
    Bytes sent_;
    std::uint32_t sequence_ = 0;
};

/// The shortest payload of `number` that means something; only the number where nothing is known.
Bytes Script::valid(std::uint8_t number) const {
    Bytes payload{number};
    Writer w(payload);
    const auto text = [&](std::string_view value) { w.string(value); };
    switch (number) {
        case msg::disconnect:
            return encode(msg::Disconnect{11, "", ""});
        case msg::ignore:
            return encode(msg::Ignore{});
        case msg::unimplemented:
            return encode(msg::Unimplemented{});
        case msg::debug:
            return encode(msg::Debug{});
        case msg::service_request:
            return encode(msg::ServiceRequest{"ssh-userauth"});
        case msg::service_accept:
            return encode(msg::ServiceAccept{"ssh-userauth"});
        case msg::ext_info:
            w.u32(0);
            return payload;
        case msg::kexinit:
            return kexinit();
        case 30:
            text("value");
            return payload;
        case 31:
            w.string(null_key_blob());
            text("value");
            w.string(null_signature());
            return payload;
        case msg::userauth_request:
            return encode(msg::UserauthRequest{"alice", "ssh-connection", "none", {}});
        case msg::userauth_failure:
            return encode(msg::UserauthFailure{NameList("publickey"), false});
        case msg::userauth_banner:
            return encode(msg::UserauthBanner{"", ""});
        case msg::UserauthPkOk::kNumber:
            return encode(msg::UserauthPkOk{kNullName, null_key_blob()});
        case msg::UserauthInfoResponse::kNumber:
            w.u32(0);
            return payload;
        case msg::global_request:
            return encode(msg::GlobalRequest{"x", false, {}});
        case msg::channel_open:
            return encode(msg::ChannelOpen{"echo", 7, 1000, 1000, {}});
        case msg::channel_open_confirmation:
            return encode(msg::ChannelOpenConfirmation{0, 7, 1000, 1000, {}});
        case msg::channel_open_failure:
            return encode(msg::ChannelOpenFailure{0, 1, "", ""});
        case msg::channel_window_adjust:
            return encode(msg::ChannelWindowAdjust{0, 1});
        case msg::channel_data:
            return encode(msg::ChannelData{0, {}});
        case msg::channel_extended_data:
            return encode(msg::ChannelExtendedData{0, 1, {}});
        case msg::channel_eof:
        case msg::channel_close:
        case msg::channel_success:
        case msg::channel_failure:
            w.u32(0);
            return payload;
        case msg::channel_request:
            return encode(msg::ChannelRequest{0, "x", false, {}});
        case msg::ping:
            return encode(msg::Ping{});
        case msg::pong:
            text("");
            return payload;
        default:
            return payload;
    }
}

/// The bodies: `whole` is a payload with its number in front.
Bytes with_body(Bytes whole, Body body) {
    switch (body) {
        case Body::empty:
            whole.resize(1);
            break;
        case Body::valid:
            break;
        case Body::truncated:
            if (whole.size() > 1) whole.pop_back();
            break;
        case Body::oversized:
            whole.push_back(0);
            break;
    }
    return whole;
}

/// What becomes of a message that the table has handled. Written from the standards.
struct Handled {
    State state;
    Role role;
    std::uint8_t n;
    Body body;
    bool has_fields;  ///< in its valid form

    /// The same but for a body that is not well-formed.
    char checked(char if_valid, char if_not = kProtocolError) const {
        const bool well_formed = body == Body::valid || (!has_fields && body != Body::oversized);
        return well_formed ? if_valid : if_not;
    }
    bool server() const { return role == Role::server; }
    bool logged_in() const {
        return state == State::connection || state == State::connection_rekey_exchange ||
               state == State::connection_rekey_newkeys;
    }

    char outcome() const {
        switch (n) {
            case msg::disconnect:
                return kEnded;  // whatever else it says
            case msg::ignore:
            case msg::pong:
                return kGoesOn;
            case msg::service_accept:
                // Asked for once, so accepted once.
                return checked(state == State::after_newkeys || state == State::service
                                   ? kGoesOn
                                   : kProtocolError);
            case msg::kexinit:
            case 30:
            case 31:
                if (n != msg::kexinit && n != (server() ? 30 : 31)) return kProtocolError;
                return checked(kGoesOn, kKexFailed);
            default:
                break;
        }
        // No other message belongs to this method of key exchange.
        if (n >= msg::kex_first && n <= msg::kex_last) return kProtocolError;
        if (n >= msg::userauth_request && n <= msg::userauth_method_last) return of_login();
        if (n >= msg::global_request && n <= 127) return of_connection();
        return checked(kGoesOn);
    }

    char of_login() const {
        if (server()) {
            // A server's own messages; the answers to methods have the number of PK_OK and more.
            if ((n >= msg::userauth_failure && n <= msg::userauth_banner) ||
                n == msg::userauth_method_first)
                return kProtocolError;
            // RFC 4252 s5.3: silently ignored.
            if (logged_in()) return kGoesOn;
            return n == msg::userauth_request ? checked(kGoesOn) : kUnimplemented;
        }
        // A client's own messages.
        if (n == msg::userauth_request || n == msg::UserauthInfoResponse::kNumber)
            return kProtocolError;
        if (n == msg::userauth_failure || n == msg::userauth_success)
            return logged_in() ? kProtocolError : checked(kGoesOn);
        if (logged_in()) return kUnimplemented;
        if (n == msg::userauth_banner) return checked(kGoesOn);
        // The client has asked for "none", to which there is no such answer.
        return n == msg::userauth_method_first ? kProtocolError : kUnimplemented;
    }

    char of_connection() const {
        switch (n) {
            case msg::global_request:
            case msg::channel_open:
                // What more there is belongs to the name.
                return body == Body::oversized ? kGoesOn : checked(kGoesOn);
            case msg::request_success:
            case msg::request_failure:
                return kProtocolError;  // nothing was asked
            case msg::channel_open_confirmation:
            case msg::channel_open_failure:
                // The client has asked for channel 0, the server for none.
                if (server()) return kProtocolError;
                return n == msg::channel_open_confirmation && body == Body::oversized
                           ? kGoesOn
                           : checked(kGoesOn);
            default:
                break;
        }
        // No channel is open.
        if (n > msg::channel_open && n <= msg::channel_failure) return kProtocolError;
        // The answer waits for our NEWKEYS.
        return state == State::connection_rekey_exchange ? kGoesOn : kUnimplemented;
    }
};

char expected(State state, Role role, bool strict, std::uint8_t n, Body body, bool has_fields) {
    switch (verdict(state, role, strict, n)) {
        case Verdict::handle:
            return Handled{state, role, n, body, has_fields}.outcome();
        case Verdict::drop:
            return kGoesOn;
        case Verdict::unimplemented:
            return kUnimplemented;
        case Verdict::illegal:
            break;
    }
    return kProtocolError;
}

/// One state, one character for each number and body.
using Column = std::array<std::array<char, kBodies>, 256>;

/// Lines for runs of numbers with the same outcomes.
void print(std::ostream& out, const Column& column) {
    for (unsigned first = 0, last = 0; first < 256; first = ++last) {
        while (last < 255 && column[last + 1] == column[first]) ++last;
        out << "  " << first;
        if (last != first) out << '-' << last;
        out << '\t' << std::string_view(column[first].data(), kBodies) << '\n';
    }
}

}  // namespace

TEST_CASE("every message in every state has its outcome", "[session][state-table]") {
    std::ostringstream matrix;
    matrix << "message, then its outcome with an empty, a valid, a truncated, an oversized body:\n"
              "  . goes on, u UNIMPLEMENTED, x ends, 1-9 DISCONNECT with that reason\n";
    std::size_t cells = 0, wrong = 0;
    for (const Role role : {Role::server, Role::client}) {
        for (const bool strict : {false, true}) {
            for (std::size_t s = 0; s < kStates; ++s) {
                const auto state = static_cast<State>(s);
                Column column{};
                for (unsigned n = 0; n < 256; ++n) {
                    for (std::size_t b = 0; b < kBodies; ++b) {
                        const auto number = static_cast<std::uint8_t>(n);
                        const auto body = static_cast<Body>(b);
                        Script script(role, strict);
                        script.reach(state);
                        const Bytes valid = script.valid(number);
                        column[n][b] = script.say(with_body(valid, body));
                        ++cells;
                        const char wanted =
                            expected(state, role, strict, number, body, valid.size() > 1);
                        if (column[n][b] == wanted) continue;
                        ++wrong;
                        std::cout << (role == Role::server ? "server, " : "client, ")
                                  << name_of(state) << (strict ? ", strict" : "") << ": " << n
                                  << " body " << b << " is " << column[n][b] << ", wanted "
                                  << wanted << '\n';
                    }
                }
                matrix << (role == Role::server ? "server, " : "client, ") << name_of(state)
                       << (strict ? ", strict" : "") << '\n';
                print(matrix, column);
            }
        }
    }
    std::cout << matrix.str();
    CHECK(wrong == 0);
    CHECK(cells == 2 * 2 * kStates * 256 * kBodies);
}
