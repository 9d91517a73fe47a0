// An input is a sequence of steps of a peer, of the program above and of the transport below a
// connection layer. What the layer sends is followed and must keep the rules of RFC 4254.

#include "../tests/support/port_spy.hpp"
#include "fuzz.hpp"

#include <nacre/connection/handler.hpp>
#include <nacre/connection/session_channel.hpp>
#include <nacre/wire/message/connection.hpp>

#include <map>

namespace nacre {
namespace {

constexpr std::string_view kNames[] = {"session",
                                       "direct-tcpip",
                                       "keepalive@openssh.com",
                                       "winadj@putty.projects.tartarus.org",
                                       "exec",
                                       "shell",
                                       "subsystem",
                                       "no-more-sessions@openssh.com",
                                       "env",
                                       "pty-req",
                                       "window-change",
                                       "hostkeys-prove-00@openssh.com"};

/// What the program above holds: replies that it may answer later, and ports it may use.
struct World {
    std::vector<Reply<bool>> requests;
    std::vector<Reply<Bytes>> globals;
    std::vector<Reply<std::unique_ptr<ChannelSink>>> opens;
    std::vector<Reply<std::unique_ptr<ChannelSink>>> starts;
    std::map<int, ChannelPort*> ports;
    int next = 0;
    bool sessions = false;
    bool credit = false;
};

class Sink final : public ChannelSink {
  public:
    explicit Sink(World& world) : world_(world), id_(world.next++) {}
    ~Sink() override { world_.ports.erase(id_); }
    void on_open(ChannelPort& port) override {
        world_.ports[id_] = &port;
        port_ = &port;
    }
    void on_data(Payload payload) override {
        if (world_.credit) port_->credit(payload.bytes.size());
    }
    void on_extended(std::uint32_t, Payload payload) override {
        port_->credit(payload.bytes.size());
    }
    void on_request(const ChannelRequestView&, Reply<bool> reply) override {
        world_.requests.push_back(std::move(reply));
    }
    void on_close(CloseReason) noexcept override { world_.ports.erase(id_); }

  private:
    World& world_;
    int id_;
    ChannelPort* port_ = nullptr;
};

class Programs final : public SessionPrograms {
  public:
    explicit Programs(World& world) : world_(world) {}
    void exec(std::string_view, const SessionEnvironment&, Reply<Program> reply) override {
        world_.starts.push_back(std::move(reply));
    }
    void subsystem(std::string_view, const SessionEnvironment&, Reply<Program> reply) override {
        reply(Program(std::make_unique<Sink>(world_)));
    }
    bool env(std::string_view, std::string_view) override { return true; }
    bool pty(const PtyRequest&) override { return true; }

  private:
    World& world_;
};

class Handler final : public ConnectionHandler {
  public:
    explicit Handler(World& world) : world_(world) {}
    void on_ready(ConnectionPort& port) override { port_ = &port; }
    void open_channel(const ChannelOpenRequest&,
                      Reply<std::unique_ptr<ChannelSink>> reply) override {
        world_.opens.push_back(std::move(reply));
    }
    void global_request(std::string_view, ByteView, Reply<Bytes> reply) override {
        world_.globals.push_back(std::move(reply));
    }
    ConnectionPort* port() const noexcept { return port_; }

  private:
    World& world_;
    ConnectionPort* port_ = nullptr;
};

/// The rules, seen from the peer.
class Watcher {
  public:
    /// The peer grants `n` bytes on the channel that it calls `number`.
    void granted(std::uint32_t number, std::uint64_t n) { channels_[number].window += n; }
    void adjusted(std::uint32_t ours, std::uint64_t n) {
        if (theirs_.count(ours) != 0) granted(theirs_[ours], n);
    }
    void confirmed(std::uint32_t ours, std::uint32_t number) { theirs_[ours] = number; }
    void asked(std::uint32_t ours) {
        if (theirs_.count(ours) != 0) ++channels_[theirs_[ours]].questions;
    }
    void asked_globally() { ++global_questions_; }

