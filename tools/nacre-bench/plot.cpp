#include "plot.hpp"

#include "commands.hpp"
#include "json.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace nacre::bench {

namespace {

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

/// Runs `gnuplot -` with `script` as its input. What is wrong, or empty.
std::string run_gnuplot(const std::string& script) {
    // A file rather than a pipe: it may end without having read all.
    const std::unique_ptr<std::FILE, CloseFile> input(std::tmpfile());
    if (!input || std::fwrite(script.data(), 1, script.size(), input.get()) != script.size() ||
        std::fflush(input.get()) != 0 || std::fseek(input.get(), 0, SEEK_SET) != 0)
        return std::string("cannot write a temporary file: ") + std::strerror(errno);

    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ::fileno(input.get()), STDIN_FILENO);
    char name[] = "gnuplot", dash[] = "-";
    char* const words[] = {name, dash, nullptr};
    pid_t child = 0;
    const int error = ::posix_spawnp(&child, name, &actions, nullptr, words, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (error == ENOENT) return "gnuplot is not installed";
    if (error != 0) return std::string("cannot start gnuplot: ") + std::strerror(error);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status == 0 ? "" : "gnuplot failed";
}

std::string file_name(const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    return name.ends_with(".json") ? name.substr(0, name.size() - 5) : name;
}

}  // namespace

int run_plot(Arguments& arguments, Report&) {
    const std::string out = arguments.text("out", "the chart, SVG", "");
    const auto paths = arguments.words("A.json", "reports to show side by side", 1);
    if (const auto status = arguments.finish()) return *status;
    if (out.empty()) return failed(arguments, "--out is missing");
    std::vector<NamedReport> reports;
    for (const std::string& path : paths) {
        auto report = read_report(path);
        if (!report) return kFailed;
        reports.push_back({file_name(path), std::move(*report)});
    }
    const std::string script = plot_script(reports, out);
    if (script.empty()) return failed(arguments, "there is no row to show");
    const std::string fault = run_gnuplot(script);
    return fault.empty() ? kOk : failed(arguments, fault);
}

}  // namespace nacre::bench
