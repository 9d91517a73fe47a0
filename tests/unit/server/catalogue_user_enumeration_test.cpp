// What has gone wrong elsewhere: user enumeration. The login of nacre-sftpd under the layer
// "ssh-userauth", with a clock that the test moves: whoever asks, the same is done and said at the
// same times. See CATALOGUE.md.
#include "nacre-sftpd/login.hpp"
#include "support/auth_requests.hpp"
#include "support/det_rng.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/keys/public_key.hpp>

#include <catch2/catch_all.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace nacre::sftpd {
namespace {

using namespace test;
namespace fs = std::filesystem;

/// bcrypt, cost 5, of "U*U": a vector of crypt_blowfish.
constexpr const char* kHash = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";

/// Everything that happens, in order, as text.
using Trace = std::vector<std::string>;

/// Runs its jobs when the test says so and counts them: hashes and looks into files are jobs.
class CountingExecutor final : public Executor {
  public:
    explicit CountingExecutor(Trace& trace) : trace_(trace) {}
    void submit(std::unique_ptr<Job> job) override {
        trace_.push_back("job");
        jobs_.push_back(std::move(job));
    }
    void run_all() {
        for (auto& job : std::exchange(jobs_, {})) {
            job->run();
            job->finish();
        }
    }

  private:
    Trace& trace_;
    std::vector<std::unique_ptr<Job>> jobs_;
};

/// Counts what is asked of the cryptography.
class CountingProvider final : public EmptyProvider {
  public:
    explicit CountingProvider(Trace& trace) : trace_(trace) {}
    std::span<const AlgorithmInfo> algorithms(Algorithm kind) const noexcept override {
        return botan_provider().algorithms(kind);
    }
    Result<std::shared_ptr<const PublicKey>> public_key(ByteView blob) const noexcept override {
        trace_.push_back("public key");
        return botan_provider().public_key(blob);
    }

