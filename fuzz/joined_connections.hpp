/// \file
/// Two connection layers, client and server, whose packets pass each other on a wire, with programs
/// above them that know what has to arrive.
#pragma once
#include "fuzz.hpp"
#include "support/port_spy.hpp"

#include <nacre/connection/handler.hpp>
#include <nacre/wire/message/connection.hpp>

#include <deque>
#include <map>

namespace nacre::fuzz {

constexpr std::uint32_t kWindow = 1'000, kMaxWindow = 4'000, kMaxPacket = 600;
constexpr std::uint64_t kWindowBudget = 8'000;
constexpr std::uint32_t kMaxChannels = 4, kMaxPending = 4;
constexpr std::size_t kChannelOutput = 3'000;

/// Which end: 0 the client, 1 the server.
using Side = std::size_t;
constexpr Side other(Side side) noexcept {
    return 1 - side;
}

/// One kind of bytes in one direction of a channel: each byte follows from its place.
struct Flow {
    std::uint64_t sent = 0, got = 0;
    static std::uint8_t at(std::uint32_t seed, std::uint64_t place) noexcept {
        return static_cast<std::uint8_t>(seed * 29 + place * 7 + place / 251);
    }
};

class Sink;

/// A channel as both ends see it. Index: the side that says it.
struct Conversation {
    struct Half {
        Flow data, extended;
        bool eof_sent = false, eof_got = false;
        bool closed = false;           ///< close() was called
        std::uint32_t unanswered = 0;  ///< requests that it sent
        Sink* sink = nullptr;          ///< while the channel is open
    };
    Half half[2];
};

/// What the programs above both ends hold.
struct World {
    struct HeldRequest {
        Reply<bool> reply;
        bool yes;
    };
    std::deque<Conversation> conversations;  // a channel's number in its CHANNEL_OPEN
    std::vector<HeldRequest> requests;
    std::vector<std::pair<Reply<Bytes>, Bytes>> globals;
    struct HeldOpen {
        Reply<std::unique_ptr<ChannelSink>> reply;
        std::size_t conversation;
        Side side;
    };
    std::vector<HeldOpen> opens;
    ConnectionPort* ports[2] = {};
    std::uint32_t global_unanswered[2] = {};
    std::size_t asked = 0, answered = 0;
    bool honest = true;  ///< nothing was changed on the wire
    bool over = false;
    bool hold = false;         ///< answers wait
    bool credit_late = false;  ///< what came stays in use
};

class Sink final : public ChannelSink {
  public:
    Sink(World& world, std::size_t conversation, Side side)
        : world_(world), number_(conversation), side_(side) {}
    ~Sink() override { half().sink = nullptr; }

    void on_open(ChannelPort& port) override {
        port_ = &port;
        half().sink = this;
    }
    void on_data(Payload payload) override { take(false, payload.bytes); }
    void on_extended(std::uint32_t type, Payload payload) override {
        NACRE_FUZZ_CHECK(type == kExtendedDataStderr);
        take(true, payload.bytes);
    }
    void on_request(const ChannelRequestView& request, Reply<bool> reply) override {
        const bool yes = request.type == "yes";
        if (world_.hold) {
            world_.requests.push_back({std::move(reply), yes});
        } else {
            reply(yes);
        }
    }
    void on_eof() override { theirs().eof_got = true; }
    void on_close(CloseReason) noexcept override {
        half().sink = nullptr;
        port_ = nullptr;
    }

