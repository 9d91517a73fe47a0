/// \file
/// The client's state machine of RFC 4252.
#pragma once
#include "auth/client_method.hpp"

#include <array>

namespace nacre::detail {

/// One request at a time: while an answer of the program is out the transport parks the input.
class UserauthClient final : public Layer, private ClientExchange {
  public:
    UserauthClient(AuthClientConfig config, std::unique_ptr<AuthClientHandler> handler);

    std::string_view service() const noexcept override { return "ssh-userauth"; }
    Result<void> on_start(PacketPort& below) override;
    Result<void> on_packet(const InPacket& packet) override;
    void on_close(const CloseInfo& why) noexcept override;

  private:
    enum class State : std::uint8_t {
        asking,         ///< the program was asked
        waiting,        ///< a request or response is with the server
        authenticated,  ///< nothing more is expected
        closed,
    };

    const AuthClientConfig& config() const noexcept override { return config_; }
    AuthClientHandler& handler() noexcept override { return *handler_; }
    PacketPort& port() noexcept override { return *port_; }
    std::uint64_t new_question() noexcept override { return ++question_; }
    bool awaits(std::uint64_t number) const noexcept override;
    Frame frame(std::uint8_t number, std::size_t size) noexcept override;
    Frame request(std::string_view method_name, std::size_t size) noexcept override;
    void submit(Frame&& frame) noexcept override;
    void give_up() override;

    Result<void> on_reply(const InPacket& packet);
    Result<void> on_failure(ByteView body);
    Result<void> on_success(ByteView body);
    Result<void> on_banner(ByteView body);
    Result<void> on_method_message(ByteView body);
    void try_next();
    ClientMethod* find_method(AuthMethod method) const noexcept;
    void hold_while_asking() noexcept;
    void become(State next) noexcept;
    void forget_methods() noexcept;
    void end(const Error& error) noexcept;

    const AuthClientConfig config_;
    const std::unique_ptr<AuthClientHandler> handler_;
    PacketPort* port_ = nullptr;
    State state_ = State::closed;
    bool held_ = false;  // by us, at the port
    std::uint64_t question_ = 0;
    std::uint32_t partial_successes_ = 0;
    std::size_t banner_bytes_ = 0;
    AuthMethods open_;  // what the server takes now

    std::array<std::unique_ptr<ClientMethod>, 3> methods_;
    ClientMethod* current_ = nullptr;  // whose request is out; null: that of "none"
};

}  // namespace nacre::detail
