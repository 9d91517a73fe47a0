/// \file
/// What an X.509 certificate says, which nobody has vouched for.
#pragma once
#include "facts.hpp"

namespace nacre::tools {

/// sha256 (of the DER), subject, issuer, serial, not_before, not_after, purposes (none: any); or
/// sha256 and "fault".
Json x509_facts(ByteView der);
/// The same in lines.
std::string x509_text(const Json& facts);

}  // namespace nacre::tools