    void on_packet(ByteView packet) {
        const auto body = packet.subspan(1);
        switch (packet[0]) {
            case msg::request_success:
            case msg::request_failure:
                NACRE_FUZZ_CHECK(global_questions_ > 0);
                --global_questions_;
                return;
            case msg::channel_open_confirmation: {
                const auto m = decode<msg::ChannelOpenConfirmation>(body);
                NACRE_FUZZ_CHECK(m.has_value());
                confirmed(m->sender_channel, m->recipient_channel);
                return;
            }
            case msg::channel_data:
                return on_data(decode<msg::ChannelData>(body));
            case msg::channel_extended_data:
                return on_data(decode<msg::ChannelExtendedData>(body));
            default:
                break;
        }
        if (packet[0] < msg::channel_window_adjust) return;
        auto& channel = channels_[load_be32(body.data())];
        NACRE_FUZZ_CHECK(!channel.closed);
        if (packet[0] == msg::channel_success || packet[0] == msg::channel_failure) {
            NACRE_FUZZ_CHECK(channel.questions > 0);
            --channel.questions;
        }
        if (packet[0] == msg::channel_eof) {
            NACRE_FUZZ_CHECK(!channel.eof);
            channel.eof = true;
        }
        if (packet[0] == msg::channel_close) channel.closed = true;
    }

  private:
    template <class M>
    void on_data(const Result<M>& m) {
        NACRE_FUZZ_CHECK(m.has_value());
        auto& channel = channels_[m->recipient_channel];
        NACRE_FUZZ_CHECK(!channel.eof && !channel.closed);
        NACRE_FUZZ_CHECK(!m->data.empty() && m->data.size() <= channel.window);
        channel.window -= m->data.size();
    }
    struct Channel {
        std::uint64_t window = 0, questions = 0;
        bool eof = false, closed = false;
    };
    std::map<std::uint32_t, Channel> channels_;      // by the peer's numbers, which never repeat
    std::map<std::uint32_t, std::uint32_t> theirs_;  // the peer's number of the latest one of ours
    std::uint64_t global_questions_ = 0;
};

class Run {
  public:
    explicit Run(fuzz::FuzzInput input) : in_(input) {
        port_.session.role = in_.flag() ? Role::client : Role::server;
        ConnectionConfig config;
        config.initial_window = 1'000;
        config.max_window = 4'000;
        config.max_packet = 600;
        config.max_channels = 4;
        config.max_pending_requests = 4;
        world_.sessions = in_.flag();
        world_.credit = in_.flag();
        auto handler = std::make_unique<Handler>(world_);
        handler_ = handler.get();
        layer_ = make_connection_layer(config, std::move(handler));
        port_.on_submit = [this](Frame&& frame, Lane) { watcher_.on_packet(frame.payload()); };
        alive_ = layer_->on_start(port_).has_value();
    }
    void run() {
        while (alive_ && !in_.empty()) step();
        layer_->on_close({});
        world_.requests.clear();
        world_.globals.clear();
        world_.opens.clear();
        world_.starts.clear();
        layer_.reset();
        NACRE_FUZZ_CHECK(world_.ports.empty());
        NACRE_FUZZ_CHECK(port_.frames.in_use() == 0);
    }

  private:
    void step();
    void act();
    void answer();
    void peer_opens();

    template <class M>
    void feed(const M& m) {
        feed(port_.packet(m));
    }
    void feed(const InPacket& packet) {
        const auto result = layer_->on_packet(packet);
        if (!result && result.error().code != Errc::unsupported) alive_ = false;
    }
    std::string_view name() { return kNames[in_.below(std::size(kNames))]; }
    std::uint32_t channel() { return in_.u8() % 5; }

