#include "connection/channel.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace nacre::detail {
namespace {

/// Numbers 90 to 105, one bit each.
using MessageSet = std::uint16_t;

template <class... N>
constexpr MessageSet messages(N... number) {
    return static_cast<MessageSet>((0U | ... | (1U << (number - msg::channel_open))));
}

/// What a peer may say on a channel, by what it said last (RFC 4254 s5.1, s5.3).
constexpr std::array<MessageSet, 5> kLegal{
    // asked
    messages(msg::channel_open_confirmation, msg::channel_open_failure),
    // deciding: the peer does not know our number yet
    messages(),
    // open
    messages(msg::channel_window_adjust, msg::channel_data, msg::channel_extended_data,
             msg::channel_eof, msg::channel_close, msg::channel_request, msg::channel_success,
             msg::channel_failure),
    // eof
    messages(msg::channel_window_adjust, msg::channel_close, msg::channel_request,
             msg::channel_success, msg::channel_failure),
    // closed
    messages(),
};

constexpr bool legal(Channel::Incoming state, std::uint8_t number) {
    return (kLegal[static_cast<std::size_t>(state)] & messages(number)) != 0;
}

/// Requests that ask for nothing but an answer, whatever it is.
bool is_probe(std::string_view type) {
    return type == "keepalive@openssh.com" || type == "winadj@putty.projects.tartarus.org";
}

}  // namespace

Channel::Channel(ChannelHost& host, std::uint32_t number, std::uint64_t id)
    : host_(host),
      number_(number),
      id_(id),
      receive_window_(host.config().initial_window, host.config().max_window,
                      host.config().max_packet),
      theirs_(host.config().max_pending_requests) {}

// ---- opening -------------------------------------------------------------------------------

void Channel::ask(std::unique_ptr<ChannelSink> sink, Reply<void> reply) {
    sink_ = std::move(sink);
    open_reply_ = std::move(reply);
}

void Channel::decide(const msg::ChannelOpen& open) {
    incoming_ = Incoming::deciding;
    learn_peer(open.sender_channel, open.initial_window_size, open.maximum_packet_size);
}

void Channel::confirm(std::unique_ptr<ChannelSink> sink) {
    sink_ = std::move(sink);
    incoming_ = Incoming::open;
    outgoing_ = Outgoing::open;
    msg::ChannelOpenConfirmation m;
    m.recipient_channel = peer_number_;
    m.sender_channel = number_;
    m.initial_window_size = host_.config().initial_window;
    m.maximum_packet_size = host_.config().max_packet;
    send(host_.port(), m);
    sink_->on_open(*this);
}

void Channel::refuse(OpenFailure reason, std::string_view description) {
    incoming_ = Incoming::closed;
    msg::ChannelOpenFailure m;
    m.recipient_channel = peer_number_;
    m.reason_code = static_cast<std::uint32_t>(reason);
    m.description = description;
    send(host_.port(), m);
}

void Channel::learn_peer(std::uint32_t number, std::uint32_t window,
                         std::uint32_t max_packet) noexcept {
    peer_number_ = number;
    send_window_ = SendWindow(window);
    data_limit_ = std::min<std::size_t>(max_packet, kMaxDataPacket);
}

// ---- messages of the peer ------------------------------------------------------------------

Result<void> Channel::on_message(const InPacket& packet) {
    if (!legal(incoming_, packet.number))
        return misbehaved("channel message out of place", packet.number);
    switch (packet.number) {
        case msg::channel_open_confirmation:
            return on_confirmation(packet);
        case msg::channel_open_failure:
            return on_refusal(packet);
        case msg::channel_window_adjust:
            return on_window_adjust(packet);
        case msg::channel_data:
            return on_data(packet);
        case msg::channel_extended_data:
            return on_extended_data(packet);
        case msg::channel_request:
            return on_request(packet);
        default:
            break;
    }
    // The others have the recipient channel as their only field.
    NACRE_CHECK(decode<msg::ChannelEof>(packet.body.bytes));
    switch (packet.number) {
        case msg::channel_eof:
            incoming_ = Incoming::eof;
            sink_->on_eof();
            return {};
        case msg::channel_close:
            on_close();
            return {};
        default:
            return on_answer(packet.number == msg::channel_success);
    }
}

