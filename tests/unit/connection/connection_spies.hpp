/// \file
/// A connection layer between spies: a recorded transport below, a recorded program above.
#pragma once
#include "support/port_spy.hpp"

#include <nacre/connection/handler.hpp>
#include <nacre/wire/message/connection.hpp>

#include <catch2/catch_all.hpp>

namespace nacre::test {

/// What a SinkSpy saw and how it behaves. The sink belongs to its channel, so that this outlives
/// it.
struct SinkRecord {
    // Set by tests.
    bool credit_at_once = true;
    bool answer = true;         ///< to requests
    bool hold_answers = false;  ///< keep the replies in `held` instead
    std::function<void(ChannelPort&, const Payload&)> data_hook;
    std::function<void(ChannelPort&)> open_hook, writable_hook, batch_hook;
    std::optional<Instant> due;

    ChannelPort* port = nullptr;
    std::size_t received = 0;
    Bytes data, extended;
    bool keep_bytes = true;
    struct Request {
        std::string type;
        bool want_reply;
        Bytes data;
    };
    std::vector<Request> requests;
    std::vector<Reply<bool>> held;
    int eofs = 0, writables = 0, batch_ends = 0, deadlines = 0;
    std::vector<CloseReason> closes;
    bool destroyed = false;
};

class SinkSpy final : public ChannelSink {
  public:
    explicit SinkSpy(std::shared_ptr<SinkRecord> record) : record_(std::move(record)) {}
    ~SinkSpy() override { record_->destroyed = true; }
    void on_open(ChannelPort& port) override {
        record_->port = &port;
        if (record_->open_hook) record_->open_hook(port);
    }
    void on_data(Payload payload) override {
        record_->received += payload.bytes.size();
        if (record_->keep_bytes) append(record_->data, payload.bytes);
        if (record_->data_hook) record_->data_hook(*record_->port, payload);
        if (record_->credit_at_once) record_->port->credit(payload.bytes.size());
    }
    void on_extended(std::uint32_t, Payload payload) override {
        append(record_->extended, payload.bytes);
        record_->port->credit(payload.bytes.size());
    }
    void on_request(const ChannelRequestView& request, Reply<bool> reply) override {
        record_->requests.push_back(
            {std::string(request.type), request.want_reply, to_bytes(request.data)});
        if (record_->hold_answers) {
            record_->held.push_back(std::move(reply));
        } else {
            reply(record_->answer);
        }
    }
    void on_eof() override { ++record_->eofs; }
    void on_writable() override {
        ++record_->writables;
        if (record_->writable_hook) record_->writable_hook(*record_->port);
    }
    void on_batch_end() override {
        ++record_->batch_ends;
        if (record_->batch_hook) record_->batch_hook(*record_->port);
    }
    std::optional<Instant> deadline() const noexcept override { return record_->due; }
    void on_deadline(Instant) override {
        ++record_->deadlines;
        record_->due.reset();
    }
    void on_close(CloseReason why) noexcept override { record_->closes.push_back(why); }

  private:
    std::shared_ptr<SinkRecord> record_;
};

inline std::pair<std::unique_ptr<SinkSpy>, std::shared_ptr<SinkRecord>> make_sink() {
    auto record = std::make_shared<SinkRecord>();
    return {std::make_unique<SinkSpy>(record), record};
}

/// What a HandlerSpy saw and how it behaves.
struct HandlerRecord {
    using OpenReply = Reply<std::unique_ptr<ChannelSink>>;
    // Set by tests.
    bool hold = false;  ///< keep all replies in the vectors below
    std::optional<Error> refusal;
    std::function<std::unique_ptr<ChannelSink>()> make;  ///< default: a SinkSpy in `sinks`

