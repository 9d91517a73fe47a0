/// \file
/// Vectors in the source of Botan that every build unpacks: among them those of Wycheproof.
///
/// A line is `key = value`; a value holds until the key comes again, and a vector is complete with
/// the line of its last key. [words] begin a section; # begins a comment.
#pragma once
#include "support/vec_file.hpp"

#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

namespace nacre::test {

/// The section ("" before the first) and all values that hold.
using BotanVector = std::map<std::string, std::string>;

inline std::string botan_vectors_dir() {
    return tests_dir() + "/../subprojects/botan/src/tests/data/pubkey/";
}

/// Calls f(section, vector, where) for each, `last` being the key that completes one. Throws
/// std::runtime_error when the file cannot be read.
template <class F>
void for_each_botan_vector(const std::string& file, const std::string& last, F&& f) {
    std::ifstream in(botan_vectors_dir() + file);
    if (!in) throw std::runtime_error("no vectors in " + file);
    std::string line, section;
    BotanVector values;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        const std::string text = trimmed(line);
        if (text.empty() || text[0] == '#') continue;
        if (text[0] == '[') {
            section = text.substr(1, text.find(']') - 1);
            continue;
        }
        const auto equals = text.find('=');
        if (equals == std::string::npos) throw std::runtime_error("line without '=' in " + file);
        const std::string key = trimmed(text.substr(0, equals));
        std::string value = trimmed(text.substr(equals + 1));
        if (value.starts_with("0x")) value.erase(0, 2);
        values[key] = std::move(value);
        if (key == last) f(section, values, file + ":" + std::to_string(number));
    }
}

}  // namespace nacre::test
