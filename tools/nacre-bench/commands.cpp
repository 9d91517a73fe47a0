#include "commands.hpp"

#include "json.hpp"
#include "machine.hpp"

#include <algorithm>
#include <cstdio>

namespace nacre::bench {

namespace {

void print_help(std::span<const Command> commands) {
    std::printf("Usage: nacre-bench COMMAND [OPTION...]\n\n");
    for (const Command& command : commands)
        std::printf("  %-10s %s\n", std::string(command.name).c_str(),
                    std::string(command.help).c_str());
    std::printf(
        "\nEvery command that measures takes --json FILE, to keep what it prints;\n"
        "COMMAND --help says what else.\n");
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

}  // namespace

int run_command(std::span<const Command> commands, std::vector<std::string> words) {
    if (words.empty() || words.front() == "--help" || words.front() == "-h") {
        print_help(commands);
        return words.empty() ? kUsage : kOk;
    }
    const auto command = std::find_if(commands.begin(), commands.end(),
                                      [&](const Command& c) { return c.name == words.front(); });
    if (command == commands.end()) {
        std::fprintf(stderr, "nacre-bench: no command '%s' (try --help)\n", words.front().c_str());
        return kUsage;
    }
    Report report;
    report.machine = machine_facts();
    report.command = joined(words);
    Arguments arguments(words.front(), {words.begin() + 1, words.end()});
    const std::string json = arguments.text("json", "also write the rows to this file", "");
    const int status = command->run(arguments, report);
    if (report.rows.empty()) return status;
    std::fputs(to_table(report).c_str(), stdout);
    if (!json.empty() && !write_file(json, to_json(report))) return kFailed;
    return status;
}

int failed(const Arguments& arguments, std::string_view what) {
    std::fprintf(stderr, "nacre-bench %s: %s\n", arguments.command().c_str(),
                 std::string(what).c_str());
    return kFailed;
}

int failed(const Arguments& arguments, const Error& error) {
    const std::string detail = error.detail == 0 ? "" : " (" + std::to_string(error.detail) + ")";
    return failed(arguments, std::string(name_of(error.code)) + ", " + error.what + detail);
}

}  // namespace nacre::bench