    ConnectionPort* port = nullptr;
    std::vector<std::string> opens;
    std::vector<Bytes> open_data;
    std::vector<OpenReply> held_opens;
    std::vector<std::shared_ptr<SinkRecord>> sinks;
    std::vector<std::string> globals;
    std::vector<Reply<Bytes>> held_globals;
    std::vector<CloseInfo> closes;
};

class HandlerSpy final : public ConnectionHandler {
  public:
    explicit HandlerSpy(std::shared_ptr<HandlerRecord> record) : record_(std::move(record)) {}
    void on_ready(ConnectionPort& port) override { record_->port = &port; }
    void open_channel(const ChannelOpenRequest& request, HandlerRecord::OpenReply reply) override {
        record_->opens.emplace_back(request.channel_type);
        record_->open_data.push_back(to_bytes(request.data));
        if (record_->hold) {
            record_->held_opens.push_back(std::move(reply));
        } else if (record_->refusal) {
            reply(*record_->refusal);
        } else if (record_->make) {
            reply(record_->make());
        } else {
            auto [sink, sink_record] = make_sink();
            record_->sinks.push_back(sink_record);
            reply(std::unique_ptr<ChannelSink>(std::move(sink)));
        }
    }
    void global_request(std::string_view name, ByteView data, Reply<Bytes> reply) override {
        record_->globals.emplace_back(name);
        if (record_->hold) {
            record_->held_globals.push_back(std::move(reply));
        } else {
            reply(to_bytes(data));
        }
    }
    void on_close(const CloseInfo& why) noexcept override { record_->closes.push_back(why); }

  private:
    std::shared_ptr<HandlerRecord> record_;
};

/// A started layer. The peer's side of its channels is played by feeding messages.
class Connection {
  public:
    PortSpy port;
    std::shared_ptr<HandlerRecord> handler = std::make_shared<HandlerRecord>();
    std::unique_ptr<Layer> layer;

    explicit Connection(Role role = Role::server, ConnectionConfig config = {}) {
        port.session.role = role;
        port.session.peer_version = "SSH-2.0-OpenSSH_10.0";
        layer = make_connection_layer(std::move(config), std::make_unique<HandlerSpy>(handler));
        REQUIRE(layer->on_start(port).has_value());
    }

    /// Feeds one message in a batch of its own.
    template <class M>
    Result<void> feed(const M& m) {
        auto result = layer->on_packet(port.packet(m));
        if (result) layer->on_batch_end();
        return result;
    }
    Result<void> feed_raw(std::uint8_t number, ByteView body) {
        auto result = layer->on_packet(port.packet(number, body));
        if (result) layer->on_batch_end();
        return result;
    }
    /// Feeds CHANNEL_OPEN of a peer whose number for the channel is `sender`.
    Result<void> feed_open(std::uint32_t sender = 7, std::uint32_t window = 1'000'000,
                           std::uint32_t max_packet = 32'768, std::string_view type = "session") {
        msg::ChannelOpen m;
        m.channel_type = type;
        m.sender_channel = sender;
        m.initial_window_size = window;
        m.maximum_packet_size = max_packet;
        return feed(m);
    }
    /// Opens a channel and forgets the confirmation; the record of its user.
    std::shared_ptr<SinkRecord> open(std::uint32_t sender = 7, std::uint32_t window = 1'000'000,
                                     std::uint32_t max_packet = 32'768) {
        REQUIRE(feed_open(sender, window, max_packet).has_value());
        REQUIRE(port.count(msg::channel_open_confirmation) == 1);
        port.sent.clear();
        return handler->sinks.empty() ? nullptr : handler->sinks.back();
    }
    Result<void> feed_data(std::uint32_t channel, ByteView bytes) {
        msg::ChannelData m;
        m.recipient_channel = channel;
        m.data = bytes;
        return feed(m);
    }
    Result<void> feed_request(std::uint32_t channel, std::string_view type, bool want_reply,
                              ByteView data = {}) {
        msg::ChannelRequest m;
        m.recipient_channel = channel;
        m.request_type = type;
        m.want_reply = want_reply;
        m.data = {data};
        return feed(m);
    }
    Result<void> feed_adjust(std::uint32_t channel, std::uint32_t n) {
        return feed(msg::ChannelWindowAdjust{channel, n});
    }
};

/// Submits `bytes` through frames of the port.
inline void submit_bytes(ChannelPort& port, ByteView bytes) {
    FrameList list = port.frames(bytes.size());
    list.for_each([&](ByteSpan part) {
        std::memcpy(part.data(), bytes.data(), part.size());
        bytes = bytes.subspan(part.size());
    });
    port.submit(std::move(list));
}

/// All bytes of CHANNEL_DATA sent.
inline Bytes sent_data(const PortSpy& port) {
    Bytes all;
    for (std::size_t i = 0; i < port.sent.size(); ++i)
        if (port.sent[i].number == msg::channel_data)
            append(all, port.sent_as<msg::ChannelData>(i).data);
    return all;
}

/// Bytes that tell their position.
inline Bytes pattern(std::size_t n) {
    Bytes out(n);
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
    return out;
}

}  // namespace nacre::test
