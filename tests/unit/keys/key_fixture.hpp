/// \file
/// The files of tests/keys/.
#pragma once
#include "support/tests_dir.hpp"

#include <nacre/base/bytes.hpp>
#include <nacre/base/secret.hpp>
#include <nacre/keys/public_key.hpp>

#include <catch2/catch_all.hpp>

#include <fstream>
#include <iterator>
#include <string>

namespace nacre::test {

inline std::string key_file(const std::string& name) {
    std::ifstream file(test::tests_dir() + "/keys/" + name, std::ios::binary);
    REQUIRE(file.is_open());
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline SecretBytes secret(std::string_view text) {
    return SecretBytes(as_bytes(text));
}

constexpr std::string_view kPassphrase = "correct horse";

/// The public key that ssh-keygen wrote beside `name`.
inline PublicKeyText public_half(const std::string& name) {
    auto key = parse_public_key_line(key_file(name + ".pub"));
    REQUIRE(key.has_value());
    return *std::move(key);
}

}  // namespace nacre::test
