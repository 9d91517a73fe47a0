/// \file
/// The connection protocol (RFC 4254): many channels over one transport.
#pragma once
#include "connection/channel.hpp"
#include "connection/global_requests.hpp"

#include <nacre/connection/handler.hpp>

#include <algorithm>

namespace nacre::detail {

class Mux final : public Layer, public ConnectionPort, private ChannelHost {
  public:
    Mux(ConnectionConfig config, std::unique_ptr<ConnectionHandler> handler);

    std::string_view service() const noexcept override { return "ssh-connection"; }
    Result<void> on_start(PacketPort& below) override;
    Result<void> on_packet(const InPacket& packet) override;
    void on_batch_end() override;
    void on_writable() override;
    std::optional<Instant> deadline() const noexcept override;
    Result<void> on_deadline(Instant now) override;
    bool busy() const noexcept override;
    void on_close(const CloseInfo& why) noexcept override;

    const SessionInfo& info() const noexcept override { return port_->info(); }
    PacketPort& transport() noexcept override { return *port_; }
    void open_channel(std::string_view type, ByteView data, std::unique_ptr<ChannelSink> sink,
                      Reply<void> reply) override;
    void global_request(std::string_view name, ByteView data, Reply<Bytes> reply) override;
    void global_request(std::string_view name, ByteView data) override;

  private:
    PacketPort& port() noexcept override { return *port_; }
    const ConnectionConfig& config() const noexcept override { return config_; }
    void pump() noexcept override;
    bool in_batch() const noexcept override { return in_batch_; }
    void note_use() noexcept override { last_use_ = port_->now(); }
    std::uint64_t window_room() const noexcept override {
        return config_.window_budget - std::min(config_.window_budget, windows_);
    }
    void on_window_growth(std::uint64_t n) noexcept override { windows_ += n; }

    std::optional<Instant> idle_deadline() const noexcept;

    Result<void> on_channel_open(const InPacket& packet);
    Result<void> on_channel_message(const InPacket& packet);
    void decide(std::uint64_t id, Result<std::unique_ptr<ChannelSink>>&& answer);
    /// A channel with the lowest free number, or nullptr when there are too many.
    Channel* add_channel();
    void retire(Channel& channel);
    template <class F>
    void for_each_open(F&& f);
    void settle(bool drained);

    ConnectionConfig config_;
    std::unique_ptr<ConnectionHandler> handler_;
    GlobalRequests global_;
    PacketPort* port_ = nullptr;
    std::vector<std::unique_ptr<Channel>> channels_;   // at their numbers; null is free
    std::vector<std::unique_ptr<Channel>> graveyard_;  // over, but perhaps still on the stack
    std::uint64_t next_id_ = 0;
    std::uint64_t windows_ = 0;  // sizes of the channels' receive windows
    Instant last_use_{};
    std::size_t turn_ = 0;  // the channel that may send next
    bool in_batch_ = false;
    bool over_ = false;
    Lifeline line_{this};
};

}  // namespace nacre::detail
