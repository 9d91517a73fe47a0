#include <nacre/fs/stdio_channel.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace nacre::fs {

namespace {

/// Slices in one call of writev.
constexpr std::size_t kSlices = 64;
/// Received in one turn, before output has its turn.
constexpr std::size_t kReceivePerTurn = 1024 * 1024;
/// A slab with less room than this left is given up for a fresh one.
constexpr std::size_t kMinSpace = 64 * 1024;
/// Exit status of a program whose channel ended without one.
constexpr int kNoStatus = 1;

bool would_block() noexcept {
    return errno == EAGAIN || errno == EWOULDBLOCK;
}

/// The flags it had before.
int make_non_blocking(int fd) noexcept {
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags >= 0) static_cast<void>(::fcntl(fd, F_SETFL, flags | O_NONBLOCK));
    return flags;
}

void close_restored(int fd, int flags) noexcept {
    if (flags >= 0) static_cast<void>(::fcntl(fd, F_SETFL, flags));
    static_cast<void>(::close(fd));
}

}  // namespace

StdioChannel::StdioChannel(int in, int out) : in_(in), out_(out), in_flags_(make_non_blocking(in)) {
    // For one and the same descriptor the second look would find our own change.
    if (out != in) out_flags_ = make_non_blocking(out);
}

StdioChannel::~StdioChannel() {
    if (out_ >= 0 && out_ != in_) close_restored(out_, out_flags_);
    close_restored(in_, in_flags_);
}

void StdioChannel::open(ChannelSink& sink) {
    sink_ = &sink;
    now_ = std::chrono::steady_clock::now();
    sink.on_open(*this);
}

int StdioChannel::run(ChannelSink& sink) {
    open(sink);
    while (turn(-1)) {
    }
    return exit_code();
}

int StdioChannel::exit_code() const noexcept {
    return status_ ? static_cast<int>(*status_ & 0xff) : kNoStatus;
}

bool StdioChannel::wants_input() const noexcept {
    return !input_ended_ && !close_wanted_ && uncredited_ < kWindow;
}

bool StdioChannel::turn(int timeout_ms) {
    if (closed_ || sink_ == nullptr) return false;
    // What the user queued on its own, outside of a turn, need not wait for poll().
    flush();
    if (!closed_) wait(timeout_ms);
    if (!closed_) {
        const auto due = sink_->deadline();
        if (due && *due <= now_) sink_->on_deadline(now_);
    }
    if (!closed_ && readable_ && wants_input()) receive();
    if (!closed_) flush();
    return !closed_;
}

void StdioChannel::wait(int timeout_ms) {
    std::array<pollfd, 2> polled{};
    // A negative descriptor is passed over.
    polled[0] = {wants_input() ? in_ : -1, POLLIN, 0};
    polled[1] = {backlog_ != 0 ? out_ : -1, POLLOUT, 0};
    if (const auto due = sink_->deadline()) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(*due - std::chrono::steady_clock::now());
        const int until = static_cast<int>(
            std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 1'000'000));
        timeout_ms = timeout_ms < 0 ? until : std::min(timeout_ms, until);
    }
    // Interrupted by a signal: a turn without anything to do.
    const int ready = ::poll(polled.data(), polled.size(), timeout_ms);
    now_ = std::chrono::steady_clock::now();
    readable_ = ready > 0 && polled[0].revents != 0;
}

// ---- input -------------------------------------------------------------------------------------

ByteSpan StdioChannel::receive_space() {
    // Nobody else looks at what was received before.
    if (slab_.unique()) slab_used_ = 0;
    if (!slab_ || slab_.memory().size() - slab_used_ < kMinSpace) {
        slab_ = slabs_.take();
        slab_used_ = 0;
        if (!slab_) return {};
    }
    return slab_.memory().subspan(slab_used_);
}

