/// \file
/// The facts without which a figure means nothing.
#pragma once
#include "report.hpp"

namespace nacre::bench {

/// Processor, kernel, compiler, version of Botan, date.
Facts machine_facts();

}  // namespace nacre::bench
