/// \file
/// What an input of the whole-session targets says, field by field: messages built by our own
/// builders, and what else happens, in any order.
#pragma once
#include "fuzz.hpp"
#include "script_mutator.hpp"
#include "support/null_provider.hpp"
#include "support/sftp_requests.hpp"

#include <nacre/sftp/client.hpp>
#include <nacre/wire/message/auth.hpp>
#include <nacre/wire/message/connection.hpp>
#include <nacre/wire/message/transport.hpp>

namespace nacre::fuzz {

/// Fields of messages, as likely right as wrong.
class FieldInput : public FuzzInput {
  public:
    static constexpr std::uint32_t kNumbers[] = {
        0,      1,       2,      3,      7,          100,        1000,      5000,
        32'768, 262'144, 0xffff, 0x8000, 0x7fffffff, 0x80000000, 0xffffffff};
    static constexpr std::string_view kTexts[] = {"session",
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

    static constexpr FieldCounts kCounts{std::size(kNumbers), std::size(kTexts)};

    FieldInput(const std::uint8_t* data, std::size_t size) noexcept
        : FuzzInput(data, size), size_(size) {}

    /// From now on notes in `layout` where fields lie.
    void trace(ScriptLayout& layout) noexcept { layout_ = &layout; }
    std::size_t taken() const noexcept { return size_ - remaining(); }

    std::uint32_t number() {
        const std::size_t begin = taken();
        const std::size_t which = below(std::size(kNumbers) + 1);
        const std::uint32_t value = which < std::size(kNumbers) ? kNumbers[which] : u32();
        note(FieldKind::number, begin);
        return value;
    }
    std::string_view text() {
        const std::size_t begin = taken();
        const std::size_t which = below(std::size(kTexts) + 1);
        const std::string_view value =
            which < std::size(kTexts) ? kTexts[which] : as_text(bytes(u8()));
        note(FieldKind::text, begin);
        return value;
    }
    /// Bytes with their number in front.
    ByteView blob() {
        const std::size_t begin = taken();
        const ByteView value = bytes(u8());
        note(FieldKind::blob, begin);
        return value;
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
                out = to_bytes(blob());
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

  private:
    void note(FieldKind kind, std::size_t begin) {
        if (layout_ != nullptr) layout_->fields.push_back({kind, begin, taken()});
    }

    std::size_t size_;
    ScriptLayout* layout_ = nullptr;
};

/// Data of an SFTP channel: a message of either side.
Bytes any_sftp(FieldInput& in);

/// The payload of one message of the connection or authentication protocol or of the transport.
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
            append(out, in.blob());
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
        case 1: {
            const auto path = in.text();
            return test::sftp_open(id, path, in.u8());
        }
        case 2: {
            const auto offset = in.number();
            return test::sftp_read(id, handle, offset, in.number());
        }
        case 3: {
            const auto offset = in.number();
            return test::sftp_write(id, handle, offset, in.text());
        }
        case 4: {
            const auto type = static_cast<std::uint8_t>(4 + in.below(18));
            return test::sftp_simple(type, id, in.text());
        }
        case 5: {
            const auto name = in.text();
            return test::sftp_extended(id, name, in.fields());
        }
        case 6: {
            // Replies: STATUS, HANDLE, DATA, NAME, ATTRS.
            const auto type = static_cast<std::uint8_t>(101 + in.below(5));
            return test::sftp_message(type, id, in.fields());
        }
        case 7: {
            Bytes name;
            Writer(name).u32(in.below(3) == 0 ? in.number() : 1);
            Writer(name).string(in.text()).string(in.text());
            append(name, in.flag() ? test::kNoAttrs : in.fields());
            return test::sftp_message(104, id, name);
        }
        default:
            return to_bytes(in.blob());
    }
}

/// What a program asks of its SFTP client.
struct Operation {
    std::size_t which = 0;
    sftp::RemoteHandle handle;
    sftp::OpenFlags flags;
    std::string_view first, second;
    std::uint32_t numbers[3] = {};
    bool replace = false;
};
constexpr std::size_t kOperations = 12;

/// One line of a script.
struct ScriptStep {
    enum class Kind : std::uint8_t { exchange_keys, rekey, wait, raw, operation, data, message };
    Kind kind = Kind::message;
    Bytes bytes;  ///< raw, data, message
    std::uint8_t seconds = 0;
    Operation operation;
};

/// How many stages of a well-behaved peer there are to choose from, in front of the steps.
constexpr std::size_t kStages = 9;

inline Operation next_operation(FieldInput& in) {
    Operation made;
    made.handle.bytes = std::string(in.text());
    made.which = in.below(kOperations);
    switch (made.which) {
        case 0:
            made.flags.read = in.flag();
            made.flags.write = in.flag();
            made.flags.create = in.flag();
            made.first = in.text();
            break;
        case 1:
            made.numbers[0] = in.number();
            made.numbers[1] = in.number();
            break;
        case 2:
            made.numbers[0] = in.number();
            made.first = in.text();
            break;
        case 5:
        case 11:
            break;
        case 7:
            made.first = in.text();
            made.second = in.text();
            made.replace = in.flag();
            break;
        case 9:
            made.first = in.text();
            for (auto& number : made.numbers) number = in.number();
            break;
        default:
            made.first = in.text();
            break;
    }
    return made;
}

inline ScriptStep next_step(FieldInput& in, Role role) {
    using Kind = ScriptStep::Kind;
    ScriptStep step;
    const std::size_t which = in.below(16);
    switch (which) {
        case 0:
            step.kind = Kind::exchange_keys;
            break;
        case 1:
            step.kind = Kind::rekey;
            break;
        case 2:
            step.kind = Kind::wait;
            step.seconds = in.u8();
            break;
        case 3:
            step.kind = Kind::raw;
            step.bytes = to_bytes(in.blob());
            break;
        case 4:
        case 5:
        case 6:
        case 7:
        case 8:
        case 9:
            if (role == Role::client && which < 7) {
                step.kind = Kind::operation;
                step.operation = next_operation(in);
            } else {
                step.kind = Kind::data;
                step.bytes = any_sftp(in);
            }
            break;
        default:
            step.bytes = any_message(in);
            break;
    }
    return step;
}

/// Where the steps and fields of a script lie.
inline ScriptLayout script_layout(ByteView script, Role role) {
    ScriptLayout layout;
    FieldInput in(script.data(), script.size());
    in.trace(layout);
    in.below(kStages);
    while (!in.empty()) {
        layout.pieces.push_back(in.taken());
        next_step(in, role);
    }
    layout.pieces.push_back(script.size());
    return layout;
}

}  // namespace nacre::fuzz
