/// \file
/// The words behind a sub-command: options with a value, flags, and words by place.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::bench {

constexpr int kOk = 0;
constexpr int kFailed = 1;
constexpr int kUsage = 2;

/// A command asks for each thing it understands, in any order for options and from left to right
/// for words, and then calls finish(). Asking also says what --help prints. `--name=value` and
/// `--name value` mean the same; of an option given twice the last counts.
class Arguments {
  public:
    /// \param command  "seal"; for messages
    Arguments(std::string command, std::vector<std::string> words);

    const std::string& command() const noexcept { return command_; }

    std::string text(std::string_view name, std::string_view help, std::string fallback);
    /// A decimal number from `least` to `most`.
    std::uint64_t number(std::string_view name, std::string_view help, std::uint64_t fallback,
                         std::uint64_t least, std::uint64_t most);
    /// A positive decimal fraction.
    double fraction(std::string_view name, std::string_view help, double fallback);
    /// Comma-separated. Empty when not given.
    std::vector<std::string> list(std::string_view name, std::string_view help);
    bool flag(std::string_view name, std::string_view help);

    /// A word that is one of `alternatives` ("down|up"), wherever it stands; ask before everything
    /// else, but for the options of all commands. A word right behind "--name" is its value and
    /// so no mode: a command with modes has no flags. It becomes part of command(). Empty when
    /// there is none.
    std::string mode(std::string_view alternatives);
    /// The next word that belongs to no option; ask after all options and flags.
    std::string word(std::string_view name, std::string_view help);
    std::string word(std::string_view name, std::string_view help, std::string fallback);
    /// All words that are left, at least `least`.
    std::vector<std::string> words(std::string_view name, std::string_view help, std::size_t least);

    /// The status to exit with at once: after --help, or when something is missing, wrong or left
    /// over, which is then said on standard error. Nothing: go on.
    std::optional<int> finish();

  private:
    std::optional<std::string> take(std::string_view name);
    std::optional<std::string> take_word();
    void describe(std::string left, std::string_view help);
    void wrong(std::string what);

    std::string command_;
    std::vector<std::string> words_;
    std::string synopsis_;
    std::string help_;
    std::string fault_;  ///< the first
    bool help_wanted_ = false;
};

}  // namespace nacre::bench
