/// \file
/// Charts of reports, drawn by gnuplot.
#pragma once
#include "report.hpp"

#include <string>
#include <vector>

namespace nacre::bench {

struct NamedReport {
    std::string name;  ///< stands in the legend
    Report report;
};

/// A gnuplot script that draws into the file `out` (SVG): for each name and unit of rows one bar
/// chart of the medians, with the range of the samples, and one colour for each report. Nothing in
/// a report is taken for a command. Empty if there is no row.
std::string plot_script(const std::vector<NamedReport>& reports, const std::string& out);

}  // namespace nacre::bench
