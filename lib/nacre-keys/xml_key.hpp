/// \file
/// RSAKeyValue and DSAKeyValue as .NET and XML signatures (RFC 6931, XMLDSig s4.4.2) write them.
#pragma once
#include <nacre/keys/load_key.hpp>

#include <string_view>

namespace nacre::detail {

/// Reads a document that is one such element: no entities, comments or DTD, and no attributes but
/// names of namespaces, Id and those of XML itself (`xml:space`), which say nothing of the key.
/// Errors: see KeyFault; out_of_memory.
Result<void> load_xml_key(std::string_view text, LoadedKey& into);

}  // namespace nacre::detail