  private:
    Trace& trace_;
};

/// A file with one key that may log in, one that may no more, and none of `stranger`.
class KeyFile {
  public:
    KeyFile() {
        std::string name = (fs::temp_directory_path() / "nacre-users-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        folder_ = fs::canonical(name).string();
        const auto path = folder_ + "/authorized_keys";
        std::ofstream(path) << public_key_line("ssh-ed25519", good->public_blob(), "good")
                            << "expiry-time=\"20200101Z\" "
                            << public_key_line("ssh-ed25519", old->public_blob(), "old");
        keys_ = std::make_shared<AuthorizedKeyFile>(path, StrictModes{::geteuid(), folder_},
                                                    [](const std::string&) {});
    }
    KeyFile(const KeyFile&) = delete;
    KeyFile& operator=(const KeyFile&) = delete;
    ~KeyFile() { fs::remove_all(folder_); }

    static std::shared_ptr<Signer> key(std::uint64_t seed) {
        DetRng rng(seed);
        return *botan_provider().signer(*botan_provider().generate("ssh-ed25519", 0, rng));
    }
    std::shared_ptr<const LoginRules> rules(const char* user, bool with_password) const {
        auto made = std::make_shared<LoginRules>();
        made->user = user;
        made->keys = keys_;
        if (with_password) made->password_hash = kHash;
        return made;
    }
    /// Who may not log in by anything.
    static std::shared_ptr<const LoginRules> locked(const char* user) {
        auto made = std::make_shared<LoginRules>();
        made->user = user;
        return made;
    }
    const std::shared_ptr<Signer> good = key(1), old = key(2), stranger = key(3);

  private:
    std::string folder_;
    std::shared_ptr<AuthorizedKeyFile> keys_;
};

Bytes signed_request(Signer& signer, std::string_view user, ByteView session_id) {
    Bytes data, body = auth_request("publickey", user), blob;
    Writer(body).boolean(true).string("ssh-ed25519").string(signer.public_blob());
    Writer(data).string(session_id).u8(50).bytes(body);
    signer.sign(data, "ssh-ed25519", Reply<Signature>::from([&](Result<Signature>&& made) {
                    if (made) blob = std::move(made->blob);
                }));
    Writer(body).string(blob);
    return body;
}

/// A session of `user` who tries `requests` one after the other.
Trace run(std::shared_ptr<const LoginRules> rules, const std::vector<Bytes>& requests) {
    Trace trace;
    CountingExecutor jobs(trace);
    CountingProvider provider(trace);
    PortSpy port;
    port.crypto = &provider;
    port.jobs = &jobs;
    port.session.session_id = to_bytes(as_bytes("the session's identifier"));
    port.on_submit = [&](Frame&& frame, Lane) {
        const Bytes payload = to_bytes(frame.payload());
        trace.push_back("packet " + std::to_string(payload[0]) + " of " +
                        std::to_string(payload.size()));
        Frame(std::move(frame));
    };
    auto login = make_login(std::move(rules), jobs, "192.0.2.7", {});
    const auto layer = make_auth_server({}, std::move(login), port.time);
    REQUIRE(layer->on_start(port));
    const auto ticks = [](Instant at) { return std::to_string(at.time_since_epoch().count()); };
    const auto receive = [&](std::uint8_t number, const Bytes& body) {
        const InPacket packet = port.packet(number, body);
        const auto result = layer->on_packet(packet);
        trace.push_back(result ? "taken" : "ended");
        // A password takes its time to be hashed, in another thread.
        port.time += std::chrono::milliseconds(10);
        jobs.run_all();
        layer->on_batch_end();
        const auto at = layer->deadline();
        trace.push_back("deadline " + (at ? ticks(*at) : std::string("none")));
        port.time += std::chrono::milliseconds(100);
        if (at && *at <= port.time) REQUIRE(layer->on_deadline(port.time));
        trace.push_back("at " + ticks(port.time) + " held " +
                        std::to_string(port.holds - port.resumes));
        return static_cast<bool>(result);
    };
    for (const Bytes& request : requests) {
        const bool interactive =
            as_text(request).find("keyboard-interactive") != std::string_view::npos;
        if (!receive(msg::userauth_request, request)) break;
        if (interactive) receive(msg::UserauthInfoResponse::kNumber, info_response({"guess"}));
    }
    trace.push_back("users " + std::to_string(port.users.size()));
    return trace;
}

Bytes interactive(std::string_view user) {
    Bytes body = auth_request("keyboard-interactive", user);
    Writer(body).string("").string("");
    return body;
}

Bytes query(const Signer& signer, std::string_view user) {
    Bytes body = auth_request("publickey", user);
    Writer(body).boolean(false).string("ssh-ed25519").string(signer.public_blob());
    return body;
}

}  // namespace

TEST_CASE("user enumeration: the same is done and said for every user in every method") {
    KeyFile file;
    const std::string what =
        GENERATE("none", "password", "empty password", "long password", "change of password",
                 "keyboard-interactive", "unknown key", "expired key", "signature",
                 "expired signature", "rubbish", "all");
    const bool with_password = GENERATE(true, false);
    const auto rules = file.rules("joe", with_password);
    const Bytes session_id = to_bytes(as_bytes("the session's identifier"));
    const auto requests = [&](std::string_view user) {
        const bool all = what == "all";
        std::vector<Bytes> list;
        if (all || what == "none") list.push_back(auth_request("none", user));
        if (all || what == "password") list.push_back(password_request("guess", user));
        if (all || what == "empty password") list.push_back(password_request("", user));
        if (all || what == "long password")
            list.push_back(password_request(std::string(25'000, 'p'), user));
        if (all || what == "keyboard-interactive") list.push_back(interactive(user));
        if (what == "change of password") {
            Bytes body = auth_request("password", user);
            Writer(body).boolean(true).string("guess").string("new");
            list.push_back(body);
        }
        if (all || what == "unknown key") list.push_back(query(*file.stranger, user));
        if (what == "expired key") list.push_back(query(*file.old, user));
        if (what == "signature") list.push_back(signed_request(*file.stranger, user, session_id));
        if (what == "expired signature")
            list.push_back(signed_request(*file.old, user, session_id));
        if (what == "rubbish") {
            list.push_back(query(*file.stranger, user));
            list.back().pop_back();
        }
        return list;
    };
    // Names of one length, so that a difference is one of the user.
    const Trace known = run(rules, requests("joe"));
    const Trace unknown = run(rules, requests("eve"));
    INFO(what);
    CHECK(known == unknown);
    CHECK(known.back() == "users 0");
    // As the one user there is, and as one that there is not.
    const auto other = file.rules("bob", with_password);
    CHECK(run(other, requests("bob")) == known);
    CHECK(run(other, requests("joe")) == known);
    // And as a locked one, where nobody else is.
    const auto nothing = KeyFile::locked("joe");
    const Trace locked = run(nothing, requests("joe"));
    CHECK(run(nothing, requests("eve")) == locked);
    CHECK(locked.back() == "users 0");
    if (what == "password" && with_password)
        CHECK(std::count(known.begin(), known.end(), "job") == 1);
}

TEST_CASE("user enumeration: the right password of another user takes the same way") {
    KeyFile file;
    const auto rules = file.rules("joe", true);
    const Trace wrong = run(rules, {password_request("U*V", "joe")});
    CHECK(run(rules, {password_request("U*U", "eve")}) == wrong);
    CHECK(run(rules, {password_request("U*U", "joe")}).back() == "users 1");
    const Bytes session_id = to_bytes(as_bytes("the session's identifier"));
    const Trace stranger = run(rules, {signed_request(*file.stranger, "joe", session_id)});
    CHECK(run(rules, {signed_request(*file.good, "eve", session_id)}) == stranger);
    CHECK(run(rules, {signed_request(*file.good, "joe", session_id)}).back() == "users 1");
    CHECK(run(rules, {query(*file.good, "eve")}) == run(rules, {query(*file.stranger, "joe")}));
}

}  // namespace nacre::sftpd
