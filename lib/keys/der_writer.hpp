/// \file
/// Writes DER: an element is made of its contents, innermost first.
#pragma once
#include "keys/der.hpp"

#include <string_view>

namespace nacre::detail {

/// `contents` as an element with `tag`.
SecretBytes der_element(std::uint8_t tag, ByteView contents);

/// An INTEGER of the big-endian `magnitude`, whose leading zeros are dropped.
SecretBytes der_integer(ByteView magnitude);
SecretBytes der_number(std::uint32_t number);

/// `dotted` has at least two arcs, each below 2^28, and is one of our own constants.
SecretBytes der_oid(std::string_view dotted);

/// A BIT STRING of whole bytes.
SecretBytes der_bits(ByteView contents);

/// An element with `tag` around the elements `parts`, one after the other.
template <class... Parts>
SecretBytes der_of(std::uint8_t tag, const Parts&... parts) {
    SecretBuffer contents;
    (contents.append(ByteView(parts)), ...);
    return der_element(tag, contents);
}

template <class... Parts>
SecretBytes der_sequence(const Parts&... parts) {
    return der_of(der::kSequence, parts...);
}

}  // namespace nacre::detail
