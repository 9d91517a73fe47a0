/// \file
/// RSAKeyValue and DSAKeyValue as .NET and XML signatures (RFC 6931, XMLDSig s4.4.2) write them.
#pragma once
#include <nacre/keys/load_key.hpp>

#include <string_view>

namespace nacre::detail {

/// Reads a document that is one such element: no attributes, entities, comments or DTD.
/// Errors: see KeyFault; out_of_memory.
Result<void> load_xml_key(std::string_view text, LoadedKey& into);

}  // namespace nacre::detail
