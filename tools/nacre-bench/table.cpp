#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace nacre::bench {

namespace {

/// Whether two rows have the same columns.
bool alike(const Row& a, const Row& b) {
    const auto same_name = [](const auto& x, const auto& y) { return x.first == y.first; };
    const auto same_unit = [](const Figure& x, const Figure& y) { return x.unit == y.unit; };
    return a.name == b.name && a.unit == b.unit &&
           std::equal(a.parameters.begin(), a.parameters.end(), b.parameters.begin(),
                      b.parameters.end(), same_name) &&
           std::equal(a.more.begin(), a.more.end(), b.more.begin(), b.more.end(), same_unit);
}

TableLine heading_of(const Row& row) {
    TableLine line;
    for (const auto& [name, value] : row.parameters) line.push_back(name);
    for (const char* column : {"median", "min", "max", "runs", "user s", "sys s"})
        line.emplace_back(column);
    for (const Figure& figure : row.more) line.push_back(figure.unit);
    return line;
}

TableLine line_of(const Row& row) {
    const Summary summary = row.summary();
    TableLine line;
    for (const auto& [name, value] : row.parameters) line.push_back(value);
    for (const double value : {summary.median, summary.min, summary.max})
        line.push_back(number_text(value));
    line.push_back(std::to_string(summary.count));
    line.push_back(number_text(row.cpu.user));
    line.push_back(number_text(row.cpu.system));
    for (const Figure& figure : row.more) line.push_back(number_text(figure.value));
    return line;
}

}  // namespace

std::string aligned(const std::vector<TableLine>& lines, std::size_t words) {
    std::vector<std::size_t> widths(lines.front().size());
    for (const TableLine& line : lines)
        for (std::size_t i = 0; i < line.size(); ++i)
            widths[i] = std::max(widths[i], line[i].size());
    std::string text;
    for (const TableLine& line : lines) {
        std::string out;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const std::string room(widths[i] - line[i].size(), ' ');
            out += "  " + (i < words ? line[i] + room : room + line[i]);
        }
        out.erase(out.find_last_not_of(' ') + 1);
        text += out + "\n";
    }
    return text;
}

std::string values_text(const Row& row) {
    std::string text;
    for (const auto& [name, value] : row.parameters) text += (text.empty() ? "" : " ") + value;
    return text;
}

std::string number_text(double value) {
    const double size = std::abs(value);
    const int decimals = size == 0 || size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
    char text[64];
    if (size != 0 && (size < 0.1 || size >= 1e12))
        std::snprintf(text, sizeof text, "%.3g", value);
    else
        std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}

std::string to_table(const Report& report) {
    std::string text;
    for (const auto& [name, value] : report.machine) text += name + ": " + value + "\n";
    std::vector<bool> shown(report.rows.size());
    for (std::size_t first = 0; first < report.rows.size(); ++first) {
        if (shown[first]) continue;
        const Row& like = report.rows[first];
        std::vector<TableLine> lines{heading_of(like)};
        for (std::size_t i = first; i < report.rows.size(); ++i) {
            if (!alike(like, report.rows[i])) continue;
            shown[i] = true;
            lines.push_back(line_of(report.rows[i]));
        }
        text += "\n" + like.name + ", " + like.unit + "\n" + aligned(lines, like.parameters.size());
    }
    return text;
}

}  // namespace nacre::bench
