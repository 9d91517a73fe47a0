// Load on a server, through our own client.
#include "sftp.hpp"

#include "commands.hpp"

#include <nacre/crypto/botan.hpp>

namespace nacre::bench {

namespace {

constexpr std::uint64_t kMib = 1024 * 1024;
constexpr std::uint64_t kMostMib = 1024 * 1024;
constexpr std::uint64_t kMostFiles = 10'000'000;

struct Kind {
    std::string_view name;
    const char* path;  ///< when none is given; nullptr: one must be
    Result<void> (*run)(const SftpLoad& load);
};

constexpr Kind kKinds[] = {
    {"get", nullptr, load_transfer}, {"put", "/dev/null", load_transfer},
    {"small", ".", load_small},      {"list", ".", load_list},
    {"login", "", load_login},
};

SftpPlan take_plan(Arguments& arguments) {
    SftpPlan plan;
    plan.server = take_load_options(arguments);
    plan.runs = arguments.number("runs", "samples", 3, 1, 1000);
    plan.sessions = arguments.number("sessions",
                                     "connections that share the work, or in get and "
                                     "put each do it",
                                     1, 1, 10'000);
    plan.requests = arguments.number("requests", "small: in flight in each session", 1, 1,
                                     sftp::Client::kMaxPending);
    plan.files = arguments.number("files", "small: how many, of 1 KiB", 2000, 1, kMostFiles);
    plan.logins = arguments.number("logins", "login: how many", 200, 1, kMostFiles);
    plan.at_once = arguments.number("at-once", "login: how many together", 1, 1, 10'000);
    plan.bytes = kMib * arguments.number("mib", "put: MiB to send", 256, 1, kMostMib);
    plan.local = arguments.text(
        "local", "get: file to write; put: file to send; none: thrown away, zeros", "");
    take_server_words(arguments, plan.server);
    plan.what = arguments.word("WHAT", "get, put, small, list or login");
    plan.path = arguments.word("PATH",
                               "file, or folder for small and list; % is the session's "
                               "number",
                               "");
    return plan;
}

}  // namespace

std::string path_of_session(std::string_view path, std::size_t session) {
    std::string made;
    for (const char c : path) {
        if (c == '%') {
            made += std::to_string(session);
        } else {
            made += c;
        }
    }
    return made;
}

Result<void> wait_for(LoadLoop& loop, const Outcome& outcome) {
    loop.run_until([&] { return outcome.over(); });
    if (outcome.error) return *outcome.error;
    if (outcome.left != 0) return Error{Errc::closed, Disconnect::none, 0, loop.latest_end()};
    return {};
}

int run_sftp(Arguments& arguments, Report& report) {
    SftpPlan plan = take_plan(arguments);
    if (const auto status = arguments.finish()) return *status;
    const Kind* kind = nullptr;
    for (const Kind& each : kKinds)
        if (each.name == plan.what) kind = &each;
    if (kind == nullptr) return failed(arguments, "WHAT is get, put, small, list or login");
    if (plan.path.empty()) {
        if (kind->path == nullptr) return failed(arguments, "PATH is missing");
        plan.path = kind->path;
    }

    raise_descriptor_limit();
    const Provider& provider = botan_provider();
    const auto target = make_target(plan.server, provider);
    if (!target) return failed(arguments, target.error());
    const ServerUsage server(plan.server.server_pid, plan.server.server_cgroup);
    if (server.known() && !server.cpu())
        return failed(arguments, "no such server process or group");
    LoadLoop loop(*target, provider);
    const auto done = kind->run({plan, loop, server, report});
    loop.close_all();
    if (!done) return failed(arguments, done.error());
    return kOk;
}

}  // namespace nacre::bench
