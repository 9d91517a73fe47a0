#include "agent/certificate_key.hpp"
#include "agent/socket.hpp"

#include <nacre/agent/client.hpp>
#include <nacre/keys/public_key.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <cstdlib>
#include <mutex>

namespace nacre::agent {

namespace {

constexpr Error kRefused{Errc::peer_refused, Disconnect::none, 0, "agent: request refused"};
constexpr Error kNoExtension{Errc::unsupported, Disconnect::none, 0,
                             "agent: extension not supported"};
constexpr Error kWrongAnswer = misbehaved("agent: answer to another request");

bool is_signature(ByteView blob) noexcept {
    Reader r(blob);
    const auto algorithm = r.text();
    r.rest();
    return r.done() && !algorithm.empty();
}

}  // namespace

/// The socket, and who may use it now.
class Client::Connection {
  public:
    explicit Connection(ClientConfig config) : config_(std::move(config)) {}

    const ClientConfig& config() const noexcept { return config_; }

    Result<void> connect() { return socket_.connect(config_.path, config_.connect_limit); }

    /// What `take` makes of the answer; a Failure is peer_refused, and an answer that `take` finds
    /// wrong ends the connection.
    template <class T, class Take>
    Result<T> exchange(const Request& request, Duration limit, Take&& take) {
        NACRE_TRY(const SecretBytes message, encode_request(request));
        const std::scoped_lock one_at_a_time(mutex_);
        NACRE_TRY(const Bytes bytes, answer_to(message, limit));
        auto parsed = parse_answer(bytes);
        if (!parsed) {
            socket_.close();
            return parsed.error();
        }
        if (std::holds_alternative<Failure>(*parsed)) return kRefused;
        Result<T> taken = take(*parsed);
        if (!taken && taken.error() == kWrongAnswer) socket_.close();
        return taken;
    }

    Result<void> command(const Request& request, Duration limit) {
        return exchange<void>(request, limit, [](const Answer& answer) -> Result<void> {
            if (!std::holds_alternative<Success>(answer)) return kWrongAnswer;
            return {};
        });
    }

    void bound() noexcept {
        const std::scoped_lock one_at_a_time(mutex_);
        bound_ = true;
    }

  private:
    Result<Bytes> answer_to(ByteView message, Duration limit) {
        const bool used_before = socket_.connected();
        if (used_before) {
            auto answer = socket_.exchange(message, limit);
            if (answer || answer.error().code != Errc::closed) return answer;
        }
        if (bound_)
            return Error{Errc::closed, Disconnect::none, 0,
                         "agent: connection closed, and with it the binding to the session"};
        NACRE_CHECK(connect());
        return socket_.exchange(message, limit);
    }

    const ClientConfig config_;
    std::mutex mutex_;
    detail::AgentSocket socket_;
    bool bound_ = false;
};

std::string agent_path() {
    const char* path = std::getenv("SSH_AUTH_SOCK");
    return path == nullptr ? std::string() : std::string(path);
}

Client::Client(ClientConfig config)
    : connection_(std::make_unique<Connection>(std::move(config))) {}

Client::~Client() = default;

Result<std::shared_ptr<Client>> Client::connect(ClientConfig config) {
    std::shared_ptr<Client> client(new Client(std::move(config)));
    NACRE_CHECK(client->connection_->connect());
    return client;
}

Result<std::vector<Identity>> Client::identities() {
    using List = std::vector<Identity>;
    return connection_->exchange<List>(
        RequestIdentities{}, connection_->config().answer_limit,
        [](const Answer& answer) -> Result<List> {
            const auto* found = std::get_if<IdentitiesAnswer>(&answer);
            if (found == nullptr) return kWrongAnswer;
            List list;
            list.reserve(found->identities.size());
            for (const auto& identity : found->identities)
                list.push_back({to_bytes(identity.key_blob), std::string(identity.comment)});
            return list;
        });
}

Result<Bytes> Client::sign(ByteView key_blob, ByteView data, std::uint32_t flags) {
    return connection_->exchange<Bytes>(SignRequest{key_blob, data, flags},
                                        connection_->config().person_limit,
                                        [](const Answer& answer) -> Result<Bytes> {
                                            const auto* made = std::get_if<SignResponse>(&answer);
                                            if (made == nullptr) return kWrongAnswer;
                                            if (!is_signature(made->signature))
                                                return malformed("agent: malformed signature");
                                            return to_bytes(made->signature);
                                        });
}

Result<void> Client::add(const PrivateKey& key, const Constraints& constraints,
                         ByteView certificate) {
    if (certificate.empty())
        return connection_->command(
            AddIdentity{key.type, key.fields.view(), key.comment, constraints},
            connection_->config().answer_limit);
    NACRE_TRY(const std::string_view type, public_blob_type(certificate));
    NACRE_TRY(const SecretBytes fields, detail::certificate_fields(key, certificate));
    return connection_->command(AddIdentity{type, fields.view(), key.comment, constraints},
                                connection_->config().answer_limit);
}

Result<void> Client::remove(ByteView key_blob) {
    return connection_->command(RemoveIdentity{key_blob}, connection_->config().answer_limit);
}

Result<void> Client::remove_all() {
    return connection_->command(RemoveAllIdentities{}, connection_->config().answer_limit);
}

Result<void> Client::add_smartcard(std::string_view token, const SecretBytes& pin,
                                   const Constraints& constraints) {
    return connection_->command(AddSmartcardKey{token, pin.view(), constraints},
                                connection_->config().person_limit);
}

Result<void> Client::remove_smartcard(std::string_view token, const SecretBytes& pin) {
    return connection_->command(RemoveSmartcardKey{token, pin.view()},
                                connection_->config().person_limit);
}

Result<void> Client::lock(const SecretBytes& passphrase) {
    return connection_->command(Lock{passphrase.view()}, connection_->config().answer_limit);
}

Result<void> Client::unlock(const SecretBytes& passphrase) {
    return connection_->command(Unlock{passphrase.view()}, connection_->config().answer_limit);
}

Result<std::vector<std::string>> Client::query() {
    using Names = std::vector<std::string>;
    auto names = connection_->exchange<Names>(
        Extension{kQuery, {}}, connection_->config().answer_limit,
        [](const Answer& answer) -> Result<Names> {
            if (std::holds_alternative<ExtensionFailure>(answer)) return kNoExtension;
            const auto* found = std::get_if<ExtensionResponse>(&answer);
            if (found == nullptr || found->name != kQuery) return kWrongAnswer;
            NACRE_TRY(const auto views, parse_query_answer(found->data));
            return Names(views.begin(), views.end());
        });
    // OpenSSH answers so to every extension that it does not know.
    if (!names && names.error() == kRefused) return kNoExtension;
    return names;
}

Result<void> Client::bind_session(const SessionBind& bind) {
    const Bytes data = encode_session_bind(bind);
    const auto done = connection_->exchange<void>(
        Extension{kSessionBind, data}, connection_->config().answer_limit,
        [](const Answer& answer) -> Result<void> {
            if (std::holds_alternative<ExtensionFailure>(answer)) return kNoExtension;
            if (!std::holds_alternative<Success>(answer)) return kWrongAnswer;
            return {};
        });
    if (done) connection_->bound();
    return done;
}

}  // namespace nacre::agent
