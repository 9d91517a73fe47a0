#include "batch.hpp"

#include "../terminal.hpp"
#include "options.hpp"
#include "words.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>

namespace nacre::tools {

namespace {

constexpr const char* kPrompt = "sftp> ";

/// Whether the line did what it says.
bool run_line(Shell& shell, std::string_view line) {
    if (line.starts_with('!')) {
        const std::string command(line.substr(1));
        return std::system(command.empty() ? "${SHELL:-/bin/sh}" : command.c_str()) == 0;
    }
    const auto words = split_words(line);
    std::string fault = words ? std::string() : "a quote is not closed";
    if (words && words->empty()) return true;
    if (fault.empty()) fault = check_command(*words);
    if (fault.empty()) fault = shell.run(*words);
    std::fflush(stdout);
    if (fault.empty()) return true;
    std::fprintf(stderr, "nacre-sftp: %s\n", safe_line(fault).c_str());
    return false;
}

int run_lines(Shell& shell, std::istream& lines, bool to_the_end, bool prompt) {
    std::string line;
    while (!shell.over && !shell.remote.client->ended()) {
        if (prompt) std::fputs(kPrompt, stdout), std::fflush(stdout);
        if (!std::getline(lines, line)) break;
        std::string_view rest = line;
        rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        bool may_fail = to_the_end, quiet = to_the_end;
        while (rest.starts_with('-') || rest.starts_with('@')) {
            (rest.front() == '-' ? may_fail : quiet) = true;
            rest.remove_prefix(1);
        }
        if (!quiet && !rest.empty()) std::printf("%s%s\n", kPrompt, safe_line(line).c_str());
        if (!run_line(shell, rest) && !may_fail) return kFailed;
    }
    return shell.over || !shell.remote.client->ended() ? kDone : kNoSession;
}

}  // namespace

int run_batch(Shell& shell, const std::string& file) {
    if (file == "-") return run_lines(shell, std::cin, false, false);
    std::ifstream lines(file);
    if (lines) return run_lines(shell, lines, false, false);
    std::fprintf(stderr, "nacre-sftp: %s: %s\n", file.c_str(), std::strerror(errno));
    return kFailed;
}

int run_typed(Shell& shell) {
    return run_lines(shell, std::cin, true, ::isatty(STDIN_FILENO) == 1);
}

}  // namespace nacre::tools
