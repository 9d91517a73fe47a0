// Measurements, and what is done with them.
#include "commands.hpp"

namespace {

using namespace nacre::bench;

constexpr Command kCommands[] = {
    {"seal", "each cipher with each MAC: sealing and opening packets", run_seal},
    {"sftp", "get, put, small files, listings, logins: load on any server", run_sftp},
    {"idle", "memory of sessions that do nothing", run_idle},
    {"soak", "random operations for a long time, with checks", run_soak},
};

}  // namespace

int main(int argc, char** argv) {
    return run_command(kCommands, {argv + (argc > 0 ? 1 : 0), argv + argc});
}
