#include "agent/framing.hpp"
#include "agent/key_fields.hpp"

#include <nacre/agent/messages.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

namespace nacre::agent {

namespace {

constexpr Error kCutShort = malformed("agent: request cut short, or longer than its fields");

// How far the data of a constraint's extension reach is for the extension to say (RFC 9987
// s3.2.7.3): those of OpenSSH are strings, one with a boolean in front. Of others we take all.
ByteView take_extension_data(std::string_view name, Reader& reader) {
    const bool one_string =
        name == "sk-provider@openssh.com" || name == "restrict-destination-v00@openssh.com";
    const bool boolean_first = name == "associated-certs-v00@openssh.com";
    if (!one_string && !boolean_first) return reader.rest();
    Reader ahead = reader;
    if (boolean_first) ahead.boolean();
    ahead.string();
    if (!ahead.ok()) reader.fail();
    return reader.bytes(reader.remaining() - ahead.remaining());
}

// Reads to the end. An unknown constraint has no length that we could skip it by.
Result<Constraints> parse_constraints(Reader& reader) {
    Constraints found;
    for (std::size_t count = 0; reader.remaining() != 0; ++count) {
        if (count == kMaxConstraints) return over_limit("agent: too many constraints of a key");
        const auto type = static_cast<ConstraintType>(reader.u8());
        if (type == ConstraintType::lifetime && !found.lifetime) {
            found.lifetime = reader.u32();
        } else if (type == ConstraintType::confirm && !found.confirm) {
            found.confirm = true;
        } else if (type == ConstraintType::extension) {
            const auto name = reader.text();
            found.extensions.push_back({name, take_extension_data(name, reader)});
        } else {
            return malformed("agent: unknown or repeated constraint of a key");
        }
    }
    if (!reader.ok()) return malformed("agent: constraint cut short");
    return found;
}

template <class T>
Result<Request> whole(const Reader& reader, T request) {
    if (!reader.done()) return kCutShort;
    return Request(std::move(request));
}

Result<Request> parse_add(Reader& reader, bool constrained) {
    AddIdentity add;
    add.type = reader.text();
    if (!reader.ok()) return kCutShort;
    NACRE_TRY(add.fields, detail::take_key_fields(add.type, reader));
    add.comment = reader.text();
    if (!reader.ok()) return kCutShort;
    if (constrained) {
        NACRE_TRY(add.constraints, parse_constraints(reader));
    }
    return whole(reader, std::move(add));
}

Result<Request> parse_smartcard(Reader& reader, bool constrained) {
    AddSmartcardKey add;
    add.token = reader.text();
    add.pin = reader.string();
    if (!reader.ok()) return kCutShort;
    if (constrained) {
        NACRE_TRY(add.constraints, parse_constraints(reader));
    }
    return whole(reader, std::move(add));
}

using Sink = Writer<SecretBuffer>;

void write_constraints(Sink& w, const Constraints& constraints) {
    if (constraints.lifetime)
        w.u8(static_cast<std::uint8_t>(ConstraintType::lifetime)).u32(*constraints.lifetime);
    if (constraints.confirm) w.u8(static_cast<std::uint8_t>(ConstraintType::confirm));
    for (const auto& extension : constraints.extensions)
        w.u8(static_cast<std::uint8_t>(ConstraintType::extension))
            .string(extension.name)
            .bytes(extension.data);
}

// Writes a request from its number on.
struct WriteRequest {
    Sink& w;

    Sink& number(Message message) const { return w.u8(static_cast<std::uint8_t>(message)); }

    void operator()(const RequestIdentities&) const { number(Message::request_identities); }
    void operator()(const SignRequest& m) const {
        number(Message::sign_request).string(m.key_blob).string(m.data).u32(m.flags);
    }
    void operator()(const AddIdentity& m) const {
        number(m.constraints.empty() ? Message::add_identity : Message::add_id_constrained)
            .string(m.type)
            .bytes(m.fields)
            .string(m.comment);
        write_constraints(w, m.constraints);
    }
    void operator()(const RemoveIdentity& m) const {
        number(Message::remove_identity).string(m.key_blob);
    }
    void operator()(const RemoveAllIdentities&) const { number(Message::remove_all_identities); }
    void operator()(const AddSmartcardKey& m) const {
        number(m.constraints.empty() ? Message::add_smartcard_key
                                     : Message::add_smartcard_key_constrained)
            .string(m.token)
            .string(m.pin);
        write_constraints(w, m.constraints);
    }
    void operator()(const RemoveSmartcardKey& m) const {
        number(Message::remove_smartcard_key).string(m.token).string(m.pin);
    }
    void operator()(const Lock& m) const { number(Message::lock).string(m.passphrase); }
    void operator()(const Unlock& m) const { number(Message::unlock).string(m.passphrase); }
    void operator()(const Extension& m) const {
        number(Message::extension).string(m.name).bytes(m.data);
    }
};

}  // namespace

Result<Request> parse_request(ByteView message) {
    if (message.size() > kMaxMessage) return detail::kTooLong;
    Reader r(message);
    const auto number = static_cast<Message>(r.u8());
    if (!r.ok()) return kCutShort;
    // A switch over all numbers would list those of answers too.
    if (number == Message::request_identities) return whole(r, RequestIdentities{});
    if (number == Message::sign_request) {
        const auto key_blob = r.string(), data = r.string();
        const auto flags = r.u32();
        return whole(r, SignRequest{key_blob, data, flags});
    }
    if (number == Message::add_identity) return parse_add(r, false);
    if (number == Message::add_id_constrained) return parse_add(r, true);
    if (number == Message::remove_identity) {
        const auto key_blob = r.string();
        return whole(r, RemoveIdentity{key_blob});
    }
    if (number == Message::remove_all_identities) return whole(r, RemoveAllIdentities{});
    if (number == Message::add_smartcard_key) return parse_smartcard(r, false);
    if (number == Message::add_smartcard_key_constrained) return parse_smartcard(r, true);
    if (number == Message::remove_smartcard_key) {
        const auto token = r.text();
        const auto pin = r.string();
        return whole(r, RemoveSmartcardKey{token, pin});
    }
    if (number == Message::lock || number == Message::unlock) {
        const auto passphrase = r.string();
        return number == Message::lock ? whole(r, Lock{passphrase}) : whole(r, Unlock{passphrase});
    }
    if (number == Message::extension) {
        const auto name = r.text();
        const auto data = r.rest();
        return whole(r, Extension{name, data});
    }
    return Error{Errc::unsupported, Disconnect::none, static_cast<std::uint32_t>(number),
                 "agent: request of unknown number"};
}

Result<SecretBytes> encode_request(const Request& request) {
    SecretBuffer contents;
    Sink w(contents);
    std::visit(WriteRequest{w}, request);
    if (contents.size() > kMaxMessage) return detail::kTooLongToSend;
    SecretBytes message(4 + contents.size());
    store_be32(message.data(), static_cast<std::uint32_t>(contents.size()));
    std::memcpy(message.data() + 4, contents.view().data(), contents.size());
    return message;
}

}  // namespace nacre::agent
