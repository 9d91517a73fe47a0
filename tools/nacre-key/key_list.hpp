/// \file
/// Files with a key on each line: authorized_keys, known_hosts, lists of public keys.
#pragma once
#include <nacre/keys/public_key.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::tools {

constexpr std::size_t kMaxListLines = 100'000;

struct ListedKey {
    std::uint32_t line = 0;  ///< counted from 1
    std::string marker;      ///< of known_hosts: "@revoked", "@cert-authority"; or empty
    std::string before;      ///< host names or options; or empty
    PublicKeyText key;
    std::string fault;  ///< why the line grants nothing; or empty
};

enum class ListKind : std::uint8_t { keys, authorized_keys, known_hosts };

struct KeyList {
    ListKind kind = ListKind::keys;
    std::vector<ListedKey> keys;
    /// Lines without a key, and the first behind kMaxListLines.
    std::vector<std::uint32_t> unreadable;
};

/// Without any keys the text is no such file.
KeyList read_key_list(std::string_view text);

}  // namespace nacre::tools
