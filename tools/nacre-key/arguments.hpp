/// \file
/// The words behind a command: options by a table, and words by place.
#pragma once
#include "outcome.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::tools {

constexpr std::size_t kMaxWords = 4096;  ///< on a command line

struct OptionRow {
    std::string_view name;   ///< without the dashes
    std::string_view value;  ///< what follows it, for the help; empty: a flag
    std::string_view help;
};

class Arguments {
  public:
    /// `--name value` and `--name=value` mean the same; "--" ends the options; "-" is a word.
    static Outcome<Arguments> parse(std::span<const OptionRow> rows,
                                    std::span<const std::string> words);

    bool has(std::string_view name) const noexcept;
    /// Whether --help or -h stands where an option may; what comes behind is not looked at.
    bool wants_help() const noexcept { return wants_help_; }
    /// Of an option given twice the last counts.
    std::optional<std::string> value(std::string_view name) const;
    std::vector<std::string> values(std::string_view name) const;
    /// A decimal number from `least` to `most`; nullopt when the option was not given.
    Outcome<std::optional<std::uint64_t>> number(std::string_view name, std::uint64_t least,
                                                 std::uint64_t most) const;
    const std::vector<std::string>& words() const noexcept { return words_; }

  private:
    struct Given {
        std::string name, value;
    };
    std::vector<Given> given_;
    bool wants_help_ = false;
    std::vector<std::string> words_;
};

struct Command {
    std::string_view name;
    std::string_view synopsis;  ///< the words behind the options
    std::string_view help;
    std::vector<OptionRow> options;
    std::size_t least = 0, most = 0;  ///< words
    Status (*run)(const Arguments& arguments);
};

/// What --help prints.
std::string help_of(const Command& command);

}  // namespace nacre::tools
