// A login: about ten wake-ups, and the public-key operations that no server can leave out.
#include "floor.hpp"
#include "public_key_work.hpp"

namespace nacre::bench {

namespace {

constexpr std::size_t kPingPongs = 10;
constexpr std::size_t kMessageBytes = 68;

struct Plan {
    std::uint64_t trips = 0;
    std::uint64_t operations = 0;
    std::uint64_t runs = 0;
};

Error broken() noexcept {
    return {Errc::crypto_failed, Disconnect::none, 0, "a public-key operation failed"};
}

/// Microseconds.
Result<double> cost_of(const PublicKeyWork& work, std::uint64_t count) {
    const double start = thread_cpu_seconds();
    for (std::uint64_t i = 0; i < count; ++i)
        if (!work.run()) return broken();
    return (thread_cpu_seconds() - start) * 1e6 / static_cast<double>(count);
}

Result<void> measure(const Plan& plan, const std::string& kex, Report& report) {
    const auto work = login_work(kex);
    if (work.empty())
        return Error{Errc::unsupported, Disconnect::none, 0,
                     "only the key exchanges named by --help are known"};
    std::vector<Row> rows;
    for (const PublicKeyWork& operation : work)
        rows.push_back({"floor operation",
                        {{"kex", kex}, {"operation", operation.name}},
                        "CPU-us",
                        {},
                        {},
                        {}});
    Row login{"floor login", {{"kex", kex}}, "CPU-us", {}, {}, {}};
    std::vector<double> trips;
    for (std::uint64_t run = 0; run < plan.runs; ++run) {
        NACRE_TRY(const TripCost trip, measure_ping_pong(kMessageBytes, plan.trips));
        trips.push_back(trip.seconds * 1e6 * kPingPongs);
        double sum = trips.back();
        for (std::size_t i = 0; i < work.size(); ++i) {
            NACRE_TRY(const double cost, cost_of(work[i], plan.operations));
            rows[i].samples.push_back(cost);
            sum += cost;
        }
        login.samples.push_back(sum);
    }
    login.more = {{"of this 10 ping-pongs", summarize(trips).median}};
    for (Row& row : rows) report.rows.push_back(std::move(row));
    report.rows.push_back(std::move(login));
    return {};
}

}  // namespace

int run_login_floor(Arguments& arguments, Report& report) {
    auto kexes = arguments.list("kex",
                                "of these (curve25519-sha256,mlkem768x25519-sha256); the speed "
                                "target of a login with the second is 1.5 x the floor of the "
                                "first, not its own");
    Plan plan;
    plan.trips = arguments.number("trips", "ping-pongs in a run", 5000, 1, 10000000);
    plan.operations = arguments.number("operations", "of each kind in a run", 200, 1, 1000000);
    plan.runs = arguments.number("runs", "samples", 7, 1, 1000);
    if (const auto status = arguments.finish()) return *status;
    if (kexes.empty()) kexes = {"curve25519-sha256", "mlkem768x25519-sha256"};
    for (const std::string& kex : kexes)
        if (const auto done = measure(plan, kex, report); !done)
            return failed(arguments, done.error());
    return kOk;
}

}  // namespace nacre::bench