    fuzz::FuzzInput in_;
    test::PortSpy port_;
    World world_;
    Watcher watcher_;
    Handler* handler_ = nullptr;
    std::unique_ptr<Layer> layer_;
    std::uint32_t next_number_ = 100;  // of the peer
    bool alive_ = false;
};

void Run::step() {
    switch (in_.below(16)) {
        case 0: {
            const auto number = static_cast<std::uint8_t>(80 + in_.below(21));
            // What it asked for is not known; so nothing may be followed any more.
            port_.on_submit = [](Frame&&, Lane) {};
            return feed(port_.packet(number, in_.bytes(in_.u8())));
        }
        case 1: {
            msg::ChannelOpen m;
            m.channel_type = name();
            m.sender_channel = next_number_++;
            m.initial_window_size = in_.u16();
            m.maximum_packet_size = in_.u16();
            watcher_.granted(m.sender_channel, m.initial_window_size);
            return feed(m);
        }
        case 2: {
            const Bytes data(in_.u16() % 700);
            msg::ChannelData m;
            m.recipient_channel = channel();
            m.data = data;
            return feed(m);
        }
        case 3: {
            msg::ChannelExtendedData m;
            m.recipient_channel = channel();
            m.data_type_code = in_.u8() % 3;
            m.data = in_.bytes(in_.u8());
            return feed(m);
        }
        case 4: {
            const msg::ChannelWindowAdjust m{channel(), in_.u16()};
            watcher_.adjusted(m.recipient_channel, m.bytes_to_add);
            return feed(m);
        }
        case 5: {
            msg::ChannelRequest m;
            m.recipient_channel = channel();
            m.request_type = name();
            m.want_reply = in_.flag();
            m.data = {in_.bytes(in_.u8() % 64)};
            if (m.want_reply) watcher_.asked(m.recipient_channel);
            return feed(m);
        }
        case 6: {
            msg::GlobalRequest m;
            m.request_name = name();
            m.want_reply = in_.flag();
            m.data = {in_.bytes(in_.u8() % 64)};
            if (m.want_reply) watcher_.asked_globally();
            return feed(m);
        }
        case 7:
            return feed(msg::ChannelEof{channel()});
        case 8:
            return feed(msg::ChannelClose{channel()});
        case 9:
            return in_.flag() ? feed(msg::ChannelSuccess{channel()}) : feed(msg::RequestFailure{});
        case 10: {
            msg::ChannelOpenConfirmation m;
            m.recipient_channel = channel();
            m.sender_channel = next_number_++;
            m.initial_window_size = in_.u16();
            m.maximum_packet_size = in_.u16();
            watcher_.granted(m.sender_channel, m.initial_window_size);
            watcher_.confirmed(m.recipient_channel, m.sender_channel);
            return feed(m);
        }
        case 11:
        case 12:
            return act();
        case 13:
            return answer();
        case 14:
            port_.backlog_bytes = in_.flag() ? 2'000'000 : 0;
            return layer_->on_writable();
        default:
            return layer_->on_batch_end();
    }
}

void Run::act() {
    const std::size_t which = in_.u8();
    if (which == 255)
        return handler_->port()->open_channel(name(), {}, std::make_unique<Sink>(world_),
                                              Reply<void>());
    if (world_.ports.empty()) return;
    ChannelPort& port =
        *std::next(world_.ports.begin(), static_cast<std::ptrdiff_t>(which % world_.ports.size()))
             ->second;
    switch (in_.below(7)) {
        case 0: {
            auto list = port.frames(1 + in_.u16());
            list.for_each([](ByteSpan part) { std::fill(part.begin(), part.end(), 0); });
            return port.submit(std::move(list));
        }
        case 1: {
            auto list = port.frames(1 + in_.u8());
            list.for_each([](ByteSpan part) { std::fill(part.begin(), part.end(), 0); });
            return port.submit_extended(kExtendedDataStderr, std::move(list));
        }
        case 2:
            return port.request(name(), {}, Reply<void>());
        case 3:
            return port.exit_status(in_.u8());
        case 4:
            return port.eof();
        case 5:
            return port.close();
        default:
            return port.credit(in_.u16());
    }
}

/// Answers the latest question of a kind, so that answers come in another order.
void Run::answer() {
    const bool yes = in_.flag();
    const auto take = [](auto& from) {
        auto reply = std::move(from.back());
        from.pop_back();
        return reply;
    };
    switch (in_.below(4)) {
        case 0:
            if (!world_.requests.empty()) take(world_.requests)(yes);
            return;
        case 1:
            if (!world_.globals.empty() && yes) take(world_.globals)(Bytes(3));
            if (!world_.globals.empty() && !yes) take(world_.globals);
            return;
        case 2:
            if (world_.starts.empty()) return;
            if (yes)
                take(world_.starts)(SessionPrograms::Program(std::make_unique<Sink>(world_)));
            else
                take(world_.starts);
            return;
        default:
            break;
    }
    if (world_.opens.empty()) return;
    auto reply = take(world_.opens);
    if (!yes) return;
    if (world_.sessions) {
        reply(make_session_channel(std::make_unique<Programs>(world_)));
    } else {
        reply(std::unique_ptr<ChannelSink>(std::make_unique<Sink>(world_)));
    }
}

}  // namespace
}  // namespace nacre

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    nacre::Run({data, size}).run();
    return 0;
}
