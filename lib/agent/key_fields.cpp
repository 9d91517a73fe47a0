#include "agent/key_fields.hpp"

namespace nacre::agent::detail {

namespace {

// What stands behind the type, one character a field: 's' a string or mpint, 'b' a byte.
struct Shape {
    std::string_view type;
    std::string_view fields;
};
constexpr Shape kShapes[] = {
    {"ssh-ed25519", "ss"},
    {"ssh-ed25519-cert-v01@openssh.com", "sss"},
    {"ecdsa-sha2-nistp256", "sss"},
    {"ecdsa-sha2-nistp384", "sss"},
    {"ecdsa-sha2-nistp521", "sss"},
    {"ecdsa-sha2-nistp256-cert-v01@openssh.com", "ss"},
    {"ecdsa-sha2-nistp384-cert-v01@openssh.com", "ss"},
    {"ecdsa-sha2-nistp521-cert-v01@openssh.com", "ss"},
    {"ssh-rsa", "ssssss"},
    {"ssh-rsa-cert-v01@openssh.com", "sssss"},
    {"ssh-ed448", "ss"},
    {"ssh-ed448-cert-v01@openssh.com", "sss"},
    {"ssh-dss", "sssss"},
    {"ssh-dss-cert-v01@openssh.com", "ss"},
    // Public fields, application, flags, key handle, reserved (PROTOCOL.u2f).
    {"sk-ssh-ed25519@openssh.com", "ssbss"},
    {"sk-ssh-ed25519-cert-v01@openssh.com", "sssbss"},
    {"sk-ecdsa-sha2-nistp256@openssh.com", "sssbss"},
    {"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com", "ssbss"},
};

}  // namespace

Result<ByteView> take_key_fields(std::string_view type, Reader& reader) noexcept {
    for (const Shape& shape : kShapes) {
        if (shape.type != type) continue;
        Reader ahead = reader;
        for (const char field : shape.fields) {
            if (field == 'b') {
                ahead.u8();
            } else {
                ahead.string();
            }
        }
        if (!ahead.ok()) return malformed("agent: fields of a private key cut short");
        return reader.bytes(reader.remaining() - ahead.remaining());
    }
    return Error{Errc::unsupported, Disconnect::none, 0, "agent: private key of unknown type"};
}

}  // namespace nacre::agent::detail
