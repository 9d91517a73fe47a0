#include "sftp/engine.hpp"

#include <nacre/base/if_memory.hpp>

#include <algorithm>
#include <limits>

namespace nacre::sftp {
namespace {

bool is_path(std::string_view path) noexcept {
    return path.find('\0') == std::string_view::npos;
}

/// Whether all paths in the request are such that a Filesystem may be asked.
Result<void> check_paths(const Request& request) {
    const auto check_one = [](std::string_view path) -> Result<void> {
        if (!is_path(path)) return failure(Status::invalid_filename);
        if (path.size() > Engine::kMaxPath)
            return failure(Status::invalid_filename, "File name too long");
        return {};
    };
    return std::visit(
        [&](const auto& r) -> Result<void> {
            using R = std::decay_t<decltype(r)>;
            if constexpr (requires { r.path; }) return check_one(r.path);
            if constexpr (requires { r.user; }) return check_one(r.user);
            if constexpr (std::is_same_v<R, RealpathRequest>) {
                for (const auto part : r.compose) NACRE_CHECK(check_one(part));
            }
            if constexpr (std::is_same_v<R, RenameRequest> || std::is_same_v<R, CopyFileRequest>) {
                NACRE_CHECK(check_one(r.from));
                return check_one(r.to);
            }
            if constexpr (std::is_same_v<R, SymlinkRequest>) {
                NACRE_CHECK(check_one(r.target));
                return check_one(r.link);
            }
            if constexpr (std::is_same_v<R, HardlinkRequest>) {
                NACRE_CHECK(check_one(r.existing));
                return check_one(r.link);
            }
            return {};
        },
        request);
}

Error reason(CloseReason why) noexcept {
    switch (why) {
        case CloseReason::by_peer:
            return {Errc::closed, Disconnect::none, 0, "closed by the client"};
        case CloseReason::eof:
            return {Errc::closed, Disconnect::none, 0, "end of input"};
        case CloseReason::link_lost:
            return {Errc::closed, Disconnect::none, 0, "connection lost"};
        case CloseReason::write_error:
            return {Errc::closed, Disconnect::none, 0, "write error"};
        case CloseReason::by_us:
            return {Errc::closed, Disconnect::none, 0, "closed"};
    }
    return {Errc::closed, Disconnect::none, 0, "closed"};
}

HandleEnd handle_end(CloseReason why) noexcept {
    switch (why) {
        case CloseReason::by_peer:
        case CloseReason::eof:
            return HandleEnd::by_client;
        case CloseReason::link_lost:
            return HandleEnd::link_lost;
        case CloseReason::write_error:
            return HandleEnd::write_error;
        case CloseReason::by_us:
            break;
    }
    return HandleEnd::by_server;
}

}  // namespace

Engine::Engine(std::shared_ptr<Filesystem> filesystem, ServerConfig config,
               std::shared_ptr<ServerObserver> observer)
    : filesystem_(std::move(filesystem)),
      config_(std::move(config)),
      observer_(observer ? std::move(observer) : std::make_shared<ServerObserver>()),
      quirks_(client_quirks(config_.peer_identification, config_.own_identification)),
      framing_(config_.max_packet_length),
      handles_(config_.max_handles, config_.random != nullptr ? *config_.random : system_rng()) {}

Engine::~Engine() {
    if (!ended()) end(reason(CloseReason::by_us), 0, false, handle_end(CloseReason::by_us));
}

// ---- the channel -------------------------------------------------------------------------------

void Engine::on_open(ChannelPort& port) {
    port_ = &port;
    replies_.attach(&port);
}

void Engine::on_data(Payload payload) {
    if (ended() || state_ == State::draining) {
        port_->credit(payload.bytes.size());
        return;
    }
    framing_.push(std::move(payload));
    pump(false);
}

void Engine::on_extended(std::uint32_t, Payload payload) {
    port_->credit(payload.bytes.size());
}

void Engine::on_request(const ChannelRequestView&, Reply<bool> reply) {
    reply(Error{Errc::unsupported, Disconnect::none, 0, "no requests once the program runs"});
}

void Engine::on_eof() {
    if (ended()) return;
    // Before INIT too: a client that changed its mind is no error.
    state_ = State::draining;
    pump(true);
}

void Engine::on_writable() {
    pump(true);
}

void Engine::on_batch_end() {
    pump(true);
    framing_.settle(incoming_ != nullptr ? &incoming_->message : nullptr);
}

void Engine::on_close(CloseReason why) noexcept {
    if (!ended()) end(reason(why), 0, false, handle_end(why));
    port_ = nullptr;
    replies_.attach(nullptr);
}

// ---- taking and ordering -----------------------------------------------------------------------

/// Does all that can be done now. With `flush` nothing is held back in the hope of more.
void Engine::pump(bool flush) {
    // An answer given inside the call comes here again; the loop below goes on anyway.
    if (pumping_) return;
    pumping_ = true;
    while (true) {
        while (step()) {
        }
        if (ended() || !flush || gathered_.first == nullptr) break;
        flush_writes();
    }
    if (!ended() && state_ == State::draining && replies_.pending() == 0) {
        if (framing_.inside_message()) {
            end(malformed("EOF inside an SFTP message"), 1, true);
        } else {
            end(reason(CloseReason::eof), 0, true, handle_end(CloseReason::eof));
        }
    }
    if (flush && !ended()) sent(replies_.flush());
    pumping_ = false;
}

/// One request further. False when nothing can be done before something else happens.
bool Engine::step() {
    if (ended()) return false;
    if (head_ == nullptr) return take();
    if (!ready(*head_) || ended()) return false;
    start(*std::exchange(head_, nullptr));
    return true;
}

/// Takes the next message, if it is here and there is room for it.
bool Engine::take() {
    if (replies_.pending() >= config_.max_requests) return false;
    if (incoming_ == nullptr) incoming_ = &acquire();
    auto complete = framing_.next(incoming_->message);
    if (!complete) {
        end(complete.error(), 1, true);
        return false;
    }
    if (!*complete) return false;
    Slot& slot = *std::exchange(incoming_, nullptr);
    slot.id = load_be32(slot.message.bytes.data() + 1);
    slot.ticket = replies_.expect();
    if (codec_ == nullptr) {
        take_init(slot);
    } else {
        admit(slot);
    }
    return !ended();
}

/// Makes a request out of the message, or answers at once.
void Engine::admit(Slot& slot) {
    slot.first = std::exchange(fresh_, false);
    if (omitted(slot.message)) {
        answer(slot, Status::op_unsupported);
        return;
    }
    auto request = codec_->decode(slot.message);
    if (!request) {
        answer(slot, request.error());
        return;
    }
    slot.request = std::move(*request);
    if (auto checked = check(slot); !checked) {
        answer(slot, checked.error());
        return;
    }
    head_ = &slot;
}

Result<void> Engine::check(Slot& slot) {
    if (config_.read_only && mutates(slot.request)) return failure(Status::permission_denied);
    NACRE_CHECK(check_paths(slot.request));
    const HandleKind kind = traits_of(slot.request).handle;
    if (kind == HandleKind::none) return {};
    if (const auto* copy = std::get_if<CopyDataRequest>(&slot.request)) {
        slot.handle = handles_.find(copy->from, kind);
        slot.target = handles_.find(copy->to, kind);
        if (slot.target == nullptr) return failure(Status::invalid_handle);
    } else {
        slot.handle = std::visit(
            [&](const auto& r) -> OpenHandle* {
                if constexpr (requires { r.handle; }) return handles_.find(r.handle, kind);
                return nullptr;
            },
            slot.request);
    }
    if (slot.handle == nullptr) return failure(Status::invalid_handle);
    return {};
}

/// Whether the request may start. Hands gathered WRITEs to their file if they stand in its way.
bool Engine::ready(Slot& slot) {
    if (barrier_ != nullptr) return false;
    // Replies are not produced faster than the client takes them.
    if (port_->backlog() + replies_.bytes() + reading_ >= config_.output_budget) return false;

    const Order order = order_of(slot);
    if (order == Order::write) {
        const auto& write = *std::get_if<WriteRequest>(&slot.request);
        if (gathered_.first != nullptr && !joins_gathered(slot, write)) flush_writes();
        if (ended()) return false;
        // Where the bytes of an append go depends on all that comes before.
        const bool append = slot.handle->flags.append;
        if (append && joins_gathered(slot, write)) return true;
        const std::uint64_t begin = append ? 0 : write.offset;
        const std::uint64_t end =
            append || write.offset > std::numeric_limits<std::uint64_t>::max() - write.length
                ? std::numeric_limits<std::uint64_t>::max()
                : write.offset + write.length;
        return !overlaps(slot, begin, end, true);
    }

    flush_writes();
    if (ended()) return false;
    switch (order) {
        case Order::read: {
            const auto& read = *std::get_if<ReadRequest>(&slot.request);
            const std::uint64_t length = std::min(read.length, config_.max_read_length);
            return !overlaps(slot, read.offset, read.offset + length, false);
        }
        case Order::two_handles:
            return active_.empty();
        case Order::handle:
        case Order::path: {
            // What changes may change a file that is being read, by another handle or a path.
            if (writes_ != 0 || (!active_.empty() && mutates(slot.request))) return false;
            return order == Order::path || slot.handle->reads == 0;
        }
        case Order::write:
            return writes_ == 0;
    }
    return false;
}

/// Text has no offsets: what comes next in the file depends on all that came before.
Order Engine::order_of(const Slot& slot) const noexcept {
    const Order order = traits_of(slot.request).order;
    const bool data = order == Order::read || order == Order::write;
    return data && slot.handle->flags.text ? Order::handle : order;
}

namespace {
/// Whether two handles may be of one file.
bool may_be_same(const OpenHandle& a, const OpenHandle& b) noexcept {
    return &a == &b || !a.identity || !b.identity || *a.identity == *b.identity;
}
}  // namespace

/// Whether a READ or WRITE under way in the same file has to be done first. A WRITE makes the file
/// at least as long as it reaches: what is read before its end depends on it, touched or not.
bool Engine::overlaps(const Slot& slot, std::uint64_t begin, std::uint64_t end,
                      bool is_write) const {
    if (is_write ? active_.empty() : writes_ == 0) return false;
    return std::any_of(active_.begin(), active_.end(), [&](const Slot* other) {
        const bool other_writes = std::holds_alternative<WriteRequest>(other->request);
        if (!is_write && !other_writes) return false;
        const bool ends_before = is_write && other_writes && other->end <= begin;
        const bool begins_behind =
            other_writes && !is_write ? begin >= other->end : other->begin >= end;
        return !ends_before && !begins_behind && may_be_same(*slot.handle, *other->handle);
    });
}

void Engine::start(Slot& slot) {
    const Order order = order_of(slot);
    if (order != Order::read && order != Order::write) barrier_ = &slot;
    std::visit([&](const auto& request) { run(slot, request); }, slot.request);
}

Engine::Slot& Engine::acquire() {
    if (free_slots_.empty()) {
        slots_.push_back(std::make_unique<Slot>());
        slots_.back()->index = static_cast<std::uint32_t>(slots_.size() - 1);
        free_slots_.reserve(slots_.capacity());
        active_.reserve(slots_.capacity());
        free_slots_.push_back(slots_.back().get());
    }
    Slot& slot = *free_slots_.back();
    free_slots_.pop_back();
    slot.in_use = true;
    return slot;
}

/// The request is answered.
void Engine::finish(Slot& slot) {
    // Not earlier: so much and no more does the client get us to hold.
    if (port_ != nullptr) port_->credit(slot.message.wire_bytes);
    if (barrier_ == &slot) barrier_ = nullptr;
    slot.message.clear();
    slot.handle = slot.target = nullptr;
    slot.file.reset();
    slot.scan.reset();
    slot.in_use = false;
    ++slot.generation;
    free_slots_.push_back(&slot);
}

Engine::Slot* Engine::find(std::uint64_t token) noexcept {
    const auto index = static_cast<std::uint32_t>(token);
    if (index >= slots_.size()) return nullptr;
    Slot& slot = *slots_[index];
    return slot.in_use && slot.generation == token >> 32 ? &slot : nullptr;
}

void Engine::activate(Slot& slot, std::uint64_t begin, std::uint64_t end) {
    slot.begin = begin;
    slot.end = end;
    slot.active_index = active_.size();
    active_.push_back(&slot);
    const bool write = std::holds_alternative<WriteRequest>(slot.request);
    ++(write ? slot.handle->writes : slot.handle->reads);
    if (write) ++writes_;
}

void Engine::deactivate(Slot& slot) {
    active_[slot.active_index] = active_.back();
    active_[slot.active_index]->active_index = slot.active_index;
    active_.pop_back();
    const bool write = std::holds_alternative<WriteRequest>(slot.request);
    --(write ? slot.handle->writes : slot.handle->reads);
    if (write) --writes_;
}

// ---- replies -----------------------------------------------------------------------------------

/// A reply was given to replies_.
void Engine::sent(bool submitted) {
    if (!submitted && !ended())
        end({Errc::out_of_memory, Disconnect::none, 0, "no memory for SFTP replies"}, 1, true);
}

void Engine::answer(Slot& slot, Status status) {
    answer(slot, status, text_of(status));
}

void Engine::answer(Slot& slot, const Error& error) {
    answer(slot, status_of(error), text_of(error));
}

/// The file system may have words of its own for this one.
void Engine::answer(Slot& slot, Status status, const char* text) {
    const std::string message = filesystem_->take_message();
    reply(slot, [&](Bytes& out) {
        codec_->status(out, slot.id, status, message.empty() ? text : message.c_str());
    });
}

void Engine::answer(Slot& slot, Result<void>&& result) {
    if (result) {
        answer(slot, Status::ok);
    } else {
        answer(slot, result.error());
    }
}

// ---- the end -----------------------------------------------------------------------------------

void Engine::end(Error why, std::uint32_t exit_status, bool tell_peer, HandleEnd handles) {
    if (ended()) return;
    // Without memory for the last replies they are lost, with the channel.
    if (tell_peer) static_cast<void>(replies_.flush());
    state_ = State::ended;
    // Answers to what is under way find nobody from here on.
    line_.cut();
    gathered_ = {};
    head_ = nullptr;
    scan_due_ = nullptr;
    const std::size_t unread = framing_.clear();
    close_handles(handles);
    if (tell_peer && port_ != nullptr) {
        if (unread != 0) port_->credit(unread);
        port_->exit_status(exit_status);
        port_->eof();
        port_->close();
    }
    if_memory([&] { observer_->on_end(why); });
}

void Engine::close_handles(HandleEnd why) noexcept {
    // The Filesystem hears of the end when the last file is closed. It is not kept for that: one
    // that never answers would keep itself.
    struct Last {
        std::weak_ptr<Filesystem> filesystem;
        ~Last() {
            if (const auto alive = filesystem.lock()) alive->on_end();
        }
    };
    std::shared_ptr<Last> last;
    if_memory([&] {
        last = std::make_shared<Last>();
        last->filesystem = filesystem_;
    });
    // The files stay until we go, as one of them may be calling us. Without memory to ask for it,
    // the destructors close what is open.
    const auto close = [&](File& file) {
        if_memory([&] { file.close(why, Reply<void>::from([last](Result<void>&&) {})); });
    };
    const auto close_written = [&](OpenHandle& handle) {
        if_memory([&] {
            auto ended = [last, observer = observer_, path = handle.path](Result<void>&& result) {
                if (result) return;
                if_memory([&] { observer->on_lost(path, result.error()); });
            };
            handle.file->close(why, Reply<void>::from(std::move(ended)));
        });
    };
    handles_.for_each([&](OpenHandle& handle) {
        if_memory([&] {
            observer_->on_close_file(handle.path, handle.bytes_read, handle.bytes_written, why);
        });
        if (handle.directory) if_memory([&] { handle.directory->close(why); });
        if (handle.file && handle.bytes_written != 0)
            close_written(handle);
        else if (handle.file)
            close(*handle.file);
    });
    for (auto& slot : slots_)
        if (slot->in_use && slot->scan != nullptr && slot->scan->opened_here)
            close(*slot->scan->file);
    if (last == nullptr) filesystem_->on_end();
}

std::unique_ptr<ChannelSink> make_server(std::shared_ptr<Filesystem> filesystem,
                                         ServerConfig config,
                                         std::shared_ptr<ServerObserver> observer) {
    return std::make_unique<Engine>(std::move(filesystem), std::move(config), std::move(observer));
}

}  // namespace nacre::sftp
