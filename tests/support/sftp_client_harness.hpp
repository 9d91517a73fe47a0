/// \file
/// An SFTP client joined to a server with a file tree in memory.
#pragma once
#include "support/channel_pair.hpp"
#include "support/det_rng.hpp"

#include <nacre/sftp/client.hpp>
#include <nacre/sftp/memory_filesystem.hpp>
#include <nacre/sftp/server.hpp>

#include <optional>

namespace nacre::test {

/// The place an answer goes to.
template <class T>
struct Answered {
    std::shared_ptr<std::optional<Result<T>>> place = std::make_shared<std::optional<Result<T>>>();

    Reply<T> reply() {
        return Reply<T>::from([to = place](Result<T>&& answer) {
            // Twice would be a fault of the client.
            if (!*to) *to = std::move(answer);
        });
    }
    bool here() const { return place->has_value(); }
    bool good() const { return here() && (*place)->has_value(); }
    Errc code() const { return here() && !good() ? (*place)->error().code : Errc{}; }
    std::uint32_t detail() const { return here() && !good() ? (*place)->error().detail : 0; }
};

class SftpClientHarness {
  public:
    explicit SftpClientHarness(
        sftp::ServerConfig config = {}, std::size_t chunk = 0,
        sftp::ClientConfig client_config = {},
        std::shared_ptr<sftp::Filesystem> filesystem = sftp::make_memory_filesystem())
        : random(1) {
        config.random = &random;
        auto made = sftp::make_client(std::move(client_config), ready.reply());
        client = made.client;
        pair.emplace(std::move(made.sink), sftp::make_server(std::move(filesystem), config), chunk);
        pair->open();
        pair->run();
    }

    /// What `f(reply)` is answered.
    template <class T, class F>
    Result<T> get(F f) {
        Answered<T> answered;
        f(answered.reply());
        pair->run();
        // What the server does in turns.
        while (!answered.here() && pair->b_sink != nullptr && pair->b_sink->deadline()) {
            pair->b_sink->on_deadline(pair->b.now());
            pair->run();
        }
        if (!answered.here()) return Error{Errc::internal, Disconnect::none, 0, "no answer"};
        return std::move(**answered.place);
    }
    template <class F>
    Result<void> done(F f) {
        return get<void>(std::move(f));
    }
    sftp::RemoteHandle open(std::string_view path, sftp::OpenFlags flags) {
        auto handle = get<sftp::RemoteHandle>(
            [&](auto reply) { client->open(path, flags, {}, std::move(reply)); });
        return handle ? std::move(*handle) : sftp::RemoteHandle{};
    }
    sftp::RemoteHandle create(std::string_view path) {
        sftp::OpenFlags flags;
        flags.read = flags.write = flags.create = true;
        return open(path, flags);
    }
    Result<void> put(std::string_view path, std::string_view text) {
        const auto handle = create(path);
        auto result =
            done([&](auto reply) { client->write(handle, 0, as_bytes(text), std::move(reply)); });
        if (!result) return result;
        return done([&](auto reply) { client->close_handle(handle, std::move(reply)); });
    }

    DetRng random;
    Answered<void> ready;
    std::shared_ptr<sftp::Client> client;
    std::optional<ChannelPair> pair;
};

}  // namespace nacre::test
