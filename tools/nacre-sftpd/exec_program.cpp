#include "exec_program.hpp"

#include <nacre/server/process.hpp>

#include <array>
#include <cstdlib>

namespace nacre::sftpd {

namespace {

using OnExec = std::function<void(std::string_view, const Error*)>;

/// What a command inherits of the server's environment.
constexpr std::array<const char*, 7> kInherited{"HOME", "LANG",   "LOGNAME", "PATH",
                                                "TZ",   "TMPDIR", "USER"};

class ExecPrograms final : public SessionPrograms {
  public:
    ExecPrograms(std::string directory, server::Loop& loop, OnExec on_exec)
        : directory_(std::move(directory)), loop_(loop), on_exec_(std::move(on_exec)) {}

    void exec(std::string_view command, const SessionEnvironment& environment,
              Reply<Program> reply) override {
        server::ProcessConfig config;
        config.arguments = {"/bin/sh", "-c", std::string(command)};
        config.directory = directory_;
        config.environment.emplace_back("SHELL=/bin/sh");
        auto variables = environment.variables;
        for (const char* name : kInherited)
            if (const char* value = std::getenv(name)) variables.emplace(name, value);
        for (const auto& [name, value] : variables)
            config.environment.push_back(name + "=" + value);
        auto process = command.find('\0') == std::string_view::npos
                           ? server::make_process(config, loop_)
                           : malformed("command with a NUL byte");
        on_exec_(command, process ? nullptr : &process.error());
        reply(std::move(process));
    }
    // What sshd_config files usually accept.
    bool env(std::string_view name, std::string_view) override {
        return name == "LANG" || name.substr(0, 3) == "LC_";
    }

  private:
    const std::string directory_;
    server::Loop& loop_;
    const OnExec on_exec_;
};

}  // namespace

std::unique_ptr<SessionPrograms> make_exec_programs(std::string directory, server::Loop& loop,
                                                    OnExec on_exec) {
    return std::make_unique<ExecPrograms>(std::move(directory), loop, std::move(on_exec));
}

}  // namespace nacre::sftpd
