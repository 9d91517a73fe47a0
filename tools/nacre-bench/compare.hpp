/// \file
/// Two reports side by side.
#pragma once
#include "report.hpp"

#include <optional>
#include <string>
#include <vector>

namespace nacre::bench {

/// A row that is in both reports, with samples in b: same name, parameters (in any order) and unit.
struct Pairing {
    const Row* a;
    const Row* b;
    std::optional<double> ratio;  ///< median of b to median of a; nothing if that of a is 0

    /// What is more than nothing is above any limit.
    bool above(double limit) const;
};

/// In the order of `a`; the pointers are valid as long as the reports. Of rows that one report has
/// twice the first counts.
std::vector<Pairing> pair_rows(const Report& a, const Report& b);

/// The rows of `a` that are in no pairing, in order; of equal ones the first.
std::vector<const Row*> missing_rows(const Report& a, const Report& b);

/// A table with medians, ratio and spread, for people.
std::string to_table(const std::vector<Pairing>& pairings);

}  // namespace nacre::bench
