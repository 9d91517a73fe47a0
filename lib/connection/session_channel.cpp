#include <nacre/connection/session_channel.hpp>
#include <nacre/wire/message/connection.hpp>

#include <algorithm>
#include <vector>

namespace nacre {
namespace {

using Program = SessionPrograms::Program;

/// Data that came before the program: OpenSSH sends its input behind the exec request without
/// waiting for the answer. Copied, so that it costs as much memory as it has bytes; the window
/// bounds it.
class EarlyData {
  public:
    /// False when memory is exhausted.
    bool add(const Payload& payload) {
        ByteView bytes = payload.bytes;
        while (!bytes.empty()) {
            if (parts_.empty() || parts_.back().used == parts_.back().slab.memory().size()) {
                SlabRef slab = pool_.take(0, payload.owner);
                if (!slab) return false;
                parts_.push_back({std::move(slab), 0});
            }
            auto& part = parts_.back();
            const auto room = part.slab.memory().subspan(part.used);
            const std::size_t n = std::min(room.size(), bytes.size());
            std::memcpy(room.data(), bytes.data(), n);
            part.used += n;
            bytes = bytes.subspan(n);
        }
        return true;
    }
    void give(ChannelSink& to) {
        for (auto& part : std::exchange(parts_, {})) {
            const ByteView bytes = part.slab.memory().first(part.used);
            to.on_data({bytes, std::move(part.slab)});
        }
    }

  private:
    static constexpr std::size_t kPart = 300 * 1024;  // the least that a slab may be
    struct Part {
        SlabRef slab;
        std::size_t used;
    };
    SlabPool pool_{kPart, 0};
    std::vector<Part> parts_;
};

/// Longest terminal name and encoded modes of a pty-req that are taken.
constexpr std::size_t kMaxTerm = 256;
constexpr std::size_t kMaxModes = 4 * 1024;

bool has_nul(std::string_view text) {
    return text.find('\0') != std::string_view::npos;
}

bool starts_program(std::string_view type) {
    return type == "subsystem" || type == "exec" || type == "shell";
}

class SessionChannel final : public ChannelSink {
  public:
    explicit SessionChannel(std::unique_ptr<SessionPrograms> programs)
        : programs_(std::move(programs)) {}

    void on_open(ChannelPort& port) override { port_ = &port; }
    void on_data(Payload payload) override;
    void on_extended(std::uint32_t type, Payload payload) override;
    void on_request(const ChannelRequestView& request, Reply<bool> reply) override;
    void on_eof() override;
    void on_writable() override {
        if (program_) program_->on_writable();
    }
    void on_batch_end() override {
        if (program_) program_->on_batch_end();
    }
    std::optional<Instant> deadline() const noexcept override {
        return program_ ? program_->deadline() : std::nullopt;
    }
    void on_deadline(Instant now) override {
        if (program_) program_->on_deadline(now);
    }
    bool busy() const noexcept override { return program_ && program_->busy(); }
    void on_close(CloseReason why) noexcept override {
        line_.cut();
        if (program_) program_->on_close(why);
    }

  private:
    /// RFC 4254 s6.5: "Only one of these requests can succeed per channel." A refused one leaves
    /// the channel as it was.
    enum class State : std::uint8_t {
        setting_up,  ///< pty-req and env are taken, and a program may be asked for
        starting,    ///< one was asked for; the answer is not known yet
        running,
    };

    bool set_up(const ChannelRequestView& request);
    bool take_env(ByteView data);
    bool take_pty(ByteView data);
    bool resize(ByteView data);
    void start(const ChannelRequestView& request, Reply<bool> reply);
    void started(Result<Program>&& answer);

