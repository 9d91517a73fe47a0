#include "auth/userauth_client.hpp"

#include "auth/limits.hpp"

namespace nacre {
namespace detail {
namespace {

AuthMethods known_methods(NameList list) {
    AuthMethods known;
    for (auto method :
         {AuthMethod::publickey, AuthMethod::password, AuthMethod::keyboard_interactive})
        if (list.contains(name_of(method))) known.add(method);
    return known;
}

}  // namespace

UserauthClient::UserauthClient(AuthClientConfig config, std::unique_ptr<AuthClientHandler> handler)
    : config_(std::move(config)),
      handler_(std::move(handler)),
      methods_{make_client_publickey(*this), make_client_password(*this),
               make_client_keyboard_interactive(*this)} {}

Result<void> UserauthClient::on_start(PacketPort& below) {
    port_ = &below;
    // RFC 4252 s5.2: the answer to "none" is the list of methods, or a login without any.
    become(State::asking);
    if (Frame none = request("none", 0)) submit(std::move(none));
    return {};
}

Result<void> UserauthClient::on_packet(const InPacket& packet) {
    if (packet.number == msg::userauth_request ||
        packet.number == msg::UserauthInfoResponse::kNumber)
        return misbehaved("message of a client from a server", packet.number);
    switch (state_) {
        case State::closed:
            return {};
        case State::asking:
            return Error{Errc::internal, Disconnect::by_application, packet.number,
                         "packet while the input is held"};
        case State::authenticated:
            if (packet.number == msg::userauth_success || packet.number == msg::userauth_failure)
                return misbehaved("verdict after the login", packet.number);
            return Error{Errc::unsupported, Disconnect::none, packet.number, "unexpected message"};
        case State::waiting:
            break;
    }
    NACRE_CHECK(on_reply(packet));
    hold_while_asking();
    return {};
}

Result<void> UserauthClient::on_reply(const InPacket& packet) {
    switch (packet.number) {
        case msg::userauth_failure:
            return on_failure(packet.body.bytes);
        case msg::userauth_success:
            return on_success(packet.body.bytes);
        case msg::userauth_banner:
            return on_banner(packet.body.bytes);
        case msg::userauth_method_first:
            return on_method_message(packet.body.bytes);
        default:
            return Error{Errc::unsupported, Disconnect::none, packet.number, "unexpected message"};
    }
}

Result<void> UserauthClient::on_failure(ByteView body) {
    NACRE_TRY(const auto failure, decode<msg::UserauthFailure>(body));
    open_ = known_methods(failure.authentications_that_can_continue);
    become(State::asking);
    if (failure.partial_success) {
        if (partial_successes_++ == kMaxPartialSuccesses)
            return over_limit("too many partial successes");
        for (const auto& method : methods_) method->on_partial_success(method.get() == current_);
        handler_->on_partial_success(open_);
    } else if (current_ != nullptr) {
        current_->on_failure();
    }
    try_next();
    return {};
}

Result<void> UserauthClient::on_success(ByteView body) {
    NACRE_TRY([[maybe_unused]] const auto success, decode<msg::UserauthSuccess>(body));
    become(State::authenticated);
    forget_methods();
    port_->auth_done(config_.user);
    return {};
}

Result<void> UserauthClient::on_banner(ByteView body) {
    NACRE_TRY(const auto banner, decode<msg::UserauthBanner>(body));
    // Counted with the header, so that empty ones have an end too.
    banner_bytes_ += body.size();
    if (banner_bytes_ > kMaxBanner) return over_limit("banners too long");
    handler_->on_banner(banner.message);
    return {};
}

Result<void> UserauthClient::on_method_message(ByteView body) {
    if (current_ == nullptr)
        return misbehaved("method message without a method", msg::userauth_method_first);
    become(State::asking);
    return current_->on_message(body);
}

void UserauthClient::try_next() {
    for (auto wanted : config_.order) {
        ClientMethod* method = find_method(wanted);
        if (method == nullptr || !open_.contains(wanted) || method->spent()) continue;
        current_ = method;
        return method->attempt();
    }
    end({Errc::peer_refused, Disconnect::no_more_auth_methods_available, 0,
         "no more authentication methods available"});
}

void UserauthClient::give_up() {
    try_next();
}

ClientMethod* UserauthClient::find_method(AuthMethod wanted) const noexcept {
    for (const auto& method : methods_)
        if (method->method() == wanted) return method.get();
    return nullptr;
}

bool UserauthClient::awaits(std::uint64_t number) const noexcept {
    return state_ == State::asking && number == question_;
}

Frame UserauthClient::frame(std::uint8_t number, std::size_t size) noexcept {
    if (size > kMaxRequest) {
        end({Errc::local_limit, Disconnect::by_application, number,
             "authentication message too long"});
        return {};
    }
    Frame made = port_->frame(number, size);
    if (made) made.mark_secret();
    return made;
}

Frame UserauthClient::request(std::string_view method_name, std::size_t size) noexcept {
    const msg::UserauthRequest head{config_.user, kConnectionService, method_name, {}};
    Frame made = frame(msg::UserauthRequest::kNumber, body_size(head) + size);
    if (made) write_body(head, made);
    return made;
}

void UserauthClient::submit(Frame&& frame) noexcept {
    port_->submit(std::move(frame));
    become(State::waiting);
}

void UserauthClient::hold_while_asking() noexcept {
    if (held_ || state_ != State::asking) return;
    held_ = true;
    port_->hold();
}

void UserauthClient::become(State next) noexcept {
    state_ = next;
    if (next != State::asking && std::exchange(held_, false)) port_->resume();
}

void UserauthClient::end(const Error& error) noexcept {
    state_ = State::closed;
    port_->fail(error);
}

void UserauthClient::forget_methods() noexcept {
    // They may hold passwords.
    current_ = nullptr;
    for (auto& method : methods_) method.reset();
}

void UserauthClient::on_close(const CloseInfo&) noexcept {
    state_ = State::closed;
    forget_methods();
}

}  // namespace detail

std::unique_ptr<Layer> make_auth_client(AuthClientConfig config,
                                        std::unique_ptr<AuthClientHandler> handler) {
    return std::make_unique<detail::UserauthClient>(std::move(config), std::move(handler));
}

}  // namespace nacre