    void send(std::size_t size, bool extended) {
        auto frames = port_->frames(size);
        auto& mine = half();
        Flow& flow = extended ? mine.extended : mine.data;
        const bool counts = !mine.eof_sent && !mine.closed;
        std::uint64_t place = flow.sent;
        frames.for_each([&](ByteSpan part) {
            for (auto& byte : part) byte = Flow::at(seed(side_, extended), place++);
        });
        if (counts) flow.sent = place;
        if (extended) return port_->submit_extended(kExtendedDataStderr, std::move(frames));
        port_->submit(std::move(frames));
    }
    void eof() {
        if (!half().closed) half().eof_sent = true;
        port_->eof();
    }
    void close() {
        half().closed = true;
        port_->close();
    }
    void request(bool yes) {
        if (half().unanswered >= kMaxPending) return;
        ++half().unanswered, ++world_.asked;
        port_->request(yes ? "yes" : "no", {},
                       Reply<void>::from([&world = world_, number = number_, side = side_,
                                          yes](Result<void>&& answer) {
                           ++world.answered;
                           --world.conversations[number].half[side].unanswered;
                           const bool closed = !answer && answer.error().code == Errc::closed;
                           if (world.honest && !world.over)
                               NACRE_FUZZ_CHECK(closed || answer.has_value() == yes);
                       }));
    }
    void credit(std::size_t most) {
        const std::size_t n = std::min(most, uncredited_);
        uncredited_ -= n;
        port_->credit(n);
    }
    std::size_t backlog() const { return port_->backlog(); }

  private:
    Conversation::Half& half() { return world_.conversations[number_].half[side_]; }
    Conversation::Half& theirs() { return world_.conversations[number_].half[other(side_)]; }
    std::uint32_t seed(Side from, bool extended) const {
        return static_cast<std::uint32_t>(4 * number_ + 2 * from + (extended ? 1 : 0));
    }
    void take(bool extended, ByteView bytes) {
        Flow& flow = extended ? theirs().extended : theirs().data;
        for (const auto byte : bytes) {
            if (world_.honest)
                NACRE_FUZZ_CHECK(byte == Flow::at(seed(other(side_), extended), flow.got));
            ++flow.got;
        }
        if (world_.honest) NACRE_FUZZ_CHECK(flow.got <= flow.sent && !theirs().eof_got);
        // Whatever the peer does, it cannot make us hold more than we granted.
        uncredited_ += bytes.size();
        NACRE_FUZZ_CHECK(uncredited_ <= kMaxWindow);
        if (!world_.credit_late) credit(uncredited_);
    }

    World& world_;
    const std::size_t number_;
    const Side side_;
    ChannelPort* port_ = nullptr;
    std::size_t uncredited_ = 0;
};

class Program final : public ConnectionHandler {
  public:
    Program(World& world, Side side) : world_(world), side_(side) {}
    void on_ready(ConnectionPort& port) override { world_.ports[side_] = &port; }
    void open_channel(const ChannelOpenRequest& request,
                      Reply<std::unique_ptr<ChannelSink>> reply) override {
        const std::size_t number = request.data.size() == 4 ? load_be32(request.data.data()) : 0;
        // A peer that lies opens what was never asked for, or the same twice.
        if (request.channel_type != "talk" || number >= world_.conversations.size() ||
            world_.conversations[number].half[side_].sink != nullptr)
            return ConnectionHandler::open_channel(request, std::move(reply));
        if (world_.hold) {
            world_.opens.push_back({std::move(reply), number, side_});
        } else {
            reply(std::unique_ptr<ChannelSink>(std::make_unique<Sink>(world_, number, side_)));
        }
    }
    void global_request(std::string_view, ByteView data, Reply<Bytes> reply) override {
        if (world_.hold) {
            world_.globals.emplace_back(std::move(reply), to_bytes(data));
        } else {
            reply(to_bytes(data));
        }
    }

