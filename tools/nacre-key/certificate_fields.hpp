/// \file
/// What the command line says of a certificate that is to be made.
#pragma once
#include "arguments.hpp"

#include <nacre/crypto/certificate.hpp>

namespace nacre::tools {

/// --id, --host, --principals, --valid, --serial, --option, --extension, --no-extensions.
std::vector<OptionRow> certificate_options();

/// All of a certificate but its key and authority. Without --extension a user's certificate has
/// those that ssh-keygen gives it.
Outcome<Certificate> read_certificate_fields(const Arguments& arguments, std::uint64_t now);

}  // namespace nacre::tools
