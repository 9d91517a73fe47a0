/// \file
/// A peer that talks in clear to a session over null_provider.hpp: it says what it likes as often
/// as it likes, and reads only when the test says so. And what the heap holds, to see what that
/// costs.
#pragma once
#include "support/full_stack.hpp"
#include "support/null_provider.hpp"

#include <nacre/wire/message/auth.hpp>
#include <nacre/wire/message/connection.hpp>
#include <nacre/wire/message/transport.hpp>

#include <catch2/catch_all.hpp>

#include <malloc.h>

#include <string>
#include <utility>
#include <vector>

namespace nacre::test {

/// Bytes allocated and not freed; 0 under a sanitizer, which does not tell.
inline std::size_t heap_in_use() {
    const auto info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
}

/// How much more the heap holds than at the construction.
class HeapGrowth {
  public:
    std::size_t bytes() const {
        const std::size_t now = heap_in_use();
        return now > start_ ? now - start_ : 0;
    }

  private:
    const std::size_t start_ = heap_in_use();
};

/// A server's session, and its client.
class ClearPeer {
  public:
    /// The greatest payload of a chunk in flood().
    static constexpr std::size_t kChunk = 16 * 1024;

    std::unique_ptr<ConnectionHandler> handler = std::make_unique<EchoServer>();
    ConnectionConfig connection;
    std::string version = "SSH-2.0-clear";
    std::vector<Bytes> got;  ///< payloads of the session, number first
    End end{1};

    void start() {
        auto config = std::make_shared<TransportConfig>();
        config->host_keys = {std::make_shared<NullSigner>()};
        SessionParts parts;
        parts.role = Role::server;
        parts.config = std::move(config);
        parts.resources = end.resources(null_provider());
        parts.now = now_;
        parts.auth = make_auth_server({}, std::make_unique<OpenDoor>(), now_);
        parts.connection = make_connection_layer(connection, std::move(handler));
        auto made = make_session(std::move(parts));
        REQUIRE(made);
        end.session = std::move(*made);
        end.session->on_output([this] { end.woken = true; });
        append(out_, as_bytes(version + "\r\n"));
    }
    /// Up to where the service may be asked for.
    void exchange_keys() {
        start();
        rekey();
        REQUIRE(count(msg::newkeys) == 1);
    }
    void log_in() {
        exchange_keys();
        say(msg::ServiceRequest{"ssh-userauth"});
        Bytes data;
        Writer(data).boolean(false).string(std::string_view("secret"));
        say(msg::UserauthRequest{"alice", "ssh-connection", "password", {data}});
        REQUIRE(count(msg::userauth_success) == 1);
    }
    /// A whole key exchange, with a wrong guess in front if `guess`.
    void rekey(bool guess = false, std::string_view compression = "none") {
        add(kexinit(guess, compression));
        Bytes init{30};
        if (guess) add(init);
        Writer(init).string(std::string_view("value"));
        add(init);
        add(Bytes{msg::newkeys});
        flow();
    }
    static Bytes kexinit(bool guess = false, std::string_view compression = "none") {
        Bytes payload{msg::kexinit};
        payload.resize(17);
        Writer w(payload);
        // Another first name makes the guess a wrong one.
        w.string((guess ? "other@test," : "") + std::string(kNullName) +
                 ",kex-strict-c-v00@openssh.com");
        for (int i = 0; i < 5; ++i) w.string(kNullName);
        w.string(compression).string(compression);
        w.string(std::string_view()).string(std::string_view()).boolean(guess).u32(0);
        return payload;
    }
    /// A packet for later, of this payload.
    void add(ByteView payload) {
        std::size_t padding = 8 - (5 + payload.size()) % 8;
        if (padding < 4) padding += 8;
        Bytes head(4);
        store_be32(head.data(), static_cast<std::uint32_t>(1 + payload.size() + padding));
        head.push_back(static_cast<std::uint8_t>(padding));
        append(out_, head);
        append(out_, payload);
        out_.resize(out_.size() + padding);
    }
    template <class M>
    void say(const M& message) {
        add(encode(message));
        flow();
    }
    /// Says it again and again without reading the answers, as long as the session takes it.
    /// \return how often it was taken
    std::size_t flood(ByteView payload, std::size_t times) {
        std::size_t said = 0;
        while (said < times && end.session->rx_wanted()) {
            std::size_t chunk = 0;
            for (; chunk < kChunk && said < times; ++said) {
                add(payload);
                chunk += payload.size() + 16;
            }
            flow(false);
        }
        return said;
    }
    /// Bytes both ways until nothing moves; `read`: whether answers are taken from the socket.
    void flow(bool read = true) {
        bool moved = true;
        while (moved) {
            moved = std::exchange(end.woken, false);
            if (moved) static_cast<void>(end.session->rx_commit(0, now_));
            moved = deliver() || moved;
            if (!read) continue;
            const Bytes bytes = SessionPair::take(end);
            moved = moved || !bytes.empty();
            append(in_, bytes);
            parse();
        }
    }
    void pass(Duration time) {
        now_ += time;
        static_cast<void>(end.session->on_deadline(now_));
    }
    std::size_t count(std::uint8_t number) const {
        std::size_t n = 0;
        for (const Bytes& payload : got) n += payload[0] == number ? 1 : 0;
        return n;
    }
    /// Of the DISCONNECT; 0: none came.
    std::uint32_t reason() const {
        for (const Bytes& payload : got)
            if (payload[0] == msg::disconnect) return load_be32(payload.data() + 1);
        return 0;
    }

  private:
    bool deliver() {
        ByteView left = out_;
        while (!left.empty() && end.session->rx_wanted()) {
            const ByteSpan space = end.session->rx_space(1);
            const std::size_t n = std::min(space.size(), left.size());
            std::memcpy(space.data(), left.data(), n);
            static_cast<void>(end.session->rx_commit(n, now_));
            left = left.subspan(n);
        }
        if (end.session->finished()) left = {};
        const bool moved = left.size() < out_.size();
        out_.erase(out_.begin(), out_.end() - static_cast<std::ptrdiff_t>(left.size()));
        return moved;
    }
    void parse() {
        ByteView left = in_;
        if (!identified_) {
            const std::size_t line = as_text(left).find('\n');
            if (line == std::string_view::npos) return;
            left = left.subspan(line + 1);
            identified_ = true;
        }
        while (left.size() >= 6 && left.size() >= 4 + load_be32(left.data())) {
            const std::size_t length = load_be32(left.data());
            got.push_back(to_bytes(left.subspan(5, length - 1 - left[4])));
            left = left.subspan(4 + length);
        }
        in_.erase(in_.begin(), in_.end() - static_cast<std::ptrdiff_t>(left.size()));
    }

    Instant now_{std::chrono::hours(1)};
    Bytes out_, in_;
    bool identified_ = false;
};

}  // namespace nacre::test
