/// \file
/// Takes out of a certificate whom it is of.
#pragma once
#include <nacre/keys/x509_trust.hpp>

#include <botan/x509cert.h>

namespace nacre::detail {

/// May throw.
X509Identity x509_identity(const Botan::X509_Certificate& certificate);

}  // namespace nacre::detail
