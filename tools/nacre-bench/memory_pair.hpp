/// \file
/// A client and a server session joined in memory: no socket, no thread, no clock.
#pragma once
#include "algorithms.hpp"

#include <nacre/base/result.hpp>
#include <nacre/connection/channel.hpp>
#include <nacre/session/session.hpp>

#include <memory>
#include <string>

namespace nacre::bench {

/// What both ends insist on; empty names mean the defaults.
struct PairOptions {
    std::string kex;
    std::string host_key_algorithm;
    CipherAndMac protection;
    std::uint32_t max_packet = 32768;  ///< data bytes in a packet that either end accepts
    std::shared_ptr<Signer> host_key;
    std::shared_ptr<Signer> user_key;
};

/// A new key that makes signatures of `algorithm`, RSA with 3,072 bits. Errors: unsupported.
Result<std::shared_ptr<Signer>> make_key(const Provider& provider, const std::string& algorithm);

/// One end: a session, what it runs on, and its end of the channel.
struct PairEnd {
    FramePool frames;
    SlabPool slabs;
    std::unique_ptr<Session> session;
    ChannelPort* port = nullptr;  ///< set while the channel is open
    std::uint64_t received = 0;   ///< bytes of the channel's data
    std::uint64_t packets = 0;    ///< sent
    double cpu = 0;               ///< seconds in the calls of this session
    bool woken = false;
};

/// The client logs in with the user's key and opens a channel; what either end sends on it the
/// other throws away. Not movable: the sessions refer to their ends.
class MemoryPair {
  public:
    explicit MemoryPair(const Provider& provider) : provider_(provider) {}
    MemoryPair(const MemoryPair&) = delete;
    MemoryPair& operator=(const MemoryPair&) = delete;

    Result<void> start(const PairOptions& options);

    /// Moves what there is both ways, once. false: nothing moves any more.
    bool turn();
    /// Turns until nothing moves.
    void run();
    bool keys_exchanged() const;
    bool channel_open() const { return client.port != nullptr && server.port != nullptr; }

    PairEnd client, server;
    double copy_cpu =
        0;  ///< seconds in what the kernel would do: one copy from one end to the other

  private:
    Result<void> make(PairEnd& end, SessionParts parts);
    bool move(PairEnd& from, PairEnd& to);
    bool wake(PairEnd& end);
    void deliver(PairEnd& to, std::span<const ConstBuf> slices);

    const Provider& provider_;
    Instant now_{std::chrono::hours(1)};
};

}  // namespace nacre::bench