void StdioChannel::receive() {
    std::size_t left = kReceivePerTurn;
    bool received = false;
    while (left != 0 && wants_input()) {
        ByteSpan space = receive_space();
        if (space.empty()) return finish(CloseReason::link_lost);
        space = space.first(std::min({space.size(), left, kWindow - uncredited_}));
        const ssize_t n = ::read(in_, space.data(), space.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && would_block()) break;
        if (n < 0) return finish(CloseReason::link_lost);
        if (n == 0) {
            input_ended_ = true;
            break;
        }
        const auto count = static_cast<std::size_t>(n);
        slab_used_ += count;
        uncredited_ += count;
        left -= count;
        received = true;
        sink_->on_data({space.first(count), slab_});
        // A short read says that nothing more is there.
        if (count < space.size()) break;
    }
    if (received) sink_->on_batch_end();
    if (input_ended_ && !close_wanted_) sink_->on_eof();
}

void StdioChannel::credit(std::size_t n) noexcept {
    uncredited_ -= std::min(n, uncredited_);
}

// ---- output ------------------------------------------------------------------------------------

FrameList StdioChannel::frames(std::size_t bytes) noexcept {
    FrameList list;
    while (bytes != 0) {
        const std::size_t n = std::min(bytes, kMaxPacket);
        Frame frame = frames_.take(n);
        if (!frame) return {};
        frame.append(n);
        list.push_back(std::move(frame));
        bytes -= n;
    }
    return list;
}

void StdioChannel::submit(FrameList&& data) noexcept {
    if (output_ended_ || eof_wanted_ || close_wanted_) {
        data.clear();
        return;
    }
    data.for_each([this](ByteSpan frame) { backlog_ += frame.size(); });
    peak_ = std::max(peak_, backlog_);
    output_.splice_back(std::move(data));
}

void StdioChannel::submit_extended(std::uint32_t, FrameList&& data) noexcept {
    data.clear();
}

void StdioChannel::request(std::string_view, ByteView, Reply<void> reply) noexcept {
    reply(Error{Errc::peer_refused, Disconnect::none, 0, "no channel requests over descriptors"});
}

void StdioChannel::request(std::string_view, ByteView) noexcept {}

/// Writes until the peer takes no more. What the user submits meanwhile goes along.
void StdioChannel::flush() {
    while (backlog_ != 0) {
        std::array<iovec, kSlices> slices{};
        std::size_t count = 0;
        std::size_t total = 0;
        output_.for_each([&](ByteSpan frame) {
            if (count == kSlices) return;
            slices[count++] = {frame.data(), frame.size()};
            total += frame.size();
        });
        const ssize_t n = ::writev(out_, slices.data(), static_cast<int>(count));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && would_block()) return;
        if (n < 0) return finish(CloseReason::write_error);
        consume(static_cast<std::size_t>(n));
        if (backlog_ <= peak_ / 2) {
            peak_ = backlog_;
            if (!close_wanted_) sink_->on_writable();
        }
        if (static_cast<std::size_t>(n) < total) return;
    }
    if (eof_wanted_ && !output_ended_) end_output();
    if (close_wanted_) finish(input_ended_ ? CloseReason::eof : CloseReason::by_us);
}

void StdioChannel::consume(std::size_t n) noexcept {
    backlog_ -= n;
    while (n != 0) {
        Frame frame = output_.pop_front();
        if (frame.size() > n) {
            frame.drop_front(n);
            output_.push_front(std::move(frame));
            return;
        }
        n -= frame.size();
    }
}

/// The peer sees end of file. A descriptor for both directions is a socket.
void StdioChannel::end_output() {
    output_ended_ = true;
    if (out_ == in_) {
        static_cast<void>(::shutdown(out_, SHUT_WR));
    } else {
        close_restored(out_, out_flags_);
        out_ = -1;
    }
}

void StdioChannel::finish(CloseReason why) {
    if (closed_) return;
    closed_ = true;
    output_.clear();
    backlog_ = 0;
    sink_->on_close(why);
}

}  // namespace nacre::fs
