// nacre::agent::KeyAgent behind a Unix socket, for ssh-add and ssh to talk to.
//
//   key-agent SOCKET [CONFIRM-FILE]
//
// With CONFIRM-FILE, keys may want to be confirmed: they are while that file exists. Runs until it
// is killed.
#include <nacre/agent/key_agent.hpp>
#include <nacre/crypto/botan.hpp>

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <list>
#include <vector>

namespace {

using namespace nacre;

struct Client {
    Client(int descriptor, agent::KeyAgent& agent) : fd(descriptor), connection(agent) {}
    ~Client() { ::close(fd); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // False: it is gone.
    bool serve() {
        std::array<std::uint8_t, 4096> part{};
        const ssize_t n = ::read(fd, part.data(), part.size());
        if (n <= 0) return false;
        const auto now = std::chrono::steady_clock::now();
        if (!connection.receive(ByteView(part).first(static_cast<std::size_t>(n)), now))
            return false;
        Bytes& out = connection.output();
        const ssize_t sent = ::send(fd, out.data(), out.size(), MSG_NOSIGNAL);
        const bool all = sent == static_cast<ssize_t>(out.size());
        out.clear();
        return all;
    }

    int fd;
    agent::KeyAgentConnection connection;
};

int listen_at(const char* path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (std::strlen(path) >= sizeof address.sun_path) return -1;
    std::strcpy(address.sun_path, path);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return -1;
    return ::listen(fd, 8) == 0 ? fd : -1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int listener = listen_at(argv[1]);
    if (listener < 0) {
        std::perror(argv[1]);
        return 1;
    }
    agent::KeyAgentConfig config;
    config.provider = &botan_provider();
    if (argc > 2)
        config.confirm = [file = argv[2]](ByteView, std::string_view) {
            return ::access(file, F_OK) == 0;
        };
    agent::KeyAgent agent(config);
    std::list<Client> clients;
    for (;;) {
        std::vector<pollfd> polled{{listener, POLLIN, 0}};
        for (const auto& client : clients) polled.push_back({client.fd, POLLIN, 0});
        if (::poll(polled.data(), static_cast<nfds_t>(polled.size()), -1) < 0) continue;
        auto client = clients.begin();
        for (std::size_t i = 1; i < polled.size(); ++i) {
            const auto current = client++;
            if (polled[i].revents != 0 && !current->serve()) clients.erase(current);
        }
        if (polled[0].revents != 0)
            if (const int fd = ::accept(listener, nullptr, nullptr); fd >= 0)
                clients.emplace_back(fd, agent);
    }
}
