// Measurements, and what is done with them.
#include "commands.hpp"

namespace {

using namespace nacre::bench;

constexpr Command kCommands[] = {
    {"seal", "each cipher with each MAC: sealing and opening packets", run_seal},
};

}  // namespace

int main(int argc, char** argv) {
    return run_command(kCommands, {argv + (argc > 0 ? 1 : 0), argv + argc});
}
