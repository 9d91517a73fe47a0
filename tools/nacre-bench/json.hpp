/// \file
/// Reports as JSON, to be kept and compared.
#pragma once
#include "report.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace nacre::bench {

std::string to_json(const Report& report);

/// Nothing if `text` is no JSON, or not of the form that to_json() makes.
std::optional<Report> from_json(std::string_view text);

/// The report in a file; nothing if it cannot be read or is none, which is then said on standard
/// error.
std::optional<Report> read_report(const std::string& path);

/// false: the file could not be written, which was said on standard error.
bool write_file(const std::string& path, std::string_view text);

}  // namespace nacre::bench
