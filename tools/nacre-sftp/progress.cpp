#include "progress.hpp"

#include "../terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace nacre::tools {

namespace {

constexpr auto kInterval = std::chrono::milliseconds(200);
constexpr int kWidth = 30;  // of the bar, characters
constexpr std::size_t kNameWidth = 30;
constexpr double kMega = 1e6;

}  // namespace

Progress::Progress(std::string name, std::optional<std::uint64_t> total, bool wanted)
    : name_(safe_line(name).substr(0, kNameWidth)),
      total_(total),
      shown_(wanted && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
    if (!shown_) return;
    draw(Clock::now());
    std::fputc('\n', stderr);
}

void Progress::set(std::uint64_t done, std::optional<std::uint64_t> total) {
    // The first bytes of a resumed file took no time.
    if (done_ == 0) begin_ = Clock::now();
    done_ = done;
    total_ = total;
    if (!shown_) return;
    const auto now = Clock::now();
    if (now - drawn_ >= kInterval) draw(now);
}

void Progress::draw(Clock::time_point now) {
    drawn_ = now;
    const double seconds = std::chrono::duration<double>(now - begin_).count();
    const double megabytes = static_cast<double>(done_) / kMega;
    const double rate = seconds > 0 ? megabytes / seconds : 0;
    if (!total_) {
        std::fprintf(stderr, "\r%s  %.1f MB  %.1f MB/s  ", name_.c_str(), megabytes, rate);
        return;
    }
    const double part =
        *total_ == 0 ? 1 : std::min(1.0, static_cast<double>(done_) / static_cast<double>(*total_));
    const auto filled = static_cast<std::size_t>(part * kWidth);
    const std::string bar = std::string(filled, '#') + std::string(kWidth - filled, '.');
    std::fprintf(stderr, "\r%s [%s] %3.0f%%  %.1f MB  %.1f MB/s  ", name_.c_str(), bar.c_str(),
                 part * 100, megabytes, rate);
}

}  // namespace nacre::tools
