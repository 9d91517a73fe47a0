#include "auth/userauth_server.hpp"

#include "auth/limits.hpp"

#include <nacre/crypto/certificate.hpp>

namespace nacre {
namespace detail {
namespace {

constexpr std::string_view kConnection = "ssh-connection";

}  // namespace

UserauthServer::UserauthServer(AuthConfig config, std::unique_ptr<AuthHandler> handler,
                               std::optional<Instant> start)
    : config_(std::move(config)),
      handler_(std::move(handler)),
      methods_{make_method_none(*this), make_method_publickey(*this), make_method_password(*this),
               make_method_keyboard_interactive(*this)} {
    if (start && config_.grace.count() != 0) grace_end_ = *start + config_.grace;
}

Result<void> UserauthServer::on_start(PacketPort& below) {
    port_ = &below;
    if (!grace_end_ && config_.grace.count() != 0) grace_end_ = below.now() + config_.grace;
    return {};
}

Result<void> UserauthServer::on_packet(const InPacket& packet) {
    switch (packet.number) {
        case msg::userauth_failure:
        case msg::userauth_success:
        case msg::userauth_banner:
        case msg::UserauthPkOk::kNumber:
            return misbehaved("message of a server from a client", packet.number);
        default:
            break;
    }
    switch (state_) {
        case State::authenticated:
            //= RFC 4252 s5.3
            //# any further authentication requests received after that SHOULD be silently ignored.
        case State::closed:
            return {};
        case State::deciding:
        case State::delaying:
            return Error{Errc::internal, Disconnect::by_application, packet.number,
                         "packet while the input is held"};
        case State::idle:
        case State::conversing:
            break;
    }
    if (packet.number != msg::userauth_request) return on_method_message(packet);
    NACRE_TRY(const auto request, decode<msg::UserauthRequest>(packet.body.bytes));
    return on_request(request);
}

Result<void> UserauthServer::on_request(const msg::UserauthRequest& request) {
    ServerMethod* method = find_method(request.method_name);
    if (method != nullptr)
        NACRE_CHECK(method->parse(request.method_name, request.method_data.bytes));
    if (requests_ == config_.max_requests)
        return Error{Errc::peer_limit, Disconnect::no_more_auth_methods_available, requests_,
                     "Too many authentication requests"};
    NACRE_CHECK(check_identity(request.user_name, request.service_name));
    ++requests_;
    start_method(request.method_name, method);
    hold_while_busy();
    return {};
}

void UserauthServer::start_method(std::string_view name, ServerMethod* method) {
    // RFC 4252 s5.1: a new request ends the one before, of which nothing may remain.
    current_ = method;
    method_name_ = name.substr(0, kMaxKeptName);
    become(State::deciding);
    due_ = port_->now() + config_.failure_delay;
    // The first "none" asks for the list of methods. Every client sends it; OpenSSH too answers it
    // at once.
    if (requests_ == 1 && method != nullptr && method->method() == AuthMethod::none) due_.reset();

    const char* fault = identity_fault_;
    if (fault == nullptr && method == nullptr) fault = "unknown method";
    if (fault == nullptr && !method_open(method->method())) fault = "method not allowed now";
    if (fault != nullptr) return conclude({AuthDecision::failure(), fault, {}, {}});
    method->start();
}

Result<void> UserauthServer::on_method_message(const InPacket& packet) {
    // OpenSSH too answers UNIMPLEMENTED to an INFO_RESPONSE that it did not ask for.
    if (state_ != State::conversing || packet.number != msg::UserauthInfoResponse::kNumber)
        return Error{Errc::unsupported, Disconnect::none, packet.number, "unexpected message"};
    become(State::deciding);
    due_ = port_->now() + config_.failure_delay;
    NACRE_CHECK(current_->on_message(packet.number, packet.body.bytes));
    hold_while_busy();
    return {};
}

Result<void> UserauthServer::check_identity(std::string_view user, std::string_view service) {
    user = user.substr(0, config_.max_user + 1);
    service = service.substr(0, kMaxKeptName + 1);
    if (requests_ == 0) {
        begin_identity(user, service);
        return {};
    }
    //= RFC 4252 s5
    //# The server implementation MUST carefully check them in every message, and MUST flush any
    //# accumulated authentication states if they change.  If it is unable to flush an
    //# authentication state, it MUST disconnect if the 'user name' or 'service name' changes.
    if (user != user_ || service != service_)
        return misbehaved("Change of username or service not allowed");
    return {};
}

void UserauthServer::begin_identity(std::string_view user, std::string_view service) {
    user_ = user;
    service_ = service;
    if (user.size() > config_.max_user) {
        identity_fault_ = "user name too long";
    } else if (user.find('\0') != std::string_view::npos) {
        identity_fault_ = "NUL in user name";
    } else if (service != kConnection) {
        identity_fault_ = "unknown service";
    }
    // A name that handlers are not meant to see must not reach their look-ups.
    open_ = handler_->methods(identity_fault_ == nullptr ? user_ : std::string_view{});
    open_.remove(AuthMethod::none);

    std::string banner = handler_->banner();
    if (banner.size() > kMaxBanner) banner.resize(kMaxBanner);
    if (!banner.empty()) send(*port_, msg::UserauthBanner{banner, {}});
}

ServerMethod* UserauthServer::find_method(std::string_view name) const noexcept {
    for (const auto& method : methods_)
        if (method->owns(name)) return method.get();
    return nullptr;
}

bool UserauthServer::method_open(AuthMethod method) const noexcept {
    // "none" is no second factor.
    return method == AuthMethod::none ? succeeded_.empty() : open_.contains(method);
}

AuthRequest UserauthServer::request() const noexcept {
    return {user_, port_->info(), succeeded_, failures_, {}};
}

bool UserauthServer::key_used(const PublicKey& key) const noexcept {
    // With a certificate it is still the same key.
    for (const auto& used : used_keys_)
        if (same_bytes(plain_blob(*used), plain_blob(key))) return true;
    return false;
}

bool UserauthServer::awaits(std::uint64_t number) const noexcept {
    return state_ == State::deciding && number == question_;
}

void UserauthServer::conclude(const Outcome& outcome) {
    switch (outcome.decision.verdict) {
        case AuthDecision::Verdict::success:
            return grant(outcome);
        case AuthDecision::Verdict::partial:
            return grant_part(outcome);
        case AuthDecision::Verdict::change_password:
            return ask_for_new_password(outcome);
        case AuthDecision::Verdict::failure:
            return refuse(outcome, outcome.reason);
    }
}

void UserauthServer::reply_sent() {
    become(State::idle);
}

void UserauthServer::wait_for_client() {
    become(State::conversing);
}

// Adds the restrictions of a factor to those before it, or says why not.
const char* UserauthServer::narrow(const Outcome& outcome) {
    const auto& more = outcome.decision.restrictions;
    if (more == nullptr) return nullptr;
    if (restrictions_ == nullptr) {
        restrictions_ = more;
        return nullptr;
    }
    auto both = narrower(*restrictions_, *more);
    if (!both) return both.error().what;
    restrictions_ = std::make_shared<const LoginRestrictions>(std::move(*both));
    return nullptr;
}

void UserauthServer::grant(const Outcome& outcome) {
    if (const char* conflict = narrow(outcome)) return refuse(outcome, conflict);
    send(*port_, msg::UserauthSuccess{});
    become(State::authenticated);
    report(outcome, "");
    port_->auth_done(user_, restrictions_);
}

void UserauthServer::grant_part(const Outcome& outcome) {
    AuthMethods next = outcome.decision.next;
    next.remove(AuthMethod::none);
    if (next.empty()) return refuse(outcome, "partial success without a next method");
    if (const char* conflict = narrow(outcome)) return refuse(outcome, conflict);
    open_ = next;
    succeeded_.add(current_->method());
    if (outcome.key) used_keys_.push_back(outcome.key);
    report(outcome, "");
    const std::string list = open_.name_list();
    send(*port_, msg::UserauthFailure{NameList(list), true});
    become(State::idle);
}

void UserauthServer::ask_for_new_password(const Outcome& outcome) {
    if (current_->method() != AuthMethod::password)
        return refuse(outcome, "password change asked for in another method");
    if (outcome.decision.prompt.size() > kMaxInfoRequest) return refuse(outcome, "prompt too long");
    // A change that did not go through counts like any other failure.
    if (outcome.password_change) ++failures_;
    report(outcome, "");
    if (failures_ >= config_.max_attempts) return answer_failure();
    send(*port_, msg::UserauthPasswdChangereq{outcome.decision.prompt, {}});
    become(State::idle);
}

void UserauthServer::refuse(const Outcome& outcome, const char* reason) {
    Outcome refused = outcome;
    refused.decision = AuthDecision::failure();
    const bool first_none =
        requests_ == 1 && current_ != nullptr && current_->method() == AuthMethod::none;
    if (!first_none) ++failures_;
    report(refused, reason);
    if (due_ && port_->now() < *due_) {
        state_ = State::delaying;
    } else {
        answer_failure();
    }
}

void UserauthServer::report(const Outcome& outcome, const char* reason) {
    const bool unknown = outcome.decision.verdict == AuthDecision::Verdict::failure &&
                         identity_fault_ == nullptr && !handler_->user_exists(user_);
    handler_->on_attempt({user_, method_name_, outcome.decision.verdict, outcome.key,
                          outcome.signature_algorithm, reason, unknown});
}

void UserauthServer::answer_failure() {
    if (failures_ >= config_.max_attempts)
        return end({Errc::peer_limit, Disconnect::no_more_auth_methods_available, failures_,
                    "Too many authentication failures"});
    const std::string list = open_.name_list();
    send(*port_, msg::UserauthFailure{NameList(list), false});
    become(State::idle);
}

void UserauthServer::hold_while_busy() noexcept {
    if (held_ || (state_ != State::deciding && state_ != State::delaying)) return;
    held_ = true;
    port_->hold();
}

void UserauthServer::become(State next) noexcept {
    state_ = next;
    if (next == State::deciding || next == State::delaying) return;
    due_.reset();
    if (std::exchange(held_, false)) port_->resume();
}

void UserauthServer::end(const Error& error) noexcept {
    state_ = State::closed;
    due_.reset();
    port_->fail(error);
}

std::optional<Instant> UserauthServer::deadline() const noexcept {
    if (state_ == State::authenticated || state_ == State::closed) return {};
    // Set from the arrival on, not from the verdict: a verdict from outside of a batch need not
    // have the program look at the deadline again.
    return earlier(grace_end_, due_);
}

Result<void> UserauthServer::on_deadline(Instant now) {
    if (state_ == State::authenticated || state_ == State::closed) return {};
    if (grace_end_ && now >= *grace_end_)
        return Error{Errc::timed_out, Disconnect::by_application, 0,
                     "not authenticated within the time for it"};
    if (due_ && now >= *due_) {
        due_.reset();
        if (state_ == State::delaying) answer_failure();
    }
    return {};
}

void UserauthServer::on_close(const CloseInfo&) noexcept {
    state_ = State::closed;
    due_.reset();
}

}  // namespace detail

std::unique_ptr<Layer> make_auth_server(AuthConfig config, std::unique_ptr<AuthHandler> handler,
                                        std::optional<Instant> start) {
    return std::make_unique<detail::UserauthServer>(std::move(config), std::move(handler), start);
}

}  // namespace nacre
