/// \file
/// A session and a scripted peer, in memory.
#pragma once
#include "support/full_stack.hpp"
#include "support/raw_peer.hpp"

#include <catch2/catch_all.hpp>

namespace nacre::test {

class Watcher final : public SessionObserver {
  public:
    void on_warning(const SessionInfo&, const char*, std::uint32_t) override { ++lines; }
    void on_debug_message(const SessionInfo&, std::string_view) override { ++lines; }
    void on_close(const SessionInfo&, const CloseInfo& why) override { close = why; }
    int lines = 0;
    std::optional<CloseInfo> close;
};

/// A session and the peer that it has to bear.
struct Duel {
    explicit Duel(Role session_role) : role(session_role), peer(other(session_role)) {
        connection.initial_window = 1000;
        connection.max_window = 1000;
        connection.max_packet = 1000;
    }
    void start() {
        auto config = std::make_shared<TransportConfig>();
        config->host_keys = {host_key("ssh-ed25519")};
        config->host_key_verifier = std::make_shared<TrustAll>();
        config->algorithms.compression = compression;
        config->algorithms.ciphers = ciphers;
        peer.config.algorithms.compression = compression;
        SessionParts parts;
        parts.role = role;
        parts.config = config;
        parts.resources = end.resources();
        parts.now = now;
        parts.observer = watcher;
        if (role == Role::server) {
            parts.auth = make_auth_server({}, std::make_unique<OpenDoor>(), now);
            parts.connection = make_connection_layer(connection, std::make_unique<EchoServer>());
        } else {
            parts.auth =
                make_auth_client({"alice"}, std::make_unique<KeyOnly>(user_key("ssh-ed25519")));
            parts.connection =
                make_connection_layer(connection, std::make_unique<OneChannel>("echo", collected));
        }
        auto made = make_session(std::move(parts));
        REQUIRE(made);
        end.session = std::move(*made);
        end.session->on_output([this] { end.woken = true; });
        REQUIRE(peer.start());
    }
    /// Bytes both ways until nothing moves.
    void run() {
        bool moved = true;
        while (moved) {
            moved = std::exchange(end.woken, false);
            if (moved) static_cast<void>(end.session->rx_commit(0, now));
            ByteView left = std::exchange(in_flight, std::exchange(peer.out, {}));
            left = in_flight;
            moved = moved || !left.empty();
            while (!left.empty() && !end.session->finished()) {
                const ByteSpan space = end.session->rx_space(1);
                const std::size_t n = std::min(space.size(), left.size());
                std::memcpy(space.data(), left.data(), n);
                static_cast<void>(end.session->rx_commit(n, now));
                left = left.subspan(n);
            }
            const Bytes bytes = SessionPair::take(end);
            moved = moved || !bytes.empty();
            peer.feed(bytes);
        }
    }
    /// The key exchange and the service; the peer's part of a login, and a channel of the number 0.
    void log_in() {
        start();
        run();
        if (role == Role::server) {
            peer.send(msg::ServiceRequest{"ssh-userauth"});
            peer.send(password_login());
            run();
            REQUIRE(peer.count(msg::userauth_success) == 1);
            open({"echo", 7, 5000, 5000, {}});
            REQUIRE(peer.count(msg::channel_open_confirmation) == 1);
        } else {
            peer.send(msg::ServiceAccept{"ssh-userauth"});
            run();
            REQUIRE(peer.count(msg::userauth_request) == 1);
            peer.send(msg::UserauthSuccess{});
            run();
            REQUIRE(peer.count(msg::channel_open) == 1);
            peer.send(msg::ChannelOpenConfirmation{0, 7, 5000, 5000, {}});
            run();
            REQUIRE(collected->port != nullptr);
        }
        REQUIRE_FALSE(end.session->finished());
    }
    static Bytes password_login() {
        Bytes data;
        Writer(data).boolean(false).string(std::string_view("secret"));
        return encode(msg::UserauthRequest{"alice", "ssh-connection", "password", {data}});
    }
    void open(const msg::ChannelOpen& message) {
        peer.send(message);
        run();
    }
    template <class M>
    void say(const M& message) {
        peer.send(message);
        run();
    }
    /// How it ended: the reason in the DISCONNECT, which the peer could read.
    std::uint32_t reason() {
        run();
        CHECK_FALSE(peer.failed);
        CHECK(end.session->finished());
        CHECK(watcher->close.has_value());
        if (watcher->close) {
            UNSCOPED_INFO(watcher->close->error.what);
            CHECK(static_cast<std::uint32_t>(watcher->close->error.disconnect) == peer.reason());
        }
        return peer.reason();
    }

    const Role role;
    End end{1};
    RawPeer peer;
    Instant now{std::chrono::hours(1)};
    ConnectionConfig connection;
    std::vector<std::string> compression, ciphers;
    std::shared_ptr<Watcher> watcher = std::make_shared<Watcher>();
    std::shared_ptr<Collected> collected = std::make_shared<Collected>();
    Bytes in_flight;
};

}  // namespace nacre::test