  private:
    World& world_;
    const Side side_;
};

/// The rules of flow control, seen from the wire: a side knows of what was delivered to it.
class WindowWatch {
  public:
    void on_delivered(Side from, ByteView packet) {
        const auto body = packet.subspan(1);
        const Side to = other(from);
        if (packet[0] == msg::channel_open) {
            const auto m = decode<msg::ChannelOpen>(body);
            grants_[from][m->sender_channel] = m->initial_window_size;
        } else if (packet[0] == msg::channel_open_confirmation) {
            const auto m = decode<msg::ChannelOpenConfirmation>(body);
            grants_[from][m->sender_channel] = m->initial_window_size;
            numbers_[to][m->recipient_channel] = m->sender_channel;
            numbers_[from][m->sender_channel] = m->recipient_channel;
        } else if (packet[0] == msg::channel_window_adjust) {
            const auto m = decode<msg::ChannelWindowAdjust>(body);
            const auto granted = grants_[from].find(numbers_[to][m->recipient_channel]);
            if (granted == grants_[from].end()) return;  // it was on its way when EOF came
            granted->second += m->bytes_to_add;
            NACRE_FUZZ_CHECK(granted->second <= kMaxWindow);
        } else if (packet[0] == msg::channel_open_failure) {
            grants_[to].erase(decode<msg::ChannelOpenFailure>(body)->recipient_channel);
        } else if (packet[0] == msg::channel_eof) {
            // Nothing is granted for what cannot come.
            grants_[to].erase(load_be32(body.data()));
        } else if (packet[0] == msg::channel_close) {
            grants_[from].erase(numbers_[to][load_be32(body.data())]);
        }
        std::uint64_t all = 0;
        for (const auto& [number, granted] : grants_[from]) all += granted;
        // What a new channel is granted is not cut.
        NACRE_FUZZ_CHECK(all <= kWindowBudget + kMaxChannels * kWindow);
    }
    void on_sent(Side from, ByteView packet) {
        const auto body = packet.subspan(1);
        if (packet[0] == msg::channel_data) {
            use(from, decode<msg::ChannelData>(body));
        } else if (packet[0] == msg::channel_extended_data) {
            use(from, decode<msg::ChannelExtendedData>(body));
        }
    }
    /// Everything was given back: no less than half of a window is open.
    void check_balance() const {
        for (const auto& grants : grants_)
            for (const auto& [number, granted] : grants) NACRE_FUZZ_CHECK(granted * 2 >= kWindow);
    }

  private:
    template <class M>
    void use(Side from, const Result<M>& m) {
        NACRE_FUZZ_CHECK(m.has_value() && !m->data.empty() && m->data.size() <= kMaxPacket);
        auto& granted = grants_[other(from)][m->recipient_channel];
        NACRE_FUZZ_CHECK(m->data.size() <= granted);
        granted -= m->data.size();
    }
    std::map<std::uint32_t, std::uint64_t> grants_[2];   // by whom, and by their numbers
    std::map<std::uint32_t, std::uint32_t> numbers_[2];  // of the other side, by one's own
};

class JoinedConnections {
  public:
    explicit JoinedConnections(bool windows_grow) {
        for (const Side side : {Side{0}, Side{1}}) {
            End& end = ends_[side];
            end.port.session = {};
            end.port.backlog_bytes = 0;
            end.port.session.role = side == 0 ? Role::client : Role::server;
            if (windows_grow) end.port.session.round_trip = std::chrono::milliseconds(1);
            end.port.backlog_grows = true;
            end.port.on_submit = [this, side](Frame&& frame, Lane lane) {
                on_submit(side, std::move(frame), lane);
            };
            ConnectionConfig config;
            config.initial_window = kWindow;
            config.max_window = kMaxWindow;
            config.window_budget = kWindowBudget;
            config.max_packet = kMaxPacket;
            config.max_channels = kMaxChannels;
            config.max_pending_requests = kMaxPending;
            config.channel_output = kChannelOutput;
            end.layer = make_connection_layer(config, std::make_unique<Program>(world, side));
            NACRE_FUZZ_CHECK(end.layer->on_start(end.port).has_value());
        }
    }
    ~JoinedConnections() {
        end();
        for (End& end : ends_) {
            end.wire.clear(), end.urgent.clear();
            end.port.on_submit = nullptr;
            // Nothing found no memory, or another reason to end the session.
            NACRE_FUZZ_CHECK(!end.port.failed && !end.port.closed);
            NACRE_FUZZ_CHECK(end.port.frames.in_use() == 0 && end.port.slabs.in_use() == 0);
        }
    }
    JoinedConnections(const JoinedConnections&) = delete;
    JoinedConnections& operator=(const JoinedConnections&) = delete;

