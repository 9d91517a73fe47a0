/// \file
/// A socket that an agent, or what claims to be one, listens on.
#pragma once
#include <nacre/agent/client.hpp>
#include <nacre/agent/key_agent.hpp>

#include <catch2/catch_all.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>

namespace nacre::test {

/// A socket that takes one connection after the other; what is said on each is for a function.
/// It returns false when no connection more is to come.
class Listener {
  public:
    using Serve = std::function<bool(int fd)>;

    explicit Listener(Serve serve) : serve_(std::move(serve)) {
        folder_ = (std::filesystem::temp_directory_path() / "nacre-agent-XXXXXX").string();
        REQUIRE(::mkdtemp(folder_.data()) != nullptr);
        fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string name = path();
        std::copy(name.begin(), name.end(), address.sun_path);
        REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(fd_, 4) == 0);
        thread_ = std::thread([this] {
            for (bool more = true; more;) {
                const int fd = ::accept(fd_, nullptr, nullptr);
                if (fd < 0) return;
                more = serve_(fd);
                ::close(fd);
            }
        });
    }
    ~Listener() {
        ::shutdown(fd_, SHUT_RDWR);
        thread_.join();
        ::close(fd_);
        std::filesystem::remove_all(folder_);
    }
    std::string path() const { return folder_ + "/s"; }

    std::shared_ptr<agent::Client> client() const {
        agent::ClientConfig config;
        config.path = path();
        config.answer_limit = config.person_limit = std::chrono::seconds(20);
        auto connected = agent::Client::connect(config);
        REQUIRE(connected.has_value());
        return *connected;
    }

  private:
    Serve serve_;
    std::string folder_;
    int fd_ = -1;
    std::thread thread_;
};

/// Answers with what a KeyAgent says, until the client hangs up.
inline Listener::Serve serve_agent(agent::KeyAgent& agent) {
    return [&agent](int fd) {
        agent::KeyAgentConnection connection(agent);
        std::array<std::uint8_t, 1000> part{};
        for (;;) {
            const ssize_t n = ::read(fd, part.data(), part.size());
            if (n <= 0) return true;
            if (!connection.receive(ByteView(part).first(static_cast<std::size_t>(n)), Instant{}))
                return true;
            Bytes& out = connection.output();
            if (::send(fd, out.data(), out.size(), MSG_NOSIGNAL) < 0) return true;
            out.clear();
        }
    };
}

}  // namespace nacre::test
