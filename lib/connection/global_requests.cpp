#include "connection/global_requests.hpp"

#include "connection/channel.hpp"
#include "connection/host_key_proof.hpp"

namespace nacre::detail {
namespace {

constexpr std::string_view kKeepalive = "keepalive@openssh.com";
constexpr Error kNotHere{Errc::unsupported, Disconnect::none, 0, "global request out of place"};

}  // namespace

GlobalRequests::GlobalRequests(const ConnectionConfig& config, ConnectionHandler& handler)
    : config_(config), handler_(handler), theirs_(config.max_pending_requests) {}

void GlobalRequests::start(PacketPort& port) {
    port_ = &port;
    if (port.info().role == Role::server && takes_host_keys(port.info().peer_version))
        announce_host_keys(port, config_.host_keys);
    on_sign_of_life();
}

Result<void> GlobalRequests::on_message(const InPacket& packet) {
    if (packet.number == msg::request_success) return on_answer(to_bytes(packet.body.bytes));
    if (packet.number == msg::request_failure) {
        NACRE_CHECK(decode<msg::RequestFailure>(packet.body.bytes));
        return on_answer(Error{Errc::peer_refused, Disconnect::none, 0, "global request refused"});
    }
    return on_request(packet);
}

// ---- the peer's ----------------------------------------------------------------------------

Result<void> GlobalRequests::on_request(const InPacket& packet) {
    NACRE_TRY(const auto m, decode<msg::GlobalRequest>(packet.body.bytes));
    Reply<Bytes> reply;
    if (m.want_reply) {
        const auto token = theirs_.ask();
        if (!token) return over_limit("too many unanswered global requests");
        reply = Reply<Bytes>(
            line_.ref(), *token, [](void* self, std::uint64_t which, Result<Bytes>&& result) {
                static_cast<GlobalRequests*>(self)->answer(which, std::move(result));
            });
    }
    dispatch(m, std::move(reply));
    return {};
}

void GlobalRequests::dispatch(const msg::GlobalRequest& request, Reply<Bytes> reply) {
    const bool server = port_->info().role == Role::server;
    const auto name = request.request_name;
    if (name == kKeepalive) {
        reply(Bytes());
    } else if (name == "no-more-sessions@openssh.com") {
        if (!server) return reply(kNotHere);
        no_more_sessions_ = true;
        reply(Bytes());
    } else if (name == "hostkeys-prove-00@openssh.com") {
        // Without want_reply there is nobody to prove it to.
        if (!server || !request.want_reply) return reply(kNotHere);
        prove_host_keys(*port_, config_.host_keys, request.data.bytes, std::move(reply));
    } else if (name == "hostkeys-00@openssh.com") {
        reply(kNotHere);
    } else {
        handler_.global_request(name, request.data.bytes, std::move(reply));
    }
}

void GlobalRequests::answer(std::uint64_t token, Result<Bytes>&& result) {
    theirs_.answer(token, std::move(result));
    while (auto next = theirs_.next()) {
        if (*next) {
            send(*port_, msg::RequestSuccess{{**next}});
        } else {
            send(*port_, msg::RequestFailure{});
        }
    }
}

// ---- ours ----------------------------------------------------------------------------------

void GlobalRequests::ask(std::string_view name, ByteView data, Reply<Bytes> reply) {
    if (name.size() + data.size() > kMaxRequestData)
        return reply(Error{Errc::local_misuse, Disconnect::none, 0, "global request too long"});
    ours_.push_back(std::move(reply));
    msg::GlobalRequest m;
    m.request_name = name;
    m.want_reply = true;
    m.data = {data};
    send(*port_, m);
}

void GlobalRequests::ask(std::string_view name, ByteView data) {
    if (name.size() + data.size() > kMaxRequestData) return;
    msg::GlobalRequest m;
    m.request_name = name;
    m.data = {data};
    send(*port_, m);
}

Result<void> GlobalRequests::on_answer(Result<Bytes>&& answer) {
    if (ours_.empty()) return misbehaved("answer without a global request");
    auto reply = std::move(ours_.front());
    ours_.pop_front();
    reply(std::move(answer));
    return {};
}

void GlobalRequests::on_sign_of_life() noexcept {
    silent_keepalives_ = 0;
    if (config_.keepalive.count() > 0) next_keepalive_ = port_->now() + config_.keepalive;
}

Result<void> GlobalRequests::on_deadline(Instant now) {
    if (!next_keepalive_ || now < *next_keepalive_) return {};
    if (silent_keepalives_ >= config_.keepalive_max)
        return Error{Errc::timed_out, Disconnect::connection_lost, 0, "keepalives not answered"};
    ++silent_keepalives_;
    next_keepalive_ = now + config_.keepalive;
    ask(kKeepalive, {}, Reply<Bytes>());
    return {};
}

void GlobalRequests::end() noexcept {
    line_.cut();
    next_keepalive_.reset();
    while (!ours_.empty()) {
        auto reply = std::move(ours_.front());
        ours_.pop_front();
        reply(Error{Errc::closed, Disconnect::none, 0, "session over"});
    }
}

}  // namespace nacre::detail
