/// \file
/// A session over null cryptography and a peer whose messages an input writes: built by our own
/// builders with fields of the input's choice, in any order, in any state. No cryptography is in
/// the way, so that the engine gets as far as SFTP behind a login.
#pragma once
#include "script_messages.hpp"
#include "support/sftp_stack.hpp"

namespace nacre::fuzz {

class MessageScript {
  public:
    MessageScript(Role role, FieldInput& input) : in_(input), role_(role) {}
    ~MessageScript() {
        if (end_.session && !end_.session->finished()) end_.session->rx_eof(now_);
        end_.session.reset();
        sftp_.reset();
        // Whoever asked was answered, once; and all memory came back.
        NACRE_FUZZ_CHECK(*answered_ == asked_);
        NACRE_FUZZ_CHECK(slabs().in_use() == 0 && frames().in_use() == 0);
    }
    MessageScript(const MessageScript&) = delete;
    MessageScript& operator=(const MessageScript&) = delete;

    void run();

  private:
    static constexpr std::size_t kMaxSteps = 200;

    void start();
    /// The messages up to where the input takes over, as a well-behaved peer says them.
    void go_to(std::size_t stage);
    void exchange_keys();
    void step();
    void operate(const Operation& what);
    void flow();
    void parse();
    void add(ByteView payload);
    template <class M>
    requires requires { M::kNumber; }
    void add(const M& message) { add(encode(message)); }
    template <class T>
    Reply<T> reply() {
        ++asked_;
        return Reply<T>::from([count = answered_](Result<T>&&) { ++*count; });
    }
    void data(ByteView bytes) { add(msg::ChannelData{0, bytes}); }

    /// Kept for all inputs: making slabs would take most of the time.
    static SlabPool& slabs() {
        static SlabPool pool;
        return pool;
    }
    static FramePool& frames() {
        static FramePool pool;
        return pool;
    }

