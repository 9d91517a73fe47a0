#include "nacre-sftpd/login.hpp"
#include "support/fake_keys.hpp"

#include <nacre/keys/public_key.hpp>

#include <catch2/catch_all.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace nacre::sftpd {
namespace {

using Verdict = AuthDecision::Verdict;
namespace fs = std::filesystem;

/// bcrypt, cost 4, of "U*U": a vector of crypt_blowfish.
constexpr const char* kHash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

/// The blob of a key of 32 bytes.
Bytes ed25519_blob(std::uint8_t byte) {
    Bytes blob;
    const Bytes point(32, byte);
    Writer(blob).string("ssh-ed25519").string(point);
    return blob;
}

/// An authorized_keys file in a folder that its check of modes accepts.
class KeyFile {
  public:
    KeyFile() {
        std::string name = (fs::temp_directory_path() / "nacre-login-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        folder_ = fs::canonical(name).string();
    }
    KeyFile(const KeyFile&) = delete;
    KeyFile& operator=(const KeyFile&) = delete;
    ~KeyFile() { fs::remove_all(folder_); }
    void write(const std::string& text) const { std::ofstream(path()) << text; }
    std::string path() const { return folder_ + "/authorized_keys"; }
    std::shared_ptr<AuthorizedKeyFile> open() {
        return std::make_shared<AuthorizedKeyFile>(
            path(), StrictModes{::geteuid(), folder_},
            [this](const std::string& text) { trouble.push_back(text); });
    }
    std::vector<std::string> trouble;

  private:
    std::string folder_;
};

/// One connection's handler, asked as the auth layer would.
struct Asker {
    explicit Asker(LoginRules rules)
        : login(make_login(std::make_shared<const LoginRules>(std::move(rules)), jobs, "192.0.2.7",
                           {})) {}

    AuthRequest request(std::string_view user) const { return {user, info, succeeded, 0}; }
    AuthDecision password(std::string_view user, std::string_view text) {
        std::optional<AuthDecision> got;
        login->password(request(user), as_bytes(text),
                        Reply<AuthDecision>::from([&](Result<AuthDecision>&& d) { got = *d; }));
        CHECK_FALSE(got);  // not on the connection's thread
        jobs.run_all();
        REQUIRE(got);
        return *got;
    }
    AuthDecision key(std::string_view user, const Bytes& blob) {
        const auto key = std::make_shared<test::FakeKey>("ssh-ed25519", blob);
        std::optional<bool> offered;
        login->key_offered(request(user), *key, Reply<bool>::from([&](Result<bool>&& b) {
                               offered = b.value_or(false);
                           }));
        jobs.run_all();
        std::optional<AuthDecision> got;
        login->key_verified(request(user), key,
                            Reply<AuthDecision>::from([&](Result<AuthDecision>&& d) {
                                refusal = d ? "" : d.error().what;
                                got = d.value_or(AuthDecision::failure());
                            }));
        jobs.run_all();
        REQUIRE(offered);
        REQUIRE(got);
        CHECK(*offered == (got->verdict != Verdict::failure));
        return *got;
    }
    InteractiveStep answer(std::string_view user, std::string_view text) {
        std::optional<InteractiveStep> got;
        const auto take = [&](Result<InteractiveStep>&& s) { got = std::move(*s); };
        login->interactive_start(request(user), {}, Reply<InteractiveStep>::from(take));
        REQUIRE(got);
        REQUIRE(got->prompts.size() == 1);
        CHECK_FALSE(got->prompts[0].echo);
        const ByteView response = as_bytes(text);
        login->interactive_answer(request(user), {&response, 1},
                                  Reply<InteractiveStep>::from(take));
        jobs.run_all();
        return std::move(*got);
    }

