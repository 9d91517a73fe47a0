#include "arguments.hpp"

#include "../numbers.hpp"

#include <algorithm>

namespace nacre::tools {

Outcome<Arguments> Arguments::parse(std::span<const OptionRow> rows,
                                    std::span<const std::string> words) {
    if (words.size() > kMaxWords) return wrong_usage("too many arguments");
    Arguments parsed;
    bool options_end = false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (options_end || !word.starts_with('-') || word == "-") {
            parsed.words_.push_back(word);
            continue;
        }
        if (word == "--") {
            options_end = true;
            continue;
        }
        if (word == "--help" || word == "-h") {
            parsed.wants_help_ = true;
            return parsed;
        }
        const auto equals = word.find('=');
        const std::string name = word.substr(0, equals);
        const auto row = std::find_if(rows.begin(), rows.end(), [&](const OptionRow& r) {
            return name.starts_with("--") && r.name == std::string_view(name).substr(2);
        });
        if (row == rows.end()) return wrong_usage("unknown option " + name);
        Given given{std::string(row->name), {}};
        if (row->value.empty()) {
            if (equals != std::string::npos) return wrong_usage(name + " takes no value");
        } else if (equals != std::string::npos) {
            given.value = word.substr(equals + 1);
        } else {
            if (++i == words.size()) return wrong_usage("a value must follow " + name);
            given.value = words[i];
        }
        parsed.given_.push_back(std::move(given));
    }
    return parsed;
}

bool Arguments::has(std::string_view name) const noexcept {
    return std::any_of(given_.begin(), given_.end(),
                       [&](const Given& given) { return given.name == name; });
}

std::optional<std::string> Arguments::value(std::string_view name) const {
    const auto all = values(name);
    if (all.empty()) return std::nullopt;
    return all.back();
}

std::vector<std::string> Arguments::values(std::string_view name) const {
    std::vector<std::string> all;
    for (const Given& given : given_)
        if (given.name == name) all.push_back(given.value);
    return all;
}

Outcome<std::optional<std::uint64_t>> Arguments::number(std::string_view name, std::uint64_t least,
                                                        std::uint64_t most) const {
    const auto text = value(name);
    if (!text) return std::optional<std::uint64_t>();
    const auto number = parse_number<std::uint64_t>(*text);
    if (!number || *number < least || *number > most)
        return wrong_usage("--" + std::string(name) + " wants a number from " +
                           std::to_string(least) + " to " + std::to_string(most));
    return number;
}

std::string help_of(const Command& command) {
    std::string text = "Usage: nacre-key " + std::string(command.name) +
                       (command.options.empty() ? "" : " [OPTION...]") + " " +
                       std::string(command.synopsis) + "\n\n" + std::string(command.help) + "\n\n";
    std::size_t width = std::string_view("help").size();
    for (const OptionRow& row : command.options)
        width = std::max(width, row.name.size() + 1 + row.value.size());
    const auto add = [&](const OptionRow& row) {
        std::string left = std::string(row.name);
        if (!row.value.empty()) left += " " + std::string(row.value);
        left.resize(width, ' ');
        text += "  --" + left + "  " + std::string(row.help) + "\n";
    };
    for (const OptionRow& row : command.options) add(row);
    add({"help", "", "this text"});
    return text;
}

}  // namespace nacre::tools
