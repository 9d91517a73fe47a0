// What sessions that do nothing cost the server in memory.
#include "commands.hpp"
#include "load_client.hpp"
#include "server_usage.hpp"

#include <nacre/crypto/botan.hpp>

#include <charconv>

namespace nacre::bench {

namespace {

constexpr std::size_t kMostSessions = 25'000;  // ports of one address
/// For what the server tidies up after the last login.
constexpr std::chrono::seconds kSettle{1};

struct IdlePlan {
    LoadOptions server;
    std::size_t sessions = 0;
    std::size_t at_once = 0;
    std::chrono::seconds hold{0};
};

IdlePlan take_plan(Arguments& arguments) {
    IdlePlan plan;
    plan.server = take_load_options(arguments);
    plan.at_once = arguments.number("at-once", "logins going on together", 8, 1, kMostSessions);
    plan.hold = std::chrono::seconds(
        arguments.number("hold", "seconds to hold the sessions after the measuring", 0, 0, 86'400));
    const std::string count = arguments.word("N", "sessions");
    static_cast<void>(std::from_chars(count.data(), count.data() + count.size(), plan.sessions));
    take_server_words(arguments, plan.server);
    return plan;
}

Row memory_row(const IdlePlan& plan, const char* unit, double before, double after) {
    Facts facts = facts_of(plan.server);
    facts.emplace_back("sessions", std::to_string(plan.sessions));
    const double each = (after - before) / static_cast<double>(plan.sessions);
    return {"idle", facts, std::string(unit) + "/session", {each}, {}, {{"server before", before}}};
}

void add_rows(const IdlePlan& plan, const ServerMemory& before, const ServerMemory& after,
              Report& report) {
    const auto add = [&](const char* unit, std::uint64_t from, std::uint64_t to) {
        report.rows.push_back(
            memory_row(plan, unit, static_cast<double>(from), static_cast<double>(to)));
    };
    add("PSS KiB", before.pss_kib, after.pss_kib);
    add("RSS KiB", before.rss_kib, after.rss_kib);
    add("descriptors", before.descriptors, after.descriptors);
    add("processes", before.processes, after.processes);
}

}  // namespace

int run_idle(Arguments& arguments, Report& report) {
    const IdlePlan plan = take_plan(arguments);
    if (const auto status = arguments.finish()) return *status;
    if (plan.sessions == 0 || plan.sessions > kMostSessions)
        return failed(arguments, "N is a number from 1 to 25000");
    raise_descriptor_limit();
    const Provider& provider = botan_provider();
    const auto target = make_target(plan.server, provider);
    if (!target) return failed(arguments, target.error());
    const ServerUsage server(plan.server.server_pid, plan.server.server_cgroup);
    const ServerMemory before = server.memory();
    if (before.processes == 0)
        return failed(arguments, "--server-pid must name a process whose memory we may see");

    LoadLoop loop(*target, provider);
    const auto sessions = loop.connect_all(plan.sessions, plan.at_once);
    if (!sessions) return failed(arguments, sessions.error());
    loop.run_for(kSettle);
    add_rows(plan, before, server.memory(), report);
    loop.run_for(plan.hold);
    const bool all_there = loop.open_connections() == plan.sessions;
    loop.close_all();
    if (!all_there) return failed(arguments, "some of the sessions ended");
    return kOk;
}

}  // namespace nacre::bench