    test::LateExecutor jobs;
    std::string refusal;  ///< why key() failed
    SessionInfo info;
    AuthMethods succeeded;
    std::unique_ptr<AuthHandler> login;
};

LoginRules with_password() {
    LoginRules rules;
    rules.user = "joe";
    rules.password_hash = kHash;
    return rules;
}

TEST_CASE("a hashed password logs its user in, and nobody else") {
    Asker asker(with_password());
    CHECK(asker.password("joe", "U*U").verdict == Verdict::success);
    CHECK(asker.password("joe", "U*V").verdict == Verdict::failure);
    CHECK(asker.password("joe", "").verdict == Verdict::failure);
    CHECK(asker.password("eve", "U*U").verdict == Verdict::failure);
}

TEST_CASE("a plain password logs its user in, and nobody else") {
    LoginRules rules;
    rules.user = "joe";
    rules.plain_password.emplace(as_bytes("secret"));
    Asker asker(std::move(rules));
    CHECK(asker.password("joe", "secret").verdict == Verdict::success);
    CHECK(asker.password("joe", "secre").verdict == Verdict::failure);
    CHECK(asker.password("eve", "secret").verdict == Verdict::failure);
}

TEST_CASE("keyboard-interactive asks for the password") {
    Asker asker(with_password());
    const auto right = asker.answer("joe", "U*U");
    REQUIRE(right.decision);
    CHECK(right.decision->verdict == Verdict::success);
    CHECK(asker.answer("joe", "wrong").decision->verdict == Verdict::failure);
    CHECK(asker.answer("eve", "U*U").decision->verdict == Verdict::failure);
}

TEST_CASE("methods do not depend on the user") {
    KeyFile file;
    auto rules = with_password();
    rules.keys = file.open();
    Asker asker(std::move(rules));
    const AuthMethods all{AuthMethod::publickey, AuthMethod::password,
                          AuthMethod::keyboard_interactive};
    CHECK(asker.login->methods("joe") == all);
    CHECK(asker.login->methods("eve") == all);
    CHECK(Asker(with_password()).login->methods("joe") ==
          AuthMethods{AuthMethod::password, AuthMethod::keyboard_interactive});
}

TEST_CASE("keys are those that the file has at the moment") {
    KeyFile file;
    file.write(public_key_line("ssh-ed25519", ed25519_blob(1), "one"));
    LoginRules rules;
    rules.user = "joe";
    rules.keys = file.open();
    Asker asker(std::move(rules));
    CHECK(asker.key("joe", ed25519_blob(1)).verdict == Verdict::success);
    CHECK(asker.key("joe", ed25519_blob(2)).verdict == Verdict::failure);
    CHECK(asker.key("eve", ed25519_blob(1)).verdict == Verdict::failure);
    CHECK(file.trouble.empty());

    file.write("no-pty " + public_key_line("ssh-ed25519", ed25519_blob(1), "one") +
               public_key_line("ssh-ed25519", ed25519_blob(2), "two"));
    CHECK(asker.key("joe", ed25519_blob(1)).verdict == Verdict::failure);
    CHECK(asker.key("joe", ed25519_blob(2)).verdict == Verdict::success);
    REQUIRE(file.trouble.size() == 1);
    CHECK(file.trouble[0].find("no-pty") != std::string::npos);

    fs::permissions(file.path(), fs::perms::others_write, fs::perm_options::add);
    CHECK(asker.key("joe", ed25519_blob(2)).verdict == Verdict::failure);
    CHECK(file.trouble.size() > 1);
}

TEST_CASE("all required methods are needed, in any order") {
    KeyFile file;
    file.write(public_key_line("ssh-ed25519", ed25519_blob(1), "one"));
    auto rules = with_password();
    rules.keys = file.open();
    rules.require = {AuthMethod::publickey, AuthMethod::password};
    Asker asker(std::move(rules));
    CHECK(asker.login->methods("joe") == AuthMethods{AuthMethod::publickey, AuthMethod::password});

    const auto first = asker.password("joe", "U*U");
    CHECK(first.verdict == Verdict::partial);
    CHECK(first.next == AuthMethods{AuthMethod::publickey});
    const auto other = asker.key("joe", ed25519_blob(1));
    CHECK(other.verdict == Verdict::partial);
    CHECK(other.next == AuthMethods{AuthMethod::password});

    asker.succeeded.add(AuthMethod::publickey);
    CHECK(asker.password("joe", "wrong").verdict == Verdict::failure);
    CHECK(asker.password("joe", "U*U").verdict == Verdict::success);
}

TEST_CASE("a key is restricted by the options of its line") {
    KeyFile file;
    const Bytes blob = ed25519_blob(1);
    LoginRules rules;
    rules.user = "joe";
    rules.keys = file.open();
    Asker asker(std::move(rules));
    const auto log_in = [&](const std::string& options) {
        file.write(options + public_key_line("ssh-ed25519", blob, ""));
        return asker.key("joe", blob);
    };
    CHECK(log_in("").restrictions == nullptr);
    const auto forced = log_in(R"(command="uptime",no-pty )");
    CHECK(forced.verdict == Verdict::success);
    REQUIRE(forced.restrictions != nullptr);
    CHECK(forced.restrictions->force_command == "uptime");
    CHECK_FALSE(forced.restrictions->pty);

    CHECK(log_in(R"(from="192.0.2.0/24" )").verdict == Verdict::success);
    CHECK(log_in(R"(from="192.0.3.0/24" )").verdict == Verdict::failure);
    CHECK(asker.refusal == "not an address the key may come from");
    CHECK(log_in(R"(expiry-time="20010101Z" )").verdict == Verdict::failure);
    CHECK(asker.refusal == "the key has expired");
    CHECK(log_in("cert-authority ").verdict == Verdict::failure);
    CHECK(log_in("made-up ").verdict == Verdict::failure);
    CHECK(asker.refusal == "key refused");
    CHECK(asker.key("eve", blob).verdict == Verdict::failure);
}

}  // namespace
}  // namespace nacre::sftpd
