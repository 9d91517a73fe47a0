// New keys for a session that is busy: nothing is lost, mixed up or kept; and they come in time.
#include "support/null_provider.hpp"
#include "support/sftp_stack.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kRekeyBytes = 64 * 1024;
constexpr std::size_t kChannels = 3;
constexpr std::size_t kMaxPiece = 1000;
/// What a channel has on its way: with the others, more than is sent with the same keys.
constexpr std::size_t kBacklog = 48 * 1024;
/// Small, so that window that was lost soon stops everything, and one too much ends the session.
constexpr std::uint32_t kWindow = 96 * 1024;

/// The bytes of all channels: farther apart than zlib looks back they are the same again.
constexpr std::size_t kPeriod = 65'521;

ByteView pattern_at(std::uint64_t position, std::size_t size) {
    static const Bytes bytes = [] {
        Bytes made = DetRng(11).bytes(kPeriod);
        const Bytes first(made.begin(), made.begin() + kMaxPiece);
        append(made, first);
        return made;
    }();
    return ByteView(bytes).subspan(position % kPeriod, size);
}

/// One end of a channel: sends the pattern in pieces of all sizes, and awaits it.
struct Stream {
    ChannelPort* port = nullptr;
    std::uint64_t sent = 0, received = 0;
    std::size_t packets = 0;  ///< received
    bool right = true;

    void send(std::size_t size) {
        FrameList frames = port->frames(size);
        std::size_t at = 0;
        frames.for_each([&](ByteSpan to) {
            const ByteView from = pattern_at(sent + at, to.size());
            std::memcpy(to.data(), from.data(), from.size());
            at += to.size();
        });
        port->submit(std::move(frames));
        sent += size;
    }
    void take(ByteView bytes) {
        ++packets;
        while (!bytes.empty()) {
            const ByteView part = bytes.first(std::min(bytes.size(), kMaxPiece));
            right = right && same_bytes(part, pattern_at(received, part.size()));
            received += part.size();
            bytes = bytes.subspan(part.size());
        }
    }
};

class StreamSink final : public ChannelSink {
  public:
    explicit StreamSink(Stream& stream) : stream_(stream) {}
    void on_open(ChannelPort& port) override { stream_.port = &port; }
    void on_data(Payload payload) override {
        stream_.take(payload.bytes);
        stream_.port->credit(payload.bytes.size());
    }
    void on_extended(std::uint32_t, Payload) override { stream_.right = false; }
    void on_request(const ChannelRequestView&, Reply<bool> reply) override { reply(true); }
    void on_close(CloseReason) noexcept override { stream_.port = nullptr; }

  private:
    Stream& stream_;
};

using Streams = std::array<Stream, kChannels>;

class StreamServer final : public ConnectionHandler {
  public:
    explicit StreamServer(Streams& streams) : streams_(streams) {}
    void open_channel(const ChannelOpenRequest&,
                      Reply<std::unique_ptr<ChannelSink>> reply) override {
        reply(std::unique_ptr<ChannelSink>(std::make_unique<StreamSink>(streams_.at(next_++))));
    }

  private:
    Streams& streams_;
    std::size_t next_ = 0;
};

class StreamClient final : public ConnectionHandler {
  public:
    explicit StreamClient(Streams& streams) : streams_(streams) {}
    void on_ready(ConnectionPort& port) override {
        for (Stream& stream : streams_)
            port.open_channel("stream", {}, std::make_unique<StreamSink>(stream), Reply<void>());
    }

  private:
    Streams& streams_;
};

struct Busy {
    const char* name;
    bool null_crypto;
    const char* cipher;
    const char* compression;
    std::size_t packets;  ///< each way
};

