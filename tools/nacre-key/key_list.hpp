/// \file
/// Files with a key on each line: authorized_keys, known_hosts, lists of public keys.
#pragma once
#include "outcome.hpp"

#include <nacre/keys/load_key.hpp>

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

/// Every public key of a file of any format. A file of which a part would be passed over is
/// refused: what is revoked or checked must be all that is there.
Outcome<std::vector<PublicKeyText>> every_public_key(const std::string& path, ByteView file);
/// The only public key of a file that may hold no other.
Outcome<PublicKeyText> only_public_key(const std::string& path, ByteView file);
/// Refuses a file with PEM or RFC 4716 frames and more than one key: in frames, or on lines outside
/// of these, of whatever kind. Behind the last frame only comments (#) may stand, so that no key
/// that is damaged is passed over.
Status holds_one_block(const std::string& path, std::string_view text);
/// Whether the text is a list, and not a file of another format.
bool is_list(const KeyList& list);

}  // namespace nacre::tools
