/// \file
/// Samples of wall time, our CPU time and the server's, as rows of a report.
#pragma once
#include "load_client.hpp"
#include "server_usage.hpp"

#include <string>
#include <vector>

namespace nacre::bench {

/// What samples are divided by and how that is called.
struct PerUnit {
    const char* time;  ///< "s", "ms", "us"
    double scale;      ///< so many of them are a second
    const char* unit;  ///< "GiB", "request"
};

constexpr PerUnit kPerGib{"s", 1, "GiB"};
constexpr PerUnit kPerRequest{"us", 1e6, "request"};
constexpr PerUnit kPerEntry{"us", 1e6, "entry"};
constexpr PerUnit kPerLogin{"ms", 1e3, "login"};

/// Several samples of the same thing.
class LoadMeter {
  public:
    /// After the end of a sample the server's processes have so long to end.
    static constexpr std::chrono::milliseconds kSettle{100};

    LoadMeter(const ServerUsage& server, const PerUnit& per) : server_(server), per_(per) {}

    void start();
    /// The sample ends here; `units`: how much was done (> 0).
    void stop(LoadLoop& loop, double units);
    /// Wall time of a unit.
    double median_wall() const { return summarize(wall_).median; }

    /// Adds rows "wall", "client CPU" and, if it is known, "server CPU"; `more` goes to the first.
    /// The last has a figure "resolution" if a part of it was counted in ticks of a clock.
    void report(Report& report, const std::string& name, const Facts& parameters,
                std::vector<Figure> more = {}) const;

  private:
    struct Side {
        std::vector<double> samples;
        CpuTime cpu;
        double resolution = 0;  ///< of the roughest sample, in its unit; 0: exact
    };
    void add(Side& side, const CpuTime& spent, double units) const;

    const ServerUsage& server_;
    PerUnit per_;
    double began_ = 0;
    CpuTime our_start_;
    std::optional<ServerCpu> server_start_;
    std::vector<double> wall_;
    Side ours_, servers_;
};

}  // namespace nacre::bench
