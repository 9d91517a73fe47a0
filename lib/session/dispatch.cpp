// The pump: packets in, by the state's table, to the one who handles them.
#include "session/session_impl.hpp"
#include "transport/ext_info.hpp"

#include <nacre/wire/message/transport.hpp>

namespace nacre {

namespace {

/// Text of a peer's DISCONNECT or DEBUG that is kept, bytes.
constexpr std::size_t kMaxPeerText = 1024;
/// SERVICE_REQUESTs of one session.
constexpr std::uint32_t kMaxServiceRequests = 8;
/// Key exchanges of a session without a login. Each costs us a signature and the peer next to
/// nothing.
constexpr std::uint32_t kMaxEarlyExchanges = 4;
/// Messages of the peer that only lead to lines in a log, of each kind: no more of them are told.
constexpr std::uint32_t kMaxTold = 8;

/// Passwords and the like do not stay in receive memory, however their handling ends.
class SecretBody {
  public:
    explicit SecretBody(const InPacket& packet) noexcept : packet_(packet) {}
    SecretBody(const SecretBody&) = delete;
    SecretBody& operator=(const SecretBody&) = delete;
    ~SecretBody() {
        if (packet_.number < msg::kex_first || packet_.number > msg::userauth_method_last) return;
        const ByteView bytes = packet_.body.bytes;
        wipe({const_cast<std::uint8_t*>(bytes.data()), bytes.size()});
    }

