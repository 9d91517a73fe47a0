#include "plot.hpp"
#include "table.hpp"

#include <algorithm>
#include <cstdio>
#include <string_view>

namespace nacre::bench {

namespace {

constexpr std::size_t kChartHeight = 320;  ///< without the labels below
constexpr std::size_t kLabelHeight = 5;    ///< for each character of the longest label, slanted
constexpr std::size_t kBarWidth = 26;      ///< pixels, for a bar of one report
constexpr std::size_t kMargin = 160;
constexpr std::size_t kLeastWidth = 640;

/// In single quotes, within which gnuplot replaces nothing.
std::string quoted(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
    return out + "'";
}

/// A cell of a data block, where only double quotes hold words together.
std::string cell(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        const bool plain =
            static_cast<unsigned char>(c) >= ' ' && c != '"' && c != '\\' && c != '`';
        out += plain ? c : '_';
    }
    return out + "\"";
}

/// What stands under a row's bars.
std::string label_of(const Row& row) {
    constexpr std::string_view kVendor = "@openssh.com";
    std::string label = values_text(row);
    for (std::size_t at = 0; (at = label.find(kVendor, at)) != std::string::npos; ++at)
        label.erase(at + 1, kVendor.size() - 1);
    return label;
}

struct Chart {
    std::string name, unit;
    std::vector<std::string> labels;
};

std::vector<Chart> charts_of(const std::vector<NamedReport>& reports) {
    std::vector<Chart> charts;
    for (const NamedReport& named : reports) {
        for (const Row& row : named.report.rows) {
            auto chart = std::find_if(charts.begin(), charts.end(), [&](const Chart& c) {
                return c.name == row.name && c.unit == row.unit;
            });
            if (chart == charts.end())
                chart = charts.insert(charts.end(), Chart{row.name, row.unit, {}});
            const std::string label = label_of(row);
            if (std::find(chart->labels.begin(), chart->labels.end(), label) == chart->labels.end())
                chart->labels.push_back(label);
        }
    }
    return charts;
}

bool belongs(const Row& row, const Chart& chart) {
    return row.name == chart.name && row.unit == chart.unit;
}

/// label median min max for each label; a report that has no such row leaves a gap.
std::string data_block(const Chart& chart, const Report& report, const std::string& name) {
    std::string text = name + " << END_OF_DATA\n";
    for (const std::string& label : chart.labels) {
        const auto row = std::find_if(report.rows.begin(), report.rows.end(), [&](const Row& r) {
            return belongs(r, chart) && label_of(r) == label;
        });
        text += cell(label);
        if (row == report.rows.end()) {
            text += " NaN NaN NaN\n";
            continue;
        }
        const Summary summary = row->summary();
        for (const double value : {summary.median, summary.min, summary.max}) {
            char digits[32];
            std::snprintf(digits, sizeof digits, " %.9g", value);
            text += digits;
        }
        text += "\n";
    }
    return text + "END_OF_DATA\n";
}

std::string draw(const Chart& chart, const std::vector<NamedReport>& reports) {
    std::string text, plots;
    for (std::size_t i = 0; i < reports.size(); ++i) {
        const auto& rows = reports[i].report.rows;
        // gnuplot fails for a series without any point.
        if (std::none_of(rows.begin(), rows.end(),
                         [&](const Row& row) { return belongs(row, chart); }))
            continue;
        const std::string block = "$data" + std::to_string(i);
        text += data_block(chart, reports[i].report, block);
        plots += (plots.empty() ? "plot " : ", \\\n     ") + block + " using 2:3:4:xtic(1) title " +
                 quoted(reports[i].name) + " linecolor " + std::to_string(i + 1);
    }
    text += "set title " + quoted(chart.name) + "\n";
    text += "set ylabel " + quoted(chart.unit) + "\n";
    return text + plots + "\n";
}

}  // namespace

std::string plot_script(const std::vector<NamedReport>& reports, const std::string& out) {
    const auto charts = charts_of(reports);
    if (charts.empty()) return {};
    std::size_t most = 0, longest = 0;
    for (const Chart& chart : charts) {
        most = std::max(most, chart.labels.size());
        for (const std::string& label : chart.labels) longest = std::max(longest, label.size());
    }
    const std::size_t width =
        std::max(kLeastWidth, kMargin + most * (reports.size() + 1) * kBarWidth);
    std::string text = "set terminal svg noenhanced size " + std::to_string(width) + "," +
                       std::to_string(charts.size() * (kChartHeight + longest * kLabelHeight)) +
                       "\n";
    text += "set output " + quoted(out) + "\n";
    text +=
        "set style data histogram\n"
        "set style histogram errorbars gap 1 linewidth 1\n"
        "set style fill solid 0.8 border -1\n"
        "set yrange [0:*]\n"
        "set grid ytics\n"
        "set key outside top right\n"
        "set xtics nomirror rotate by -35 font ',10'\n";
    text += "set multiplot layout " + std::to_string(charts.size()) + ",1\n";
    for (const Chart& chart : charts) text += draw(chart, reports);
    return text + "unset multiplot\n";
}

}  // namespace nacre::bench
