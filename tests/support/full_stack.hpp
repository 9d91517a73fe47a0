/// \file
/// Complete sessions, client and server, with every real layer, and a channel that echoes.
#pragma once
#include "support/session_pair.hpp"

#include <nacre/auth/client.hpp>
#include <nacre/auth/server.hpp>
#include <nacre/connection/handler.hpp>
#include <nacre/wire/numbers.hpp>

#include <string>

namespace nacre::test {

/// A user's key of `type`.
inline std::shared_ptr<Signer> user_key(const std::string& type) {
    DetRng rng(0x75736572);
    auto key = botan_provider().generate(type, 2048, rng);
    return key ? *botan_provider().signer(*key) : nullptr;
}

/// Sends back what comes, without copying it more than a channel has to.
class EchoSink : public ChannelSink {
  public:
    void on_open(ChannelPort& port) override { port_ = &port; }
    void on_data(Payload payload) override {
        FrameList frames = port_->frames(payload.bytes.size());
        std::size_t at = 0;
        frames.for_each([&](ByteSpan to) {
            std::memcpy(to.data(), payload.bytes.data() + at, to.size());
            at += to.size();
        });
        port_->submit(std::move(frames));
        port_->credit(payload.bytes.size());
    }
    void on_extended(std::uint32_t, Payload payload) override {
        port_->credit(payload.bytes.size());
    }
    void on_request(const ChannelRequestView&, Reply<bool> reply) override { reply(true); }
    void on_eof() override {
        port_->exit_status(0);
        port_->eof();
        port_->close();
    }
    void on_close(CloseReason) noexcept override { port_ = nullptr; }

  private:
    ChannelPort* port_ = nullptr;
};

/// Collects what comes.
struct Collected {
    ChannelPort* port = nullptr;
    Bytes data;
    bool keep_data = true;
    std::size_t bytes = 0;
    bool eof = false;
    std::optional<std::uint32_t> exit_status;
    std::optional<CloseReason> closed;
    std::optional<Error> refused;

    void send(ByteView bytes_to_send) {
        FrameList frames = port->frames(bytes_to_send.size());
        std::size_t at = 0;
        frames.for_each([&](ByteSpan to) {
            std::memcpy(to.data(), bytes_to_send.data() + at, to.size());
            at += to.size();
        });
        port->submit(std::move(frames));
    }
};

class CollectSink final : public ChannelSink {
  public:
    explicit CollectSink(std::shared_ptr<Collected> to) : to_(std::move(to)) {}
    void on_open(ChannelPort& port) override { to_->port = &port; }
    void on_data(Payload payload) override {
        if (to_->keep_data) append(to_->data, payload.bytes);
        to_->bytes += payload.bytes.size();
        to_->port->credit(payload.bytes.size());
    }
    void on_extended(std::uint32_t, Payload payload) override {
        to_->port->credit(payload.bytes.size());
    }
    void on_request(const ChannelRequestView& request, Reply<bool> reply) override {
        if (request.type == "exit-status" && request.data.size() == 4)
            to_->exit_status = load_be32(request.data.data());
        reply(true);
    }
    void on_eof() override { to_->eof = true; }
    void on_close(CloseReason why) noexcept override {
        to_->closed = why;
        to_->port = nullptr;
    }

  private:
    std::shared_ptr<Collected> to_;
};

class EchoServer final : public ConnectionHandler {
  public:
    void open_channel(const ChannelOpenRequest& request,
                      Reply<std::unique_ptr<ChannelSink>> reply) override {
        if (request.channel_type != "echo")
            return ConnectionHandler::open_channel(request, std::move(reply));
        reply(std::unique_ptr<ChannelSink>(std::make_unique<EchoSink>()));
    }
};

/// Opens one channel of `type` as soon as the user is authenticated.
class OneChannel final : public ConnectionHandler {
  public:
    OneChannel(std::string type, std::shared_ptr<Collected> to)
        : type_(std::move(type)), to_(std::move(to)) {}
    void on_ready(ConnectionPort& port) override {
        port.open_channel(type_, {}, std::make_unique<CollectSink>(to_),
                          Reply<void>::from([to = to_](Result<void>&& opened) {
                              if (!opened) to->refused = opened.error();
                          }));
    }

  private:
    std::string type_;
    std::shared_ptr<Collected> to_;
};

/// Takes the password "secret" and every key.
class OpenDoor final : public AuthHandler {
  public:
    AuthMethods methods(std::string_view) override {
        return {AuthMethod::publickey, AuthMethod::password};
    }
    void password(const AuthRequest&, ByteView password, Reply<AuthDecision> reply) override {
        reply(as_text(password) == "secret" ? AuthDecision::success() : AuthDecision::failure());
    }
    void key_offered(const AuthRequest&, const PublicKey&, Reply<bool> reply) override {
        reply(true);
    }
    void key_verified(const AuthRequest&, std::shared_ptr<const PublicKey>,
                      Reply<AuthDecision> reply) override {
        reply(AuthDecision::success());
    }
};

class KeyOnly final : public AuthClientHandler {
  public:
    explicit KeyOnly(std::shared_ptr<Signer> key) : key_(std::move(key)) {}
    std::vector<std::shared_ptr<Signer>> keys() override { return {key_}; }

  private:
    std::shared_ptr<Signer> key_;
};

/// Both ends, ready to be started.
struct FullStack {
    FullStack() {
        server_config->host_keys = {host_key("ssh-ed25519")};
        client_config->host_key_verifier = std::make_shared<TrustAll>();
    }
    Result<void> start() {
        SessionParts client;
        client.config = client_config;
        AuthClientConfig client_auth{"alice"};
        client_auth.pubkey_algorithms = pubkey_algorithms;
        client.auth = make_auth_client(std::move(client_auth), std::make_unique<KeyOnly>(key));
        client.connection = make_connection_layer(client_connection,
                                                  std::make_unique<OneChannel>("echo", collected));
        SessionParts server;
        server.config = server_config;
        AuthConfig server_auth;
        server_auth.pubkey_algorithms = pubkey_algorithms;
        server_config->user_key_algorithms = pubkey_algorithms;
        server.auth = make_auth_server(server_auth, std::make_unique<OpenDoor>(), pair.now);
        server.connection = make_connection_layer(server_connection, std::move(server_handler));
        client.resources = pair.client.resources(*provider);
        server.resources = pair.server.resources(*provider);
        return pair.start(std::move(client), std::move(server));
    }
    std::shared_ptr<TransportConfig> client_config = std::make_shared<TransportConfig>();
    std::shared_ptr<TransportConfig> server_config = std::make_shared<TransportConfig>();
    ConnectionConfig client_connection, server_connection;
    std::unique_ptr<ConnectionHandler> server_handler = std::make_unique<EchoServer>();
    std::shared_ptr<Signer> key = user_key("ssh-ed25519");
    const Provider* provider = &botan_provider();
    std::vector<std::string> pubkey_algorithms;  ///< of both ends; empty: the defaults
    std::shared_ptr<Collected> collected = std::make_shared<Collected>();
    SessionPair pair;
};

}  // namespace nacre::test
