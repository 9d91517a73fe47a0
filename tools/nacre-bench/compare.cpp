#include "compare.hpp"

#include "commands.hpp"
#include "json.hpp"
#include "table.hpp"

#include <algorithm>
#include <cstdio>

namespace nacre::bench {

namespace {

bool same_row(const Row& a, const Row& b) {
    return a.name == b.name && a.unit == b.unit &&
           std::is_permutation(a.parameters.begin(), a.parameters.end(), b.parameters.begin(),
                               b.parameters.end());
}

std::string percent(double part) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f%%", part * 100);
    return text;
}

std::string label_of(const Row& row) {
    const std::string values = values_text(row);
    return row.name + (values.empty() ? "" : " " + values) + ", " + row.unit;
}

/// The rows of a report without those that are there already.
std::vector<const Row*> distinct_rows(const Report& report) {
    std::vector<const Row*> rows;
    for (const Row& row : report.rows)
        if (std::none_of(rows.begin(), rows.end(), [&](const Row* r) { return same_row(*r, row); }))
            rows.push_back(&row);
    return rows;
}

/// nullptr: none that has samples.
const Row* like_of(const Row& row, const Report& report) {
    const auto found =
        std::find_if(report.rows.begin(), report.rows.end(), [&](const Row& candidate) {
            return same_row(row, candidate) && !candidate.samples.empty();
        });
    return found == report.rows.end() ? nullptr : &*found;
}

/// Says what the ratios do not.
void tell(const std::vector<Pairing>& pairings, const std::vector<const Row*>& missing) {
    for (const Pairing& pairing : pairings)
        if (!pairing.ratio)
            std::printf("no ratio, as A's median is 0: %s\n", label_of(*pairing.a).c_str());
    for (const Row* row : missing) std::printf("missing in B: %s\n", label_of(*row).c_str());
}

}  // namespace

bool Pairing::above(double limit) const {
    return ratio ? *ratio > limit : b->summary().median > 0;
}

std::vector<Pairing> pair_rows(const Report& a, const Report& b) {
    std::vector<Pairing> pairings;
    for (const Row* row : distinct_rows(a)) {
        const Row* const other = like_of(*row, b);
        if (other == nullptr) continue;
        Pairing pairing{row, other, {}};
        const double base = row->summary().median;
        if (base != 0) pairing.ratio = other->summary().median / base;
        pairings.push_back(pairing);
    }
    return pairings;
}

std::vector<const Row*> missing_rows(const Report& a, const Report& b) {
    auto rows = distinct_rows(a);
    std::erase_if(rows, [&](const Row* row) { return like_of(*row, b) != nullptr; });
    return rows;
}

std::string to_table(const std::vector<Pairing>& pairings) {
    std::vector<TableLine> lines{
        {"name", "parameters", "unit", "A", "B", "B/A", "spread A", "spread B"}};
    for (const Pairing& pairing : pairings) {
        const Summary a = pairing.a->summary(), b = pairing.b->summary();
        lines.push_back({pairing.a->name, values_text(*pairing.a), pairing.a->unit,
                         number_text(a.median), number_text(b.median),
                         pairing.ratio ? number_text(*pairing.ratio) : "-", percent(a.spread()),
                         percent(b.spread())});
    }
    return aligned(lines, 3);
}

int run_compare(Arguments& arguments, Report&) {
    const double limit = arguments.fraction("fail-above",
                                            "exit with status 1 if a ratio is above this, or a row "
                                            "of A is missing in B",
                                            0);
    const std::string path_a = arguments.word("A.json", "what to compare with");
    const std::string path_b = arguments.word("B.json", "what to compare");
    if (const auto status = arguments.finish()) return *status;
    const auto a = read_report(path_a);
    const auto b = read_report(path_b);
    if (!a || !b) return kFailed;
    const auto pairings = pair_rows(*a, *b);
    if (pairings.empty()) return failed(arguments, "the reports have no row in common");
    std::fputs(to_table(pairings).c_str(), stdout);
    const auto missing = missing_rows(*a, *b);
    tell(pairings, missing);
    if (limit == 0) return kOk;
    const bool above = std::any_of(pairings.begin(), pairings.end(),
                                   [&](const Pairing& p) { return p.above(limit); });
    return above || !missing.empty() ? kFailed : kOk;
}

}  // namespace nacre::bench
