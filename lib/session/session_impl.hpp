/// \file
/// The session: pump, dispatch by state, and what the layers may do to the transport.
#pragma once
#include "transport/identification.hpp"
#include "transport/key_exchange.hpp"
#include "transport/legality.hpp"
#include "transport/packet_reader.hpp"
#include "transport/packet_writer.hpp"
#include "transport/receive_buffer.hpp"
#include "transport/rekey_policy.hpp"

#include <nacre/session/session.hpp>

#include <memory>
#include <new>
#include <optional>
#include <string>

namespace nacre {

/// Backlog under which layers that stopped are called again.
constexpr std::size_t kLowWater = 128 * 1024;

class SessionImpl final : public Session, private PacketPort, private KeyExchangeHost {
  public:
    SessionImpl(SessionParts parts, Offer offer, std::string identification);
    ~SessionImpl() override;

    // Session
    const SessionInfo& info() const noexcept override { return info_; }
    ByteSpan rx_space(std::size_t min) override;
    Result<void> rx_commit(std::size_t n, Instant now) override;
    void rx_eof(Instant now) noexcept override;
    std::size_t rx_held() const noexcept override { return buffer_.held(); }
    bool rx_wanted() const noexcept override;
    std::size_t tx_slices(std::span<ConstBuf> out) noexcept override;
    void tx_consumed(std::size_t n) noexcept override;
    void on_output(std::function<void()> wake) override { wake_ = std::move(wake); }
    std::optional<Instant> deadline() const noexcept override;
    Result<void> on_deadline(Instant now) override;
    void close(Disconnect reason, std::string_view text) noexcept override;
    void rekey() noexcept override;
    Idle why_idle() const noexcept override;
    bool busy() const noexcept override {
        return !closed_ && connection_started_ && connection_->busy();
    }
    bool finished() const noexcept override { return closed_ && told_; }
    std::uint64_t bytes_in() const noexcept override { return bytes_in_; }
    std::uint64_t bytes_out() const noexcept override { return writer_.bytes_out(); }

  private:
    // PacketPort
    Instant now() const noexcept override { return now_; }
    Rng& rng() noexcept override { return *resources_.rng; }
    const Provider& provider() const noexcept override { return *resources_.provider; }
    Executor& executor() noexcept override { return *resources_.executor; }
    Frame frame(std::uint8_t number, std::size_t body) noexcept override;
    Frame bulk_frame(std::size_t payload) noexcept override;
    void submit(Frame&& frame, Lane lane) noexcept override;
    std::size_t backlog() const noexcept override { return writer_.backlog(); }
    void hold() noexcept override { ++holds_; }
    void resume() noexcept override;
    void auth_done(std::string_view user,
                   std::shared_ptr<const LoginRestrictions> restrictions) noexcept override;
    void request_service(std::string_view name) noexcept override;
    void fail(const Error& error) noexcept override;

    // KeyExchangeHost
    SessionInfo& kex_info() noexcept override { return info_; }
    void kex_send(std::uint8_t number, ByteView body) noexcept override;
    void kex_keys(SendEpoch epoch) override;
    void kex_wait(bool waiting) noexcept override;
    void kex_fail(const Error& error) noexcept override { fail(error); }

    /// Runs `work`; when it finds no memory, the session ends instead.
    template <class F>
    void guarded(F&& work) {
        try {
            work();
        } catch (const std::bad_alloc&) {
            fail(Error{Errc::out_of_memory, Disconnect::none, 0, "out of memory"});
        }
    }
    Result<void> outcome() const noexcept;
    void pump();
    void pump_packets();
    void pump_layers();
    bool read_identification();
    Result<void> dispatch(const InPacket& packet);
    Result<void> handle(const InPacket& packet);
    Result<void> on_transport(const InPacket& packet);
    Result<void> count_kex(const InPacket& packet) noexcept;
    Result<void> on_kexinit(const InPacket& packet);
    Result<void> on_kex_message(const InPacket& packet);
    Result<void> on_newkeys();
    Result<void> on_service_request(const InPacket& packet);
    Result<void> on_service_accept(const InPacket& packet);
    Result<void> on_ext_info(const InPacket& packet);
    Result<void> on_ping(const InPacket& packet);
    Result<void> to_layer(Layer& layer, const InPacket& packet);
    Result<void> on_disconnect(const InPacket& packet);
    void unimplemented(std::uint32_t seq);
    Result<void> start_compression();
    void start_inflating() noexcept;
    void start_kex() noexcept;
    void start_connection();
    void check_rekey() noexcept;
    void check_writer();
    void end(const Error& error, bool by_peer, std::string text) noexcept;
    void tell_closed() noexcept;
    void send_disconnect(Disconnect reason, std::string_view text) noexcept;
    void wake() noexcept;
    bool in_kex() const noexcept { return kex_ != nullptr; }
    std::optional<Instant> kex_deadline() const noexcept;
    void set_now(Instant now) noexcept;

    const std::shared_ptr<const TransportConfig> config_;
    const SessionResources resources_;
    const Offer offer_;
    std::unique_ptr<Layer> auth_;
    std::unique_ptr<Layer> connection_;
    const std::shared_ptr<SessionObserver> observer_;
    SessionInfo info_;
    Instant now_;
    std::function<void()> wake_;
    bool woken_ = false;
    bool pumping_ = false;

    IdentificationReader identification_;
    bool identified_ = false;
    SlabShare slabs_;
    ReceiveBuffer buffer_;
    PacketReader reader_;
    PacketWriter writer_;
    std::uint64_t bytes_in_ = 0;

    State state_ = State::first_kexinit;
    Instant asked_{};  ///< when we sent what the peer's next message of the exchange waits for
    State after_kex_ = State::after_newkeys;  ///< where a key exchange leads back to
    std::unique_ptr<KeyExchange> kex_;
    Instant kex_started_;
    std::uint64_t kex_bytes_ = 0;  ///< received for it
    bool kex_undated_ = false;  ///< it was started outside of the pump, where the time is not known
    RekeyPolicy rekey_policy_;
    /// Server: for when USERAUTH_SUCCESS, the last of so many ordered packets, has left.
    std::optional<Decompressor> inflate_later_;
    std::uint64_t inflate_after_ = 0;
    bool peer_wants_ext_info_ = false;
    std::uint32_t ext_infos_ = 0;
    std::uint32_t unimplemented_sent_ = 0;
    std::uint32_t unimplemented_told_ = 0;
    std::uint32_t debug_told_ = 0;
    std::uint32_t service_requests_ = 0;

    unsigned holds_ = 0;  ///< layers that wait for an answer
    bool kex_waits_ = false;
    bool auth_started_ = false;
    bool connection_started_ = false;
    bool start_connection_ = false;
    bool was_full_ = false;

    bool closed_ = false;
    bool told_ = false;  ///< the layers know that it is closed
    CloseInfo close_;
};

}  // namespace nacre