/// Two ends that both want new keys every 64 KiB.
class BusyPair {
  public:
    explicit BusyPair(const Busy& busy) {
        const Provider& provider = busy.null_crypto ? null_provider() : botan_provider();
        make(pair_.client, Role::client, busy, provider);
        make(pair_.server, Role::server, busy, provider);
        REQUIRE(pair_.start(std::move(client_parts_), std::move(server_parts_)));
        pair_.run();
        for (const Streams* streams : {&client, &server})
            for (const Stream& stream : *streams) REQUIRE(stream.port != nullptr);
    }
    /// Each end sends what it may until the other one had so many packets; then a part of what is
    /// under way arrives on each side.
    void step(std::size_t packets) {
        if (packets_of(server) < packets) feed(client);
        if (packets_of(client) < packets) feed(server);
        move(pair_.client, to_server_, pair_.server);
        move(pair_.server, to_client_, pair_.client);
    }
    bool all_there(std::size_t packets) const {
        if (std::min(packets_of(client), packets_of(server)) < packets) return false;
        for (std::size_t i = 0; i < kChannels; ++i)
            if (client[i].sent != server[i].received || server[i].sent != client[i].received)
                return false;
        return true;
    }
    bool over() const {
        return pair_.client.session->finished() || pair_.server.session->finished();
    }
    const Session& session(Role role) const {
        return *(role == Role::client ? pair_.client : pair_.server).session;
    }
    std::size_t frames_in_use() const {
        return std::max(pair_.client.frames.in_use(), pair_.server.frames.in_use());
    }
    std::size_t slabs_in_use() const {
        return std::max(pair_.client.slabs.in_use(), pair_.server.slabs.in_use());
    }
    static std::size_t packets_of(const Streams& streams) {
        std::size_t n = 0;
        for (const Stream& stream : streams) n += stream.packets;
        return n;
    }

    Streams client, server;

  private:
    void make(End& end, Role role, const Busy& busy, const Provider& provider) {
        auto config = std::make_shared<TransportConfig>();
        config->algorithms.compression = {busy.compression};
        if (!busy.null_crypto) {
            config->algorithms.ciphers = {busy.cipher};
            config->algorithms.kex = {"curve25519-sha256"};
        }
        config->rekey.bytes = kRekeyBytes;
        config->host_key_verifier = std::make_shared<TrustAll>();
        config->host_keys = {busy.null_crypto ? std::make_shared<NullSigner>()
                                              : host_key("ssh-ed25519")};
        ConnectionConfig connection;
        connection.initial_window = connection.max_window = kWindow;
        // Else what waits together would leave together.
        connection.max_packet = kMaxPiece;
        SessionParts parts;
        parts.config = config;
        parts.resources = end.resources(provider);
        if (role == Role::client) {
            const auto key =
                busy.null_crypto ? std::make_shared<NullSigner>() : user_key("ssh-ed25519");
            parts.auth = make_auth_client({"alice"}, std::make_unique<KeyOnly>(key));
            parts.connection =
                make_connection_layer(connection, std::make_unique<StreamClient>(client));
            client_parts_ = std::move(parts);
        } else {
            parts.auth = make_auth_server({}, std::make_unique<OpenDoor>(), pair_.now);
            parts.connection =
                make_connection_layer(connection, std::make_unique<StreamServer>(server));
            server_parts_ = std::move(parts);
        }
    }
    void feed(Streams& streams) {
        for (Stream& stream : streams)
            while (stream.port->backlog() < kBacklog) stream.send(1 + random_.below(kMaxPiece));
    }
    void move(End& from, Bytes& way, End& to) {
        for (End* end : {&from, &to})
            if (std::exchange(end->woken, false))
                static_cast<void>(end->session->rx_commit(0, pair_.now));
        append(way, SessionPair::take(from));
        const std::size_t n = way.size() < 1000 ? way.size() : random_.below(way.size());
        pair_.deliver(to, ByteView(way).first(n));
        way.erase(way.begin(), way.begin() + static_cast<std::ptrdiff_t>(n));
    }

    SessionPair pair_;
    SessionParts client_parts_, server_parts_;
    Bytes to_server_, to_client_;
    DetRng random_{5};
};

}  // namespace

