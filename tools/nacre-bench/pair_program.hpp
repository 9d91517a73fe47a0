/// \file
/// What the two programs of a MemoryPair decide: they trust each other.
#pragma once
#include <nacre/auth/client.hpp>
#include <nacre/auth/server.hpp>
#include <nacre/connection/handler.hpp>
#include <nacre/transport/config.hpp>

#include <memory>

namespace nacre::bench {

struct PairEnd;

std::shared_ptr<HostKeyVerifier> make_trust();
std::unique_ptr<AuthClientHandler> make_key_login(std::shared_ptr<Signer> key);
/// Takes every key.
std::unique_ptr<AuthHandler> make_open_door();
/// Opens a channel as soon as it may; `end` outlives the session, and its port is set meanwhile.
std::unique_ptr<ConnectionHandler> make_channel_opener(PairEnd& end);
/// Takes that channel; likewise.
std::unique_ptr<ConnectionHandler> make_channel_taker(PairEnd& end);

}  // namespace nacre::bench
