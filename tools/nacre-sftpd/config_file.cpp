#include "options.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <sstream>

namespace nacre::sftpd {

namespace {

/// A string, a number or a truth value as the command line would have it.
bool as_text(const toml::node& node, std::string& text) {
    if (const auto* string = node.as_string()) {
        text = string->get();
    } else if (const auto* number = node.as_integer()) {
        text = std::to_string(number->get());
    } else if (const auto* truth = node.as_boolean()) {
        text = truth->get() ? "true" : "false";
    } else {
        return false;
    }
    return true;
}

}  // namespace

std::variant<std::vector<NamedValue>, std::string> read_config_file(const std::string& path) {
    toml::table table;
    try {
        table = toml::parse_file(path);
    } catch (const toml::parse_error& error) {
        std::ostringstream text;
        text << path << ": " << error.description();
        if (error.source().begin.line != 0) text << " in line " << error.source().begin.line;
        return text.str();
    }
    std::vector<NamedValue> options;
    for (const auto& [key, node] : table) {
        const std::string name(key.str());
        const std::string where = path + ": " + name;
        const auto options_known = option_table();
        const auto info = std::find_if(options_known.begin(), options_known.end(),
                                       [&](const OptionInfo& o) { return name == o.name; });
        if (info == options_known.end()) return where + ": unknown option";
        std::string text;
        if (const auto* list = node.as_array(); list != nullptr && info->repeatable) {
            for (const auto& element : *list) {
                if (!as_text(element, text)) return where + ": neither text nor number";
                options.push_back({name, text});
            }
        } else if (as_text(node, text)) {
            options.push_back({name, text});
        } else {
            return where + ": neither text, number nor true or false";
        }
    }
    return options;
}

}  // namespace nacre::sftpd
