#include "server/child.hpp"
#include "server/event_loop.hpp"

#include <nacre/server/process.hpp>
#include <nacre/wire/message/connection.hpp>

#include <asio/steady_timer.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace nacre::server {

namespace {

/// How long EOF waits for the end of a program that closed its output.
constexpr auto kEofAhead = std::chrono::milliseconds(250);
/// Read from a pipe at once; also what a pipe holds by default.
constexpr std::size_t kReadAtOnce = 64 * 1024;
/// Read in one turn before other connections have theirs.
constexpr std::size_t kReadPerTurn = 512 * 1024;
/// Queued output above which the pipes are not read.
constexpr std::size_t kOutputBudget = 1024 * 1024;

/// RFC 4254 s6.10, and what else there is under that name everywhere.
constexpr std::array<std::pair<std::string_view, int>, 15> kSignals{{
    {"ABRT", SIGABRT},
    {"ALRM", SIGALRM},
    {"FPE", SIGFPE},
    {"HUP", SIGHUP},
    {"ILL", SIGILL},
    {"INT", SIGINT},
    {"KILL", SIGKILL},
    {"PIPE", SIGPIPE},
    {"QUIT", SIGQUIT},
    {"SEGV", SIGSEGV},
    {"TERM", SIGTERM},
    {"USR1", SIGUSR1},
    {"USR2", SIGUSR2},
    {"BUS@openssh.com", SIGBUS},
    {"SYS@openssh.com", SIGSYS},
}};

using Descriptor = asio::posix::stream_descriptor;

/// Bytes for the process that its pipe had no room for. Copied, so that they do not pin receive
/// memory while the process does something else; the channel's window bounds them.
class PendingInput {
  public:
    bool empty() const noexcept { return begin_ == bytes_.size(); }
    ByteView view() const noexcept { return ByteView(bytes_).subspan(begin_); }
    void add(ByteView more) {
        if (begin_ > bytes_.size() / 2) {
            bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(begin_));
            begin_ = 0;
        }
        append(bytes_, more);
    }
    void drop(std::size_t n) noexcept {
        begin_ += n;
        if (empty()) clear();
    }
    void clear() noexcept {
        bytes_.clear();
        begin_ = 0;
    }

  private:
    Bytes bytes_;
    std::size_t begin_ = 0;
};

class Process final : public ChannelSink {
  public:
    explicit Process(asio::io_context& io) : in_(io), out_{Descriptor(io)}, err_{Descriptor(io)} {}

    Result<void> start(const ProcessConfig& config, asio::io_context& io);

    void on_open(ChannelPort& port) override {
        port_ = &port;
        read(out_);
        read(err_);
        if (status_) finish_if_done();
    }
    void on_data(Payload payload) override;
    void on_extended(std::uint32_t, Payload payload) override {
        port_->credit(payload.bytes.size());
    }
    void on_request(const ChannelRequestView& request, Reply<bool> reply) override;
    void on_eof() override {
        in_eof_ = true;
        if (pending_.empty()) close(in_);
    }
    void on_writable() override {
        read(out_);
        read(err_);
    }
    bool busy() const noexcept override { return !finished_; }
    void on_close(CloseReason) noexcept override;

  private:
    struct Output {
        Descriptor pipe;
        bool waiting = false;
        bool open() const noexcept { return pipe.is_open(); }
    };

    static void close(Descriptor& descriptor) noexcept {
        asio::error_code ignored;
        descriptor.close(ignored);
    }
    /// Calls `then` on this when the descriptor is ready, unless either is gone.
    template <class F>
    void wait(Descriptor& descriptor, Descriptor::wait_type what, F then) {
        descriptor.async_wait(what, [line = line_.ref(), then](const asio::error_code& error) {
            if (auto* self = static_cast<Process*>(line.target()); self != nullptr && !error)
                then(*self);
        });
    }
    /// How many bytes went into the process; all, once it does not read any more.
    std::size_t write(ByteView bytes) noexcept;
    void write_pending();
    void read(Output& output);
    bool read_once(Output& output, std::size_t& left);
    void finish_if_done();
    void send_eof_later();
    void send_eof();
    void tell_signal(int number);

    ChannelPort* port_ = nullptr;
    std::shared_ptr<Child> child_;
    Descriptor in_;
    Output out_;
    Output err_;
    PendingInput pending_;
    bool in_eof_ = false;
    bool write_waiting_ = false;
    bool eof_sent_ = false;
    bool eof_waits_ = false;  ///< for the program to end
    std::optional<asio::steady_timer> timer_;
    bool finished_ = false;
    std::optional<int> status_;
    Lifeline line_{this};
};

Result<void> Process::start(const ProcessConfig& config, asio::io_context& io) {
    NACRE_TRY(auto spawned, Child::spawn(config, io, [line = line_.ref()](int status) {
                  auto* self = static_cast<Process*>(line.target());
                  if (self == nullptr) return;
                  self->status_ = status;
                  if (self->port_ != nullptr) self->finish_if_done();
              }));
    timer_.emplace(io);
    child_ = std::move(spawned.first);
    const auto pipes = spawned.second;
    in_.assign(pipes.in);
    out_.pipe.assign(pipes.out);
    err_.pipe.assign(pipes.err);
    return {};
}

// ---- to the process --------------------------------------------------------------------------

void Process::on_data(Payload payload) {
    const std::size_t size = payload.bytes.size();
    const std::size_t written = pending_.empty() ? write(payload.bytes) : 0;
    if (written != 0) port_->credit(written);
    if (written == size) return;
    pending_.add(payload.bytes.subspan(written));
    write_pending();
}