TEST_CASE("keys change every 64 KiB under data both ways, and all of it arrives",
          "[session][rekey]") {
    const Busy busy = GENERATE(Busy{"null", true, "", "none", 100'000},
                               Busy{"null, zlib", true, "", "zlib@openssh.com", 100'000},
                               Busy{"gcm", false, "aes256-gcm@openssh.com", "none", 100'000},
                               Busy{"ctr, zlib", false, "aes128-ctr", "zlib@openssh.com", 10'000});
    INFO(busy.name);
    BusyPair pair(busy);
    std::size_t steps = 0, frames = 0, slabs = 0;
    struct SinceKeys {
        std::uint64_t exchanges = 0, received = 0, most = 0;
    };
    std::array<SinceKeys, 2> since;
    const auto measure = [&pair](Role role, SinceKeys& keys) {
        std::uint64_t received = 0;
        for (const Stream& stream : role == Role::client ? pair.client : pair.server)
            received += stream.received;
        keys.most = std::max(keys.most, received - keys.received);
        const std::uint64_t exchanges = pair.session(role).info().key_exchanges;
        if (exchanges == keys.exchanges) return;
        keys.exchanges = exchanges;
        keys.received = received;
    };
    while (!pair.all_there(busy.packets)) {
        pair.step(busy.packets);
        REQUIRE_FALSE(pair.over());
        REQUIRE(++steps < 20 * busy.packets);
        measure(Role::client, since[0]);
        measure(Role::server, since[1]);
        frames = std::max(frames, pair.frames_in_use());
        slabs = std::max(slabs, pair.slabs_in_use());
    }
    std::uint64_t received = 0;
    for (const Streams* streams : {&pair.client, &pair.server}) {
        for (const Stream& stream : *streams) {
            CHECK(stream.right);
            received += stream.received;
        }
    }
    // About half of it each way, and never much more than 64 KiB with the same keys.
    for (const Role role : {Role::client, Role::server}) {
        const SessionInfo& info = pair.session(role).info();
        CHECK(info.key_exchanges > received / 2 / (2 * kRekeyBytes));
        CHECK((info.compression_out == busy.compression));
    }
    // Never many more bytes than that with the same keys: what is under way when one end says
    // enough is less than as much again.
    for (const SinceKeys& keys : since) {
        CHECK(keys.most <= 2 * kRekeyBytes);
    }
    // However long it takes.
    CHECK(frames < 8 * 1024 * 1024);
    CHECK(slabs <= 8);
}

TEST_CASE("a key exchange after the login that takes too long ends the session",
          "[session][rekey]") {
    const Role role = GENERATE(Role::client, Role::server);
    const bool answered = GENERATE(false, true);
    SftpStack stack;
    stack.client_config->rekey_timeout = 120s;
    stack.server_config->rekey_timeout = 120s;
    REQUIRE(stack.start());
    stack.pair.run();
    REQUIRE(stack.ready.good());
    End& end = role == Role::client ? stack.pair.client : stack.pair.server;
    End& peer = role == Role::client ? stack.pair.server : stack.pair.client;
    const EndWatcher& watcher = role == Role::client ? *stack.client_end : *stack.server_end;
    // As long before as an hour: what counts is when it began.
    stack.pair.now += 40min;
    end.session->rekey();
    REQUIRE(end.session->rx_commit(0, stack.pair.now));
    if (answered) {
        // Its KEXINIT arrives, and nothing more.
        const Bytes ours = SessionPair::take(end);
        stack.pair.deliver(peer, ours);
        stack.pair.deliver(end, SessionPair::take(peer));
    }
    CHECK(end.session->why_idle() == Idle::rekeying);
    REQUIRE(end.session->deadline() == stack.pair.now + 120s);
    CHECK(end.session->on_deadline(stack.pair.now + 120s - 1ns));
    CHECK_FALSE(end.session->finished());
    const auto ended = end.session->on_deadline(stack.pair.now + 120s);
    REQUIRE_FALSE(ended);
    CHECK(ended.error().code == Errc::timed_out);
    CHECK(ended.error().disconnect == Disconnect::key_exchange_failed);
    CHECK(end.session->finished());
    REQUIRE(watcher.close);
    CHECK(watcher.close->error.code == Errc::timed_out);
}

TEST_CASE("the time of a key exchange after the login is a setting", "[session][rekey]") {
    const auto limit = GENERATE(0s, 7s);
    SftpStack stack;
    stack.client_config->rekey_timeout = limit;
    REQUIRE(stack.start());
    stack.pair.run();
    Session& session = *stack.pair.client.session;
    session.rekey();
    REQUIRE(session.rx_commit(0, stack.pair.now));
    REQUIRE(session.why_idle() == Idle::rekeying);
    REQUIRE(session.on_deadline(stack.pair.now + 6s));
    CHECK(static_cast<bool>(session.on_deadline(stack.pair.now + 24h)) == (limit == 0s));
}