Result<void> Channel::on_confirmation(const InPacket& packet) {
    NACRE_TRY(const auto m, decode<msg::ChannelOpenConfirmation>(packet.body.bytes));
    if (m.maximum_packet_size == 0) return misbehaved("maximum packet size of 0");
    learn_peer(m.sender_channel, m.initial_window_size, m.maximum_packet_size);
    incoming_ = Incoming::open;
    outgoing_ = Outgoing::open;
    sink_->on_open(*this);
    open_reply_(Result<void>());
    return {};
}

Result<void> Channel::on_refusal(const InPacket& packet) {
    NACRE_TRY(const auto m, decode<msg::ChannelOpenFailure>(packet.body.bytes));
    incoming_ = Incoming::closed;
    open_reply_(Error{Errc::peer_refused, Disconnect::none, m.reason_code, "channel not opened"});
    return {};
}

Result<void> Channel::on_window_adjust(const InPacket& packet) {
    NACRE_TRY(const auto m, decode<msg::ChannelWindowAdjust>(packet.body.bytes));
    NACRE_CHECK(send_window_.add(m.bytes_to_add));
    host_.pump();
    return {};
}

Result<void> Channel::take_data(std::size_t size) {
    if (size > host_.config().max_packet)
        return over_limit("data larger than our maximum packet size");
    return receive_window_.receive(size);
}

Result<void> Channel::on_data(const InPacket& packet) {
    NACRE_TRY(const auto m, decode<msg::ChannelData>(packet.body.bytes));
    NACRE_CHECK(take_data(m.data.size()));
    host_.note_use();
    // After our CLOSE nobody reads it; it was on its way.
    if (m.data.empty() || outgoing_ == Outgoing::closed) return {};
    const auto offset = static_cast<std::size_t>(m.data.data() - packet.body.bytes.data());
    sink_->on_data(packet.body.sub(offset, m.data.size()));
    return {};
}

Result<void> Channel::on_extended_data(const InPacket& packet) {
    NACRE_TRY(const auto m, decode<msg::ChannelExtendedData>(packet.body.bytes));
    NACRE_CHECK(take_data(m.data.size()));
    host_.note_use();
    if (m.data.empty() || outgoing_ == Outgoing::closed) return {};
    if (m.data_type_code != kExtendedDataStderr) {
        credit(m.data.size());
        return {};
    }
    const auto offset = static_cast<std::size_t>(m.data.data() - packet.body.bytes.data());
    sink_->on_extended(m.data_type_code, packet.body.sub(offset, m.data.size()));
    return {};
}

void Channel::on_close() {
    const bool both_eof = incoming_ == Incoming::eof && output_.empty() &&
                          (outgoing_ == Outgoing::eof_queued || outgoing_ == Outgoing::closed);
    const bool ours = outgoing_ == Outgoing::closed;
    why_over_ = both_eof ? CloseReason::eof : ours ? CloseReason::by_us : CloseReason::by_peer;
    incoming_ = Incoming::closed;
    if (ours) return;
    // RFC 4254 s5.3: "Upon receiving this message, a party MUST send back an SSH_MSG_CHANNEL_CLOSE
    // unless it has already sent this message". Nobody reads what is still queued.
    output_.clear();
    outgoing_ = Outgoing::closed;
    send(host_.port(), msg::ChannelClose{peer_number_});
}

Result<void> Channel::on_request(const InPacket& packet) {
    NACRE_TRY(const auto m, decode<msg::ChannelRequest>(packet.body.bytes));
    // RFC 4254 has no rule, but peers end the session at an answer after CLOSE.
    if (outgoing_ == Outgoing::closed) return {};
    const bool probe = is_probe(m.request_type);
    if (!probe) host_.note_use();
    Reply<bool> reply;
    if (m.want_reply) {
        const auto token = theirs_.ask();
        if (!token) return over_limit("too many unanswered channel requests");
        if (probe) {
            answer(*token, false);
            return {};
        }
        reply = Reply<bool>(line_.ref(), *token,
                            [](void* self, std::uint64_t which, Result<bool>&& result) {
                                static_cast<Channel*>(self)->answer(which, result && *result);
                            });
    }
    sink_->on_request({m.request_type, m.want_reply, m.data.bytes}, std::move(reply));
    return {};
}

