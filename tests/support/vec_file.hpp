/// \file
/// Test vectors made by others: tests/vectors/*.vec.
///
/// A file is blocks of `key = value` lines, divided by empty lines; a line that begins with # is a
/// comment. Every file says in a comment where its vectors come from. Values of bytes are in the
/// notation of from_hex().
#pragma once
#include "support/hex.hpp"
#include "support/tests_dir.hpp"

#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::test {

/// One vector. Asking for a key that is not there throws std::out_of_range, which fails the test.
class VecBlock {
  public:
    explicit VecBlock(std::size_t line) : line_(line) {}

    /// Where the block begins, for INFO.
    std::size_t line() const noexcept { return line_; }
    bool has(const std::string& key) const { return values_.count(key) != 0; }
    const std::string& text(const std::string& key) const { return values_.at(key); }
    Bytes bytes(const std::string& key) const { return from_hex(values_.at(key)); }
    std::size_t number(const std::string& key) const { return std::stoull(values_.at(key)); }

    /// Throws std::invalid_argument when the key stands there already.
    void add(const std::string& key, const std::string& value) {
        if (!values_.emplace(key, value).second)
            throw std::invalid_argument("vec_file: key twice in a block: " + key);
    }

  private:
    std::size_t line_;
    std::map<std::string, std::string> values_;
};

/// Without the space around it.
inline std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

/// The blocks in `in`. Throws std::invalid_argument for a line that is none of the three kinds.
inline std::vector<VecBlock> parse_vec(std::istream& in) {
    std::vector<VecBlock> blocks;
    std::string line;
    bool inside = false;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        const std::string content = trimmed(line);
        if (content.empty()) {
            inside = false;
            continue;
        }
        if (content[0] == '#') continue;
        const auto equals = content.find('=');
        if (equals == std::string::npos || equals == 0)
            throw std::invalid_argument("vec_file: line without '='");
        if (!inside) blocks.emplace_back(number);
        inside = true;
        blocks.back().add(trimmed(content.substr(0, equals)), trimmed(content.substr(equals + 1)));
    }
    return blocks;
}

/// The blocks of tests/vectors/<name>. Throws std::runtime_error when the file cannot be read or
/// holds none, so that a lost file does not make a test pass.
inline std::vector<VecBlock> load_vec(const std::string& name) {
    std::ifstream in(tests_dir() + "/vectors/" + name);
    auto blocks = parse_vec(in);
    if (blocks.empty()) throw std::runtime_error("vec_file: nothing in " + name);
    return blocks;
}

}  // namespace nacre::test
