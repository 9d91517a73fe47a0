/// \file
/// The sub-commands. Each asks `arguments` for its options (with finish() before it does anything),
/// adds its rows to `report`, and returns a status to exit with: kOk, kFailed after having said why
/// on standard error, kUsage. The frame prints and writes the report.
#pragma once
#include "arguments.hpp"
#include "report.hpp"

#include <nacre/base/error.hpp>

#include <span>
#include <string_view>

namespace nacre::bench {

int run_compare(Arguments& arguments, Report& report);
int run_floor(Arguments& arguments, Report& report);
int run_handshake(Arguments& arguments, Report& report);
int run_idle(Arguments& arguments, Report& report);
int run_pair(Arguments& arguments, Report& report);
int run_plot(Arguments& arguments, Report& report);
int run_seal(Arguments& arguments, Report& report);
int run_sftp(Arguments& arguments, Report& report);
int run_soak(Arguments& arguments, Report& report);

struct Command {
    std::string_view name;
    std::string_view help;  ///< one line
    int (*run)(Arguments& arguments, Report& report);
};

/// Runs the command that `words` (the command line without the program's name) begin with. `--json
/// FILE` is understood for every command. Returns the status to exit with.
int run_command(std::span<const Command> commands, std::vector<std::string> words);

/// Says on standard error what went wrong, and returns kFailed.
int failed(const Arguments& arguments, std::string_view what);
int failed(const Arguments& arguments, const Error& error);

}  // namespace nacre::bench
