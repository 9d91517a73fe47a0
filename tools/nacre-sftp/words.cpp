#include "words.hpp"

namespace nacre::tools {

namespace {

constexpr std::string_view kSpecial = "*?[\\";

void append_quoted(std::string& word, char c) {
    if (kSpecial.find(c) != std::string_view::npos) word += '\\';
    word += c;
}

}  // namespace

std::optional<std::vector<std::string>> split_words(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    bool inside = false;
    char quote = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (quote == 0 && !inside && c == '#') break;
        if (quote == 0 && blank) {
            if (inside) words.push_back(std::move(word));
            word.clear();
            inside = false;
            continue;
        }
        inside = true;
        if (c == quote) {
            quote = 0;
        } else if (quote == 0 && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == '\\' && quote != '\'') {
            if (++i == line.size()) return std::nullopt;
            append_quoted(word, line[i]);
        } else if (quote != 0) {
            append_quoted(word, c);
        } else {
            word += c;
        }
    }
    if (quote != 0) return std::nullopt;
    if (inside) words.push_back(std::move(word));
    return words;
}

bool is_pattern(std::string_view word) {
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (word[i] == '\\') {
            ++i;
        } else if (word[i] == '*' || word[i] == '?' || word[i] == '[') {
            return true;
        }
    }
    return false;
}

std::string plain(std::string_view word) {
    std::string text;
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (word[i] == '\\' && i + 1 < word.size()) ++i;
        text += word[i];
    }
    return text;
}

}  // namespace nacre::tools
