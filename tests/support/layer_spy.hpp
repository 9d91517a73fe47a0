/// \file
/// A Layer that records what the transport does to it.
#pragma once
#include <nacre/transport/layer.hpp>

#include <functional>
#include <vector>

namespace nacre::test {

/// What a LayerSpy saw. The layer belongs to the session, so that this outlives it.
struct LayerRecord {
    struct Packet {
        std::uint32_t seq;
        std::uint8_t number;
        Bytes body;
    };
    PacketPort* port = nullptr;  ///< since on_start
    int starts = 0;
    std::vector<Packet> packets;
    std::vector<Payload> kept;  ///< payloads kept alive; see LayerSpy::keep
    int batch_ends = 0;
    int writables = 0;
    std::vector<Instant> deadlines;
    std::vector<CloseInfo> closes;
    bool destroyed = false;
};

class LayerSpy final : public Layer {
  public:
    explicit LayerSpy(std::shared_ptr<LayerRecord> record, std::string service = "ssh-connection")
        : record_(std::move(record)), service_(std::move(service)) {}
    ~LayerSpy() override { record_->destroyed = true; }

    // Tests set these.
    bool keep = false;                       ///< whether to keep payloads instead of copying
    std::optional<Instant> next_deadline;    ///< what deadline() says
    std::optional<Error> start_error;        ///< what on_start answers
    std::optional<Error> packet_error;       ///< what on_packet answers
    std::function<void(PacketPort&)> start;  ///< run in on_start
    std::function<Result<void>(PacketPort&, const InPacket&)> packet;  ///< run in on_packet
    std::function<void(PacketPort&)> batch_end;                        ///< run in on_batch_end

    std::string_view service() const noexcept override { return service_; }
    Result<void> on_start(PacketPort& below) override {
        record_->port = &below;
        ++record_->starts;
        if (start) start(below);
        if (start_error) return *start_error;
        return {};
    }
    Result<void> on_packet(const InPacket& in) override {
        if (keep) {
            record_->kept.push_back(in.body);
        } else {
            record_->packets.push_back({in.seq, in.number, to_bytes(in.body.bytes)});
        }
        if (packet) return packet(*record_->port, in);
        if (packet_error) return *packet_error;
        return {};
    }
    void on_batch_end() override {
        ++record_->batch_ends;
        if (batch_end) batch_end(*record_->port);
    }
    void on_writable() override { ++record_->writables; }
    std::optional<Instant> deadline() const noexcept override { return next_deadline; }
    Result<void> on_deadline(Instant now) override {
        record_->deadlines.push_back(now);
        next_deadline.reset();
        return {};
    }
    void on_close(const CloseInfo& why) noexcept override { record_->closes.push_back(why); }

  private:
    std::shared_ptr<LayerRecord> record_;
    std::string service_;
};

}  // namespace nacre::test
