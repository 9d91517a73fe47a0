/// \file
/// What is told of keys, as JSON. The text that the commands print is made of the same.
#pragma once
#include "arguments.hpp"

#include <nacre/crypto/certificate.hpp>
#include <nacre/keys/load_key.hpp>
#include <nacre/keys/public_key.hpp>

#include <nlohmann/json.hpp>

namespace nacre::tools {

using Json = nlohmann::ordered_json;

inline constexpr OptionRow kJson{"json", "", "print JSON"};
inline constexpr OptionRow kMd5{"md5", "", "also print the MD5 fingerprint"};
inline constexpr OptionRow kSha1{"sha1", "", "also print the SHA-1 fingerprint"};
inline constexpr OptionRow kHex{"hex", "", "fingerprints as hexadecimal bytes"};

/// type, name, bits (0: the key is none, see "fault"), fingerprints, comment. Of a certificate the
/// fingerprints are those of its key, as ssh-keygen shows them.
Json key_facts(const PublicKeyText& key);
/// What a certificate says. valid_before is null when it never expires.
Json certificate_facts(const Certificate& certificate);
/// How a file is encrypted.
Json encryption_facts(const KeyEncryption& encryption);

/// The fingerprints that the options ask for, with blanks between.
std::string fingerprints_text(ByteView blob, const Arguments& arguments);
/// "256 SHA256:... comment (ED25519)", as ssh-keygen -l.
std::string key_line(const PublicKeyText& key, const Arguments& arguments);
/// As ssh-keygen -L, without the name of the file; with the fingerprints that the options ask for.
std::string certificate_text(const Certificate& certificate, const Arguments& arguments);

/// Two digits a byte.
std::string hex(ByteView bytes);

/// One value, in readable lines. Bytes that are no UTF-8 are replaced.
void print_json(const Json& json);
void print_text(std::string_view text);

}  // namespace nacre::tools
