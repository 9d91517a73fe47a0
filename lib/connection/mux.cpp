#include "connection/mux.hpp"

#include <algorithm>

namespace nacre {
namespace detail {

Mux::Mux(ConnectionConfig config, std::unique_ptr<ConnectionHandler> handler)
    : config_(std::move(config)), handler_(std::move(handler)), global_(config_, *handler_) {}

Result<void> Mux::on_start(PacketPort& below) {
    port_ = &below;
    note_use();
    global_.start(below);
    handler_->on_ready(*this);
    return {};
}

Result<void> Mux::on_packet(const InPacket& packet) {
    in_batch_ = true;
    global_.on_sign_of_life();
    switch (packet.number) {
        case msg::global_request:
        case msg::request_success:
        case msg::request_failure:
            return global_.on_message(packet);
        case msg::channel_open:
            return on_channel_open(packet);
        default:
            break;
    }
    if (packet.number > msg::channel_open && packet.number <= msg::channel_failure)
        return on_channel_message(packet);
    return Error{Errc::unsupported, Disconnect::none, packet.number, "unassigned message number"};
}

// ---- channels ------------------------------------------------------------------------------

Result<void> Mux::on_channel_open(const InPacket& packet) {
    NACRE_TRY(const auto m, decode<msg::ChannelOpen>(packet.body.bytes));
    note_use();
    const auto refuse = [&](OpenFailure reason, std::string_view description) {
        msg::ChannelOpenFailure failure;
        failure.recipient_channel = m.sender_channel;
        failure.reason_code = static_cast<std::uint32_t>(reason);
        failure.description = description;
        send(*port_, failure);
        return Result<void>();
    };
    if (m.maximum_packet_size == 0)
        return refuse(OpenFailure::administratively_prohibited, "maximum packet size of 0");
    if (m.channel_type == "session" && global_.no_more_sessions())
        return refuse(OpenFailure::administratively_prohibited, "no more sessions");
    Channel* channel = add_channel();
    if (channel == nullptr) return refuse(OpenFailure::resource_shortage, "too many channels");
    channel->decide(m);
    handler_->open_channel(
        {m.channel_type, m.data.bytes},
        {line_.ref(), channel->id(),
         [](void* self, std::uint64_t id, Result<std::unique_ptr<ChannelSink>>&& answer) {
             static_cast<Mux*>(self)->decide(id, std::move(answer));
         }});
    return {};
}

void Mux::decide(std::uint64_t id, Result<std::unique_ptr<ChannelSink>>&& answer) {
    const auto found = std::find_if(channels_.begin(), channels_.end(),
                                    [id](const auto& c) { return c && c->id() == id; });
    if (found == channels_.end()) return;
    Channel& channel = **found;
    if (answer && *answer) {
        channel.confirm(std::move(*answer));
        return;
    }
    const Error error =
        answer ? Error{Errc::internal, Disconnect::none, 0, "not served"} : answer.error();
    const auto reason = error.detail == 0 ? OpenFailure::administratively_prohibited
                                          : static_cast<OpenFailure>(error.detail);
    channel.refuse(reason, error.what);
    retire(channel);
}

Result<void> Mux::on_channel_message(const InPacket& packet) {
    const auto body = packet.body.bytes;
    if (body.size() < 4) return malformed("message too short for its channel", packet.number);
    const std::uint32_t number = load_be32(body.data());
    if (number >= channels_.size() || !channels_[number])
        return misbehaved("message for an unknown channel", packet.number);
    Channel& channel = *channels_[number];
    NACRE_CHECK(channel.on_message(packet));
    if (channel.over()) {
        channel.end(channel.why_over());
        retire(channel);
    }
    return {};
}

void Mux::open_channel(std::string_view type, ByteView data, std::unique_ptr<ChannelSink> sink,
                       Reply<void> reply) {
    if (type.size() + data.size() > kMaxRequestData)
        return reply(Error{Errc::local_misuse, Disconnect::none, 0, "channel open too long"});
    Channel* channel = over_ ? nullptr : add_channel();
    if (channel == nullptr)
        return reply(Error{Errc::local_limit, Disconnect::none, 0, "too many channels"});
    channel->ask(std::move(sink), std::move(reply));
    msg::ChannelOpen m;
    m.channel_type = type;
    m.sender_channel = channel->number();
    m.initial_window_size = config_.initial_window;
    m.maximum_packet_size = config_.max_packet;
    m.data = {data};
    send(*port_, m);
}

Channel* Mux::add_channel() {
    std::size_t number = 0;
    while (number < channels_.size() && channels_[number]) ++number;
    if (number >= config_.max_channels) return nullptr;
    if (number == channels_.size()) channels_.emplace_back();
    channels_[number] = std::make_unique<Channel>(static_cast<ChannelHost&>(*this),
                                                  static_cast<std::uint32_t>(number), next_id_++);
    windows_ += channels_[number]->window_size();
    return channels_[number].get();
}

void Mux::retire(Channel& channel) {
    windows_ -= channel.window_size();
    graveyard_.push_back(std::move(channels_[channel.number()]));
}

void Mux::global_request(std::string_view name, ByteView data, Reply<Bytes> reply) {
    if (over_) return reply(Error{Errc::closed, Disconnect::none, 0, "session over"});
    global_.ask(name, data, std::move(reply));
}

void Mux::global_request(std::string_view name, ByteView data) {
    if (!over_) global_.ask(name, data);
}

// ---- batches and output --------------------------------------------------------------------

template <class F>
void Mux::for_each_open(F&& f) {
    // By index: users may open channels meanwhile.
    for (std::size_t i = 0; i < channels_.size(); ++i)
        if (channels_[i] && channels_[i]->is_open()) f(*channels_[i]);
}

void Mux::on_batch_end() {
    in_batch_ = true;
    for_each_open([](Channel& c) { c.sink()->on_batch_end(); });
    settle(false);
    in_batch_ = false;
    graveyard_.clear();
}

void Mux::on_writable() {
    const bool outer = std::exchange(in_batch_, true);
    settle(true);
    in_batch_ = outer;
}

/// Sends what can be sent, then the credit that the users gave.
void Mux::settle(bool drained) {
    pump();
    for_each_open([&](Channel& c) { c.tell_writable(drained); });
    for_each_open([](Channel& c) { c.flush_credit(); });
}

void Mux::pump() noexcept {
    std::size_t idle = 0;  // channels in a row that had nothing to send
    while (idle < channels_.size() && port_->backlog() < config_.channel_output) {
        if (turn_ >= channels_.size()) turn_ = 0;
        Channel* channel = channels_[turn_++].get();
        idle = channel != nullptr && channel->send_next() ? 0 : idle + 1;
    }
}

// ---- time and the end ----------------------------------------------------------------------

std::optional<Instant> Mux::deadline() const noexcept {
    if (over_ || port_ == nullptr) return {};
    auto first = earlier(global_.deadline(), idle_deadline());
    for (const auto& channel : channels_)
        if (channel && channel->is_open()) first = earlier(first, channel->sink()->deadline());
    return first;
}

std::optional<Instant> Mux::idle_deadline() const noexcept {
    if (config_.idle_timeout.count() == 0) return {};
    return last_use_ + config_.idle_timeout;
}

Result<void> Mux::on_deadline(Instant now) {
    if (const auto due = idle_deadline(); due && *due <= now)
        return Error{Errc::timed_out, Disconnect::by_application, 0, "connection not used"};
    const bool outer = std::exchange(in_batch_, true);
    NACRE_CHECK(global_.on_deadline(now));
    for_each_open([&](Channel& c) {
        const auto due = c.sink()->deadline();
        if (!due || *due > now) return;
        // Work that goes on in turns is use, too.
        note_use();
        c.sink()->on_deadline(now);
    });
    settle(false);
    in_batch_ = outer;
    return {};
}

bool Mux::busy() const noexcept {
    return std::any_of(channels_.begin(), channels_.end(), [](const auto& channel) {
        return channel && channel->is_open() &&
               (channel->backlog() != 0 || channel->sink()->busy());
    });
}

void Mux::on_close(const CloseInfo& why) noexcept {
    over_ = true;
    line_.cut();
    for (auto& channel : channels_)
        if (channel) channel->end(CloseReason::link_lost);
    global_.end();
    handler_->on_close(why);
}

}  // namespace detail

std::unique_ptr<Layer> make_connection_layer(ConnectionConfig config,
                                             std::unique_ptr<ConnectionHandler> handler) {
    return std::make_unique<detail::Mux>(std::move(config), std::move(handler));
}

}  // namespace nacre
