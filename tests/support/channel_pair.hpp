/// \file
/// The two ends of a channel joined in memory: what one submits, the other receives.
#pragma once
#include <nacre/connection/channel.hpp>

#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

namespace nacre::test {

/// One end. Nothing is delivered inside a call; ChannelPair does it.
class ChannelEnd final : public ChannelPort {
  public:
    Bytes queued;  ///< submitted, not yet delivered
    bool eof_queued = false, close_queued = false;
    bool refuse_requests = false;
    std::deque<std::pair<Reply<void>, bool>> answers;  ///< to requests, to be given
    std::vector<std::string> requests;
    std::optional<std::uint32_t> status;
    std::size_t uncredited = 0;
    std::size_t packet = 32'768;

    std::size_t max_packet() const noexcept override { return packet; }
    FrameList frames(std::size_t bytes) noexcept override {
        FrameList list;
        while (bytes != 0) {
            const std::size_t n = std::min(bytes, packet);
            Frame frame = pool_.take(n);
            frame.append(n);
            list.push_back(std::move(frame));
            bytes -= n;
        }
        return list;
    }
    void submit(FrameList&& data) noexcept override {
        if (!close_queued) data.for_each([this](ByteSpan frame) { append(queued, frame); });
        data.clear();
    }
    void submit_extended(std::uint32_t, FrameList&& data) noexcept override { data.clear(); }
    std::size_t backlog() const noexcept override { return queued.size(); }
    void credit(std::size_t n) noexcept override { uncredited -= n; }
    void request(std::string_view type, ByteView data, Reply<void> reply) noexcept override {
        requests.push_back(std::string(type) + ":" + std::string(as_text(data.subspan(4))));
        answers.emplace_back(std::move(reply), !refuse_requests);
    }
    void request(std::string_view type, ByteView) noexcept override { requests.emplace_back(type); }
    void exit_status(std::uint32_t value) noexcept override { status = value; }
    void eof() noexcept override { eof_queued = true; }
    void close() noexcept override { close_queued = true; }
    Instant now() const noexcept override { return {}; }

  private:
    FramePool pool_;
};

class ChannelPair {
  public:
    /// \param chunk  bytes delivered at a time; 0: all
    ChannelPair(std::unique_ptr<ChannelSink> first, std::unique_ptr<ChannelSink> second,
                std::size_t chunk = 0)
        : a_sink(std::move(first)), b_sink(std::move(second)), chunk_(chunk) {}
    ~ChannelPair() { end(CloseReason::link_lost); }

    void open() {
        b_sink->on_open(b);
        a_sink->on_open(a);
    }
    /// Until nothing moves, or so many steps.
    void run(std::size_t most = SIZE_MAX) {
        while (most-- != 0 && step()) {
        }
    }
    /// One batch each way.
    bool step() {
        if (!a_sink) return false;
        bool moved = answer(a);
        moved |= move(a, b, *b_sink);
        moved |= move(b, a, *a_sink);
        if ((a.close_queued && a.queued.empty()) || (b.close_queued && b.queued.empty())) {
            end(CloseReason::by_peer);
            return false;
        }
        return moved;
    }
    void end(CloseReason why) {
        for (auto* sink : {&a_sink, &b_sink}) {
            if (*sink == nullptr) continue;
            (*sink)->on_close(why);
            sink->reset();
        }
    }

    ChannelEnd a, b;
    std::unique_ptr<ChannelSink> a_sink, b_sink;

  private:
    static bool answer(ChannelEnd& end) {
        if (end.answers.empty()) return false;
        auto [reply, good] = std::move(end.answers.front());
        end.answers.pop_front();
        if (good) {
            reply(Result<void>());
        } else {
            reply(Error{Errc::peer_refused, Disconnect::none, 0, "refused"});
        }
        return true;
    }
    bool move(ChannelEnd& from, ChannelEnd& to, ChannelSink& sink) {
        if (from.queued.empty()) {
            if (!std::exchange(from.eof_queued, false)) return false;
            sink.on_eof();
            return true;
        }
        Bytes bytes = std::exchange(from.queued, {});
        ByteView rest = bytes;
        while (!rest.empty()) {
            const std::size_t n = chunk_ == 0 ? std::min(rest.size(), std::size_t{32'768})
                                              : std::min(rest.size(), chunk_);
            SlabRef slab = slabs_.take(n);
            std::memcpy(slab.memory().data(), rest.data(), n);
            to.uncredited += n;
            sink.on_data({slab.memory().first(n), slab});
            rest = rest.subspan(n);
        }
        sink.on_batch_end();
        if (from.queued.empty()) (&sink == a_sink.get() ? b_sink : a_sink)->on_writable();
        return true;
    }

    std::size_t chunk_;
    SlabPool slabs_;
};

}  // namespace nacre::test
