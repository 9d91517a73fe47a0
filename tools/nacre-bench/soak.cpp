// Random operations over several sessions that come and go, for a long time; what was written is
// read again and compared, and the server's memory and descriptors are watched.
#include "commands.hpp"
#include "load_client.hpp"
#include "server_usage.hpp"
#include "soak_worker.hpp"

#include <nacre/crypto/botan.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace nacre::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kMostSeconds = 30 * 86'400;
/// Looks at the server's memory while the load is on.
constexpr int kLooks = 10;
/// For the server to tidy up after the last session.
constexpr std::chrono::seconds kSettle{1};
/// Sessions live for up to so long.
constexpr std::uint64_t kMostLifeMs = 3000;

struct SoakPlan {
    LoadOptions server;
    std::chrono::seconds time{0};
    std::size_t sessions = 0, workers = 0;
    std::uint64_t seed = 0;
    std::string folder;
};

SoakPlan take_plan(Arguments& arguments) {
    SoakPlan plan;
    plan.server = take_load_options(arguments);
    plan.sessions = arguments.number("sessions", "at the same time", 4, 1, 1000);
    plan.workers = arguments.number("workers", "operations at the same time in each", 4, 1, 64);
    plan.seed = arguments.number("seed", "of what is random", 1, 0, ~std::uint64_t{0});
    const std::string text = arguments.word("SECONDS", "how long");
    std::uint64_t seconds = 0;
    static_cast<void>(std::from_chars(text.data(), text.data() + text.size(), seconds));
    plan.time = std::chrono::seconds(std::min(seconds, kMostSeconds));
    take_server_words(arguments, plan.server);
    plan.folder = arguments.word("FOLDER", "of the server, for the files", ".");
    return plan;
}

/// One place for a session: opened, kept for a while, ended in order or cut off, opened again.
class Place {
  public:
    Place(LoadLoop& loop, std::vector<std::shared_ptr<SoakWorker>> workers, std::uint64_t seed)
        : loop_(loop), workers_(std::move(workers)), generator_(seed) {}

    Result<void> open() {
        ready_ = std::make_shared<std::optional<Result<void>>>();
        working_ = cutting_ = false;
        end_ = Clock::now() + std::chrono::milliseconds(generator_() % kMostLifeMs);
        NACRE_TRY(connection_,
                  loop_.connect(Reply<void>::from([ready = ready_](Result<void>&& answer) {
                      if (!*ready) *ready = answer;
                  })));
        ++opened_;
        return {};
    }

    /// Does what is due; called again and again outside of the loop's work.
    Result<void> step() {
        if (!*ready_) return {};
        if (!**ready_) return (*ready_)->error();
        if (!working_) {
            working_ = true;
            cutting_ = generator_() % 2 == 0;
            for (const auto& worker : workers_) worker->start(connection_->client());
        }
        if (connection_->gone() && !cutting_)
            return Error{Errc::closed, Disconnect::none, 0, loop_.latest_end()};
        if (Clock::now() < end_) return {};
        if (cutting_) {
            for (const auto& worker : workers_) worker->interrupt();
            loop_.cut(*connection_);
            return open();
        }
        if (!stop()) return {};
        loop_.close(*connection_);
        return open();
    }

    /// Whether all workers are done with what they had begun.
    bool stop() {
        for (const auto& worker : workers_) worker->stop();
        return std::all_of(workers_.begin(), workers_.end(),
                           [](const auto& worker) { return worker->idle(); });
    }
    std::uint64_t opened() const noexcept { return opened_; }

  private:
    LoadLoop& loop_;
    std::vector<std::shared_ptr<SoakWorker>> workers_;
    std::mt19937_64 generator_;
    std::shared_ptr<LoadConnection> connection_;
    std::shared_ptr<std::optional<Result<void>>> ready_;
    Instant end_{};
    bool working_ = false, cutting_ = false;
    std::uint64_t opened_ = 0;
};

/// The server's memory and descriptors, from before the load to after it.
class Watch {
  public:
    explicit Watch(const ServerUsage& server) : server_(server) {}

    void look() {
        const ServerMemory now = server_.memory();
        if (now.processes == 0) return;
        rss_.push_back(static_cast<double>(now.rss_kib));
        descriptors_.push_back(static_cast<double>(now.descriptors));
    }
    void report(Report& report, const Facts& facts) const {
        if (rss_.empty()) return;
        add(report, facts, "server RSS KiB", rss_);
        add(report, facts, "server descriptors", descriptors_);
    }

