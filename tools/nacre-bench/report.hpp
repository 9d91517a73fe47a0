/// \file
/// What a measurement yields: rows of samples, and the facts about the machine they are of.
#pragma once
#include "cpu_time.hpp"
#include "statistics.hpp"

#include <string>
#include <utility>
#include <vector>

namespace nacre::bench {

/// Names and values in the order they were given.
using Facts = std::vector<std::pair<std::string, std::string>>;

/// A figure beside the samples: cycles per byte, allocations per packet.
struct Figure {
    std::string unit;
    double value = 0;
};

/// One thing measured; less is better. `name` and the parameters' names are the same for all rows
/// that belong side by side in one table and one chart; name, parameters and unit together identify
/// a row.
struct Row {
    std::string name;  ///< "seal", "floor down"
    Facts parameters;  ///< {"cipher", "aes256-gcm@openssh.com"} ...
    std::string unit;  ///< of the samples: "ns/byte", "CPU-s/GiB"
    std::vector<double> samples;
    CpuTime cpu;  ///< of all samples together; 0 where it was not measured
    std::vector<Figure> more;

    Summary summary() const { return summarize(samples); }
};

struct Report {
    Facts machine;
    std::string command;  ///< as given on the command line
    std::vector<Row> rows;
};

/// The rows as tables for people, each with a heading: one for every name, set of parameters and
/// unit.
std::string to_table(const Report& report);

/// A number for people: about three significant digits, no exponent for usual sizes.
std::string number_text(double value);

}  // namespace nacre::bench
