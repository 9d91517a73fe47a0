#include "session/session_impl.hpp"

#include <nacre/base/if_memory.hpp>
#include <nacre/session/session.hpp>

namespace nacre {

namespace {

/// Enough for the packet that comes, and for the beginnings of messages that wait for it.
constexpr std::size_t kMinInputLimit = 8 * SlabPool::kSlabSize;

Result<std::unique_ptr<Session>> make(SessionParts&& parts) {
    const SessionResources& r = parts.resources;
    if (parts.config == nullptr || r.provider == nullptr || r.rng == nullptr ||
        r.executor == nullptr || r.frames == nullptr || r.slabs == nullptr ||
        parts.auth == nullptr || parts.connection == nullptr)
        return Error{Errc::local_misuse, Disconnect::none, 0, "session parts are missing"};
    if (parts.config->input_limit != 0 && parts.config->input_limit < kMinInputLimit)
        return Error{Errc::local_misuse, Disconnect::none, 0, "TransportConfig::input_limit"};
    NACRE_TRY(auto offer, make_offer(*parts.config, *r.provider, parts.role));
    NACRE_TRY(auto identification,
              make_identification(parts.config->software_version, parts.config->version_comment));
    return std::unique_ptr<Session>(std::make_unique<SessionImpl>(
        std::move(parts), std::move(offer), std::move(identification)));
}

}  // namespace

Result<std::unique_ptr<Session>> make_session(SessionParts parts) {
    try {
        return make(std::move(parts));
    } catch (const std::bad_alloc&) {
        return Error{Errc::out_of_memory, Disconnect::none, 0, "no memory for a session"};
    }
}

SessionImpl::SessionImpl(SessionParts parts, Offer offer, std::string identification)
    : config_(std::move(parts.config)),
      resources_(parts.resources),
      offer_(std::move(offer)),
      auth_(std::move(parts.auth)),
      connection_(std::move(parts.connection)),
      observer_(std::move(parts.observer)),
      now_(parts.now),
      identification_(parts.role),
      slabs_(*resources_.slabs, config_->input_limit,
             [this] {
                 if (!closed_) wake();
             }),
      buffer_(slabs_),
      reader_(buffer_, slabs_),
      writer_(*resources_.frames, *resources_.rng),
      kex_started_(parts.now),
      rekey_policy_(config_->rekey) {
    info_.role = parts.role;
    info_.number = parts.number;
    info_.our_version = std::move(identification);
    if (!writer_.push_raw(as_bytes(info_.our_version + "\r\n")))
        fail(Error{Errc::out_of_memory, Disconnect::none, 0, "no memory for the identification"});
}

SessionImpl::~SessionImpl() {
    end(Error{Errc::closed, Disconnect::none, 0, "session destroyed"}, false, {});
    tell_closed();
}

ByteSpan SessionImpl::rx_space(std::size_t min) {
    return buffer_.space(std::max(min, identified_ ? reader_.missing() : std::size_t{1}));
}

void SessionImpl::set_now(Instant now) noexcept {
    now_ = now;
    if (std::exchange(kex_undated_, false)) kex_started_ = now;
}

Result<void> SessionImpl::rx_commit(std::size_t n, Instant now) {
    set_now(now);
    bytes_in_ += n;
    buffer_.commit(n);
    woken_ = false;
    if (!closed_) pump();
    if (closed_) {
        buffer_.drop();
        tell_closed();
    }
    return outcome();
}

Result<void> SessionImpl::outcome() const noexcept {
    if (!closed_) return {};
    return close_.error;
}

void SessionImpl::rx_eof(Instant now) noexcept {
    now_ = now;
    end(Error{Errc::closed, Disconnect::none, 0, "connection ended by the peer"}, true, {});
    tell_closed();
}

bool SessionImpl::rx_wanted() const noexcept {
    if (closed_) return false;
    if (slabs_.over() || writer_.control_backlog() > config_->output_limit) return false;
    // Parked input is bounded by one slab.
    const bool parked = holds_ != 0 || kex_waits_;
    return !parked || buffer_.pending().size() < SlabPool::kSlabSize / 2;
}

std::size_t SessionImpl::tx_slices(std::span<ConstBuf> out) noexcept {
    const std::size_t n = writer_.slices(out);
    start_inflating();
    check_writer();
    check_rekey();
    return n;
}

void SessionImpl::check_writer() {
    if (closed_ || !writer_.failed()) return;
    end(Error{Errc::crypto_failed, Disconnect::none, 0, "a packet could not be sealed"}, false, {});
    wake();
}

void SessionImpl::tx_consumed(std::size_t n) noexcept {
    was_full_ = was_full_ || writer_.backlog() > kLowWater;
    writer_.consumed(n);
    // The layers are told in the next pump: up-calls happen only there.
    if (was_full_ && writer_.backlog() <= kLowWater) wake();
}

std::optional<Instant> SessionImpl::kex_deadline() const noexcept {
    if (!in_kex() && identified_) return {};
    const auto limit = info_.authenticated ? config_->rekey_timeout : config_->kex_timeout;
    if (limit.count() == 0) return {};
    return kex_started_ + limit;
}

std::optional<Instant> SessionImpl::deadline() const noexcept {
    if (closed_) {
        if (told_) return {};
        return now_;
    }
    std::optional<Instant> at = kex_deadline();
    if (info_.authenticated && !in_kex()) at = rekey_policy_.deadline();
    // The time for the login runs from the start, before the service is asked for.
    at = earlier(at, auth_->deadline());
    if (connection_started_) at = earlier(at, connection_->deadline());
    return at;
}

Result<void> SessionImpl::on_deadline(Instant now) {
    set_now(now);
    woken_ = false;
    if (!closed_) {
        if (const auto at = kex_deadline(); at && now >= *at)
            fail(Error{Errc::timed_out, Disconnect::key_exchange_failed, 0,
                       "key exchange takes too long"});
        const auto ask = [&](Layer& layer) {
            const auto at = layer.deadline();
            if (closed_ || !at || now < *at) return;
            if (auto result = layer.on_deadline(now); !result) fail(result.error());
        };
        guarded([&] {
            ask(*auth_);
            if (connection_started_) ask(*connection_);
        });
        if (!closed_ && info_.authenticated && !in_kex() && rekey_policy_.due_by_time(now))
            start_kex();
        if (!closed_) pump();
    }
    if (closed_) tell_closed();
    return outcome();
}

void SessionImpl::close(Disconnect reason, std::string_view text) noexcept {
    if (closed_) return;
    // What is queued for the socket leaves first; what waits for a window never will.
    msg::Disconnect m;
    m.reason_code = static_cast<std::uint32_t>(reason);
    m.description = text;
    if (in_kex() || state_ == State::first_kexinit) {
        writer_.stop();
        send_disconnect(reason, text);
    } else {
        send(static_cast<PacketPort&>(*this), m);
    }
    guarded([&] { end(Error{Errc::closed, reason, 0, "closed by us"}, false, std::string(text)); });
    wake();
}

void SessionImpl::rekey() noexcept {
    if (!closed_ && info_.key_exchanges != 0 && !in_kex()) {
        start_kex();
        wake();
    }
}

Idle SessionImpl::why_idle() const noexcept {
    if (closed_) return Idle::finished;
    if (holds_ != 0) return Idle::waiting_for_handler;
    if (in_kex()) return Idle::rekeying;
    if (writer_.ready()) return Idle::output_full;
    return Idle::needs_input;
}

void SessionImpl::wake() noexcept {
    if (pumping_ || woken_ || !wake_) return;
    woken_ = true;
    wake_();
}

// ---- what the layers may do -------------------------------------------------------------------

Frame SessionImpl::frame(std::uint8_t number, std::size_t body) noexcept {
    Frame frame = resources_.frames->take(1 + body);
    if (!frame) {
        fail(Error{Errc::out_of_memory, Disconnect::none, 0, "no memory for a packet"});
        return frame;
    }
    frame.append(1)[0] = number;
    return frame;
}

Frame SessionImpl::bulk_frame(std::size_t payload) noexcept {
    return resources_.frames->take(payload);
}

void SessionImpl::submit(Frame&& frame, Lane lane) noexcept {
    if (closed_) {
        Frame dropped = std::move(frame);
        return;
    }
    writer_.push(std::move(frame), lane);
    wake();
}

void SessionImpl::resume() noexcept {
    if (holds_ != 0) --holds_;
    if (holds_ == 0) wake();
}

void SessionImpl::auth_done(std::string_view user,
                            std::shared_ptr<const LoginRestrictions> restrictions) noexcept {
    if (closed_ || info_.authenticated) return;
    info_.authenticated = true;
    info_.restrictions = std::move(restrictions);
    guarded([&] { info_.user = user; });
    if (closed_) return;
    // "zlib@openssh.com": the server's next packet after USERAUTH_SUCCESS is compressed, and the
    // client's next packet after receiving it.
    if (auto started = start_compression(); !started) return fail(started.error());
    if (state_ == State::rekey_exchange || state_ == State::rekey_newkeys)
        after_kex_ = State::connection;
    else
        state_ = State::connection;
    rekey_policy_.reset(now_);
    start_connection_ = true;
    wake();
}

Result<void> SessionImpl::start_compression() {
    if (info_.compression_out == "zlib@openssh.com") {
        NACRE_TRY(auto compressor, Compressor::create(config_->compression_level));
        writer_.start_compression(std::move(compressor));
    }
    if (info_.compression_in == "zlib@openssh.com") {
        NACRE_TRY(auto decompressor, Decompressor::create());
        if (info_.role == Role::client) {
            reader_.start_compression(std::move(decompressor));
        } else {
            inflate_later_ = std::move(decompressor);
            inflate_after_ = writer_.ordered_total();
        }
    }
    return {};
}

/// What a client sent before it can have seen USERAUTH_SUCCESS is not compressed. Nor is the rest
/// of a key exchange that it began by then; the keys of that one inflate from the start.
void SessionImpl::start_inflating() noexcept {
    if (!inflate_later_ || writer_.ordered_sealed() < inflate_after_) return;
    if (!in_kex()) reader_.start_compression(std::move(*inflate_later_));
    inflate_later_.reset();
}

void SessionImpl::request_service(std::string_view name) noexcept {
    send(static_cast<PacketPort&>(*this), msg::ServiceRequest{name});
}

void SessionImpl::fail(const Error& error) noexcept {
    if (closed_) return;
    writer_.stop();
    if (error.disconnect != Disconnect::none) send_disconnect(error.disconnect, error.what);
    end(error, false, {});
    wake();
}

void SessionImpl::send_disconnect(Disconnect reason, std::string_view text) noexcept {
    // Before the identification strings are exchanged the peer could not read it.
    if (!identified_) return;
    const msg::Disconnect m{static_cast<std::uint32_t>(reason), text, {}};
    if (Frame frame = resources_.frames->take(1 + body_size(m))) {
        frame.append(1)[0] = msg::disconnect;
        write_body(m, frame);
        writer_.push_kex(std::move(frame));
    }
}

void SessionImpl::end(const Error& error, bool by_peer, std::string text) noexcept {
    if (closed_) return;
    closed_ = true;
    close_.error = error;
    close_.by_peer = by_peer;
    close_.text = std::move(text);
}

void SessionImpl::tell_closed() noexcept {
    // Never while a layer's function is on the stack: on_close may destroy what called us.
    if (told_ || pumping_) return;
    told_ = true;
    kex_.reset();
    close_.bytes_in = bytes_in_;
    close_.bytes_out = writer_.bytes_out();
    if (connection_started_) connection_->on_close(close_);
    auth_->on_close(close_);
    if (!connection_started_) connection_->on_close(close_);
    if_memory([this] {
        if (observer_ != nullptr) observer_->on_close(info_, close_);
    });
}

}  // namespace nacre
