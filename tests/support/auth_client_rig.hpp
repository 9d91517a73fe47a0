/// \file
/// A client of ssh-userauth on a PortSpy, with a program behind it that a test scripts.
#pragma once
#include "support/fake_keys.hpp"

#include <nacre/auth/client.hpp>
#include <nacre/wire/message/auth.hpp>

#include <functional>

namespace nacre::test {

inline Error no_answer() {
    return {Errc::unsupported, Disconnect::none, 0, "no answer"};
}
inline SecretBytes secret(std::string_view text) {
    return SecretBytes(as_bytes(text));
}

class AuthClientHandlerSpy final : public AuthClientHandler {
  public:
    // Tests set these. Empty lists answer errors.
    std::vector<std::shared_ptr<Signer>> signers;
    std::vector<std::string> passwords;  ///< by attempt
    std::vector<std::string> new_passwords;
    std::function<std::vector<std::string>(std::span<const Prompt>)> answer_prompts;
    bool late = false;  ///< whether the replies are kept instead of answered

    // What happened.
    std::vector<std::string> calls;
    std::vector<Reply<SecretBytes>> secrets;
    std::vector<Reply<std::vector<SecretBytes>>> answers;

    std::vector<std::shared_ptr<Signer>> keys() override {
        calls.push_back("keys");
        return signers;
    }
    void password(std::uint32_t attempt, Reply<SecretBytes> reply) override {
        calls.push_back("password " + std::to_string(attempt));
        if (late) {
            secrets.push_back(std::move(reply));
        } else if (attempt < passwords.size()) {
            reply(secret(passwords[attempt]));
        } else {
            reply(no_answer());
        }
    }
    void new_password(std::string_view prompt, Reply<SecretBytes> reply) override {
        calls.push_back("new_password " + std::string(prompt));
        if (late) {
            secrets.push_back(std::move(reply));
        } else if (!new_passwords.empty()) {
            reply(secret(new_passwords.front()));
            new_passwords.erase(new_passwords.begin());
        } else {
            reply(no_answer());
        }
    }
    void interactive(std::string_view name, std::string_view instruction,
                     std::span<const Prompt> prompts,
                     Reply<std::vector<SecretBytes>> reply) override {
        std::string call = "interactive " + std::string(name) + "/" + std::string(instruction);
        for (const auto& one : prompts) call += "/" + one.text + (one.echo ? "+" : "-");
        calls.push_back(std::move(call));
        if (late) {
            answers.push_back(std::move(reply));
        } else if (answer_prompts) {
            std::vector<SecretBytes> out;
            for (const auto& one : answer_prompts(prompts)) out.push_back(secret(one));
            reply(std::move(out));
        } else {
            reply(no_answer());
        }
    }
    void on_banner(std::string_view text) override {
        calls.push_back("banner " + std::string(text));
    }
    void on_partial_success(AuthMethods next) override {
        calls.push_back("partial " + next.name_list());
    }
};

struct AuthClientRig {
    explicit AuthClientRig(AuthClientConfig config = {"alice"}) {
        auto made = std::make_unique<AuthClientHandlerSpy>();
        handler = made.get();
        port.crypto = &provider;
        port.session.role = Role::client;
        port.session.session_id = to_bytes(as_bytes("the session's identifier"));
        port.session.host_key = to_bytes(as_bytes("the host key"));
        layer = make_auth_client(std::move(config), std::move(made));
    }
    Result<void> start() { return layer->on_start(port); }
    Result<void> receive(std::uint8_t number, ByteView body) {
        const InPacket packet = port.packet(number, body);
        auto result = layer->on_packet(packet);
        wipe(const_cast<SlabRef&>(packet.body.owner).memory());
        return result;
    }
    template <class M>
    Result<void> receive(const M& message) {
        Bytes body;
        write_body(message, body);
        return receive(M::kNumber, body);
    }
    Result<void> fail_with(std::string_view list, bool partial = false) {
        return receive(msg::UserauthFailure{NameList(list), partial});
    }
    /// Adds a key whose blob is fake_blob(type, name).
    FakeSigner& add_key(std::string type, std::string_view name) {
        auto key = std::make_shared<FakeSigner>(std::move(type), name);
        handler->signers.push_back(key);
        return *key;
    }
    /// The body of the latest packet; empty unless it is of that number.
    Bytes last(std::uint8_t number) const {
        return !port.sent.empty() && port.sent.back().number == number ? port.sent.back().body
                                                                       : Bytes{};
    }
    bool held() const { return port.holds > port.resumes; }

    FakeKeyProvider provider;
    PortSpy port;
    AuthClientHandlerSpy* handler = nullptr;
    std::unique_ptr<Layer> layer;
};

}  // namespace nacre::test