std::size_t Process::write(ByteView bytes) noexcept {
    std::size_t written = 0;
    while (written != bytes.size() && in_.is_open()) {
        const auto left = bytes.subspan(written);
        const ssize_t n = ::write(in_.native_handle(), left.data(), left.size());
        if (n >= 0) {
            written += static_cast<std::size_t>(n);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return written;
        } else if (errno != EINTR) {
            // It closed its standard input. What else comes is thrown away, as a shell would.
            close(in_);
        }
    }
    return bytes.size();
}

void Process::write_pending() {
    if (write_waiting_) return;
    const std::size_t n = write(pending_.view());
    pending_.drop(n);
    if (n != 0) port_->credit(n);
    if (!pending_.empty()) {
        write_waiting_ = true;
        wait(in_, Descriptor::wait_write, [](Process& self) {
            self.write_waiting_ = false;
            self.write_pending();
        });
    } else if (in_eof_) {
        close(in_);
    }
}

void Process::on_request(const ChannelRequestView& request, Reply<bool> reply) {
    if (request.type != "signal") return reply(false);
    const auto m = decode<msg::Signal>(request.data);
    if (!m) return reply(m.error());
    for (const auto& [name, number] : kSignals) {
        if (name != m->signal_name) continue;
        child_->signal(number);
        return reply(true);
    }
    reply(false);
}

// ---- from the process ------------------------------------------------------------------------

void Process::read(Output& output) {
    if (!output.open() || output.waiting) return;
    std::size_t left = kReadPerTurn;
    while (left != 0) {
        // on_writable() comes when enough has left.
        if (port_->backlog() >= kOutputBudget) return;
        if (!read_once(output, left)) break;
    }
    if (!output.open()) return finish_if_done();
    output.waiting = true;
    const bool is_err = &output == &err_;
    wait(output.pipe, Descriptor::wait_read, [is_err](Process& self) {
        Output& ready = is_err ? self.err_ : self.out_;
        ready.waiting = false;
        self.read(ready);
    });
}

/// Whether there may be more at once. Closes the pipe at its end.
bool Process::read_once(Output& output, std::size_t& left) {
    FrameList frames = port_->frames(std::min(left, kReadAtOnce));
    std::size_t got = 0;
    bool more = !frames.empty();
    FrameList filled;
    while (more && !frames.empty()) {
        Frame frame = frames.pop_front();
        const ByteSpan room = frame.payload();
        const ssize_t n = ::read(output.pipe.native_handle(), room.data(), room.size());
        if (n < 0 && errno == EINTR) {
            frames.push_front(std::move(frame));
            continue;
        }
        const bool empty = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
        if (n <= 0 && !empty) close(output.pipe);
        // A pipe gives what it has, so a short read says that it is empty.
        more = n == static_cast<ssize_t>(room.size());
        if (n <= 0) break;
        frame.truncate(static_cast<std::size_t>(n));
        got += static_cast<std::size_t>(n);
        filled.push_back(std::move(frame));
    }
    left -= std::min(left, got);
    if (got != 0 && &output == &err_)
        port_->submit_extended(kExtendedDataStderr, std::move(filled));
    else if (got != 0)
        port_->submit(std::move(filled));
    return more;
}

// ---- the end ---------------------------------------------------------------------------------

void Process::finish_if_done() {
    if (out_.open() || err_.open()) return;
    if (!status_) return send_eof_later();
    if (std::exchange(finished_, true)) return;
    if (WIFSIGNALED(*status_))
        tell_signal(WTERMSIG(*status_));
    else
        port_->exit_status(static_cast<std::uint32_t>(WEXITSTATUS(*status_)));
    send_eof();
    port_->close();
}

// A peer that has sent its EOF closes the channel when ours comes, and then takes no exit status
// any more. A program that ends closes its output a moment before; so EOF waits that moment.
void Process::send_eof_later() {
    if (eof_sent_ || eof_waits_) return;
    eof_waits_ = true;
    timer_->expires_after(kEofAhead);
    timer_->async_wait([line = line_.ref()](const asio::error_code& error) {
        auto* self = static_cast<Process*>(line.target());
        if (self != nullptr && !error && self->port_ != nullptr) self->send_eof();
    });
}

void Process::send_eof() {
    if (!std::exchange(eof_sent_, true)) port_->eof();
}

void Process::tell_signal(int number) {
    msg::ExitSignal m;
    m.signal_name = "TERM";
    for (const auto& [name, known] : kSignals)
        if (known == number) m.signal_name = name;
    m.core_dumped = WCOREDUMP(*status_);
    Bytes data;
    Writer writer(data);
    writer.string(m.signal_name).boolean(m.core_dumped).string(m.error_message);
    writer.string(m.language_tag);
    port_->request("exit-signal", data);
}

void Process::on_close(CloseReason) noexcept {
    line_.cut();
    close(in_);
    close(out_.pipe);
    close(err_.pipe);
    if (timer_) timer_->cancel();
    if (!child_) return;
    child_->forget();
    if (!status_) child_->signal(SIGHUP);
}

}  // namespace

Result<std::unique_ptr<ChannelSink>> make_process(const ProcessConfig& config, Loop& loop) {
    auto* events = dynamic_cast<EventLoop*>(&loop);
    if (events == nullptr)
        return Error{Errc::local_misuse, Disconnect::none, 0, "not the loop of a server"};
    auto process = std::make_unique<Process>(events->io());
    NACRE_CHECK(process->start(config, events->io()));
    return std::unique_ptr<ChannelSink>(std::move(process));
}

}  // namespace nacre::server
