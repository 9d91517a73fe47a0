/// \file
/// What is said of a handful of samples.
#pragma once
#include <cstddef>
#include <span>

namespace nacre::bench {

struct Summary {
    double median = 0;
    double min = 0;
    double max = 0;
    std::size_t count = 0;

    /// How far apart the samples lie, as a part of the median: (max - min) / median.
    double spread() const noexcept { return median == 0 ? 0 : (max - min) / median; }
};

/// The median of an even number of samples is the mean of the middle two. All 0 without samples.
Summary summarize(std::span<const double> samples);

}  // namespace nacre::bench
