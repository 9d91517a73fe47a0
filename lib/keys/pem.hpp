/// \file
/// The PEM frame of private key files: RFC 7468, with the headers of RFC 1421 that old encrypted
/// files have.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>

#include <string_view>

namespace nacre::detail {

/// The views are borrowed from the text.
struct Pem {
    std::string_view label;      ///< between "-----BEGIN " and "-----"
    std::string_view proc_type;  ///< value of Proc-Type, or empty
    std::string_view dek_info;   ///< value of DEK-Info, or empty
    SecretBytes body;
};

/// The first PEM block in `text`; text in front of it and behind it is passed over.
/// Errors: not_a_key when there is none, damaged.
Result<Pem> read_pem(std::string_view text) noexcept;

}  // namespace nacre::detail
