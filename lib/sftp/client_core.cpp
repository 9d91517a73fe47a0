#include "sftp/client_core.hpp"

#include "sftp/client_version.hpp"
#include "sftp/small_frames.hpp"

#include <nacre/wire/writer.hpp>

#include <algorithm>

namespace nacre::sftp {
namespace {

/// Requests made in one batch are sent together; at this size at the latest.
constexpr std::size_t kMaxHeldRequests = 16 * 1024;
/// What a WRITE has beside its data, generously.
constexpr std::uint32_t kWriteOverhead = 1024;

Error refused(Status status) noexcept {
    return {Errc::peer_refused, Disconnect::none, static_cast<std::uint32_t>(status),
            text_of(status)};
}

Error closed_because(CloseReason why) noexcept {
    const char* text = "closed";
    switch (why) {
        case CloseReason::by_peer:
        case CloseReason::eof:
            text = "the server ended the SFTP session";
            break;
        case CloseReason::link_lost:
            text = "connection lost";
            break;
        case CloseReason::write_error:
            text = "write error";
            break;
        case CloseReason::by_us:
            break;
    }
    return {Errc::closed, Disconnect::none, 0, text};
}

/// `limit` as the server gave it; 0 says nothing.
std::uint32_t limited(std::uint64_t limit, std::uint32_t otherwise, std::uint32_t most) noexcept {
    return limit == 0 ? otherwise
                      : static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, most));
}

}  // namespace

// ---- the channel -------------------------------------------------------------------------------

void ClientCore::on_open(ChannelPort& port) {
    if (ended()) {
        // Given up while the channel was being opened.
        port.close();
        return;
    }
    port_ = &port;
    if (config_.subsystem.empty()) return begin();
    Bytes name;
    Writer(name).string(std::string_view(config_.subsystem));
    port.request(
        "subsystem", name,
        Reply<void>(line_.ref(), 0, [](void* target, std::uint64_t, Result<void>&& answer) {
            auto& client = *static_cast<ClientCore*>(target);
            if (answer) {
                client.begin();
            } else {
                client.end(answer.error());
            }
        }));
}

void ClientCore::begin() {
    if (ended()) return;
    state_ = State::wait_version;
    write_init(out_, max_version_);
    flush();
}

void ClientCore::on_data(Payload payload) {
    if (ended() || state_ == State::opening) {
        if (port_ != nullptr) port_->credit(payload.bytes.size());
        if (!ended()) end(misbehaved("data before the SFTP subsystem began"));
        return;
    }
    in_batch_ = true;
    framing_.push(std::move(payload));
    take_messages();
}

void ClientCore::on_batch_end() {
    in_batch_ = false;
    flush();
    framing_.settle(&message_);
}

void ClientCore::on_eof() {
    end(closed_because(CloseReason::eof));
}

void ClientCore::on_close(CloseReason why) noexcept {
    port_ = nullptr;
    end(closed_because(why));
}

void ClientCore::take_messages() {
    // Answers are the program's code, and may let go of us.
    const auto self = shared_from_this();
    if (taking_) return;
    taking_ = true;
    while (!ended()) {
        const auto complete = framing_.next(message_);
        if (!complete) {
            end(complete.error());
            break;
        }
        if (!*complete) break;
        const std::size_t size = message_.wire_bytes;
        const auto taken = take(message_);
        message_.clear();
        if (port_ != nullptr) port_->credit(size);
        if (!taken) end(taken.error());
    }
    taking_ = false;
}

// ---- replies -----------------------------------------------------------------------------------

Result<void> ClientCore::take(Message& message) {
    if (state_ == State::wait_version) return take_version(message);
    ReplyMessage reply;
    if (message.data_apart) {
        reply.id = load_be32(message.bytes.data() + 1);
    } else {
        NACRE_TRY(reply, codec_->reply(message.bytes));
    }
    const auto found = pending_.find(reply.id);
    if (found == pending_.end()) return misbehaved("SFTP reply to no request");
    // Out of the table first: the answer may ask again, or end us.
    Pending pending = std::move(found->second);
    pending_.erase(found);
    const auto settled =
        message.data_apart ? settle_data(pending, message) : settle(pending, reply.body);
    if (!settled) std::visit([&](auto& answer) { answer(settled.error()); }, pending.answer);
    return settled;
}

