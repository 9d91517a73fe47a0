#include "arguments.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace nacre::bench {

Arguments::Arguments(std::string command, std::vector<std::string> words)
    : command_(std::move(command)), words_(std::move(words)) {
    help_wanted_ = flag("help", "this text");
}

std::string Arguments::text(std::string_view name, std::string_view help, std::string fallback) {
    describe("--" + std::string(name) + " VALUE",
             std::string(help) + (fallback.empty() ? "" : " (" + fallback + ")"));
    return take(name).value_or(std::move(fallback));
}

std::uint64_t Arguments::number(std::string_view name, std::string_view help,
                                std::uint64_t fallback, std::uint64_t least, std::uint64_t most) {
    describe("--" + std::string(name) + " N",
             std::string(help) + " (" + std::to_string(fallback) + ")");
    const auto given = take(name);
    if (!given) return fallback;
    std::uint64_t value = 0;
    const char* const end = given->data() + given->size();
    const auto [rest, error] = std::from_chars(given->data(), end, value);
    if (error == std::errc() && rest == end && value >= least && value <= most) return value;
    wrong("--" + std::string(name) + " must be from " + std::to_string(least) + " to " +
          std::to_string(most));
    return fallback;
}

double Arguments::fraction(std::string_view name, std::string_view help, double fallback) {
    describe("--" + std::string(name) + " X", help);
    const auto given = take(name);
    if (!given) return fallback;
    char* rest = nullptr;
    const double value = std::strtod(given->c_str(), &rest);
    if (*rest == '\0' && value > 0 && value < 1e9) return value;
    wrong("--" + std::string(name) + " must be a positive number");
    return fallback;
}

std::vector<std::string> Arguments::list(std::string_view name, std::string_view help) {
    describe("--" + std::string(name) + " A,B", help);
    std::vector<std::string> items;
    const std::string given = take(name).value_or("");
    for (std::size_t at = 0; at < given.size();) {
        const std::size_t comma = std::min(given.find(',', at), given.size());
        if (comma > at) items.push_back(given.substr(at, comma - at));
        at = comma + 1;
    }
    return items;
}

bool Arguments::flag(std::string_view name, std::string_view help) {
    describe("--" + std::string(name), help);
    return std::erase(words_, "--" + std::string(name)) != 0;
}

std::string Arguments::mode(std::string_view alternatives) {
    const std::string all = "|" + std::string(alternatives) + "|";
    for (std::size_t i = 0; i < words_.size(); ++i) {
        const bool is_value = i > 0 && words_[i - 1].starts_with("--") &&
                              words_[i - 1].find('=') == std::string::npos;
        if (is_value || words_[i].find('|') != std::string::npos ||
            all.find("|" + words_[i] + "|") == std::string::npos)
            continue;
        std::string found = std::move(words_[i]);
        words_.erase(words_.begin() + static_cast<std::ptrdiff_t>(i));
        command_ += " " + found;
        return found;
    }
    synopsis_ += " " + std::string(alternatives);
    return {};
}

std::string Arguments::word(std::string_view name, std::string_view help) {
    synopsis_ += " " + std::string(name);
    describe(std::string(name), help);
    if (auto given = take_word()) return std::move(*given);
    wrong(std::string(name) + " is missing");
    return {};
}

std::string Arguments::word(std::string_view name, std::string_view help, std::string fallback) {
    synopsis_ += " [" + std::string(name) + "]";
    describe(std::string(name), std::string(help) + " (" + fallback + ")");
    return take_word().value_or(std::move(fallback));
}

std::vector<std::string> Arguments::words(std::string_view name, std::string_view help,
                                          std::size_t least) {
    synopsis_ += " " + std::string(name) + "...";
    describe(std::string(name), help);
    std::vector<std::string> all;
    while (auto given = take_word()) all.push_back(std::move(*given));
    if (all.size() < least) wrong(std::string(name) + " is missing");
    return all;
}

std::optional<int> Arguments::finish() {
    if (help_wanted_) {
        std::printf("Usage: nacre-bench %s [OPTION...]%s\n\n%s", command_.c_str(),
                    synopsis_.c_str(), help_.c_str());
        return kOk;
    }
    if (!words_.empty()) wrong("'" + words_.front() + "' is not understood");
    if (fault_.empty()) return {};
    std::fprintf(stderr, "nacre-bench %s: %s (try --help)\n", command_.c_str(), fault_.c_str());
    return kUsage;
}

std::optional<std::string> Arguments::take(std::string_view name) {
    std::optional<std::string> value;
    const std::string option = "--" + std::string(name);
    for (std::size_t i = 0; i < words_.size();) {
        const auto here = words_.begin() + static_cast<std::ptrdiff_t>(i);
        if (words_[i] == option) {
            if (i + 1 == words_.size()) {
                wrong(option + " needs a value");
                words_.erase(here);
                break;
            }
            value = words_[i + 1];
            words_.erase(here, here + 2);
        } else if (words_[i].starts_with(option + "=")) {
            value = words_[i].substr(option.size() + 1);
            words_.erase(here);
        } else {
            ++i;
        }
    }
    return value;
}

std::optional<std::string> Arguments::take_word() {
    if (words_.empty() || words_.front().starts_with("--")) return {};
    std::string first = std::move(words_.front());
    words_.erase(words_.begin());
    return first;
}

void Arguments::describe(std::string left, std::string_view help) {
    left.resize(std::max<std::size_t>(left.size() + 2, 24), ' ');
    help_ += "  " + left + std::string(help) + "\n";
}

void Arguments::wrong(std::string what) {
    if (fault_.empty()) fault_ = std::move(what);
}

}  // namespace nacre::bench
