#include "statistics.hpp"

#include <algorithm>
#include <vector>

namespace nacre::bench {

Summary summarize(std::span<const double> samples) {
    if (samples.empty()) return {};
    std::vector<double> sorted(samples.begin(), samples.end());
    std::sort(sorted.begin(), sorted.end());
    const std::size_t half = sorted.size() / 2;
    const double median =
        sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    return {median, sorted.front(), sorted.back(), sorted.size()};
}

}  // namespace nacre::bench