Result<void> ClientCore::take_version(const Message& message) {
    NACRE_TRY(auto version, read_version(message.bytes));
    NACRE_TRY(server_, server_of(std::move(version), max_version_));
    speak(server_.version);
    if (const auto better = better_version(server_, max_version_)) return select(*better);
    return ask_limits();
}

void ClientCore::speak(std::uint32_t version) {
    server_.version = version;
    dialect_.version = version;
    codec_ = make_client_codec(dialect_);
}

/// Sends what the session has to know before it is ready; `Arrived` takes the answer.
template <class T, void (ClientCore::*Arrived)(Result<T>&&)>
Result<void> ClientCore::ask_first(State state, const Request& request) {
    state_ = state;
    Reply<T> reply(line_.ref(), 0, [](void* target, std::uint64_t, Result<T>&& answer) {
        (static_cast<ClientCore*>(target)->*Arrived)(std::move(answer));
    });
    const std::uint32_t id = next_id_++;
    NACRE_CHECK(send(id, request, {}));
    pending_.emplace(id, Pending{std::move(reply)});
    return {};
}

/// Has to be the first request of a session (draft-13 s5.5).
Result<void> ClientCore::select(std::uint32_t version) {
    selecting_ = version;
    const std::string spelled = std::to_string(version);
    return ask_first<void, &ClientCore::on_selected>(State::wait_select,
                                                     VersionSelectRequest{spelled});
}

/// A server that lists a version and then refuses it goes on in the one agreed, or closes.
void ClientCore::on_selected(Result<void>&& answer) {
    if (state_ != State::wait_select) return;
    if (answer) speak(selecting_);
    if (!answer && answer.error().code != Errc::peer_refused) return;
    if (const auto asked = ask_limits(); !asked) end(asked.error());
}

Result<void> ClientCore::ask_limits() {
    if (server_.has("limits@openssh.com", "1"))
        return ask_first<Limits, &ClientCore::on_limits>(State::wait_limits, LimitsRequest{});
    become_ready();
    return {};
}

/// A server that announces its limits and then refuses to tell is taken as one without.
void ClientCore::on_limits(Result<Limits>&& answer) {
    if (state_ != State::wait_limits) return;
    if (!answer && answer.error().code != Errc::peer_refused) return;
    if (answer) {
        server_.max_packet = limited(answer->max_packet, server_.max_packet, kMaxReply);
        server_.max_read = limited(answer->max_read, server_.max_read, kMaxLength);
        server_.max_write = limited(answer->max_write, server_.max_write, kMaxLength);
        server_.max_handles = answer->max_handles;
        if (server_.max_packet > 2 * kWriteOverhead)
            server_.max_write = std::min(server_.max_write, server_.max_packet - kWriteOverhead);
    }
    become_ready();
}

void ClientCore::become_ready() {
    state_ = State::ready;
    ready_reply_(Result<void>());
}

template <class T>
Result<void> ClientCore::settle_one(Reply<T>& reply, const Pending& pending,
                                    const ReplyBody& body) {
    if (const auto* status = std::get_if<StatusReply>(&body)) {
        if (status->status == Status::ok) {
            if constexpr (!std::is_void_v<T>) {
                return wrong_type();
            } else {
                reply(Result<void>());
                return {};
            }
        }
        if constexpr (std::is_same_v<T, RemoteData> ||
                      std::is_same_v<T, std::vector<RemoteEntry>>) {
            if (status->status == Status::eof) {
                reply(T{});
                return {};
            }
        }
        if (config_.on_refused) config_.on_refused(status->status, status->text);
        reply(refused(status->status));
        return {};
    }
    if constexpr (std::is_void_v<T>) {
        return wrong_type();
    } else {
        NACRE_TRY(T value, value_in<T>(body));
        if constexpr (std::is_same_v<T, Names>) {
            if (value.first.size() != pending.expected || value.second.size() != pending.groups)
                return misbehaved("reply to users-groups-by-id with another number of names");
        }
        reply(std::move(value));
        return {};
    }
}

Result<void> ClientCore::settle(Pending& pending, const ReplyBody& body) {
    return std::visit([&](auto& reply) { return settle_one(reply, pending, body); },
                      pending.answer);
}

