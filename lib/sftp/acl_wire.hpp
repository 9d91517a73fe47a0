/// \file
/// Access control lists on the wire, the contents of the acl field of ATTRS
/// (draft-ietf-secsh-filexfer-04 s5.7, draft-13 s7.8).
#pragma once
#include <nacre/sftp/acl.hpp>
#include <nacre/wire/reader.hpp>

namespace nacre::sftp {

/// Reads the list in `field`. Versions 4 and 5 have no flags of the list: they are 0. More entries
/// than Acl::kMaxEntries and unknown types of entries fail the reader, as truncation does.
Acl read_acl(Reader& field, std::uint32_t version);

/// Appends the list as a string.
void write_acl(Bytes& out, const Acl& acl, std::uint32_t version);

}  // namespace nacre::sftp
