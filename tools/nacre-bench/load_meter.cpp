#include "load_meter.hpp"

#include <algorithm>

namespace nacre::bench {

void LoadMeter::start() {
    server_start_ = server_.cpu();
    our_start_ = process_cpu();
    began_ = wall_seconds();
}

void LoadMeter::stop(LoadLoop& loop, double units) {
    wall_.push_back((wall_seconds() - began_) * per_.scale / units);
    add(ours_, process_cpu() - our_start_, units);
    if (!server_start_) return;
    loop.run_for(kSettle);
    const auto now = server_.cpu();
    if (!now) return;
    add(servers_, now->time - server_start_->time, units);
    const double resolution = std::max(now->resolution, server_start_->resolution);
    servers_.resolution = std::max(servers_.resolution, resolution * per_.scale / units);
}

void LoadMeter::add(Side& side, const CpuTime& spent, double units) const {
    side.samples.push_back(spent.total() * per_.scale / units);
    side.cpu += spent;
}

void LoadMeter::report(Report& report, const std::string& name, const Facts& parameters,
                       std::vector<Figure> more) const {
    const std::string rest = std::string(per_.time) + "/" + per_.unit;
    report.rows.push_back({name, parameters, "wall " + rest, wall_, {}, std::move(more)});
    report.rows.push_back({name, parameters, "client CPU " + rest, ours_.samples, ours_.cpu, {}});
    if (servers_.samples.empty()) return;
    Row server{name, parameters, "server CPU " + rest, servers_.samples, servers_.cpu, {}};
    if (servers_.resolution > 0) server.more = {{"resolution", servers_.resolution}};
    report.rows.push_back(std::move(server));
}

}  // namespace nacre::bench
