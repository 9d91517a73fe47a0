/// \file
/// A channel's lower side that records what its user does.
#pragma once
#include <nacre/connection/channel.hpp>

#include <optional>
#include <string>
#include <vector>

namespace nacre::test {

/// Data leaves at once while `window` lasts, else it waits for grant().
class ChannelPortSpy final : public ChannelPort {
  public:
    static constexpr std::size_t kUnlimited = static_cast<std::size_t>(-1);

    std::size_t max_packet_size = 32'768;
    std::size_t window = kUnlimited;
    bool out_of_memory = false;
    /// Added to the backlog: as if others had queued that much.
    std::size_t foreign_backlog = 0;

    Bytes sent;                        ///< all data that has left
    Bytes sent_error;                  ///< all extended data
    std::vector<std::size_t> packets;  ///< sizes of the frames submitted
    std::size_t credited = 0;
    std::size_t submits = 0;
    std::size_t peak_backlog = 0;
    std::vector<std::string> events;  ///< "exit-status 0", "eof", "close", "request exit-signal"
    Bytes request_data;               ///< of the last request that wants no reply
    std::optional<std::uint32_t> status;
    bool eof_sent = false;
    bool closed = false;
    Instant time{};

    /// Records nothing but sizes: for tests that count allocations.
    bool record = true;
    std::size_t bytes_submitted = 0;

    std::size_t max_packet() const noexcept override { return max_packet_size; }
    FrameList frames(std::size_t bytes) noexcept override {
        FrameList list;
        if (out_of_memory) return list;
        while (bytes != 0) {
            const std::size_t n = std::min(bytes, max_packet_size);
            Frame frame = pool_.take(n);
            frame.append(n);
            list.push_back(std::move(frame));
            bytes -= n;
        }
        return list;
    }
    void submit(FrameList&& data) noexcept override {
        ++submits;
        bytes_submitted += data.bytes();
        if (!record) {
            data.clear();
            return;
        }
        data.for_each([this](ByteSpan frame) {
            packets.push_back(frame.size());
            append(waiting_, frame);
        });
        data.clear();
        drain();
        peak_backlog = std::max(peak_backlog, waiting_.size());
    }
    void submit_extended(std::uint32_t, FrameList&& data) noexcept override {
        data.for_each([this](ByteSpan frame) { append(sent_error, frame); });
        data.clear();
    }
    std::size_t backlog() const noexcept override { return waiting_.size() + foreign_backlog; }
    void credit(std::size_t n) noexcept override { credited += n; }
    void request(std::string_view, ByteView, Reply<void> reply) noexcept override {
        reply(Result<void>());
    }
    void request(std::string_view type, ByteView data) noexcept override {
        events.push_back("request " + std::string(type));
        request_data = to_bytes(data);
    }
    void exit_status(std::uint32_t value) noexcept override {
        status = value;
        events.push_back("exit-status " + std::to_string(value));
    }
    void eof() noexcept override {
        eof_sent = true;
        events.push_back("eof");
    }
    void close() noexcept override {
        closed = true;
        events.push_back("close");
    }
    Instant now() const noexcept override { return time; }

    /// The peer takes `n` more bytes.
    void grant(std::size_t n) {
        window += n;
        drain();
    }
    FramePool& pool() noexcept { return pool_; }

  private:
    void drain() {
        const std::size_t n = std::min(window, waiting_.size());
        append(sent, ByteView(waiting_).first(n));
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(n));
        if (window != kUnlimited) window -= n;
    }

    FramePool pool_;
    Bytes waiting_;
};

}  // namespace nacre::test
