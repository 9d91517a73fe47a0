#include "pair_program.hpp"

#include "key_login.hpp"
#include "memory_pair.hpp"

namespace nacre::bench {

namespace {

constexpr std::string_view kChannelType = "bulk@nacre";

class Trust final : public HostKeyVerifier {
  public:
    void verify(const PublicKey&, Reply<void> reply) override { reply({}); }
};

class OpenDoor final : public AuthHandler {
  public:
    AuthMethods methods(std::string_view) override { return {AuthMethod::publickey}; }
    void key_offered(const AuthRequest&, const PublicKey&, Reply<bool> reply) override {
        reply(true);
    }
    void key_verified(const AuthRequest&, std::shared_ptr<const PublicKey>,
                      Reply<AuthDecision> reply) override {
        reply(AuthDecision::success());
    }
};

/// Throws away what comes.
class Discard final : public ChannelSink {
  public:
    explicit Discard(PairEnd& end) : end_(end) {}
    void on_open(ChannelPort& port) override { end_.port = &port; }
    void on_data(Payload payload) override {
        end_.received += payload.bytes.size();
        end_.port->credit(payload.bytes.size());
    }
    void on_extended(std::uint32_t, Payload payload) override {
        end_.port->credit(payload.bytes.size());
    }
    void on_request(const ChannelRequestView&, Reply<bool> reply) override { reply(true); }
    void on_close(CloseReason) noexcept override { end_.port = nullptr; }

  private:
    PairEnd& end_;
};

class Opener final : public ConnectionHandler {
  public:
    explicit Opener(PairEnd& end) : end_(end) {}
    void on_ready(ConnectionPort& port) override {
        port.open_channel(kChannelType, {}, std::make_unique<Discard>(end_), Reply<void>());
    }

  private:
    PairEnd& end_;
};

class Taker final : public ConnectionHandler {
  public:
    explicit Taker(PairEnd& end) : end_(end) {}
    void open_channel(const ChannelOpenRequest& request,
                      Reply<std::unique_ptr<ChannelSink>> reply) override {
        if (request.channel_type != kChannelType)
            return ConnectionHandler::open_channel(request, std::move(reply));
        reply(std::unique_ptr<ChannelSink>(std::make_unique<Discard>(end_)));
    }

  private:
    PairEnd& end_;
};

}  // namespace

std::shared_ptr<HostKeyVerifier> make_trust() {
    return std::make_shared<Trust>();
}

std::unique_ptr<AuthClientHandler> make_key_login(std::shared_ptr<Signer> key) {
    return std::make_unique<KeyLogin>(std::move(key));
}

std::unique_ptr<AuthHandler> make_open_door() {
    return std::make_unique<OpenDoor>();
}

std::unique_ptr<ConnectionHandler> make_channel_opener(PairEnd& end) {
    return std::make_unique<Opener>(end);
}

std::unique_ptr<ConnectionHandler> make_channel_taker(PairEnd& end) {
    return std::make_unique<Taker>(end);
}

}  // namespace nacre::bench
