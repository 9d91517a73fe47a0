/// \file
/// A session over null cryptography and a peer whose messages an input writes: built by our own
/// builders with fields of the input's choice, in any order, in any state. No cryptography is in
/// the way, so that the engine gets as far as SFTP behind a login.
#pragma once
#include "fuzz.hpp"
#include "support/null_provider.hpp"
#include "support/sftp_requests.hpp"
#include "support/sftp_stack.hpp"

#include <nacre/wire/message/auth.hpp>
#include <nacre/wire/message/connection.hpp>
#include <nacre/wire/message/transport.hpp>

namespace nacre::fuzz {

/// Fields of messages, as likely right as wrong.
class FieldInput : public FuzzInput {
  public:
    using FuzzInput::FuzzInput;

    std::uint32_t number() noexcept {
        constexpr std::uint32_t kNumbers[] = {0,      1,      2,          3,          7,
                                              100,    1000,   5000,       32'768,     262'144,
                                              0xffff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff};
        const std::size_t which = below(std::size(kNumbers) + 1);
        return which < std::size(kNumbers) ? kNumbers[which] : u32();
    }
    std::string_view text() noexcept {
        constexpr std::string_view kTexts[] = {"session",
                                               "sftp",
                                               "echo",
                                               "alice",
                                               "secret",
                                               "ssh-userauth",
                                               "ssh-connection",
                                               "none",
                                               "password",
                                               "publickey",
                                               "keyboard-interactive",
                                               "publickey-hostbound-v00@openssh.com",
                                               "null@test",
                                               "subsystem",
                                               "exec",
                                               "shell",
                                               "env",
                                               "pty-req",
                                               "window-change",
                                               "signal",
                                               "exit-status",
                                               "exit-signal",
                                               "keepalive@openssh.com",
                                               "no-more-sessions@openssh.com",
                                               "hostkeys-00@openssh.com",
                                               "hostkeys-prove-00@openssh.com",
                                               "winadj@putty.projects.tartarus.org",
                                               "eow@openssh.com",
                                               "server-sig-algs",
                                               "publickey-hostbound@openssh.com",
                                               "ping@openssh.com",
                                               "no-flow-control",
                                               "delay-compression",
                                               "",
                                               "/",
                                               "/a",
                                               "/a/b",
                                               "..",
                                               "a/../../b"};
        const std::size_t which = below(std::size(kTexts) + 1);
        return which < std::size(kTexts) ? kTexts[which] : as_text(bytes(u8()));
    }
    /// A field of bytes: a text as a string, raw ones, or nothing.
    Bytes field() {
        Bytes out;
        switch (below(4)) {
            case 0:
                Writer(out).string(text());
                break;
            case 1:
                Writer(out).u32(number());
                break;
            case 2:
                out = to_bytes(bytes(u8()));
                break;
            default:
                break;
        }
        return out;
    }
    Bytes fields() {
        Bytes out;
        for (std::size_t n = below(5); n != 0; --n) append(out, field());
        return out;
    }
};

/// The payload of one message of the connection or authentication protocol or of the transport.
Bytes any_message(FieldInput& in);
/// Data of an SFTP channel: a message of either side.
Bytes any_sftp(FieldInput& in);

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
    void operate();
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

inline Bytes any_message(FieldInput& in) {
    switch (in.below(26)) {
        case 0:
            return encode(msg::Ignore{in.field()});
        case 1:
            return encode(msg::Debug{in.flag(), in.text(), in.text()});
        case 2:
            return encode(msg::Unimplemented{in.number()});
        case 3:
            return encode(msg::ServiceRequest{in.text()});
        case 4:
            return encode(msg::ServiceAccept{in.text()});
        case 5: {
            Bytes out{msg::ext_info};
            const std::uint32_t count = in.number();
            Writer(out).u32(count);
            append(out, in.fields());
            return out;
        }
        case 6: {
            const Bytes body = in.fields();
            return encode(msg::Ping{body});
        }
        case 7: {
            const auto user = in.text(), service = in.text(), method = in.text();
            const Bytes body = in.fields();
            return encode(msg::UserauthRequest{user, service, method, {body}});
        }
        case 8: {
            Bytes body;
            Writer(body).boolean(in.flag()).string(in.text());
            append(body, in.fields());
            return encode(msg::UserauthRequest{"alice", "ssh-connection", "password", {body}});
        }
        case 9: {
            Bytes body;
            Writer(body).boolean(in.flag()).string(in.text()).string(test::null_key_blob());
            if (in.flag()) Writer(body).string(test::null_signature());
            append(body, in.field());
            return encode(msg::UserauthRequest{"alice", "ssh-connection", "publickey", {body}});
        }
        case 10:
            return encode(msg::UserauthFailure{NameList(std::string(in.text())), in.flag()});
        case 11:
            return encode(msg::UserauthBanner{in.text(), in.text()});
        case 12:
            return encode(msg::UserauthPkOk{in.text(), test::null_key_blob()});
        case 13: {
            const auto count = in.number();
            const Bytes prompts = in.fields();
            return encode(msg::UserauthInfoRequest{in.text(), in.text(), "", count, {prompts}});
        }
        case 14: {
            const auto count = in.number();
            const Bytes answers = in.fields();
            return encode(msg::UserauthInfoResponse{count, {answers}});
        }
        case 15: {
            const auto name = in.text();
            const bool wants = in.flag();
            const Bytes body = in.fields();
            return encode(msg::GlobalRequest{name, wants, {body}});
        }
        case 16: {
            const auto type = in.text();
            const auto number = in.number(), window = in.number(), packet = in.number();
            const Bytes body = in.fields();
            return encode(msg::ChannelOpen{type, number, window, packet, {body}});
        }
        case 17: {
            const auto to = in.number(), from = in.number(), window = in.number(),
                       packet = in.number();
            const Bytes body = in.fields();
            return encode(msg::ChannelOpenConfirmation{to, from, window, packet, {body}});
        }
        case 18:
            return encode(msg::ChannelOpenFailure{in.number(), in.number(), in.text(), in.text()});
        case 19:
            return encode(msg::ChannelWindowAdjust{in.number(), in.number()});
        case 20: {
            const auto to = in.number();
            const Bytes body = in.flag() ? any_sftp(in) : in.field();
            return encode(msg::ChannelData{to, body});
        }
        case 21: {
            const auto to = in.number(), code = in.number();
            const Bytes body = in.field();
            return encode(msg::ChannelExtendedData{to, code, body});
        }
        case 22: {
            const auto to = in.number();
            const auto type = in.text();
            const bool wants = in.flag();
            const Bytes body = in.fields();
            return encode(msg::ChannelRequest{to, type, wants, {body}});
        }
        case 23: {
            // A number and a channel: EOF, CLOSE, SUCCESS, FAILURE; or what ends authentication.
            constexpr std::uint8_t kShort[] = {msg::channel_eof,      msg::channel_close,
                                               msg::channel_success,  msg::channel_failure,
                                               msg::userauth_success, msg::request_success,
                                               msg::request_failure,  msg::newkeys};
            Bytes out{kShort[in.below(std::size(kShort))]};
            if (out[0] >= msg::channel_eof) Writer(out).u32(in.number());
            return out;
        }
        case 24: {
            // A key exchange from the middle.
            Bytes out{static_cast<std::uint8_t>(30 + in.below(5))};
            append(out, in.fields());
            return out;
        }
        default: {
            Bytes out{in.u8()};
            append(out, in.bytes(in.u8()));
            return out;
        }
    }
}

inline Bytes any_sftp(FieldInput& in) {
    const std::uint32_t id = in.u8();
    const std::string_view handle("\0\0\0\0", 4);
    switch (in.below(9)) {
        case 0:
            return test::sftp_init(in.number());
        case 1:
            return test::sftp_open(id, in.text(), in.u8());
        case 2:
            return test::sftp_read(id, handle, in.number(), in.number());
        case 3:
            return test::sftp_write(id, handle, in.number(), in.text());
        case 4:
            return test::sftp_simple(static_cast<std::uint8_t>(4 + in.below(18)), id, in.text());
        case 5:
            return test::sftp_extended(id, in.text(), in.fields());
        case 6:
            // Replies: STATUS, HANDLE, DATA, NAME, ATTRS.
            return test::sftp_message(static_cast<std::uint8_t>(101 + in.below(5)), id,
                                      in.fields());
        case 7: {
            Bytes name;
            Writer(name).u32(in.below(3) == 0 ? in.number() : 1);
            Writer(name).string(in.text()).string(in.text());
            append(name, in.flag() ? test::kNoAttrs : in.fields());
            return test::sftp_message(104, id, name);
        }
        default:
            return to_bytes(in.bytes(in.u8()));
    }
}

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
    go_to(in_.below(9));
    for (std::size_t i = 0; i < kMaxSteps && !in_.empty() && !end_.session->finished(); ++i) {
        step();
        flow();
    }
}

