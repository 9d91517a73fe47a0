/// \file
/// The least that a server's work costs on this machine: the same system calls and the same
/// cryptography, and nothing else.
#pragma once
#include "commands.hpp"
#include "packets.hpp"

namespace nacre::bench {

enum class Direction : std::uint8_t { down, up };

int run_bulk_floor(Direction direction, Arguments& arguments, Report& report);
int run_ping_pong_floor(Arguments& arguments, Report& report);
int run_login_floor(Arguments& arguments, Report& report);

/// CPU time of this end.
struct TripCost {
    double seconds = 0;  ///< of one trip
    CpuTime cpu;         ///< of all
};

/// The server's end of `trips` round trips: epoll_wait, recv and send of `bytes` bytes; after some
/// that do not count.
Result<TripCost> measure_ping_pong(std::size_t bytes, std::uint64_t trips);

/// The system calls of small files in `folder`: adds a row for each call, and one for all of one
/// file. Errors: local_failed.
Result<void> measure_small_files(const std::string& folder, std::uint64_t files, std::uint64_t runs,
                                 Report& report);

}  // namespace nacre::bench