  private:
    static void add(Report& report, const Facts& facts, const char* unit,
                    const std::vector<double>& samples) {
        report.rows.push_back(
            {"soak",
             facts,
             unit,
             samples,
             {},
             {{"at the start", samples.front()}, {"at the end", samples.back()}}});
    }

    const ServerUsage& server_;
    std::vector<double> rss_, descriptors_;
};

/// Everything between the first and the last session.
Result<void> keep_busy(const SoakPlan& plan, LoadLoop& loop, std::vector<Place>& places,
                       Watch& watch) {
    for (Place& place : places) NACRE_CHECK(place.open());
    const Instant began = Clock::now();
    const Duration interval = Duration(plan.time) / (kLooks + 1);
    Instant next_look = began + interval;
    const auto turn = std::chrono::milliseconds(20);
    while (Clock::now() < began + plan.time) {
        loop.run_for(turn);
        for (Place& place : places) NACRE_CHECK(place.step());
        if (Clock::now() < next_look) continue;
        watch.look();
        next_look += interval;
    }
    loop.run_until([&] {
        return std::count_if(places.begin(), places.end(), [](Place& p) { return !p.stop(); }) == 0;
    });
    return {};
}

/// Removes what the workers left, on a session of its own. Refused is what is not there.
Result<void> clean_up(LoadLoop& loop, const std::vector<std::string>& paths) {
    NACRE_TRY(const auto sessions, loop.connect_all(1, 1));
    const auto left = std::make_shared<std::size_t>(paths.size());
    for (std::size_t i = 0; i < paths.size(); ++i) {
        sessions.front()->client()->remove(paths[i],
                                           Reply<void>::from([left](Result<void>&&) { --*left; }));
        loop.run_until([&] { return *left < paths.size() - i; });
    }
    return {};
}

Row work_row(const SoakPlan& plan, const Facts& facts, const SoakCounts& counts,
             std::uint64_t sessions) {
    const auto figure = [](const char* unit, std::uint64_t value) {
        return Figure{unit, static_cast<double>(value)};
    };
    const double done = static_cast<double>(std::max<std::uint64_t>(counts.operations, 1));
    return {"soak",
            facts,
            "us/operation",
            {static_cast<double>(plan.time.count()) * 1e6 / done},
            {},
            {figure("operations", counts.operations), figure("errors", counts.errors),
             figure("mismatches", counts.mismatches), figure("interrupted", counts.interrupted),
             figure("sessions", sessions), figure("bytes written", counts.bytes_written),
             figure("bytes read", counts.bytes_read)}};
}

}  // namespace

int run_soak(Arguments& arguments, Report& report) {
    const SoakPlan plan = take_plan(arguments);
    if (const auto status = arguments.finish()) return *status;
    if (plan.time.count() == 0) return failed(arguments, "SECONDS is a number");
    const Provider& provider = botan_provider();
    const auto target = make_target(plan.server, provider);
    if (!target) return failed(arguments, target.error());
    const ServerUsage server(plan.server.server_pid, plan.server.server_cgroup);

    SoakCounts counts;
    std::mt19937_64 seeds(plan.seed);
    LoadLoop loop(*target, provider);
    std::vector<Place> places;
    std::vector<std::string> paths;
    for (std::size_t place = 0; place < plan.sessions; ++place) {
        std::vector<std::shared_ptr<SoakWorker>> workers;
        for (std::size_t i = 0; i < plan.workers; ++i) {
            const std::string prefix =
                plan.folder + "/soak-" + std::to_string(place) + "-" + std::to_string(i) + "-";
            workers.push_back(std::make_shared<SoakWorker>(provider, counts, prefix, seeds()));
            for (std::size_t file = 0; file < SoakWorker::kFiles; ++file)
                paths.push_back(prefix + std::to_string(file));
        }
        places.emplace_back(loop, std::move(workers), seeds());
    }
    Watch watch(server);
    watch.look();
    auto done = keep_busy(plan, loop, places, watch);
    if (done) done = clean_up(loop, paths);
    loop.close_all();
    loop.run_for(kSettle);
    watch.look();

    Facts facts = facts_of(plan.server);
    facts.emplace_back("sessions", std::to_string(plan.sessions));
    facts.emplace_back("workers", std::to_string(plan.workers));
    std::uint64_t sessions = 0;
    for (const Place& place : places) sessions += place.opened();
    report.rows.push_back(work_row(plan, facts, counts, sessions));
    watch.report(report, facts);
    if (!done) return failed(arguments, done.error());
    if (counts.errors + counts.mismatches != 0) return failed(arguments, counts.first_error);
    return kOk;
}

}  // namespace nacre::bench