    FieldInput& in_;
    const Role role_;
    test::End end_{1};
    Instant now_{std::chrono::hours(1)};
    std::shared_ptr<sftp::Client> sftp_;
    std::shared_ptr<std::size_t> answered_ = std::make_shared<std::size_t>();
    std::size_t asked_ = 0;
    Bytes out_, got_;
    bool identified_ = false, knocked_ = false;
};

inline void MessageScript::start() {
    auto config = std::make_shared<TransportConfig>();
    config->host_keys = {std::make_shared<test::NullSigner>()};
    config->host_key_verifier = std::make_shared<test::TrustAll>();
    ConnectionConfig connection;
    connection.max_channels = 4;
    SessionParts parts;
    parts.role = role_;
    parts.config = std::move(config);
    parts.resources = {&test::null_provider(), &end_.rng, end_.jobs, &frames(), &slabs()};
    parts.now = now_;
    if (role_ == Role::server) {
        auto files = sftp::make_memory_filesystem({1024 * 1024, 64, 0, 0, nullptr});
        parts.auth = make_auth_server({}, std::make_unique<test::OpenDoor>(), now_);
        parts.connection =
            make_connection_layer(connection, std::make_unique<test::SftpDoor>(files));
    } else {
        auto channel = sftp::make_client({}, reply<void>());
        sftp_ = channel.client;
        parts.auth = make_auth_client(
            {"alice"}, std::make_unique<test::KeyOnly>(std::make_shared<test::NullSigner>()));
        parts.connection =
            make_connection_layer(connection, make_sftp_client_handler(std::move(channel)));
    }
    auto made = make_session(std::move(parts));
    NACRE_FUZZ_CHECK(made.has_value());
    end_.session = std::move(*made);
    end_.session->on_output([this] { end_.woken = true; });
}

inline void MessageScript::exchange_keys() {
    Bytes kexinit{msg::kexinit};
    kexinit.resize(17);
    Writer w(kexinit);
    w.string(std::string(test::kNullName) + (role_ == Role::server
                                                 ? ",kex-strict-c-v00@openssh.com,ext-info-c"
                                                 : ",kex-strict-s-v00@openssh.com,ext-info-s"));
    for (int i = 0; i < 5; ++i) w.string(test::kNullName);
    w.string(std::string_view("none")).string(std::string_view("none"));
    w.string(std::string_view()).string(std::string_view()).boolean(false).u32(0);
    add(kexinit);
    Bytes value{static_cast<std::uint8_t>(role_ == Role::server ? 30 : 31)};
    if (role_ == Role::client) Writer(value).string(test::null_key_blob());
    Writer(value).string(std::string_view("value"));
    if (role_ == Role::client) Writer(value).string(test::null_signature());
    add(value);
    add(Bytes{msg::newkeys});
    flow();
}

inline void MessageScript::go_to(std::size_t stage) {
    if (stage == 0) return;
    append(out_, as_bytes(std::string_view("SSH-2.0-scripted\r\n")));
    flow();
    if (stage == 1) return;
    exchange_keys();
    if (stage == 2) return;
    if (role_ == Role::client) {
        add(msg::ServiceAccept{"ssh-userauth"});
        flow();
        if (stage == 3) return;
        add(msg::UserauthSuccess{});
        flow();
        if (stage == 4) return;
        add(msg::ChannelOpenConfirmation{0, 7, 100'000, 32'768, {}});
        add(msg::ChannelSuccess{0});
        flow();
        data(test::sftp_message(2, static_cast<std::uint32_t>(stage - 2), {}));
    } else {
        add(msg::ServiceRequest{"ssh-userauth"});
        if (stage == 3) return flow();
        Bytes password;
        Writer(password).boolean(false).string(std::string_view("secret"));
        knocked_ = true;
        add(msg::UserauthRequest{"alice", "ssh-connection", "password", {password}});
        if (stage == 4) return flow();
        add(msg::ChannelOpen{"session", 7, 100'000, 32'768, {}});
        Bytes name;
        Writer(name).string(std::string_view("sftp"));
        add(msg::ChannelRequest{0, "subsystem", true, {name}});
        data(test::sftp_init(static_cast<std::uint32_t>(stage - 2)));
    }
    flow();
}

inline void MessageScript::run() {
    start();
    flow();
    go_to(in_.below(kStages));
    for (std::size_t i = 0; i < kMaxSteps && !in_.empty() && !end_.session->finished(); ++i) {
        step();
        flow();
    }
}

inline void MessageScript::step() {
    using Kind = ScriptStep::Kind;
    const ScriptStep step = next_step(in_, role_);
    switch (step.kind) {
        case Kind::exchange_keys:
            return exchange_keys();
        case Kind::rekey:
            return end_.session->rekey();
        case Kind::wait:
            now_ += std::chrono::seconds(step.seconds);
            if (const auto at = end_.session->deadline(); at && *at <= now_)
                static_cast<void>(end_.session->on_deadline(now_));
            return;
        case Kind::raw:
            return append(out_, step.bytes);
        case Kind::operation:
            return operate(step.operation);
        case Kind::data:
            return data(step.bytes);
        case Kind::message:
            break;
    }
    knocked_ = knocked_ || (!step.bytes.empty() && step.bytes[0] == msg::userauth_request);
    add(step.bytes);
}

inline void MessageScript::operate(const Operation& what) {
    const auto first = what.first, second = what.second;
    const auto& n = what.numbers;
    switch (what.which) {
        case 0:
            return sftp_->open(first, what.flags, {}, reply<sftp::RemoteHandle>());
        case 1:
            return sftp_->read(what.handle, n[0], n[1], reply<sftp::RemoteData>());
        case 2:
            return sftp_->write(what.handle, n[0], as_bytes(first), reply<void>());
        case 3:
            return sftp_->stat(first, sftp::Follow::yes, reply<sftp::Attrs>());
        case 4:
            return sftp_->open_directory(first, reply<sftp::RemoteHandle>());
        case 5:
            return sftp_->read_directory(what.handle, reply<std::vector<sftp::RemoteEntry>>());
        case 6:
            return sftp_->real_path(first, reply<std::string>());
        case 7:
            return sftp_->rename(first, second, what.replace, reply<void>());
        case 8:
            return sftp_->stat_filesystem(first, reply<sftp::FilesystemStats>());
        case 9:
            return sftp_->check_file(what.handle, first, n[0], n[1], n[2],
                                     reply<sftp::RemoteHashes>());
        case 10:
            return sftp_->read_link(first, reply<std::string>());
        default:
            return sftp_->close_handle(what.handle, reply<void>());
    }
}

inline void MessageScript::add(ByteView payload) {
    std::size_t padding = 8 - (5 + payload.size()) % 8;
    if (padding < 4) padding += 8;
    Bytes head(4);
    store_be32(head.data(), static_cast<std::uint32_t>(1 + payload.size() + padding));
    head.push_back(static_cast<std::uint8_t>(padding));
    append(out_, head);
    append(out_, payload);
    out_.resize(out_.size() + padding);
}

/// Bytes both ways until nothing moves.
inline void MessageScript::flow() {
    bool moved = true;
    while (moved) {
        moved = std::exchange(end_.woken, false);
        if (moved) static_cast<void>(end_.session->rx_commit(0, now_));
        const Bytes bytes = std::exchange(out_, {});
        ByteView left = bytes;
        moved = moved || !left.empty();
        while (!left.empty() && !end_.session->finished()) {
            const ByteSpan space = end_.session->rx_space(1);
            const std::size_t n = std::min(space.size(), left.size());
            NACRE_FUZZ_CHECK(n != 0);
            std::memcpy(space.data(), left.data(), n);
            static_cast<void>(end_.session->rx_commit(n, now_));
            left = left.subspan(n);
        }
        const Bytes theirs = test::SessionPair::take(end_);
        moved = moved || !theirs.empty();
        append(got_, theirs);
        parse();
    }
}

/// What the session says is whole packets, and nothing that its state forbids.
inline void MessageScript::parse() {
    ByteView left = got_;
    if (!identified_) {
        const std::size_t line = as_text(left).find('\n');
        if (line == std::string_view::npos) return;
        left = left.subspan(line + 1);
        identified_ = true;
    }
    while (left.size() >= 4) {
        const std::size_t length = load_be32(left.data());
        NACRE_FUZZ_CHECK(length >= 5 && length <= 300'000 && left.size() >= 4 + length);
        NACRE_FUZZ_CHECK(left[4] >= 4 && left[4] < length - 1);
        const std::uint8_t number = left[5];
        if (number == msg::userauth_success) NACRE_FUZZ_CHECK(role_ == Role::server && knocked_);
        if (number >= msg::global_request) NACRE_FUZZ_CHECK(end_.session->info().authenticated);
        left = left.subspan(4 + length);
    }
    NACRE_FUZZ_CHECK(left.empty());
    got_.clear();
}

}  // namespace nacre::fuzz
