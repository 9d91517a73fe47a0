/// \file
/// A client and a server session joined in memory: no socket, no clock, no entropy.
#pragma once
#include "support/det_rng.hpp"

#include <nacre/base/executor.hpp>
#include <nacre/crypto/botan.hpp>
#include <nacre/session/session.hpp>

#include <array>
#include <functional>
#include <memory>
#include <vector>

namespace nacre::test {

/// A host key of `type`, made once for each type and kept.
inline std::shared_ptr<Signer> host_key(const std::string& type) {
    static std::vector<std::pair<std::string, std::shared_ptr<Signer>>> made;
    for (const auto& [name, signer] : made)
        if (name == type) return signer;
    DetRng rng(0x6b6579);
    auto key = botan_provider().generate(type, 2048, rng);
    if (!key) return nullptr;
    auto signer = botan_provider().signer(*key);
    if (!signer) return nullptr;
    made.emplace_back(type, *signer);
    return *signer;
}

/// Trusts every key and remembers it.
class TrustAll final : public HostKeyVerifier {
  public:
    void verify(const PublicKey& key, Reply<void> reply) override {
        ++asked;
        blob = to_bytes(key.blob());
        if (trust)
            reply({});
        else
            reply(Error{Errc::peer_refused, Disconnect::none, 0, "not trusted"});
    }
    int asked = 0;
    bool trust = true;
    Bytes blob;
};

/// One end: a session and what it runs on.
struct End {
    explicit End(std::uint64_t seed) : rng(seed) {}
    SessionResources resources(const Provider& provider = botan_provider()) {
        return {&provider, &rng, jobs, &frames, &slabs};
    }
    DetRng rng;
    Executor* jobs = &inline_executor();
    FramePool frames;
    SlabPool slabs;
    std::unique_ptr<Session> session;
    bool woken = false;
    Bytes sent;  ///< everything that left, if `record`
    bool record = false;
    /// May change the bytes in flight; called before they are delivered.
    std::function<void(Bytes&)> tamper;
};

class SessionPair {
  public:
    SessionPair() : client(1), server(2) {}

    /// Makes both sessions. The parts' role, resources, number and time are set here.
    Result<void> start(SessionParts client_parts, SessionParts server_parts) {
        NACRE_CHECK(make(client, Role::client, std::move(client_parts)));
        return make(server, Role::server, std::move(server_parts));
    }
    /// Moves bytes both ways until nothing moves. `chunk`: bytes delivered at a time, 0: all.
    void run(std::size_t chunk = 0) {
        while (move(client, server, chunk) || move(server, client, chunk)) {
        }
    }
    /// Moves what `from` has to send now; whether something happened.
    bool move(End& from, End& to, std::size_t chunk = 0) {
        bool moved = wake(from);
        if (wake(to)) moved = true;
        Bytes bytes = take(from);
        if (from.record) append(from.sent, bytes);
        if (from.tamper) from.tamper(bytes);
        if (!bytes.empty()) moved = true;
        deliver(to, bytes, chunk);
        return moved;
    }
    /// All bytes that `from` has to send.
    static Bytes take(End& from) {
        Bytes bytes;
        std::array<ConstBuf, 16> slices{};
        while (const std::size_t n = from.session->tx_slices(slices)) {
            std::size_t total = 0;
            for (std::size_t i = 0; i < n; ++i) {
                append(bytes, {slices[i].data, slices[i].size});
                total += slices[i].size;
            }
            from.session->tx_consumed(total);
        }
        return bytes;
    }
    void deliver(End& to, ByteView bytes, std::size_t chunk = 0) {
        while (!bytes.empty() && !to.session->finished()) {
            const ByteSpan space = to.session->rx_space(1);
            // No memory now: a program would try again.
            if (space.empty()) continue;
            std::size_t n = std::min(bytes.size(), space.size());
            if (chunk != 0) n = std::min(n, chunk);
            std::memcpy(space.data(), bytes.data(), n);
            static_cast<void>(to.session->rx_commit(n, now));
            bytes = bytes.subspan(n);
        }
    }
    /// Lets both ends handle what is due at `at`.
    void advance(Duration by) {
        now += by;
        for (End* end : {&client, &server}) {
            const auto at = end->session->deadline();
            if (at && *at <= now) static_cast<void>(end->session->on_deadline(now));
        }
    }

    End client, server;
    Instant now{std::chrono::hours(1)};

  private:
    Result<void> make(End& end, Role role, SessionParts parts) {
        parts.role = role;
        if (parts.resources.provider == nullptr) parts.resources = end.resources();
        parts.now = now;
        NACRE_TRY(end.session, make_session(std::move(parts)));
        end.session->on_output([&end] { end.woken = true; });
        return {};
    }
    bool wake(End& end) {
        if (!end.woken) return false;
        end.woken = false;
        static_cast<void>(end.session->rx_commit(0, now));
        return true;
    }
};

}  // namespace nacre::test
