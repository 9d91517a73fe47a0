#include "hash_password.hpp"

#include <nacre/base/secret.hpp>
#include <nacre/crypto/password_hash.hpp>

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace nacre::sftpd {

namespace {

/// As many as a server takes of a client.
constexpr std::size_t kMaxPassword = 1024;

/// Switches the echo of a terminal off while it lives.
class NoEcho {
  public:
    NoEcho() : terminal_(::tcgetattr(STDIN_FILENO, &before_) == 0) {
        if (!terminal_) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;
    ~NoEcho() {
        if (terminal_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    bool terminal() const noexcept { return terminal_; }

  private:
    termios before_{};
    const bool terminal_;
};

/// The bytes up to the first line end; false when they are too many or cannot be read.
bool read_line(SecretBytes& space, std::size_t& size) {
    size = 0;
    for (;;) {
        std::uint8_t byte = 0;
        const ssize_t n = ::read(STDIN_FILENO, &byte, 1);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        if (n == 0 || byte == '\n') return true;
        if (size == space.size()) return false;
        space.data()[size++] = byte;
    }
}

int fail(const char* text) {
    std::fprintf(stderr, "nacre-sftpd: --hash-password: %s\n", text);
    return 2;
}

}  // namespace

int run_hash_password() {
    SecretBytes password(kMaxPassword);
    std::size_t size = 0;
    bool read = false;
    {
        const NoEcho quiet;
        if (quiet.terminal()) std::fputs("Password: ", stderr);
        read = read_line(password, size);
        if (quiet.terminal()) std::fputs("\n", stderr);
    }
    if (!read) return fail("cannot read a password of at most 1024 bytes");
    if (size == 0) return fail("the password is empty");
    const auto hash = hash_password(as_text(password.view().first(size)), system_rng());
    if (!hash) return fail(hash.error().what);
    std::printf("%s\n", hash->c_str());
    return std::fflush(stdout) == 0 ? 0 : fail("cannot write the hash");
}

}  // namespace nacre::sftpd