Result<void> ClientCore::settle_data(Pending& pending, Message& message) {
    auto* reply = std::get_if<Reply<RemoteData>>(&pending.answer);
    if (reply == nullptr) return wrong_type();
    RemoteData data;
    data.size = load_be32(message.bytes.data() + message.bytes.size() - 4);
    if (data.size > pending.expected) return misbehaved("SFTP DATA longer than asked for");
    // Neither data nor the end of the file: asked again it could go on for ever.
    if (data.size == 0) return misbehaved("SFTP DATA without data");
    data.pieces = std::move(message.data);
    (*reply)(std::move(data));
    return {};
}

// ---- the end -----------------------------------------------------------------------------------

void ClientCore::flush() {
    if (out_.empty() || port_ == nullptr || ended()) return;
    FrameList frames = frames_of(*port_, out_);
    out_.clear();
    if (frames.empty())
        return end({Errc::out_of_memory, Disconnect::none, 0, "no memory for SFTP requests"});
    port_->submit(std::move(frames));
}

void ClientCore::end(const Error& why) {
    if (ended()) return;
    const auto self = shared_from_this();
    state_ = State::ended;
    line_.cut();
    out_.clear();
    const std::size_t unread = framing_.clear();
    if (port_ != nullptr) {
        if (unread != 0) port_->credit(unread);
        port_->eof();
        port_->close();
    }
    auto unanswered = std::move(pending_);
    pending_.clear();
    ready_reply_(why);
    for (auto& [id, pending] : unanswered)
        std::visit([&](auto& reply) { reply(why); }, pending.answer);
}

/// Sends a request; WRITEs with their data behind it.
Result<void> ClientCore::send(std::uint32_t id, const Request& request, ByteView data) {
    if (!data.empty()) flush();
    const std::size_t begin = out_.size();
    NACRE_CHECK(codec_->request(out_, id, request));
    const std::size_t length = load_be32(out_.data() + begin);
    if (length > server_.max_packet) {
        out_.resize(begin);
        return Error{Errc::local_limit, Disconnect::none, 0,
                     "SFTP request longer than the server takes"};
    }
    if (data.empty()) {
        if (!in_batch_ || out_.size() >= kMaxHeldRequests) flush();
        return {};
    }
    FrameList frames = port_ == nullptr ? FrameList() : port_->frames(out_.size() + data.size());
    if (frames.empty()) {
        out_.clear();
        const Error error{Errc::out_of_memory, Disconnect::none, 0, "no memory for SFTP requests"};
        end(error);
        return error;
    }
    ByteView header = out_;
    frames.for_each([&](ByteSpan to) {
        for (ByteView* from : {&header, &data}) {
            const std::size_t n = std::min(from->size(), to.size());
            if (n != 0) std::memcpy(to.data(), from->data(), n);
            *from = from->subspan(n);
            to = to.subspan(n);
        }
    });
    out_.clear();
    port_->submit(std::move(frames));
    return {};
}

namespace {

/// Stands between the channel, which owns it, and the client, which others have too.
class ClientSink final : public ChannelSink {
  public:
    explicit ClientSink(std::shared_ptr<ClientCore> client) : client_(std::move(client)) {}
    // A channel that never opened tells nobody.
    ~ClientSink() override { client_->on_close(CloseReason::link_lost); }

    void on_open(ChannelPort& port) override {
        port_ = &port;
        client_->on_open(port);
    }
    void on_data(Payload payload) override { client_->on_data(std::move(payload)); }
    void on_extended(std::uint32_t, Payload payload) override {
        port_->credit(payload.bytes.size());
    }
    // exit-status and its like, which say nothing that EOF does not.
    void on_request(const ChannelRequestView&, Reply<bool> reply) override { reply(false); }
    void on_eof() override { client_->on_eof(); }
    void on_batch_end() override { client_->on_batch_end(); }
    void on_close(CloseReason why) noexcept override { client_->on_close(why); }

  private:
    std::shared_ptr<ClientCore> client_;
    ChannelPort* port_ = nullptr;
};

}  // namespace

ClientChannel make_client(ClientConfig config, Reply<void> ready) {
    auto client = std::make_shared<ClientCore>(std::move(config), std::move(ready));
    auto sink = std::make_unique<ClientSink>(client);
    return {std::move(client), std::move(sink)};
}

}  // namespace nacre::sftp
