#include "commands.hpp"

#include "../terminal.hpp"

#include <nacre/base/version.hpp>

#include <cstdio>

namespace nacre::tools {

namespace {

constexpr Command (*kCommands[])() = {show_command,        check_command, convert_command,
                                      generate_command,    sign_command,  revoke_command,
                                      fingerprint_command, agent_command};

/// The first line of a command's help, without the stop.
std::string summary(const Command& command) {
    std::string text(command.help.substr(0, command.help.find('\n')));
    if (text.ends_with('.')) text.pop_back();
    return text;
}

std::string help() {
    std::string text = "Usage: nacre-key COMMAND [OPTION...] [ARGUMENT...]\n\n";
    for (const auto make : kCommands) {
        const Command command = make();
        std::string name(command.name);
        name.resize(18, ' ');
        text += "  " + name + summary(command) + "\n";
    }
    return text +
           "\nCOMMAND --help says more; --version prints the version. The exit status is 0, 1 "
           "when\n"
           "something is wrong with a file or key, 2 for a wrong command line.\n";
}

Status run_command(const Command& command, const std::vector<std::string>& words) {
    const auto arguments = Arguments::parse(command.options, words);
    if (!arguments) return arguments.why();
    if (arguments->wants_help()) {
        std::fputs(help_of(command).c_str(), stdout);
        return kDone;
    }
    const std::size_t count = arguments->words().size();
    if (count < command.least || count > command.most)
        return wrong_usage(std::string(command.name) + " wants " + std::string(command.synopsis));
    return command.run(*arguments);
}

}  // namespace

void complain(const Refusal& why) {
    std::fprintf(stderr, "nacre-key: %s%s\n", safe_line(why.text).c_str(),
                 why.status == kWrongUsage ? " (try --help)" : "");
}

int run_program(std::vector<std::string> words) {
    if (words.empty() || words.front() == "--help" || words.front() == "-h") {
        std::fputs(help().c_str(), words.empty() ? stderr : stdout);
        return words.empty() ? kWrongUsage : kDone;
    }
    if (words.front() == "--version") {
        std::printf("nacre-key %s\n", std::string(version()).c_str());
        return kDone;
    }
    for (const auto make : kCommands) {
        const Command command = make();
        if (command.name != words.front()) continue;
        words.erase(words.begin());
        auto status = run_command(command, words);
        if (status && (std::fflush(stdout) != 0 || std::ferror(stdout) != 0))
            status = Refusal{"standard output: cannot write"};
        if (status) return *status;
        complain(status.why());
        return status.why().status;
    }
    complain(wrong_usage("no command " + words.front()));
    return kWrongUsage;
}

}  // namespace nacre::tools
