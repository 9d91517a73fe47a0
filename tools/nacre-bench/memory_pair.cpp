#include "memory_pair.hpp"

#include "cpu_time.hpp"
#include "pair_program.hpp"

#include <nacre/auth/client.hpp>
#include <nacre/auth/server.hpp>

#include <array>

namespace nacre::bench {

namespace {

constexpr std::uint32_t kRsaBits = 3072;

/// Adds the time until its destruction.
class Timed {
  public:
    explicit Timed(double& to) : to_(to), start_(thread_cpu_seconds()) {}
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;
    ~Timed() { to_ += thread_cpu_seconds() - start_; }

  private:
    double& to_;
    double start_;
};

std::shared_ptr<TransportConfig> config_of(const PairOptions& options) {
    auto config = std::make_shared<TransportConfig>();
    AlgorithmLists& lists = config->algorithms;
    if (!options.kex.empty()) lists.kex = {options.kex};
    if (!options.host_key_algorithm.empty()) lists.host_key = {options.host_key_algorithm};
    if (!options.protection.cipher.empty()) lists.ciphers = {options.protection.cipher};
    if (!options.protection.mac.empty()) lists.macs = {options.protection.mac};
    return config;
}

}  // namespace

Result<std::shared_ptr<Signer>> make_key(const Provider& provider, const std::string& algorithm) {
    const std::string type = algorithm.starts_with("rsa-") ? "ssh-rsa" : algorithm;
    NACRE_TRY(const PrivateKey key, provider.generate(type, kRsaBits, system_rng()));
    return provider.signer(key);
}

Result<void> MemoryPair::start(const PairOptions& options) {
    ConnectionConfig connection;
    connection.max_packet = options.max_packet;

    const auto client_config = config_of(options);
    client_config->host_key_verifier = make_trust();
    SessionParts client_parts;
    client_parts.role = Role::client;
    client_parts.config = client_config;
    client_parts.auth = make_auth_client({"bench"}, make_key_login(options.user_key));
    client_parts.connection = make_connection_layer(connection, make_channel_opener(client));

    const auto server_config = config_of(options);
    server_config->host_keys = {options.host_key};
    SessionParts server_parts;
    server_parts.role = Role::server;
    server_parts.config = server_config;
    server_parts.auth = make_auth_server({}, make_open_door(), now_);
    server_parts.connection = make_connection_layer(connection, make_channel_taker(server));

    NACRE_CHECK(make(client, std::move(client_parts)));
    return make(server, std::move(server_parts));
}

Result<void> MemoryPair::make(PairEnd& end, SessionParts parts) {
    const Timed timed(end.cpu);
    parts.resources = {&provider_, &system_rng(), &inline_executor(), &end.frames, &end.slabs};
    parts.now = now_;
    NACRE_TRY(end.session, make_session(std::move(parts)));
    end.session->on_output([&end] { end.woken = true; });
    return {};
}

bool MemoryPair::turn() {
    const bool up = move(client, server);
    const bool down = move(server, client);
    return up || down;
}

void MemoryPair::run() {
    while (turn()) {
    }
}

bool MemoryPair::keys_exchanged() const {
    return client.session->info().key_exchanges > 0 && server.session->info().key_exchanges > 0;
}

bool MemoryPair::wake(PairEnd& end) {
    if (!std::exchange(end.woken, false)) return false;
    const Timed timed(end.cpu);
    static_cast<void>(end.session->rx_commit(0, now_));
    return true;
}

bool MemoryPair::move(PairEnd& from, PairEnd& to) {
    std::array<ConstBuf, 64> slices{};
    bool moved = wake(from);
    while (true) {
        std::size_t count = 0;
        {
            const Timed timed(from.cpu);
            count = from.session->tx_slices(slices);
        }
        if (count == 0) return moved;
        moved = true;
        from.packets += count;
        const std::span<const ConstBuf> taken(slices.data(), count);
        deliver(to, taken);
        std::size_t bytes = 0;
        for (const ConstBuf& slice : taken) bytes += slice.size;
        const Timed timed(from.cpu);
        from.session->tx_consumed(bytes);
    }
}

void MemoryPair::deliver(PairEnd& to, std::span<const ConstBuf> slices) {
    ByteView left;
    while (!slices.empty() && !to.session->finished()) {
        ByteSpan space;
        {
            const Timed timed(to.cpu);
            space = to.session->rx_space(1);
        }
        if (space.empty()) return;
        std::size_t filled = 0;
        {
            // As much as one recv() would give.
            const Timed timed(copy_cpu);
            while (!slices.empty() && filled < space.size()) {
                if (left.empty()) left = {slices.front().data, slices.front().size};
                const std::size_t part = std::min(left.size(), space.size() - filled);
                std::memcpy(space.data() + filled, left.data(), part);
                filled += part;
                left = left.subspan(part);
                if (left.empty()) slices = slices.subspan(1);
            }
        }
        const Timed timed(to.cpu);
        static_cast<void>(to.session->rx_commit(filled, now_));
    }
}

}  // namespace nacre::bench
