/// \file
/// Complete sessions, client and server, with every real layer, and SFTP on a session channel.
#pragma once
#include "support/full_stack.hpp"
#include "support/sftp_client_harness.hpp"

#include <nacre/connection/session_channel.hpp>
#include <nacre/session/sftp_client.hpp>

#include <optional>

namespace nacre::test {

/// Starts SFTP on `filesystem`.
class SftpPrograms final : public SessionPrograms {
  public:
    explicit SftpPrograms(std::shared_ptr<sftp::Filesystem> filesystem)
        : filesystem_(std::move(filesystem)) {}
    void subsystem(std::string_view name, const SessionEnvironment& env,
                   Reply<Program> reply) override {
        if (name != "sftp") return SessionPrograms::subsystem(name, env, std::move(reply));
        reply(sftp::make_server(filesystem_));
    }

  private:
    std::shared_ptr<sftp::Filesystem> filesystem_;
};

class SftpDoor final : public ConnectionHandler {
  public:
    explicit SftpDoor(std::shared_ptr<sftp::Filesystem> filesystem)
        : filesystem_(std::move(filesystem)) {}
    void open_channel(const ChannelOpenRequest&,
                      Reply<std::unique_ptr<ChannelSink>> reply) override {
        reply(make_session_channel(std::make_unique<SftpPrograms>(filesystem_)));
    }

  private:
    std::shared_ptr<sftp::Filesystem> filesystem_;
};

/// Remembers how a session ended.
class EndWatcher final : public SessionObserver {
  public:
    void on_close(const SessionInfo&, const CloseInfo& why) override { close = why; }
    std::optional<CloseInfo> close;
};

/// Both ends, ready to be started; the client logs in with a key and opens SFTP.
struct SftpStack {
    explicit SftpStack(std::shared_ptr<sftp::Filesystem> files = sftp::make_memory_filesystem())
        : filesystem(std::move(files)) {
        server_config->host_keys = {host_key("ssh-ed25519")};
        client_config->host_key_verifier = std::make_shared<TrustAll>();
    }
    Result<void> start() {
        auto channel = sftp::make_client({}, ready.reply());
        sftp = channel.client;
        SessionParts client;
        client.config = client_config;
        client.observer = client_end;
        client.auth = make_auth_client({"alice"}, std::make_unique<KeyOnly>(key));
        client.connection =
            make_connection_layer(client_connection, make_sftp_client_handler(std::move(channel)));
        SessionParts server;
        server.config = server_config;
        server.observer = server_end;
        server.auth = make_auth_server({}, std::make_unique<OpenDoor>(), pair.now);
        server.connection =
            make_connection_layer(server_connection, std::make_unique<SftpDoor>(filesystem));
        if (client_provider != nullptr) client.resources = pair.client.resources(*client_provider);
        if (server_provider != nullptr) server.resources = pair.server.resources(*server_provider);
        return pair.start(std::move(client), std::move(server));
    }
    /// What `f(reply)` is answered, after everything moved that can; an error when it is not.
    template <class T, class F>
    Result<T> get(F f) {
        Answered<T> answered;
        f(answered.reply());
        // As a program's loop would after calling an operation.
        pair.client.woken = true;
        pair.run();
        if (!answered.here()) return Error{Errc::internal, Disconnect::none, 0, "no answer"};
        return std::move(**answered.place);
    }
    Result<sftp::RemoteHandle> open(std::string_view path) {
        sftp::OpenFlags flags;
        flags.read = flags.write = flags.create = true;
        return get<sftp::RemoteHandle>(
            [&](auto reply) { sftp->open(path, flags, {}, std::move(reply)); });
    }

    std::shared_ptr<TransportConfig> client_config = std::make_shared<TransportConfig>();
    std::shared_ptr<TransportConfig> server_config = std::make_shared<TransportConfig>();
    ConnectionConfig client_connection, server_connection;
    /// Null: Botan's.
    const Provider* client_provider = nullptr;
    const Provider* server_provider = nullptr;
    std::shared_ptr<Signer> key = user_key("ssh-ed25519");
    std::shared_ptr<sftp::Filesystem> filesystem;
    std::shared_ptr<EndWatcher> client_end = std::make_shared<EndWatcher>();
    std::shared_ptr<EndWatcher> server_end = std::make_shared<EndWatcher>();
    Answered<void> ready;
    std::shared_ptr<sftp::Client> sftp;
    SessionPair pair;
};

}  // namespace nacre::test