void Channel::answer(std::uint64_t token, bool success) noexcept {
    theirs_.answer(token, success);
    if (outgoing_ == Outgoing::closed) return;
    // Not behind the data: that may wait for window, and the peer may wait for the answer.
    while (const auto next = theirs_.next()) {
        if (*next) {
            send(host_.port(), msg::ChannelSuccess{peer_number_});
        } else {
            send(host_.port(), msg::ChannelFailure{peer_number_});
        }
    }
}

Result<void> Channel::on_answer(bool success) {
    if (ours_sent_ == 0) return misbehaved("answer without a channel request");
    --ours_sent_;
    auto reply = std::move(ours_.front());
    ours_.pop_front();
    if (success) {
        reply(Result<void>());
    } else {
        reply(Error{Errc::peer_refused, Disconnect::none, 0, "channel request refused"});
    }
    return {};
}

void Channel::end(CloseReason why) noexcept {
    constexpr Error kGone{Errc::closed, Disconnect::none, 0, "channel closed"};
    const bool was_open = outgoing_ != Outgoing::unopened;
    incoming_ = Incoming::closed;
    outgoing_ = Outgoing::closed;
    line_.cut();
    output_.clear();
    open_reply_(kGone);
    while (!ours_.empty()) {
        auto reply = std::move(ours_.front());
        ours_.pop_front();
        reply(kGone);
    }
    if (was_open && sink_) sink_->on_close(why);
}

// ---- output --------------------------------------------------------------------------------

FrameList Channel::frames(std::size_t bytes) noexcept {
    const std::size_t size = data_limit_ < kMinDataFrame ? kMaxDataPacket : data_limit_;
    FrameList list;
    while (bytes != 0) {
        const std::size_t n = std::min(bytes, size);
        Frame frame = host_.port().bulk_frame(n);
        if (!frame) return {};
        frame.append(n);
        list.push_back(std::move(frame));
        bytes -= n;
    }
    return list;
}

/// Runs `work`; when it finds no memory, the session ends.
template <class F>
void Channel::queueing(F&& work) noexcept {
    try {
        work();
    } catch (const std::bad_alloc&) {
        host_.port().fail(
            Error{Errc::out_of_memory, Disconnect::none, 0, "no memory for a channel's output"});
    }
}

void Channel::submit(FrameList&& data) noexcept {
    queue_data(OutputQueue::Kind::data, 0, std::move(data));
}

void Channel::submit_extended(std::uint32_t type, FrameList&& data) noexcept {
    queue_data(OutputQueue::Kind::extended, type, std::move(data));
}

void Channel::queue_data(OutputQueue::Kind kind, std::uint32_t type, FrameList&& data) noexcept {
    FrameList taken = std::move(data);
    if (outgoing_ != Outgoing::open) return;
    queueing([&] { output_.push(kind, type, std::move(taken)); });
    host_.pump();
    peak_ = std::max(peak_, backlog());
}

template <class M>
void Channel::queue_message(const M& m) noexcept {
    Frame frame = host_.port().frame(M::kNumber, body_size(m));
    if (!frame) return;
    write_body(m, frame);
    queueing([&] { output_.push(OutputQueue::Kind::message, std::move(frame)); });
    host_.pump();
}

void Channel::queue_request(OutputQueue::Kind kind, std::string_view type, ByteView data) noexcept {
    msg::ChannelRequest m;
    m.recipient_channel = peer_number_;
    m.request_type = type;
    m.want_reply = kind == OutputQueue::Kind::question;
    m.data = {data};
    Frame frame = host_.port().frame(msg::ChannelRequest::kNumber, body_size(m));
    if (!frame) return;
    write_body(m, frame);
    queueing([&] { output_.push(kind, std::move(frame)); });
    host_.pump();
}

