/// \file
/// A server of ssh-userauth on a PortSpy, and the requests of a client, byte by byte.
#pragma once
#include "support/auth_handler_spy.hpp"
#include "support/fake_keys.hpp"

#include <nacre/wire/message/auth.hpp>

namespace nacre::test {

/// Body of a USERAUTH_REQUEST up to the method data.
inline Bytes auth_request(std::string_view method, std::string_view user = "alice",
                          std::string_view service = "ssh-connection") {
    Bytes body;
    Writer(body).string(user).string(service).string(method);
    return body;
}

inline Bytes password_request(std::string_view password, std::string_view user = "alice") {
    Bytes body = auth_request("password", user);
    Writer(body).boolean(false).string(password);
    return body;
}

inline Bytes change_request(std::string_view old_password, std::string_view new_password,
                            std::string_view user = "alice") {
    Bytes body = auth_request("password", user);
    Writer(body).boolean(true).string(old_password).string(new_password);
    return body;
}

inline Bytes interactive_request(std::string_view submethods = "",
                                 std::string_view user = "alice") {
    Bytes body = auth_request("keyboard-interactive", user);
    Writer(body).string("").string(submethods);
    return body;
}

/// RFC 4252 s9, of a client whose signature is not one.
inline Bytes hostbased_request(std::string_view user = "alice") {
    Bytes body = auth_request("hostbased", user);
    Writer(body).string("ssh-ed25519").string(fake_blob("ssh-ed25519", "A"));
    Writer(body).string("client.example").string("root").string("signature");
    return body;
}

inline Bytes info_response(const std::vector<std::string_view>& answers) {
    Bytes body;
    Writer w(body);
    w.u32(static_cast<std::uint32_t>(answers.size()));
    for (auto one : answers) w.string(one);
    return body;
}

constexpr std::string_view kHostbound = "publickey-hostbound-v00@openssh.com";

/// The fields of a publickey request; what is signed may differ from what is sent.
struct KeyRequest {
    std::string_view method = "publickey";
    std::string_view user = "alice";
    std::string_view algorithm = "ssh-ed25519";
    Bytes blob = fake_blob("ssh-ed25519", "A");
    Bytes host_key;  ///< sent when the method is kHostbound

    Bytes query() const { return body(false); }
    /// \param signer  blob of the key that signs
    Bytes signed_request(ByteView signer, ByteView session_id, std::string_view signed_user,
                         std::string_view signature_algorithm) const {
        Bytes data;
        Writer w(data);
        w.string(session_id).u8(50).string(signed_user).string("ssh-connection").string(method);
        w.boolean(true).string(algorithm).string(blob);
        if (method == kHostbound) w.string(host_key);
        Bytes out = body(true);
        Writer(out).string(fake_signature(signature_algorithm, signer, data));
        return out;
    }
    Bytes signed_request(ByteView session_id) const {
        return signed_request(blob, session_id, user, algorithm);
    }

  private:
    Bytes body(bool has_signature) const {
        Bytes out = auth_request(method, user);
        Writer w(out);
        w.boolean(has_signature).string(algorithm).string(blob);
        if (method == kHostbound) w.string(host_key);
        return out;
    }
};

/// Failures are answered at once unless the configuration says otherwise.
struct AuthServerRig {
    explicit AuthServerRig(AuthConfig config = undelayed(), std::optional<Instant> start = {}) {
        auto made = std::make_unique<AuthHandlerSpy>();
        handler = made.get();
        port.crypto = &provider;
        port.session.session_id = to_bytes(as_bytes("the session's identifier"));
        port.session.host_key = to_bytes(as_bytes("the host key"));
        layer = make_auth_server(std::move(config), std::move(made), start);
    }
    static AuthConfig undelayed() {
        AuthConfig config;
        config.failure_delay = std::chrono::milliseconds(0);
        return config;
    }
    void start() { static_cast<void>(layer->on_start(port)); }
    Result<void> receive(std::uint8_t number, ByteView body) {
        if (!started_) start();
        started_ = true;
        const InPacket packet = port.packet(number, body);
        auto result = layer->on_packet(packet);
        // As the transport does: nothing may be read from it later.
        wipe(const_cast<SlabRef&>(packet.body.owner).memory());
        return result;
    }
    Result<void> request(ByteView body) { return receive(msg::userauth_request, body); }
    bool held() const { return port.holds > port.resumes; }
    std::string last_list() const {
        const auto failure = port.sent_as<msg::UserauthFailure>(port.sent.size() - 1);
        return std::string(failure.authentications_that_can_continue.text());
    }

    FakeKeyProvider provider;
    PortSpy port;
    AuthHandlerSpy* handler = nullptr;
    std::unique_ptr<Layer> layer;

  private:
    bool started_ = false;
};

}  // namespace nacre::test