inline void MessageScript::step() {
    switch (in_.below(16)) {
        case 0:
            exchange_keys();
            break;
        case 1:
            end_.session->rekey();
            break;
        case 2:
            now_ += std::chrono::seconds(in_.u8());
            if (const auto at = end_.session->deadline(); at && *at <= now_)
                static_cast<void>(end_.session->on_deadline(now_));
            break;
        case 3:
            append(out_, in_.bytes(in_.u8()));
            break;
        case 4:
        case 5:
        case 6:
            if (role_ == Role::client) return operate();
            return data(any_sftp(in_));
        case 7:
        case 8:
        case 9:
            return data(any_sftp(in_));
        default: {
            const Bytes message = any_message(in_);
            knocked_ = knocked_ || (!message.empty() && message[0] == msg::userauth_request);
            add(message);
            break;
        }
    }
}

/// What a program asks of its SFTP client.
inline void MessageScript::operate() {
    const sftp::RemoteHandle handle{std::string(in_.text())};
    switch (in_.below(12)) {
        case 0: {
            sftp::OpenFlags flags;
            flags.read = in_.flag();
            flags.write = in_.flag();
            flags.create = in_.flag();
            return sftp_->open(in_.text(), flags, {}, reply<sftp::RemoteHandle>());
        }
        case 1:
            return sftp_->read(handle, in_.number(), in_.number(), reply<sftp::RemoteData>());
        case 2:
            return sftp_->write(handle, in_.number(), as_bytes(in_.text()), reply<void>());
        case 3:
            return sftp_->stat(in_.text(), sftp::Follow::yes, reply<sftp::Attrs>());
        case 4:
            return sftp_->open_directory(in_.text(), reply<sftp::RemoteHandle>());
        case 5:
            return sftp_->read_directory(handle, reply<std::vector<sftp::RemoteEntry>>());
        case 6:
            return sftp_->real_path(in_.text(), reply<std::string>());
        case 7:
            return sftp_->rename(in_.text(), in_.text(), in_.flag(), reply<void>());
        case 8:
            return sftp_->stat_filesystem(in_.text(), reply<sftp::FilesystemStats>());
        case 9:
            return sftp_->check_file(handle, in_.text(), in_.number(), in_.number(), in_.number(),
                                     reply<sftp::RemoteHashes>());
        case 10:
            return sftp_->read_link(in_.text(), reply<std::string>());
        default:
            return sftp_->close_handle(handle, reply<void>());
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
