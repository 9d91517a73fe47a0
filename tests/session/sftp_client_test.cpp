// SFTP from end to end: two whole sessions joined in memory, with real keys and a login.
#include "support/session_pair.hpp"
#include "support/sftp_client_harness.hpp"

#include <nacre/auth/client.hpp>
#include <nacre/auth/server.hpp>
#include <nacre/connection/session_channel.hpp>
#include <nacre/session/sftp_client.hpp>
#include <nacre/sftp/memory_filesystem.hpp>
#include <nacre/sftp/server.hpp>
#include <nacre/sftp/transfer.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

class PasswordServer final : public AuthHandler {
  public:
    AuthMethods methods(std::string_view) override { return {AuthMethod::password}; }
    void password(const AuthRequest&, ByteView password, Reply<AuthDecision> reply) override {
        reply(as_text(password) == "right" ? AuthDecision::success() : AuthDecision::failure());
    }
};

class PasswordClient final : public AuthClientHandler {
  public:
    explicit PasswordClient(std::string_view password) : password_(password) {}
    void password(std::uint32_t attempt, Reply<SecretBytes> reply) override {
        if (attempt != 0) return AuthClientHandler::password(attempt, std::move(reply));
        reply(SecretBytes(as_bytes(password_)));
    }

  private:
    std::string password_;
};

class SftpPrograms final : public SessionPrograms {
  public:
    void subsystem(std::string_view name, const SessionEnvironment& env,
                   Reply<Program> reply) override {
        if (name != "sftp") return SessionPrograms::subsystem(name, env, std::move(reply));
        reply(sftp::make_server(sftp::make_memory_filesystem()));
    }
};

class SftpServerHandler final : public ConnectionHandler {
  public:
    explicit SftpServerHandler(bool open) : open_(open) {}
    void open_channel(const ChannelOpenRequest& request,
                      Reply<std::unique_ptr<ChannelSink>> reply) override {
        if (!open_) return ConnectionHandler::open_channel(request, std::move(reply));
        reply(make_session_channel(std::make_unique<SftpPrograms>()));
    }

  private:
    bool open_;
};

struct Fixture {
    explicit Fixture(std::string_view password, bool open = true, std::string subsystem = "sftp") {
        sftp::ClientConfig config;
        config.subsystem = std::move(subsystem);
        auto channel = sftp::make_client(config, ready.reply());
        client = channel.client;

        auto client_transport = std::make_shared<TransportConfig>();
        client_transport->host_key_verifier = std::make_shared<TrustAll>();
        AuthClientConfig login;
        login.user = "alice";
        SessionParts client_parts;
        client_parts.config = client_transport;
        client_parts.auth = make_auth_client(login, std::make_unique<PasswordClient>(password));
        client_parts.connection =
            make_connection_layer({}, make_sftp_client_handler(std::move(channel)));

        auto server_transport = std::make_shared<TransportConfig>();
        server_transport->host_keys = {host_key("ssh-ed25519")};
        AuthConfig auth;
        auth.failure_delay = std::chrono::milliseconds(0);
        SessionParts server_parts;
        server_parts.config = server_transport;
        server_parts.auth = make_auth_server(auth, std::make_unique<PasswordServer>());
        server_parts.connection =
            make_connection_layer({}, std::make_unique<SftpServerHandler>(open));
        REQUIRE(pair.start(std::move(client_parts), std::move(server_parts)));
        pair.run();
    }
    template <class T, class F>
    Result<T> get(F f) {
        Answered<T> answered;
        f(answered.reply());
        // As a program's loop would after calling an operation.
        pair.client.woken = true;
        pair.run();
        REQUIRE(answered.here());
        return std::move(**answered.place);
    }

    Answered<void> ready;
    std::shared_ptr<sftp::Client> client;
    SessionPair pair;
};

}  // namespace

TEST_CASE("a file goes to the server and comes back", "[session]") {
    Fixture f("right");
    REQUIRE(f.ready.good());
    sftp::OpenFlags flags;
    flags.read = flags.write = flags.create = true;
    const auto handle = f.get<sftp::RemoteHandle>(
        [&](auto reply) { f.client->open("file", flags, {}, std::move(reply)); });
    REQUIRE(handle.has_value());

    const Bytes sent = DetRng(1).bytes(6'000'000);
    const auto uploaded = f.get<std::uint64_t>([&](auto reply) {
        sftp::upload(
            f.client, *handle, 0,
            [&sent, at = std::size_t{0}](ByteSpan room) mutable -> Result<std::size_t> {
                const std::size_t n = std::min(room.size(), sent.size() - at);
                if (n != 0) std::memcpy(room.data(), sent.data() + at, n);
                at += n;
                return n;
            },
            std::move(reply));
    });
    REQUIRE(uploaded.has_value());
    CHECK(*uploaded == sent.size());
    Bytes got;
    const auto downloaded = f.get<std::uint64_t>([&](auto reply) {
        sftp::download(
            f.client, *handle, 0, sent.size(),
            [&](ByteView bytes) -> Result<void> {
                append(got, bytes);
                return {};
            },
            std::move(reply));
    });
    REQUIRE(downloaded.has_value());
    CHECK((got == sent));

    Answered<sftp::Attrs> pending;
    f.client->stat("file", sftp::Follow::yes, pending.reply());
    f.pair.client.session->close(Disconnect::by_application, "done");
    f.pair.run();
    CHECK(pending.here());
    CHECK(f.client->ended());
}

TEST_CASE("why there is no SFTP is told", "[session]") {
    SECTION("wrong password") {
        Fixture f("wrong");
        CHECK(f.ready.code() == Errc::peer_refused);
    }
    SECTION("no session channel") {
        Fixture f("right", false);
        CHECK(f.ready.code() == Errc::peer_refused);
        CHECK(f.ready.detail() == static_cast<std::uint32_t>(OpenFailure::unknown_channel_type));
    }
    SECTION("no such subsystem") {
        Fixture f("right", true, "other");
        CHECK(f.ready.code() == Errc::peer_refused);
    }
}