  private:
    const InPacket& packet_;
};

}  // namespace

void SessionImpl::pump() {
    pumping_ = true;
    guarded([this] { pump_packets(); });
    guarded([this] { pump_layers(); });
    buffer_.release_if_empty();
    reader_.release_if_unused();
    check_rekey();
    pumping_ = false;
}

void SessionImpl::pump_layers() {
    if (was_full_ && !closed_ && writer_.backlog() <= kLowWater) {
        was_full_ = false;
        if (connection_started_) connection_->on_writable();
    }
    if (!closed_ && auth_started_) auth_->on_batch_end();
    if (!closed_ && connection_started_) connection_->on_batch_end();
}

void SessionImpl::pump_packets() {
    while (!closed_) {
        if (start_connection_) start_connection();
        if (closed_ || holds_ != 0 || kex_waits_) return;
        if (!identified_) {
            if (!read_identification()) return;
            continue;
        }
        auto packet = reader_.next();
        if (!packet) return fail(packet.error());
        if (!*packet) return;
        const InPacket& in = **packet;
        const SecretBody secret(in);
        if (auto handled = dispatch(in); !handled) fail(handled.error());
    }
}

bool SessionImpl::read_identification() {
    auto found = identification_.read(buffer_.pending());
    if (!found) {
        fail(found.error());
        return false;
    }
    buffer_.consume(found->consumed);
    if (!found->text) return false;
    info_.peer_version = std::move(*found->text);
    identified_ = true;
    start_kex();
    return true;
}

Result<void> SessionImpl::dispatch(const InPacket& packet) {
    const bool strict = info_.strict_kex && info_.key_exchanges == 0;
    if (strict && reader_.wrapped())
        return misbehaved("strict key exchange: sequence number wrapped in the first exchange");
    if (in_kex()) NACRE_CHECK(count_kex(packet));
    switch (verdict(state_, info_.role, strict, packet.number)) {
        case Verdict::handle:
            return handle(packet);
        case Verdict::drop:
            return {};
        case Verdict::unimplemented:
            unimplemented(packet.seq);
            return {};
        case Verdict::illegal:
            break;
    }
    if (observer_ != nullptr) observer_->on_warning(info_, name_of(state_), packet.number);
    return misbehaved("message is not legal in this state", packet.number);
}

void SessionImpl::unimplemented(std::uint32_t seq) {
    //= RFC 4253 s11.4
    //# An implementation MUST respond to all unrecognized messages with an SSH_MSG_UNIMPLEMENTED
    //# message in the order in which the messages were received.
    if (++unimplemented_sent_ > kMaxUnimplemented)
        return fail(over_limit("too many unknown messages", unimplemented_sent_));
    send(static_cast<PacketPort&>(*this), msg::Unimplemented{seq});
}

Result<void> SessionImpl::handle(const InPacket& packet) {
    const std::uint8_t n = packet.number;
    if (n >= msg::kex_first && n <= msg::kex_last) return on_kex_message(packet);
    Result<void> result;
    if (n >= msg::userauth_request && n <= msg::userauth_method_last)
        result = to_layer(*auth_, packet);
    else if (n >= msg::global_request && n <= 127)
        result = to_layer(*connection_, packet);
    else
        result = on_transport(packet);
    // Only the packet right behind NEWKEYS may be EXT_INFO.
    if (state_ == State::after_newkeys && n != msg::newkeys && !in_kex()) state_ = State::service;
    return result;
}

Result<void> SessionImpl::to_layer(Layer& layer, const InPacket& packet) {
    auto result = layer.on_packet(packet);
    if (!result && result.error().code == Errc::unsupported) {
        unimplemented(packet.seq);
        return {};
    }
    return result;
}

Result<void> SessionImpl::on_transport(const InPacket& packet) {
    switch (packet.number) {
        case msg::disconnect:
            return on_disconnect(packet);
        case msg::ignore:
        case msg::pong:
            return {};
        case msg::unimplemented:
            if (!decode<msg::Unimplemented>(packet.body.bytes))
                return malformed("UNIMPLEMENTED malformed", packet.number);
            if (observer_ != nullptr && ++unimplemented_told_ <= kMaxTold)
                observer_->on_warning(info_, "peer does not implement a message of ours", 0);
            return {};
        case msg::debug: {
            NACRE_TRY(const auto m, decode<msg::Debug>(packet.body.bytes));
            if (observer_ != nullptr && ++debug_told_ <= kMaxTold)
                observer_->on_debug_message(info_, m.message.substr(0, kMaxPeerText));
            return {};
        }
        case msg::kexinit:
            return on_kexinit(packet);
        case msg::newkeys:
            NACRE_CHECK(decode<msg::NewKeys>(packet.body.bytes));
            return on_newkeys();
        case msg::service_request:
            return on_service_request(packet);
        case msg::service_accept:
            return on_service_accept(packet);
        case msg::ext_info:
            return on_ext_info(packet);
        case msg::ping:
            return on_ping(packet);
        default:
            unimplemented(packet.seq);
            return {};
    }
}

Result<void> SessionImpl::on_disconnect(const InPacket& packet) {
    const auto m = decode<msg::Disconnect>(packet.body.bytes);
    // Many peers send less than the RFC asks for; it ends the session all the same.
    const auto reason = m ? m->reason_code : 0;
    std::string text(m ? m->description.substr(0, kMaxPeerText) : std::string_view{});
    writer_.stop();
    end(Error{Errc::closed, Disconnect::none, reason, "disconnected by the peer"}, true,
        std::move(text));
    return {};
}

Result<void> SessionImpl::on_ping(const InPacket& packet) {
    NACRE_TRY(const auto ping, decode<msg::Ping>(packet.body.bytes));
    send(static_cast<PacketPort&>(*this), msg::Pong{ping.data}, Lane::urgent);
    return {};
}

Result<void> SessionImpl::on_ext_info(const InPacket& packet) {
    if (++ext_infos_ > kMaxExtInfos) return misbehaved("too many EXT_INFO messages");
    return read_ext_info(packet.body.bytes, info_);
}

Result<void> SessionImpl::on_service_request(const InPacket& packet) {
    NACRE_TRY(const auto m, decode<msg::ServiceRequest>(packet.body.bytes));
    //= RFC 4253 s10
    //# If the server rejects the service request, it SHOULD send an appropriate
    //# SSH_MSG_DISCONNECT message and MUST disconnect.
    if (m.service_name != auth_->service())
        return Error{Errc::peer_misbehaved, Disconnect::service_not_available, 0,
                     "service not available"};
    // Asked once is enough; some clients ask again, none without end.
    if (++service_requests_ > kMaxServiceRequests)
        return over_limit("too many service requests", service_requests_);
    send(static_cast<PacketPort&>(*this), msg::ServiceAccept{m.service_name});
    if (auth_started_) return {};
    auth_started_ = true;
    state_ = State::authentication;
    return auth_->on_start(*this);
}

Result<void> SessionImpl::on_service_accept(const InPacket& packet) {
    NACRE_TRY(const auto m, decode<msg::ServiceAccept>(packet.body.bytes));
    if (auth_started_ || m.service_name != auth_->service())
        return misbehaved("SERVICE_ACCEPT for a service that was not asked for");
    auth_started_ = true;
    state_ = State::authentication;
    return auth_->on_start(*this);
}

void SessionImpl::start_connection() {
    start_connection_ = false;
    connection_started_ = true;
    if (auto started = connection_->on_start(*this); !started) fail(started.error());
}

// ---- key exchange -------------------------------------------------------------------------------

void SessionImpl::start_kex() noexcept {
    kex_started_ = now_;
    kex_undated_ = !pumping_;
    kex_bytes_ = 0;
    guarded([this] {
        kex_ =
            std::make_unique<KeyExchange>(static_cast<KeyExchangeHost&>(*this), info_.role,
                                          *config_, resources_, offer_, info_.key_exchanges == 0);
        kex_->start();
    });
}

void SessionImpl::check_rekey() noexcept {
    if (closed_ || in_kex() || !info_.authenticated) return;
    const SendEpoch& out = writer_.epoch();
    const ReceiveEpoch& in = reader_.epoch();
    if (rekey_policy_.due(out.bytes, out.packets, out.sealer->shape().rekey_bytes) ||
        rekey_policy_.due(in.bytes, in.packets, in.opener->shape().rekey_bytes))
        start_kex();
}

/// Windows and other limits bound what may come of the connection protocol meanwhile.
Result<void> SessionImpl::count_kex(const InPacket& packet) noexcept {
    if (packet.number >= msg::global_request || config_->max_kex_size == 0) return {};
    kex_bytes_ += 1 + packet.body.bytes.size();
    if (kex_bytes_ <= config_->max_kex_size) return {};
    return Error{Errc::peer_limit, Disconnect::key_exchange_failed, 0, "key exchange is too large"};
}

void SessionImpl::kex_send(std::uint8_t number, ByteView body) noexcept {
    if (closed_) return;
    Frame out = frame(number, body.size());
    if (!out) return;
    if (!body.empty()) std::memcpy(out.append(body.size()).data(), body.data(), body.size());
    writer_.push_kex(std::move(out));
    asked_ = now_;
    wake();
}

void SessionImpl::kex_wait(bool waiting) noexcept {
    kex_waits_ = waiting;
    if (!waiting) wake();
}

Result<void> SessionImpl::on_kexinit(const InPacket& packet) {
    const bool first = info_.key_exchanges == 0;
    if (!info_.authenticated && info_.key_exchanges >= kMaxEarlyExchanges)
        return over_limit("too many key exchanges before the login", kMaxEarlyExchanges);
    if (!in_kex()) {
        start_kex();
        // There may be no memory for it.
        if (closed_) return {};
        NACRE_CHECK(count_kex(packet));
    }
    if (first) {
        state_ = State::first_exchange;
    } else {
        after_kex_ = state_;
        state_ =
            state_ == State::connection ? State::connection_rekey_exchange : State::rekey_exchange;
    }
    NACRE_CHECK(kex_->on_kexinit(packet.body.bytes, packet.seq));
    if (first) {
        NACRE_TRY(const auto m, decode<msg::KexInit>(packet.body.bytes));
        peer_wants_ext_info_ = wants_ext_info(m.kex_algorithms, other(info_.role));
    }
    return {};
}

Result<void> SessionImpl::on_kex_message(const InPacket& packet) {
    if (kex_->take_skip()) return {};
    if (!kex_->expects(packet.number))
        return misbehaved("message is not expected by the key exchange method", packet.number);
    if (info_.role == Role::client && info_.key_exchanges == 0) info_.round_trip = now_ - asked_;
    return kex_->on_message(packet.number, packet.body.bytes);
}

void SessionImpl::kex_keys(SendEpoch epoch) {
    if (closed_) return;
    writer_.set_next(std::move(epoch), info_.strict_kex);
    kex_send(msg::newkeys, {});
    //= RFC 8308 s2.4
    //# ... as the next packet following the server's first SSH_MSG_NEWKEYS.
    if (info_.key_exchanges == 0 && peer_wants_ext_info_)
        kex_send(msg::ext_info,
                 make_ext_info(info_.role, config_->user_key_algorithms, *resources_.provider));
    if (state_ == State::first_exchange) {
        state_ = State::first_newkeys;
    } else {
        state_ = state_ == State::connection_rekey_exchange ? State::connection_rekey_newkeys
                                                            : State::rekey_newkeys;
    }
}

Result<void> SessionImpl::on_newkeys() {
    reader_.install(kex_->take_receive_epoch(), info_.strict_kex);
    kex_.reset();
    // A client has NEWKEYS only after it has our reply.
    if (info_.role == Role::server && info_.key_exchanges == 0) info_.round_trip = now_ - asked_;
    ++info_.key_exchanges;
    state_ = info_.key_exchanges == 1 ? State::after_newkeys : after_kex_;
    rekey_policy_.reset(now_);
    if (observer_ != nullptr) observer_->on_negotiated(info_);
    if (info_.role == Role::client && info_.key_exchanges == 1) request_service(auth_->service());
    return {};
}

}  // namespace nacre
