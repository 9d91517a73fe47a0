#include "terminal.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

namespace nacre::tools {

namespace {

constexpr std::size_t kMaxAnswer = 1024;

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

std::optional<SecretBytes> ask_terminal(const std::string& prompt, bool echo) {
    const int tty = ::open("/dev/tty", O_RDWR | O_CLOEXEC);
    if (tty < 0) return std::nullopt;
    termios before{};
    const bool quiet = !echo && ::tcgetattr(tty, &before) == 0;
    if (quiet) {
        termios silent = before;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        static_cast<void>(::tcsetattr(tty, TCSAFLUSH, &silent));
    }
    const std::string shown = safe_text(prompt);
    bool ended = ::write(tty, shown.data(), shown.size()) < 0;
    SecretBuffer typed;
    while (!ended && typed.size() < kMaxAnswer) {
        std::uint8_t c = 0;
        ended = ::read(tty, &c, 1) != 1 || c == '\n';
        if (!ended) typed.append({&c, 1});
        wipe({&c, 1});
    }
    if (quiet) {
        static_cast<void>(::tcsetattr(tty, TCSAFLUSH, &before));
        static_cast<void>(!::write(tty, "\n", 1));
    }
    ::close(tty);
    return SecretBytes(typed.view());
}

std::string safe_text(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (is_control(c) && c != '\n' && c != '\t') c = '?';
    return out;
}

std::string safe_line(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (is_control(c)) c = '?';
    return out;
}

}  // namespace nacre::tools
