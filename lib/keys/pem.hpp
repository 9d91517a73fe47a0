/// \file
/// The PEM frame of key files: RFC 7468, with the headers of RFC 1421 that old encrypted files
/// have.
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
    std::string_view base64;     ///< the lines between headers and END
    std::size_t offset = 0;      ///< of `base64` in the text
    SecretBytes body;

    /// An error about the body, with its offset in the body, as one with the offset in the text.
    Error located(Error error) const noexcept;
};

/// Takes one block after the other out of a text.
class PemBlocks {
  public:
    explicit PemBlocks(std::string_view text) noexcept : text_(text) {}

    /// The next block, not yet decoded; text in front of it is passed over. Errors: not_a_key when
    /// there is none, truncated without END line, damaged.
    Result<Pem> next() noexcept;

  private:
    std::string_view text_;
    std::size_t at_ = 0;
};

/// Fills the body of a block. Errors: damaged or truncated, with the offset; out_of_memory.
Result<void> decode_pem(Pem& pem) noexcept;

/// Where base64 (blanks apart) is wrong: at a character of none of its digits or at its end.
/// \param text  what decode_base64() has refused
std::size_t fault_in_base64(std::string_view text) noexcept;

/// "-----BEGIN `label`-----", `body` in base64, and the end.
Result<SecretBytes> write_pem(std::string_view label, ByteView body);

}  // namespace nacre::detail
