/// \file
/// The cut between the server's state machine and its methods.
#pragma once
#include <nacre/auth/server.hpp>

namespace nacre::detail {

/// How an attempt ended. Views are borrowed for the call.
struct Outcome {
    AuthDecision decision;
    const char* reason = "";               ///< literal; why it failed
    std::shared_ptr<const PublicKey> key;  ///< publickey only
    std::string_view signature_algorithm;  ///< publickey only
    bool password_change = false;          ///< the request was one to change the password
};

/// What a method may do to the exchange it is part of. Of ask, conclude and the two reply_sent
/// calls, the method makes one in each call it gets.
class ServerExchange {
  public:
    virtual const AuthConfig& config() const noexcept = 0;
    virtual AuthHandler& handler() noexcept = 0;
    virtual PacketPort& port() noexcept = 0;
    virtual AuthRequest request() const noexcept = 0;
    virtual std::string_view service_name() const noexcept = 0;
    /// Whether `key` was a factor of this chain already.
    virtual bool key_used(const PublicKey& key) const noexcept = 0;

    /// The number of a question to the outside; the one before is no longer waited for.
    virtual std::uint64_t new_question() noexcept = 0;
    /// Whether the answer to question `number` is waited for.
    virtual bool awaits(std::uint64_t number) const noexcept = 0;

    /// Ends the request with a verdict.
    virtual void conclude(const Outcome& outcome) = 0;
    /// Ends the request: the method has sent its answer itself.
    virtual void reply_sent() = 0;
    /// The method has sent a message and goes on when the client answers.
    virtual void wait_for_client() = 0;

  protected:
    ~ServerExchange() = default;
};

/// One authentication method; lives as long as the session. Each request is parsed as a whole
/// before it is started, so that a malformed one fares the same whoever the user is.
class ServerMethod {
  public:
    explicit ServerMethod(ServerExchange& exchange) : exchange_(exchange) {}
    ServerMethod(const ServerMethod&) = delete;
    ServerMethod& operator=(const ServerMethod&) = delete;
    virtual ~ServerMethod() = default;

    virtual AuthMethod method() const noexcept = 0;
    /// Whether a request with this method name on the wire is ours.
    virtual bool owns(std::string_view name) const noexcept { return name == name_of(method()); }
    /// Takes the request apart; views in `data` are kept until start() returns. Errors:
    /// peer_malformed, which ends the session.
    virtual Result<void> parse(std::string_view name, ByteView data) = 0;
    /// Handles the parsed request. Not called when it fails for other reasons.
    virtual void start() = 0;
    /// A message in answer to one of ours, after wait_for_client(). Errors end the session.
    virtual Result<void> on_message(std::uint8_t /*number*/, ByteView /*body*/) {
        return Error{Errc::unsupported, Disconnect::none, 0, "unexpected method message"};
    }

  protected:
    /// A reply whose answer goes to `Take`, a member `void(Result<T>)` of the derived class,
    /// unless the answer is no longer waited for.
    template <auto Take>
    auto ask() {
        return make_reply<Take>(Take);
    }
    void fail(const char* reason) { exchange_.conclude({AuthDecision::failure(), reason, {}, {}}); }

    ServerExchange& exchange_;

  private:
    template <auto Take, class D, class T>
    Reply<T> make_reply(void (D::*)(Result<T>)) {
        return Reply<T>(line_.ref(), exchange_.new_question(),
                        [](void* target, std::uint64_t token, Result<T>&& answer) {
                            auto& self = *static_cast<D*>(static_cast<ServerMethod*>(target));
                            if (self.exchange_.awaits(token)) (self.*Take)(std::move(answer));
                        });
    }

    Lifeline line_{this};
};

std::unique_ptr<ServerMethod> make_method_none(ServerExchange& exchange);
std::unique_ptr<ServerMethod> make_method_publickey(ServerExchange& exchange);
std::unique_ptr<ServerMethod> make_method_password(ServerExchange& exchange);
std::unique_ptr<ServerMethod> make_method_keyboard_interactive(ServerExchange& exchange);

}  // namespace nacre::detail
