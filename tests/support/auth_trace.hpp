/// \file
/// Everything that a session of ssh-userauth does, in order and with its times, as text: sessions
/// that nobody can tell apart have the same trace.
#pragma once
#include "support/auth_requests.hpp"
#include "support/hex.hpp"

#include <catch2/catch_all.hpp>

#include <map>

namespace nacre::test {

using Trace = std::vector<std::string>;

/// Notes each thing that is asked of a key.
class TracedKey final : public PublicKey {
  public:
    TracedKey(std::shared_ptr<const PublicKey> key, Trace& trace)
        : key_(std::move(key)), trace_(trace) {}
    std::string_view type() const noexcept override { return key_->type(); }
    ByteView blob() const noexcept override { return key_->blob(); }
    std::uint32_t bits() const noexcept override { return key_->bits(); }
    std::span<const std::string_view> algorithms() const noexcept override {
        return key_->algorithms();
    }
    bool verify(std::string_view algorithm, ByteView data,
                ByteView signature) const noexcept override {
        trace_.push_back("provider: verify");
        return key_->verify(algorithm, data, signature);
    }
    std::optional<AuthenticatorData> authenticator(ByteView signature) const noexcept override {
        trace_.push_back("provider: authenticator");
        return key_->authenticator(signature);
    }
    bool costly() const noexcept override { return key_->costly(); }
    const Certificate* certificate() const noexcept override { return key_->certificate(); }
    const X509Chain* x509() const noexcept override { return key_->x509(); }

  private:
    const std::shared_ptr<const PublicKey> key_;
    Trace& trace_;
};

/// Notes what is asked of the cryptography.
class TracedProvider final : public EmptyProvider {
  public:
    TracedProvider(const Provider& provider, Trace& trace) : provider_(provider), trace_(trace) {}
    std::span<const AlgorithmInfo> algorithms(Algorithm kind) const noexcept override {
        trace_.push_back("provider: algorithms");
        return provider_.algorithms(kind);
    }
    Result<std::shared_ptr<const PublicKey>> public_key(ByteView blob) const noexcept override {
        trace_.push_back("provider: public key");
        NACRE_TRY(auto key, provider_.public_key(blob));
        return std::shared_ptr<const PublicKey>(std::make_shared<TracedKey>(key, trace_));
    }

  private:
    const Provider& provider_;
    Trace& trace_;
};

/// Does things when their time has come, by the clock of the test.
class TracedExecutor final : public Executor {
  public:
    TracedExecutor(Trace& trace, const Instant& now) : trace_(trace), now_(now) {}

    Duration job_time = std::chrono::milliseconds(10);  ///< what each job takes

    void submit(std::unique_ptr<Job> job) override {
        trace_.push_back("job");
        after(job_time, [held = std::shared_ptr<Job>(std::move(job))] {
            held->run();
            held->finish();
        });
    }
    void after(Duration wait, std::function<void()> work) {
        work_.emplace(now_ + wait, std::move(work));
    }
    std::optional<Instant> next() const {
        return work_.empty() ? std::nullopt : std::optional(work_.begin()->first);
    }
    void run_due() {
        while (!work_.empty() && work_.begin()->first <= now_)
            work_.extract(work_.begin()).mapped()();
    }

  private:
    Trace& trace_;
    const Instant& now_;
    std::multimap<Instant, std::function<void()>> work_;
};

/// A server of ssh-userauth on a PortSpy.
class TracedLogin {
  public:
    explicit TracedLogin(const Provider& provider) : provider_(provider, trace) {
        port.crypto = &provider_;
        port.jobs = &executor;
        port.session.session_id = to_bytes(as_bytes("the session's identifier"));
        port.session.host_key = to_bytes(as_bytes("the host key"));
        port.on_submit = [this](Frame&& frame, Lane) {
            const Frame sent(std::move(frame));
            last_sent_ = sent.payload()[0];
            note("packet " + to_hex(sent.payload()));
        };
    }

    Trace trace;
    PortSpy port;
    TracedExecutor executor{trace, port.time};

    void start(std::unique_ptr<AuthHandler> handler) {
        layer_ = make_auth_server({}, std::move(handler));
        REQUIRE(layer_->on_start(port));
    }
    /// Sends a USERAUTH_REQUEST, answers the questions that come back, and waits until the server
    /// listens again. False: the session is over.
    bool ask(const Bytes& request, const std::vector<std::string_view>& answers = {"guess"}) {
        last_sent_ = 0;
        if (!receive(msg::userauth_request, request)) return false;
        const bool interactive =
            as_text(request).find("keyboard-interactive") != std::string_view::npos;
        return !interactive || last_sent_ != msg::UserauthInfoRequest::kNumber ||
               receive(msg::UserauthInfoResponse::kNumber, info_response(answers));
    }

  private:
    void note(const std::string& what) { trace.push_back(what + time(port.time)); }
    static std::string time(Instant at) {
        return " at " + std::to_string(at.time_since_epoch() / std::chrono::microseconds(1));
    }
    bool receive(std::uint8_t number, const Bytes& body) {
        const InPacket packet = port.packet(number, body);
        const auto result = layer_->on_packet(packet);
        note(result ? "taken" : std::string("ended: ") + result.error().what);
        layer_->on_batch_end();
        look_at_deadline();
        while (result && !port.failed && port.holds > port.resumes) {
            const auto next = earlier(executor.next(), layer_->deadline());
            REQUIRE(next);
            port.time = *next;
            executor.run_due();
            if (const auto at = layer_->deadline(); at && *at <= port.time)
                REQUIRE(layer_->on_deadline(port.time));
            look_at_deadline();
        }
        if (port.failed) note(std::string("failed: ") + port.failed->what);
        note(port.users.empty() ? "nobody" : "logged in");
        port.time += std::chrono::milliseconds(100);
        return result && !port.failed;
    }
    // That it is the same one still is no event.
    void look_at_deadline() {
        const auto at = layer_->deadline();
        if (at == deadline_) return;
        deadline_ = at;
        trace.push_back("deadline" + (at ? time(*at) : std::string(": none")));
    }

    TracedProvider provider_;
    std::unique_ptr<Layer> layer_;
    std::optional<Instant> deadline_;
    std::uint8_t last_sent_ = 0;
};

}  // namespace nacre::test
