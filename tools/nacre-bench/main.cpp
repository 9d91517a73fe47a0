// Measurements, and what is done with them.
#include "commands.hpp"

namespace {

using namespace nacre::bench;

constexpr Command kCommands[] = {
    {"seal", "each cipher with each MAC: sealing and opening packets", run_seal},
    {"floor", "what a transfer, a request and a login cost at the least here", run_floor},
    {"pair", "two sessions in memory: bulk data through a channel", run_pair},
    {"handshake", "two sessions in memory: each key exchange with each host key", run_handshake},
    {"sftp", "get, put, small files, listings, logins: load on any server", run_sftp},
    {"idle", "memory of sessions that do nothing, on any server", run_idle},
    {"soak", "random operations with checks, on any server", run_soak},
    {"compare", "the ratios between two files of results", run_compare},
    {"plot", "charts of files of results, SVG", run_plot},
};

}  // namespace

int main(int argc, char** argv) {
    return run_command(kCommands, {argv + (argc > 0 ? 1 : 0), argv + argc});
}
