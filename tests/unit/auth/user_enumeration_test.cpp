// Who has an account, who has none and whose is locked: the layer "ssh-userauth" under a program
// that needs a time of its own to refuse each of them. See also CATALOGUE.md.
#include "support/auth_trace.hpp"

using namespace nacre;
using namespace nacre::test;
using namespace std::chrono_literals;

namespace {

/// Refuses everything, each time after `takes`.
class Refuser final : public AuthHandler {
  public:
    Refuser(TracedLogin& login, Duration takes) : login_(login), takes_(takes) {}

    AuthMethods methods(std::string_view) override {
        note("methods");
        return {AuthMethod::publickey, AuthMethod::password, AuthMethod::keyboard_interactive};
    }
    bool user_exists(std::string_view user) override { return user != "stranger"; }
    void none(const AuthRequest&, Reply<AuthDecision> reply) override {
        refuse("none", std::move(reply), AuthDecision::failure());
    }
    void password(const AuthRequest&, ByteView, Reply<AuthDecision> reply) override {
        refuse("password", std::move(reply), AuthDecision::failure());
    }
    void change_password(const AuthRequest&, ByteView, ByteView,
                         Reply<AuthDecision> reply) override {
        refuse("change of password", std::move(reply), AuthDecision::failure());
    }
    void key_offered(const AuthRequest&, const PublicKey&, Reply<bool> reply) override {
        refuse("key offered", std::move(reply), false);
    }
    void key_verified(const AuthRequest&, std::shared_ptr<const PublicKey>,
                      Reply<AuthDecision> reply) override {
        refuse("key verified", std::move(reply), AuthDecision::failure());
    }
    void interactive_start(const AuthRequest&, std::string_view,
                           Reply<InteractiveStep> reply) override {
        note("question");
        reply(InteractiveStep{"Login", "", {{"Password: ", false}}, {}});
    }
    void interactive_answer(const AuthRequest&, std::span<const ByteView>,
                            Reply<InteractiveStep> reply) override {
        refuse("answer", std::move(reply), AuthHandlerSpy::refusal());
    }
    std::string banner() override { return "Keep out"; }

  private:
    void note(const char* asked) { login_.trace.push_back(std::string("program: ") + asked); }
    template <class T>
    void refuse(const char* asked, Reply<T> reply, T refusal) {
        note(asked);
        if (takes_ == Duration{}) return reply(std::move(refusal));
        login_.executor.after(takes_, [held = std::make_shared<Reply<T>>(std::move(reply)),
                                       refusal] { (*held)(refusal); });
    }

    TracedLogin& login_;
    const Duration takes_;
};

/// Requests of a user, by the method that they are of.
std::map<std::string, Bytes> requests(std::string_view user) {
    const ByteView id = as_bytes("the session's identifier");
    KeyRequest key, bound, costly;
    key.user = bound.user = costly.user = user;
    bound.method = kHostbound;
    bound.host_key = to_bytes(as_bytes("the host key"));
    costly.algorithm = "rsa-sha2-512";
    costly.blob = fake_blob("ssh-rsa", "A");
    const Bytes other_key = fake_blob("ssh-ed25519", "B");
    return {
        {"none", auth_request("none", user)},
        {"password", password_request("guess", user)},
        {"change of password", change_request("guess", "new", user)},
        {"keyboard-interactive", interactive_request("pam", user)},
        {"publickey, query", key.query()},
        {"publickey, signature", key.signed_request(id)},
        {"publickey, wrong signature", key.signed_request(other_key, id, user, "ssh-ed25519")},
        {"publickey, costly signature", costly.signed_request(id)},
        {"publickey bound to a host, query", bound.query()},
        {"publickey bound to a host, signature", bound.signed_request(id)},
        {"hostbased", hostbased_request(user)},
    };
}

/// A session of `user` who asks for each of `methods`, of whom each takes the program `takes`.
Trace run(std::string_view user, Duration takes, const std::vector<std::string>& methods) {
    static const FakeKeyProvider provider;
    TracedLogin login(provider);
    login.start(std::make_unique<Refuser>(login, takes));
    const auto known = requests(user);
    for (const auto& method : methods)
        if (!login.ask(known.at(method))) break;
    return login.trace;
}

TEST_CASE("user enumeration: however long the program takes to refuse, the client learns nothing",
          "[auth]") {
    std::vector<std::vector<std::string>> sessions;
    std::vector<std::string> all;
    for (const auto& [method, request] : requests("existing")) {
        all.push_back(method);
        // Also as the first request, and when the next failure ends the session.
        sessions.push_back({"password", method});
        if (method != "none") sessions.push_back({method, method, method, method, method, method});
    }
    sessions.push_back(all);
    std::reverse(all.begin(), all.end());
    sessions.push_back(all);
    // All of these are over before a failure is answered, also behind the 10 ms of a signature.
    for (const auto& methods : sessions) {
        CAPTURE(methods);
        const Trace existing = run("existing", 30ms, methods);
        CHECK(run("stranger", 0ms, methods) == existing);
        CHECK(run("locked 1", 5ms, methods) == existing);
        CHECK(run("locked 2", 39ms, methods) == existing);
    }
}

TEST_CASE("user enumeration: the first none is answered as soon as the program has", "[auth]") {
    // It is the program then who must take as long for everybody.
    const Trace existing = run("existing", 7ms, {"none", "none", "password"});
    CHECK(run("stranger", 7ms, {"none", "none", "password"}) == existing);
    CHECK(run("locked 1", 7ms, {"none", "none", "password"}) == existing);
    CHECK(run("stranger", 0ms, {"none"}) != run("existing", 7ms, {"none"}));
}

TEST_CASE("user enumeration: what is asked for each method", "[auth]") {
    const auto count = [](const std::string& method, std::string_view what) {
        const Trace trace = run("stranger", 0ms, {method});
        return std::count_if(trace.begin(), trace.end(),
                             [&](const std::string& one) { return one.starts_with(what); });
    };
    CHECK(count("none", "program: none") == 1);
    CHECK(count("password", "program: password") == 1);
    CHECK(count("change of password", "program: change of password") == 1);
    CHECK(count("keyboard-interactive", "program: answer") == 1);
    CHECK(count("publickey, query", "program: key offered") == 1);
    CHECK(count("publickey, signature", "program: key verified") == 1);
    CHECK(count("publickey, signature", "provider: verify") == 1);
    CHECK(count("publickey, wrong signature", "provider: verify") == 1);
    CHECK(count("publickey, costly signature", "job") == 1);
    CHECK(count("publickey bound to a host, query", "program: key offered") == 1);
    CHECK(count("publickey bound to a host, signature", "program: key verified") == 1);
    CHECK(count("hostbased", "program: ") == 1);  // for the list of methods
}

}  // namespace