    std::unique_ptr<SessionPrograms> programs_;
    SessionEnvironment environment_;
    std::size_t environment_size_ = 0;
    State state_ = State::setting_up;
    std::unique_ptr<EarlyData> early_;
    bool early_eof_ = false;  // caches that on_eof is owed to the program
    Reply<bool> start_reply_;
    ChannelPort* port_ = nullptr;
    Program program_;
    Lifeline line_{this};
};

void SessionChannel::on_data(Payload payload) {
    if (program_) return program_->on_data(std::move(payload));
    if (!early_) early_ = std::make_unique<EarlyData>();
    if (!early_->add(payload)) port_->close();
}

void SessionChannel::on_extended(std::uint32_t type, Payload payload) {
    if (program_) return program_->on_extended(type, std::move(payload));
    port_->credit(payload.bytes.size());
}

void SessionChannel::on_eof() {
    if (program_) return program_->on_eof();
    early_eof_ = true;
}

void SessionChannel::on_request(const ChannelRequestView& request, Reply<bool> reply) {
    switch (state_) {
        case State::setting_up:
            if (starts_program(request.type)) return start(request, std::move(reply));
            return reply(set_up(request));
        case State::starting:
            return reply(false);
        case State::running:
            break;
    }
    if (starts_program(request.type) || request.type == "pty-req" || request.type == "env")
        return reply(false);
    program_->on_request(request, std::move(reply));
}

// ---- before the program ----------------------------------------------------------------------

bool SessionChannel::set_up(const ChannelRequestView& request) {
    if (request.type == "env") return take_env(request.data);
    if (request.type == "pty-req") return take_pty(request.data);
    if (request.type == "window-change") return resize(request.data);
    return false;
}

bool SessionChannel::take_env(ByteView data) {
    const auto m = decode<msg::Env>(data);
    if (!m) return false;
    const auto name = m->variable_name;
    const auto value = m->variable_value;
    // What no process environment can hold.
    if (name.empty() || name.find('=') != std::string_view::npos || has_nul(name) || has_nul(value))
        return false;
    auto& variables = environment_.variables;
    const std::string key(name);
    const auto old = variables.find(key);
    if (old == variables.end() && variables.size() >= SessionPrograms::kMaxVariables) return false;
    const std::size_t replaced = old == variables.end() ? 0 : name.size() + old->second.size();
    const std::size_t size = environment_size_ - replaced + name.size() + value.size();
    if (size > SessionPrograms::kMaxEnvironment || !programs_->env(name, value)) return false;
    environment_size_ = size;
    variables[key] = value;
    return true;
}

bool SessionChannel::take_pty(ByteView data) {
    const auto m = decode<msg::PtyReq>(data);
    if (!m || environment_.pty) return false;
    if (m->term.size() > kMaxTerm || has_nul(m->term) ||
        m->encoded_terminal_modes.size() > kMaxModes)
        return false;
    PtyRequest pty;
    pty.term = m->term;
    pty.columns = m->width_characters;
    pty.rows = m->height_rows;
    pty.width_pixels = m->width_pixels;
    pty.height_pixels = m->height_pixels;
    pty.modes = to_bytes(m->encoded_terminal_modes);
    if (!programs_->pty(pty)) return false;
    environment_.pty = std::move(pty);
    return true;
}

bool SessionChannel::resize(ByteView data) {
    const auto m = decode<msg::WindowChange>(data);
    if (!m || !environment_.pty) return false;
    environment_.pty->columns = m->width_columns;
    environment_.pty->rows = m->height_rows;
    environment_.pty->width_pixels = m->width_pixels;
    environment_.pty->height_pixels = m->height_pixels;
    return true;
}

// ---- the program -----------------------------------------------------------------------------

void SessionChannel::start(const ChannelRequestView& request, Reply<bool> reply) {
    state_ = State::starting;
    start_reply_ = std::move(reply);
    Reply<Program> answer(line_.ref(), 0, [](void* self, std::uint64_t, Result<Program>&& program) {
        static_cast<SessionChannel*>(self)->started(std::move(program));
    });
    if (request.type == "shell") {
        if (!request.data.empty()) return answer(malformed("shell request with data"));
        return programs_->shell(environment_, std::move(answer));
    }
    // Both have one string.
    const auto m = decode<msg::Exec>(request.data);
    if (!m) return answer(m.error());
    if (request.type == "exec") {
        programs_->exec(m->command, environment_, std::move(answer));
    } else {
        programs_->subsystem(m->command, environment_, std::move(answer));
    }
}

void SessionChannel::started(Result<Program>&& answer) {
    if (!answer || !*answer) {
        state_ = State::setting_up;
        start_reply_(false);
        return;
    }
    state_ = State::running;
    start_reply_(true);
    program_ = std::move(*answer);
    program_->on_open(*port_);
    if (early_) std::exchange(early_, nullptr)->give(*program_);
    if (early_eof_) program_->on_eof();
    // The answer may have come outside of a batch; then nobody else tells the program to act.
    program_->on_batch_end();
}

}  // namespace

std::unique_ptr<ChannelSink> make_session_channel(std::unique_ptr<SessionPrograms> programs) {
    return std::make_unique<SessionChannel>(std::move(programs));
}

}  // namespace nacre
