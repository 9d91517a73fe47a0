/// \file
/// nacre-sftpd inside the test: its options, its setup, its server on a port of loopback.
#pragma once
#include "nacre-sftpd/setup.hpp"
#include "support/agent_listener.hpp"
#include "support/full_stack.hpp"
#include "support/tests_dir.hpp"

#include <nacre/agent/signer.hpp>
#include <nacre/keys/private_key.hpp>
#include <nacre/keys/public_key.hpp>

#include <catch2/catch_all.hpp>

#include <sys/stat.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>

namespace nacre::test {

/// An agent with one of the keys in tests/keys. A client may keep its connection, so each needs one
/// of its own.
class AgentWith {
  public:
    explicit AgentWith(const std::string& name) : listener_((add(name), serve_agent(agent_))) {}
    std::string path() const { return listener_.path(); }
    std::shared_ptr<Signer> signer() const {
        auto signers = agent::make_signers(listener_.client(), botan_provider());
        REQUIRE(signers);
        REQUIRE(signers->size() == 1);
        return signers->front();
    }

  private:
    static agent::KeyAgentConfig config() {
        agent::KeyAgentConfig made;
        made.provider = &botan_provider();
        return made;
    }
    void add(const std::string& name) {
        std::ifstream file(tests_dir() + "/keys/" + name, std::ios::binary);
        const std::string text(std::istreambuf_iterator<char>(file), {});
        const auto key = read_private_key(as_bytes(text));
        REQUIRE(key);
        REQUIRE(agent_.add(*key, {}, Instant{}));
    }

    agent::KeyAgent agent_{config()};
    Listener listener_;
};

/// Two loops and two threads each for files and logins; all that connections share is there: host
/// keys of all three kinds, one of them in an agent, the files of keys and of the password, quota,
/// penalties, uploads that appear when they are whole, and the log.
class Site {
  public:
    /// The password of alice: a vector of crypt_blowfish, cost 5.
    static constexpr const char* kPassword = "U*U";

    Site() {
        folder_ = (std::filesystem::temp_directory_path() / "nacre-threads-XXXXXX").string();
        REQUIRE(::mkdtemp(folder_.data()) != nullptr);
        folder_ = std::filesystem::canonical(folder_).string();
        std::filesystem::create_directory(folder_ + "/root");
        // Where the program looks for nothing else, and from where on modes are checked.
        ::setenv("HOME", folder_.c_str(), 1);
        renew_keys();
        write("password", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n");
        start();
    }
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;
    ~Site() {
        stop();
        if (thread_.joinable()) thread_.join();
        server_.reset();
        std::filesystem::remove_all(folder_);
    }

    std::uint16_t port() const noexcept { return port_; }
    std::size_t log_lines() const noexcept { return log_lines_; }
    server::Server& server() noexcept { return *server_; }
    std::shared_ptr<Signer> memory_key() const { return memory_key_; }
    std::shared_ptr<Signer> agent_key() const { return agent_key_; }

    /// From every thread: the keys that may log in stay, but stand in another file.
    void renew_keys() {
        const std::lock_guard lock(mutex_);
        std::string text = "# " + std::to_string(++renewals_) + "\n";
        for (const auto& key : {memory_key_, agent_key_})
            text += public_key_line(key->type(), key->public_blob(), "") + "\n";
        write("authorized_keys.new", text);
        std::filesystem::rename(folder_ + "/authorized_keys.new", folder_ + "/authorized_keys");
    }
    void stop() { server_->stop(); }
    /// Waits until run() is over.
    void wait() { thread_.join(); }

  private:
    std::string write(const std::string& name, const std::string& text) const {
        const std::string path = folder_ + "/" + name;
        std::ofstream(path, std::ios::binary) << text;
        // No check here: only the test's own thread may. Without this mode nobody can log in.
        static_cast<void>(::chmod(path.c_str(), 0600));
        return path;
    }
    /// A copy with the mode that a private key must have.
    std::string copy(const std::string& name) const {
        std::ifstream file(tests_dir() + "/keys/" + name, std::ios::binary);
        return write(name, std::string(std::istreambuf_iterator<char>(file), {}));
    }
    void start() {
        sftpd::Options options;
        options.listen = {{"127.0.0.1", 0}};
        options.root = folder_ + "/root";
        options.host_keys = {copy("openssh-rsa"), copy("openssh-ecdsa256"),
                             tests_dir() + "/keys/openssh-ed25519.pub"};
        options.host_key_agent = host_agent_.path();
        options.user = "alice";
        options.authorized_keys = folder_ + "/authorized_keys";
        options.password_file = folder_ + "/password";
        options.max_startups = sftpd::Startups::off();
        // Offences are counted, but never enough of them to refuse the others.
        options.penalties.exempt.clear();
        options.penalties.min = options.penalties.max = std::chrono::seconds(1'000'000);
        options.quota = std::uint64_t{1} << 40;
        options.atomic_upload = sftpd::AtomicUploads::on;
        options.threads = 2;
        auto made =
            sftpd::make_setup(options, botan_provider(),
                              [this](sftpd::LogLevel, const std::string&) { ++log_lines_; });
        if (const auto* wrong = std::get_if<sftpd::SetupError>(&made)) FAIL(wrong->text);
        auto& setup = *std::get_if<sftpd::Setup>(&made);
        setup.config.workers = setup.config.login_workers = 2;
        auto server = server::make_server(std::move(setup.config));
        REQUIRE(server);
        server_ = std::move(*server);
        const auto bound = server_->listen("127.0.0.1", 0);
        REQUIRE(bound);
        port_ = *bound;
        thread_ = std::thread([this] { server_->run(); });
    }

    AgentWith host_agent_{"openssh-ed25519"};
    AgentWith user_agent_{"openssh-rsa"};
    const std::shared_ptr<Signer> memory_key_ = user_key("ecdsa-sha2-nistp256");
    const std::shared_ptr<Signer> agent_key_ = user_agent_.signer();
    std::string folder_;
    std::mutex mutex_;
    int renewals_ = 0;
    std::atomic<std::size_t> log_lines_{0};
    std::unique_ptr<server::Server> server_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace nacre::test
