/// \file
/// Files that the commands read and write.
#pragma once
#include "arguments.hpp"

#include <nacre/keys/load_key.hpp>

#include <string>

namespace nacre::tools {

/// The bytes of a file, or of standard input for "-"; at most `limit`.
Outcome<SecretBytes> read_file(const std::string& path, std::size_t limit);

/// How an error in the file `path` is told: with the place, if the error has one.
Refusal key_refusal(const std::string& path, const Error& error);
/// The same of errors that have no place.
Refusal refusal(const std::string& path, const Error& error);

/// Whether a file may be replaced.
enum class Existing : bool { keep, replace };
Existing existing(const Arguments& arguments);
inline constexpr OptionRow kForce{"force", "", "replace files that exist already"};

/// Refuses a path that exists already and may not be replaced.
Status may_write(const std::string& path, Existing existing);
/// Writes as a whole or not at all: for its owner alone (0600), or as the umask says.
Status write_secret(const std::string& path, ByteView bytes, Existing existing);
/// "-" is standard output.
Status write_public(const std::string& path, ByteView bytes, Existing existing);
/// Whether the mode of a file lets group or others read or write it. Not of "-", pipes and the
/// like.
bool may_be_read_by_others(const std::string& path);
/// Replaces a file that is there, behind links too; it keeps its mode and, if it may, its owner.
Status replace_public(const std::string& path, ByteView bytes);

}  // namespace nacre::tools
