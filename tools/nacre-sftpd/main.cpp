#include "hash_password.hpp"
#include "options.hpp"
#include "setup.hpp"
#include "state_file.hpp"

#include <nacre/base/if_memory.hpp>
#include <nacre/crypto/botan.hpp>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <thread>

namespace nacre::sftpd {

namespace {

constexpr int kWrongOption = 2;
/// For the end of the server's threads, when it serves nobody any more.
constexpr std::chrono::seconds kEndTime{3};

int fail(const std::string& text) {
    std::fprintf(stderr, "nacre-sftpd: %s\n", text.c_str());
    return kWrongOption;
}

/// Stops a server when SIGTERM, SIGINT or SIGHUP comes; the first SIGTERM lets it finish what is
/// under way. The signals are blocked in every thread
/// made while it lives and are taken by one that waits for them.
class StopSignals {
  public:
    StopSignals() {
        ::sigemptyset(&set_);
        ::sigaddset(&set_, SIGTERM);
        ::sigaddset(&set_, SIGINT);
        // From a terminal that goes away, and from ssh to its ProxyCommand when it is done.
        ::sigaddset(&set_, SIGHUP);
        ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
        // A peer that is gone is an error of write(), not the end of the program.
        ::signal(SIGPIPE, SIG_IGN);
        ::signal(SIGXFSZ, SIG_IGN);
    }
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals() {
        if (!thread_.joinable()) return;
        over_ = true;
        ::pthread_kill(thread_.native_handle(), SIGTERM);
        thread_.join();
    }
    void watch(server::Server& server, std::chrono::seconds drain_time) {
        thread_ = std::thread([this, &server, drain_time] {
            int signal = 0;
            for (bool first = true; ::sigwait(&set_, &signal) == 0 && !over_; first = false) {
                if_memory([&] {
                    log_line(LogLevel::info, "ending on signal " + std::to_string(signal));
                });
                if (first && signal == SIGTERM)
                    server.drain(drain_time);
                else
                    server.stop();
            }
        });
    }

  private:
    sigset_t set_{};
    std::atomic<bool> over_{false};
    std::thread thread_;
};

/// A disk that does not answer holds a thread, which nothing else can end: the process does not
/// wait for it for longer than `time`.
void end_within(std::chrono::seconds time) {
    ::signal(SIGALRM, [](int) { ::_exit(0); });
    ::alarm(static_cast<unsigned>(time.count()));
}

/// Moves the connection away from descriptors 0 and 1, so that nothing that is printed gets into
/// it. inetd also makes it standard error.
bool take_stdio(int& in, int& out) {
    struct stat connection {};
    struct stat errors {};
    in = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    out = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    if (in < 0 || out < 0 || null < 0) return false;
    ::dup2(null, STDIN_FILENO);
    ::dup2(null, STDOUT_FILENO);
    if (::fstat(in, &connection) == 0 && ::fstat(STDERR_FILENO, &errors) == 0 &&
        S_ISSOCK(connection.st_mode) && connection.st_dev == errors.st_dev &&
        connection.st_ino == errors.st_ino)
        ::dup2(null, STDERR_FILENO);
    ::close(null);
    return true;
}

/// What is wrong, or nothing. `ports`: one line each.
std::string listen_all(server::Server& server, const Setup& setup, std::string& ports,
                       std::uint16_t& first) {
    for (const auto& [address, port] : setup.listen) {
        const auto bound = server.listen(address, port);
        if (!bound)
            return "--listen " + address + " port " + std::to_string(port) + ": " +
                   bound.error().what + ": " +
                   std::strerror(static_cast<int>(bound.error().detail));
        if (ports.empty()) first = *bound;
        ports += std::to_string(*bound) + "\n";
        log_line(LogLevel::info, "listening on " + address + " port " + std::to_string(*bound));
    }
    return {};
}

/// What a person needs to log in, on standard output.
void introduce(const Setup& setup, std::uint16_t port) {
    for (const auto& fingerprint : setup.fingerprints)
        std::printf("host key %s\n", fingerprint.c_str());
    if (!setup.random_password.empty())
        std::printf("password for this run: %s\n", setup.random_password.c_str());
    const std::string& address = setup.listen[0].address;
    const bool v6 = address.find(':') != std::string::npos;
    std::string host = address;
    if (address == "0.0.0.0") host = "127.0.0.1";
    if (address == "::") host = "::1";
    if (v6) host = "[" + host + "]";
    std::printf("sftp -P %u %s@%s\n", static_cast<unsigned>(port), setup.user.c_str(),
                host.c_str());
    std::fflush(stdout);
}

int serve(const Options& options, const Setup& setup) {
    StopSignals signals;
    auto made = server::make_server(setup.config);
    if (!made) return fail(made.error().what);
    server::Server& server = **made;
    if (options.inetd) {
        int in = -1;
        int out = -1;
        if (!take_stdio(in, out) || !server.serve_fds(in, out))
            return fail("--inetd: cannot use standard input and output");
    } else {
        std::string ports;
        std::uint16_t first = 0;
        auto wrong = listen_all(server, setup, ports, first);
        if (wrong.empty() && !options.port_file.empty())
            wrong = write_state_file(options.port_file, ports);
        if (!wrong.empty()) return fail(wrong);
        introduce(setup, first);
    }
    if (!options.pid_file.empty()) {
        const auto wrong = write_state_file(options.pid_file, std::to_string(::getpid()) + "\n");
        if (!wrong.empty()) return fail(wrong);
    }
    signals.watch(server, options.drain_time);
    server.run();
    if (!options.pid_file.empty()) ::unlink(options.pid_file.c_str());
    end_within(kEndTime);
    return 0;
}

}  // namespace

int run(int argc, const char* const* argv) {
    const auto read = read_options(argc, argv);
    if (const auto* early = std::get_if<EarlyExit>(&read)) {
        std::fputs(early->text.c_str(), early->status == 0 ? stdout : stderr);
        return early->status;
    }
    const Options& options = *std::get_if<Options>(&read);
    if (options.hash_password) return run_hash_password();
    start_log(options.log_level);
    auto setup = make_setup(options, botan_provider(), log_line);
    if (const auto* wrong = std::get_if<SetupError>(&setup)) return fail(wrong->text);
    return serve(options, *std::get_if<Setup>(&setup));
}

/// Every connection and every open file is a descriptor; the usual soft limit is for programs that
/// use select().
void raise_descriptor_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace nacre::sftpd

int main(int argc, char** argv) {
    nacre::sftpd::raise_descriptor_limit();
    return nacre::sftpd::run(argc, argv);
}