    World world;

    /// Hands on at most `most` packets that `from` sent. Between keys, none.
    bool deliver(Side from, std::size_t most) {
        End& end = ends_[from];
        End& to = ends_[other(from)];
        bool any = false;
        for (; most != 0 && !world.over && !end.rekeying; --most) {
            auto& queue = end.urgent.empty() ? end.wire : end.urgent;
            if (queue.empty()) break;
            const Frame frame = std::move(queue.front());
            queue.pop_front();
            any = true;
            const auto packet = frame.payload();
            end.port.backlog_bytes -= packet.size();
            if (world.honest) watch_.on_delivered(from, packet);
            const auto taken = to.layer->on_packet(to.port.packet(packet[0], packet.subspan(1)));
            const bool goes_on = taken || taken.error().code == Errc::unsupported;
            if (world.honest) NACRE_FUZZ_CHECK(taken.has_value());
            if (!goes_on) return end_because_of_lies();
        }
        if (!any) return false;
        to.layer->on_batch_end();
        if (end.port.backlog_bytes < kChannelOutput / 2) end.layer->on_writable();
        check_limits();
        return true;
    }
    void set_rekeying(Side side, bool on) { ends_[side].rekeying = on; }
    /// A packet on its way that an input may change; nullptr: there is none.
    std::deque<Frame>* wire(Side from) {
        return ends_[from].wire.empty() ? nullptr : &ends_[from].wire;
    }
    Frame copy(Side from, const Frame& frame) {
        Frame made = ends_[from].port.frames.take(frame.size());
        const auto payload = frame.payload();
        std::memcpy(made.append(payload.size()).data(), payload.data(), payload.size());
        return made;
    }
    /// What the port counts as waiting is what lies on the wire.
    void recount(Side side) {
        End& end = ends_[side];
        end.port.backlog_bytes = 0;
        for (const auto* queue : {&end.wire, &end.urgent})
            for (const Frame& frame : *queue) end.port.backlog_bytes += frame.size();
    }
    void check_balance() const { watch_.check_balance(); }
    void end() {
        if (std::exchange(world.over, true)) return;
        for (End& end : ends_) end.layer->on_close({});
        world.requests.clear(), world.globals.clear(), world.opens.clear();
        for (End& end : ends_) end.layer.reset();
        for (const Conversation& one : world.conversations)
            NACRE_FUZZ_CHECK(one.half[0].sink == nullptr && one.half[1].sink == nullptr);
        // Whoever asked was answered, once.
        NACRE_FUZZ_CHECK(world.asked == world.answered);
    }

  private:
    struct End {
        test::PortSpy& port;
        std::unique_ptr<Layer> layer;
        std::deque<Frame> wire, urgent;
        bool rekeying = false;
    };
    void on_submit(Side side, Frame&& frame, Lane lane) {
        End& end = ends_[side];
        const auto packet = frame.payload();
        if (packet[0] == msg::channel_data || packet[0] == msg::channel_extended_data)
            NACRE_FUZZ_CHECK(end.port.backlog_bytes - packet.size() < kChannelOutput);
        if (world.honest) watch_.on_sent(side, packet);
        (lane == Lane::urgent ? end.urgent : end.wire).push_back(std::move(frame));
    }
    bool end_because_of_lies() {
        end();
        return false;
    }
    void check_limits() const {
        for (const Side side : {Side{0}, Side{1}}) {
            std::size_t open = 0;
            for (const Conversation& one : world.conversations)
                if (one.half[side].sink != nullptr) ++open;
            NACRE_FUZZ_CHECK(open <= kMaxChannels);
        }
    }

    /// Kept for all inputs: their memory would take most of the time.
    static test::PortSpy& port_of(Side side) {
        static test::PortSpy ports[2];
        return ports[side];
    }

    End ends_[2] = {{port_of(0), {}, {}, {}}, {port_of(1), {}, {}, {}}};
    WindowWatch watch_;
};

}  // namespace nacre::fuzz
