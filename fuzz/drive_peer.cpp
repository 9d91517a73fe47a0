// nacre-fuzz-peer: a scripted peer over TCP, against any SSH server or client. It exchanges keys as
// it should, or nearly, and then says what a seed tells. It prints how the other side ended each
// session; one that does not end, or a server that is gone, is a finding.

#include "message_script.hpp"
#include "support/raw_peer.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <map>
#include <string>

namespace {

using namespace nacre;

struct Options {
    Role role = Role::client;
    std::uint16_t port = 0;
    std::uint64_t seed = 1;
    std::uint64_t sessions = 1000;
    int patience = 10'000;  ///< milliseconds until a session that does not end is a finding
    std::string user = "alice", password;
};

/// How a session ended.
struct Ending {
    std::string how;
    bool finding = false;
};

class Connection {
  public:
    Connection(const Options& options, int fd, std::uint64_t seed)
        : options_(options),
          fd_(fd),
          random_(seed),
          noise_(random_.bytes(2048)),
          in_(noise_.data(), noise_.size()),
          peer_(options.role) {}
    ~Connection() { ::close(fd_); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    Ending run() {
        if (!peer_.start()) return {"no start", true};
        // One session in eight is spoilt before there are keys.
        if (random_.below(8) == 0) spoil(peer_.out);
        pump([this] { return peer_.info().key_exchanges != 0; });
        if (alive() && peer_.info().key_exchanges != 0) {
            log_in();
            for (std::size_t n = random_.below(24); n != 0 && alive(); --n) {
                say();
                pump([] { return true; });
            }
        }
        return finish();
    }

  private:
    bool alive() const { return !ended_ && !peer_.failed && peer_.reason() == 0; }
    void spoil(Bytes& bytes) {
        if (bytes.empty()) return;
        std::uint8_t& one = bytes[random_.below(bytes.size())];
        one = static_cast<std::uint8_t>(one ^ 1u << in_.below(8));
    }
    /// What lets the rest be reached, most of the time.
    void log_in() {
        if (random_.below(8) == 0) return;
        if (options_.role == Role::server) {
            peer_.send(msg::ServiceAccept{"ssh-userauth"});
            if (random_.below(4) != 0) peer_.send(msg::UserauthSuccess{});
        } else {
            peer_.send(msg::ServiceRequest{"ssh-userauth"});
            if (options_.password.empty()) return;
            Bytes data;
            Writer(data).boolean(false).string(options_.password);
            peer_.send(msg::UserauthRequest{options_.user, "ssh-connection", "password", {data}});
            pump([this] {
                return peer_.count(msg::userauth_success) + peer_.count(msg::userauth_failure) != 0;
            });
            Bytes name;
            Writer(name).string(std::string_view("sftp"));
            peer_.send(msg::ChannelOpen{"session", 0, 1 << 20, 32'768, {}});
            peer_.send(msg::ChannelRequest{0, "subsystem", true, {name}});
            peer_.send(msg::ChannelData{0, test::sftp_init(3)});
        }
    }
    void say() {
        switch (random_.below(16)) {
            case 0:
                // A key exchange is not begun twice.
                if (peer_.info().key_exchanges != 0 && !rekeyed_) peer_.start_kex();
                rekeyed_ = true;
                break;
            case 1: {
                test::RawPeer::Lie lie;
                if (in_.flag()) lie.packet_length = in_.number();
                if (in_.flag()) lie.padding_length = in_.u8();
                lie.flip_tag = in_.flag();
                peer_.send(fuzz::any_message(in_), lie);
                break;
            }
            case 2:
            case 3:
            case 4:
                peer_.send(msg::ChannelData{0, fuzz::any_sftp(in_)});
                break;
            default: {
                const Bytes message = fuzz::any_message(in_);
                if (!message.empty()) peer_.send(message);
                break;
            }
        }
    }
    /// Sends what there is and takes what comes, until `done` and nothing is left to send.
    template <class F>
    void pump(F done) {
        while (alive()) {
            const bool finished = peer_.out.empty() && done();
            pollfd ready{fd_, POLLIN, 0};
            if (!peer_.out.empty()) ready.events |= POLLOUT;
            const int n = ::poll(&ready, 1, finished ? 0 : options_.patience);
            if (n == 0) {
                if (!finished) stalled_ = true;
                return;
            }
            if ((ready.revents & POLLOUT) != 0) write();
            if ((ready.revents & (POLLIN | POLLHUP | POLLERR)) != 0) read();
            if (stalled_) return;
        }
    }
    void write() {
        const ssize_t n =
            ::send(fd_, peer_.out.data(), peer_.out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            peer_.out.erase(peer_.out.begin(), peer_.out.begin() + n);
        } else if (n < 0 && errno != EAGAIN) {
            // Whatever came before the reset is still to be read.
            peer_.out.clear();
        }
    }
    void read() {
        std::uint8_t bytes[16384];
        const ssize_t n = ::recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
        if (n > 0) return peer_.feed({bytes, static_cast<std::size_t>(n)});
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        ended_ = true;
        reset_ = n < 0;
    }
    /// Says goodbye and waits for the other side to go.
    Ending finish() {
        if (alive() && !stalled_) {
            peer_.send(msg::Disconnect{11, "", ""});
            pump([] { return true; });
        }
        ::shutdown(fd_, SHUT_WR);
        const bool said = peer_.reason() != 0 || peer_.failed;
        while (!ended_) {
            pollfd ready{fd_, POLLIN, 0};
            if (::poll(&ready, 1, options_.patience) <= 0)
                return {"did not end within the time", true};
            std::uint8_t bytes[16384];
            const ssize_t n = ::recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
            if (n > 0) {
                if (!said) peer_.feed({bytes, static_cast<std::size_t>(n)});
                continue;
            }
            ended_ = true;
            reset_ = n < 0;
        }
        if (peer_.reason() != 0) return {"disconnect " + std::to_string(peer_.reason()), false};
        if (stalled_) return {"stalled before it ended", true};
        return {reset_ ? "reset" : "closed", false};
    }

    const Options& options_;
    const int fd_;
    test::DetRng random_;
    const Bytes noise_;
    fuzz::FieldInput in_;
    test::RawPeer peer_;
    bool ended_ = false, reset_ = false, stalled_ = false, rekeyed_ = false;
};

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// A socket that is connected, or -1. \param listener  -1 for a client
int open_connection(const Options& options, int listener) {
    if (listener >= 0) return ::accept(listener, nullptr, nullptr);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in to = loopback(options.port);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return fd;
    ::close(fd);
    return -1;
}

int listen_on(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const int yes = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const sockaddr_in at = loopback(port);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || ::listen(fd, 8) != 0)
        return -1;
    return fd;
}

int usage() {
    std::fputs(
        "nacre-fuzz-peer connect|listen PORT [SESSIONS [SEED [USER PASSWORD]]]\n"
        "\n"
        "A peer of 127.0.0.1:PORT that misbehaves: a client of the server there, or a server\n"
        "for clients that connect. Session number n has the seed SEED + n; to replay one, give\n"
        "1 and its seed. USER and PASSWORD let it get behind a login. NACRE_PATIENCE:\n"
        "milliseconds after which a session that does not end is a finding (10000).\n",
        stderr);
    return 2;
}

bool parse(int argc, char** argv, Options& options) {
    if (argc < 3 || argc > 7 || argc == 6) return false;
    const std::string_view what = argv[1];
    if (what != "connect" && what != "listen") return false;
    options.role = what == "listen" ? Role::server : Role::client;
    options.port = static_cast<std::uint16_t>(std::strtoul(argv[2], nullptr, 10));
    if (argc > 3) options.sessions = std::strtoull(argv[3], nullptr, 10);
    if (argc > 4) options.seed = std::strtoull(argv[4], nullptr, 10);
    if (argc > 6) {
        options.user = argv[5];
        options.password = argv[6];
    }
    if (const char* patience = std::getenv("NACRE_PATIENCE"))
        options.patience = static_cast<int>(std::strtol(patience, nullptr, 10));
    return options.port != 0 && options.sessions != 0 && options.patience > 0;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    if (!parse(argc, argv, options)) return usage();
    const int listener = options.role == Role::server ? listen_on(options.port) : -1;
    if (options.role == Role::server && listener < 0) {
        std::perror("nacre-fuzz-peer: listen");
        return 2;
    }
    std::map<std::string, std::uint64_t> endings;
    std::uint64_t findings = 0;
    for (std::uint64_t seed = options.seed; seed != options.seed + options.sessions; ++seed) {
        const int fd = open_connection(options, listener);
        if (fd < 0) {
            std::printf("seed %llu: no connection; the one before may have ended the server\n",
                        static_cast<unsigned long long>(seed));
            ++findings;
            break;
        }
        const Ending ending = Connection(options, fd, seed).run();
        ++endings[ending.how];
        if (ending.finding || options.sessions == 1) {
            std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed),
                        ending.how.c_str());
            findings += ending.finding ? 1 : 0;
        }
    }
    for (const auto& [how, count] : endings)
        std::printf("%8llu  %s\n", static_cast<unsigned long long>(count), how.c_str());
    return findings == 0 ? 0 : 1;
}