void Channel::request(std::string_view type, ByteView data, Reply<void> reply) noexcept {
    if (outgoing_ != Outgoing::open && outgoing_ != Outgoing::eof_queued) {
        reply(Error{Errc::closed, Disconnect::none, 0, "channel closed"});
        return;
    }
    if (type.size() + data.size() > kMaxRequestData) {
        reply(Error{Errc::local_misuse, Disconnect::none, 0, "channel request too long"});
        return;
    }
    queueing([&] {
        ours_.push_back(std::move(reply));
        queue_request(OutputQueue::Kind::question, type, data);
    });
}

void Channel::request(std::string_view type, ByteView data) noexcept {
    if (outgoing_ != Outgoing::open && outgoing_ != Outgoing::eof_queued) return;
    if (type.size() + data.size() > kMaxRequestData) return;
    queue_request(OutputQueue::Kind::message, type, data);
}

void Channel::exit_status(std::uint32_t status) noexcept {
    std::uint8_t data[4];
    store_be32(data, status);
    request("exit-status", data);
}

void Channel::eof() noexcept {
    if (outgoing_ != Outgoing::open) return;
    outgoing_ = Outgoing::eof_queued;
    queue_message(msg::ChannelEof{peer_number_});
}

void Channel::close() noexcept {
    if (outgoing_ != Outgoing::open && outgoing_ != Outgoing::eof_queued) return;
    outgoing_ = Outgoing::close_queued;
    queue_message(msg::ChannelClose{peer_number_});
}

bool Channel::send_next() noexcept {
    if (output_.empty()) return false;
    const auto kind = output_.kind();
    if (kind == OutputQueue::Kind::data || kind == OutputQueue::Kind::extended)
        return send_data(kind);
    if (kind == OutputQueue::Kind::question) ++ours_sent_;
    Frame frame = output_.pop();
    if (frame.payload()[0] == msg::channel_close) outgoing_ = Outgoing::closed;
    host_.port().submit(std::move(frame), Lane::ordered);
    return true;
}

bool Channel::send_data(OutputQueue::Kind kind) noexcept {
    const auto most = std::min<std::uint64_t>(send_window_.left(), data_limit_);
    if (most == 0) return false;
    const auto type = output_.type();
    Frame frame = output_.pop(static_cast<std::size_t>(most), host_.port());
    if (!frame) return false;
    const std::size_t size = frame.size();
    send_window_.take(size);
    host_.note_use();
    // byte number, uint32 recipient channel, [uint32 data type code,] uint32 length
    const bool extended = kind == OutputQueue::Kind::extended;
    const auto header = frame.prepend(extended ? 13 : 9);
    header[0] = extended ? msg::channel_extended_data : msg::channel_data;
    store_be32(&header[1], peer_number_);
    if (extended) store_be32(&header[5], type);
    store_be32(&header[extended ? 9 : 5], static_cast<std::uint32_t>(size));
    host_.port().submit(std::move(frame), Lane::ordered);
    return true;
}

std::size_t Channel::backlog() const noexcept {
    return output_.data_bytes() + host_.port().backlog();
}

void Channel::tell_writable(bool drained) {
    // A user may have stopped at any height: it is told each time that half of the rest has left,
    // and at last when all has.
    const std::size_t left = backlog();
    if (peak_ == 0 || (left > peak_ / 2 && !drained)) return;
    peak_ = left;
    sink_->on_writable();
}

// ---- credit --------------------------------------------------------------------------------

void Channel::credit(std::size_t n) noexcept {
    receive_window_.credit(n);
    if (!host_.in_batch()) flush_credit();
}

void Channel::flush_credit() noexcept {
    // After EOF or either CLOSE there is nothing left to grant for.
    if (incoming_ != Incoming::open || outgoing_ == Outgoing::closed) return;
    const std::uint64_t size = receive_window_.size();
    const auto n = receive_window_.adjustment(host_.port().now(), host_.port().info().round_trip,
                                              host_.window_room());
    host_.on_window_growth(receive_window_.size() - size);
    if (n != 0) send(host_.port(), msg::ChannelWindowAdjust{peer_number_, n}, Lane::urgent);
}

}  // namespace nacre::detail
