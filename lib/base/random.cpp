#include <nacre/base/random.hpp>

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>
#include <new>

namespace nacre {
namespace {

class SystemRng final : public Rng {
  public:
    void fill(ByteSpan out) noexcept override {
        while (!out.empty()) {
            const ssize_t got = ::getrandom(out.data(), out.size(), 0);
            if (got > 0) {
                out = out.subspan(static_cast<std::size_t>(got));
            } else if (errno != EINTR) {
                // There is no safe way on: every caller would use predictable bytes.
                std::abort();
            }
        }
    }
};

}  // namespace

Rng& system_rng() noexcept {
    // Placed in static memory and never destroyed, so that destructors at exit may still use it.
    alignas(SystemRng) static unsigned char memory[sizeof(SystemRng)];
    static Rng* const rng = ::new (static_cast<void*>(memory)) SystemRng;
    return *rng;
}

}  // namespace nacre
