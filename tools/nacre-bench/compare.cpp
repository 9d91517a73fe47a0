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

}  // namespace

std::vector<Pairing> pair_rows(const Report& a, const Report& b) {
    std::vector<Pairing> pairings;
    for (const Row& row : a.rows) {
        const auto other = std::find_if(b.rows.begin(), b.rows.end(), [&](const Row& candidate) {
            return same_row(row, candidate);
        });
        const bool seen = std::any_of(pairings.begin(), pairings.end(),
                                      [&](const Pairing& p) { return same_row(*p.a, row); });
        if (other == b.rows.end() || seen) continue;
        const double base = row.summary().median;
        pairings.push_back({&row, &*other, base == 0 ? 0 : other->summary().median / base});
    }
    return pairings;
}

std::string to_table(const std::vector<Pairing>& pairings) {
    std::vector<TableLine> lines{
        {"name", "parameters", "unit", "A", "B", "B/A", "spread A", "spread B"}};
    for (const Pairing& pairing : pairings) {
        const Summary a = pairing.a->summary(), b = pairing.b->summary();
        lines.push_back({pairing.a->name, values_text(*pairing.a), pairing.a->unit,
                         number_text(a.median), number_text(b.median), number_text(pairing.ratio),
                         percent(a.spread()), percent(b.spread())});
    }
    return aligned(lines, 3);
}

int run_compare(Arguments& arguments, Report&) {
    const double limit =
        arguments.fraction("fail-above", "exit with status 1 if a ratio is above this", 0);
    const std::string path_a = arguments.word("A.json", "what to compare with");
    const std::string path_b = arguments.word("B.json", "what to compare");
    if (const auto status = arguments.finish()) return *status;
    const auto a = read_report(path_a);
    const auto b = read_report(path_b);
    if (!a || !b) return kFailed;
    const auto pairings = pair_rows(*a, *b);
    if (pairings.empty()) return failed(arguments, "the reports have no row in common");
    std::fputs(to_table(pairings).c_str(), stdout);
    const bool above = limit != 0 && std::any_of(pairings.begin(), pairings.end(),
                                                 [&](const Pairing& p) { return p.ratio > limit; });
    return above ? kFailed : kOk;
}

}  // namespace nacre::bench
