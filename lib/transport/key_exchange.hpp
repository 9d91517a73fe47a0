/// \file
/// One key exchange, from our KEXINIT to both directions' keys (RFC 4253 s7, s8).
#pragma once
#include "transport/kexinit.hpp"
#include "transport/key_schedule.hpp"
#include "transport/packet_reader.hpp"
#include "transport/packet_writer.hpp"

#include <nacre/transport/layer.hpp>

#include <memory>
#include <string>

namespace nacre {

/// What an exchange does to its session. None of the calls destroys the exchange.
class KeyExchangeHost {
  public:
    virtual SessionInfo& kex_info() noexcept = 0;
    virtual void kex_send(std::uint8_t number, ByteView body) noexcept = 0;
    /// The method is done: send NEWKEYS and switch the sending direction behind it.
    virtual void kex_keys(SendEpoch epoch) = 0;
    /// While true, an answer from outside is awaited and no packet may be handled.
    virtual void kex_wait(bool waiting) noexcept = 0;
    virtual void kex_fail(const Error& error) noexcept = 0;

  protected:
    ~KeyExchangeHost() = default;
};

class KeyExchange {
  public:
    /// All references outlive the exchange. `first`: the first one of the session.
    KeyExchange(KeyExchangeHost& host, Role role, const TransportConfig& config,
                const SessionResources& resources, const Offer& offer, bool first);

    /// Sends our KEXINIT.
    void start();
    /// The peer's KEXINIT came as packet number `seq`; `body` without the number.
    Result<void> on_kexinit(ByteView body, std::uint32_t seq);
    /// Whether the next message of the method is the peer's wrong guess, to be skipped; asked once.
    bool take_skip() noexcept { return std::exchange(chosen_.skip_guess, false); }
    bool expects(std::uint8_t number) const noexcept {
        return method_ != nullptr && !done_ && method_->expects(number);
    }
    Result<void> on_message(std::uint8_t number, ByteView body);
    /// Both sides know the keys: the peer's NEWKEYS is due.
    bool done() const noexcept { return done_; }
    /// The keys for receiving, when NEWKEYS came. Once.
    ReceiveEpoch take_receive_epoch() noexcept { return std::move(receive_); }
    const Negotiated& chosen() const noexcept { return chosen_; }

  private:
    struct StepJob;
    Result<void> choose(const msg::KexInit& peer, std::uint32_t seq);
    Result<void> make_method();
    void run(std::uint8_t number, ByteView body);
    void on_step(Result<KexStep>&& step);
    Result<void> finish(KexDone&& done);
    Result<void> check_host_key();
    void send_reply(const Signature& signature);
    void on_trusted();
    Result<void> make_keys();
    void settle(Result<void> outcome) noexcept;
    template <class F>
    void guarded(F&& work) noexcept;

    KeyExchangeHost& host_;
    const Role role_;
    const TransportConfig& config_;
    const SessionResources& resources_;
    const Offer& offer_;
    const bool first_;
    Bytes our_kexinit_, peer_kexinit_;
    Negotiated chosen_;
    std::shared_ptr<KexMethod> method_;
    std::shared_ptr<Signer> signer_;  ///< server
    KexDone secret_;
    Bytes h_;
    ReceiveEpoch receive_;
    bool done_ = false;
    Lifeline line_{this};
};

/// Whether `name` starts with NEWKEYS ("zlib"), or with it only after authentication
/// ("zlib@openssh.com").
bool compresses(std::string_view name, bool authenticated) noexcept;

}  // namespace nacre
