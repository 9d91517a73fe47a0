/// \file
/// The cut between the client's state machine and its methods.
#pragma once
#include <nacre/auth/client.hpp>
#include <nacre/wire/message/auth.hpp>

namespace nacre::detail {

/// The service asked for with every request.
constexpr std::string_view kConnectionService = "ssh-connection";

/// What a method may do to the exchange it is part of.
class ClientExchange {
  public:
    virtual const AuthClientConfig& config() const noexcept = 0;
    virtual AuthClientHandler& handler() noexcept = 0;
    virtual PacketPort& port() noexcept = 0;

    /// The number of a question to the outside; the one before is no longer waited for.
    virtual std::uint64_t new_question() noexcept = 0;
    /// Whether the answer to question `number` is waited for.
    virtual bool awaits(std::uint64_t number) const noexcept = 0;

    /// A frame for message `number` with `size` bytes, wiped after use. Empty when it would be
    /// longer than kMaxRequest or memory is exhausted, and then the session has failed.
    virtual Frame frame(std::uint8_t number, std::size_t size) noexcept = 0;
    /// A USERAUTH_REQUEST up to the method data, which takes `size` bytes. Empty as frame().
    virtual Frame request(std::string_view method_name, std::size_t size) noexcept = 0;
    /// Sends it and waits for the server.
    virtual void submit(Frame&& frame) noexcept = 0;
    /// The method has nothing more to try for now: spent() is true.
    virtual void give_up() = 0;

  protected:
    ~ClientExchange() = default;
};

/// One authentication method; lives as long as the session. In each call but spent() and the
/// on_ ones for results it does one thing: submits, asks, or gives up.
class ClientMethod {
  public:
    explicit ClientMethod(ClientExchange& exchange) : exchange_(exchange) {}
    ClientMethod(const ClientMethod&) = delete;
    ClientMethod& operator=(const ClientMethod&) = delete;
    virtual ~ClientMethod() = default;

    virtual AuthMethod method() const noexcept = 0;
    /// Whether there is nothing left to try.
    virtual bool spent() const noexcept = 0;
    /// Makes the next attempt.
    virtual void attempt() = 0;
    /// Message 60 in answer to what was submitted. Errors end the session.
    virtual Result<void> on_message(ByteView body) = 0;
    /// The attempt failed.
    virtual void on_failure() {}
    /// Some attempt succeeded, but more is needed. `ours`: it was ours.
    virtual void on_partial_success(bool /*ours*/) {}

  protected:
    /// A reply whose answer goes to `Take`, a member `void(Result<T>)` of the derived class,
    /// unless the answer is no longer waited for.
    template <auto Take>
    auto ask() {
        return make_reply<Take>(Take);
    }

    ClientExchange& exchange_;

  private:
    template <auto Take, class D, class T>
    Reply<T> make_reply(void (D::*)(Result<T>)) {
        return Reply<T>(line_.ref(), exchange_.new_question(),
                        [](void* target, std::uint64_t token, Result<T>&& answer) {
                            auto& self = *static_cast<D*>(static_cast<ClientMethod*>(target));
                            if (self.exchange_.awaits(token)) (self.*Take)(std::move(answer));
                        });
    }

    Lifeline line_{this};
};

std::unique_ptr<ClientMethod> make_client_publickey(ClientExchange& exchange);
std::unique_ptr<ClientMethod> make_client_password(ClientExchange& exchange);
std::unique_ptr<ClientMethod> make_client_keyboard_interactive(ClientExchange& exchange);

}  // namespace nacre::detail
