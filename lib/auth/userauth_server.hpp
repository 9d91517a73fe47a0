/// \file
/// The server's state machine of RFC 4252.
#pragma once
#include "auth/server_method.hpp"

#include <nacre/wire/message/auth.hpp>

#include <array>

namespace nacre::detail {

/// One request at a time: while an answer from outside is out the transport parks the input.
class UserauthServer final : public Layer, private ServerExchange {
  public:
    UserauthServer(AuthConfig config, std::unique_ptr<AuthHandler> handler,
                   std::optional<Instant> start);

    std::string_view service() const noexcept override { return "ssh-userauth"; }
    Result<void> on_start(PacketPort& below) override;
    Result<void> on_packet(const InPacket& packet) override;
    std::optional<Instant> deadline() const noexcept override;
    Result<void> on_deadline(Instant now) override;
    void on_close(const CloseInfo& why) noexcept override;

  private:
    enum class State : std::uint8_t {
        idle,           ///< waits for a request
        deciding,       ///< handler or executor was asked
        delaying,       ///< a failure is not answered before due_
        conversing,     ///< the method waits for a message of the client
        authenticated,  ///< all further requests are ignored
        closed,
    };

    const AuthConfig& config() const noexcept override { return config_; }
    AuthHandler& handler() noexcept override { return *handler_; }
    PacketPort& port() noexcept override { return *port_; }
    AuthRequest request() const noexcept override;
    std::string_view service_name() const noexcept override { return service_; }
    bool key_used(const PublicKey& key) const noexcept override;
    std::uint64_t new_question() noexcept override { return ++question_; }
    bool awaits(std::uint64_t number) const noexcept override;
    void conclude(const Outcome& outcome) override;
    void reply_sent() override;
    void wait_for_client() override;

    Result<void> on_request(const msg::UserauthRequest& request);
    Result<void> on_method_message(const InPacket& packet);
    Result<void> check_identity(std::string_view user, std::string_view service);
    void begin_identity(std::string_view user, std::string_view service);
    void start_method(std::string_view name, ServerMethod* method);
    ServerMethod* find_method(std::string_view name) const noexcept;
    bool method_open(AuthMethod method) const noexcept;

    void grant(const Outcome& outcome);
    void grant_part(const Outcome& outcome);
    const char* narrow(const Outcome& outcome);
    void ask_for_new_password(const Outcome& outcome);
    void refuse(const Outcome& outcome, const char* reason);
    void report(const Outcome& outcome, const char* reason);
    void answer_failure();
    void hold_while_busy() noexcept;
    void become(State next) noexcept;
    void end(const Error& error) noexcept;

    const AuthConfig config_;
    const std::unique_ptr<AuthHandler> handler_;
    PacketPort* port_ = nullptr;
    State state_ = State::idle;
    bool held_ = false;  // by us, at the port

    std::optional<Instant> grace_end_;
    std::optional<Instant> due_;  // before it no failure is answered
    std::uint64_t question_ = 0;
    std::uint32_t requests_ = 0;
    std::uint32_t failures_ = 0;

    std::string user_;  // cut to one byte over the limit, and so is service_
    std::string service_;
    const char* identity_fault_ = nullptr;  // why no request of this user can succeed
    AuthMethods open_;                      // methods that may be tried now
    AuthMethods succeeded_;
    std::vector<std::shared_ptr<const PublicKey>> used_keys_;
    std::shared_ptr<const LoginRestrictions> restrictions_;  // of all factors so far

    std::array<std::unique_ptr<ServerMethod>, 4> methods_;
    ServerMethod* current_ = nullptr;  // of the latest request; null: unknown
    std::string method_name_;          // of the latest request, cut to kMaxKeptName
};

}  // namespace nacre::detail
