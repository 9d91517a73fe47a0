#include "agent/framing.hpp"

#include <nacre/agent/messages.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

namespace nacre::agent {

namespace {

constexpr Error kCutShort = malformed("agent: answer cut short, or longer than its fields");
/// Names in the answer to a query.
constexpr std::size_t kMaxExtensionNames = 256;
/// An identity is two strings, an extension's name is one.
constexpr std::size_t kMinIdentity = 8;

Result<Answer> parse_identities(Reader& reader) {
    const std::uint32_t count = reader.count(kMinIdentity);
    if (!reader.ok()) return kCutShort;
    if (count > kMaxIdentities) return over_limit("agent: more than 2048 identities", count);
    IdentitiesAnswer answer;
    answer.identities.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const auto blob = reader.string();
        answer.identities.push_back({blob, reader.text()});
    }
    if (!reader.done()) return kCutShort;
    return Answer(std::move(answer));
}

template <class T>
Result<Answer> whole(const Reader& reader, T answer) {
    if (!reader.done()) return kCutShort;
    return Answer(std::move(answer));
}

// Writes an answer from its number on.
struct WriteAnswer {
    Writer<Bytes>& w;

    Writer<Bytes>& number(Message message) const {
        return w.u8(static_cast<std::uint8_t>(message));
    }

    void operator()(const Failure&) const { number(Message::failure); }
    void operator()(const Success&) const { number(Message::success); }
    void operator()(const IdentitiesAnswer& m) const {
        number(Message::identities_answer).u32(static_cast<std::uint32_t>(m.identities.size()));
        for (const auto& identity : m.identities)
            w.string(identity.key_blob).string(identity.comment);
    }
    void operator()(const SignResponse& m) const {
        number(Message::sign_response).string(m.signature);
    }
    void operator()(const ExtensionFailure&) const { number(Message::extension_failure); }
    void operator()(const ExtensionResponse& m) const {
        number(Message::extension_response).string(m.name).bytes(m.data);
    }
};

}  // namespace

Result<Answer> parse_answer(ByteView message) {
    if (message.size() > kMaxMessage) return detail::kTooLong;
    Reader r(message);
    const auto number = static_cast<Message>(r.u8());
    if (!r.ok()) return kCutShort;
    if (number == Message::failure) return whole(r, Failure{});
    if (number == Message::success) return whole(r, Success{});
    if (number == Message::identities_answer) return parse_identities(r);
    if (number == Message::sign_response) {
        const auto signature = r.string();
        return whole(r, SignResponse{signature});
    }
    if (number == Message::extension_failure) return whole(r, ExtensionFailure{});
    if (number == Message::extension_response) {
        const auto name = r.text();
        const auto data = r.rest();
        return whole(r, ExtensionResponse{name, data});
    }
    return Error{Errc::unsupported, Disconnect::none, static_cast<std::uint32_t>(number),
                 "agent: answer of unknown number"};
}

Result<Bytes> encode_answer(const Answer& answer) {
    Bytes message(4);
    Writer<Bytes> w(message);
    std::visit(WriteAnswer{w}, answer);
    const std::size_t size = message.size() - 4;
    if (size > kMaxMessage) return detail::kTooLongToSend;
    store_be32(message.data(), static_cast<std::uint32_t>(size));
    return message;
}

Result<std::optional<ByteView>> first_message(ByteView bytes) noexcept {
    if (bytes.size() < 4) return std::optional<ByteView>{};
    const std::uint32_t size = load_be32(bytes.data());
    if (size == 0) return malformed("agent: empty message");
    if (size > kMaxMessage) return detail::kTooLong;
    if (bytes.size() - 4 < size) return std::optional<ByteView>{};
    return std::optional<ByteView>(bytes.subspan(4, size));
}

Result<SessionBind> parse_session_bind(ByteView data) noexcept {
    Reader r(data);
    SessionBind bind;
    bind.host_key = r.string();
    bind.session_id = r.string();
    bind.signature = r.string();
    bind.forwarding = r.boolean();
    if (!r.done()) return malformed("agent: binding of a session cut short");
    return bind;
}

Bytes encode_session_bind(const SessionBind& bind) {
    Bytes data;
    Writer<Bytes>(data)
        .string(bind.host_key)
        .string(bind.session_id)
        .string(bind.signature)
        .boolean(bind.forwarding);
    return data;
}

Result<std::vector<std::string_view>> parse_query_answer(ByteView data) {
    Reader r(data);
    std::vector<std::string_view> names;
    while (r.remaining() != 0) {
        if (names.size() == kMaxExtensionNames) return over_limit("agent: too many extensions");
        names.push_back(r.text());
    }
    if (!r.ok()) return malformed("agent: name of an extension cut short");
    return names;
}

}  // namespace nacre::agent
