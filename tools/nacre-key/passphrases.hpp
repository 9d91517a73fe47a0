/// \file
/// Passphrases: typed, or the first line of a file.
#pragma once
#include "arguments.hpp"

#include <nacre/keys/private_key.hpp>

#include <optional>
#include <string>

namespace nacre::tools {

inline constexpr OptionRow kPassphraseFile{
    "passphrase-file", "FILE", "the passphrase is the first line of FILE (default: asked for)"};
inline constexpr OptionRow kNewPassphraseFile{
    "new-passphrase-file", "FILE", "encrypt what is written with the first line of FILE"};
inline constexpr OptionRow kNoPassphrase{"no-passphrase", "", "write the private key in clear"};

/// The passphrase of what is read.
class Passphrase {
  public:
    /// Reads the file, if there is one.
    static Outcome<Passphrase> from(const Arguments& arguments);

    /// Asks for that of `path`, unless a file was given. Usable as long as this is.
    AskPassphrase asker(const std::string& path) const;

  private:
    std::optional<SecretBytes> given_;
};

/// That of what is written; nullopt: in clear. Asked for twice on the terminal when no option says.
Outcome<std::optional<SecretBytes>> new_passphrase(const Arguments& arguments);

}  // namespace nacre::tools
