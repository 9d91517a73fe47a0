/// \file
/// ATTRS of versions 4 to 6 (draft-ietf-secsh-filexfer-04 s5, -05 s5, -13 s7), and of any version.
#pragma once
#include "sftp/dialect.hpp"

#include <nacre/sftp/attrs.hpp>
#include <nacre/wire/reader.hpp>

namespace nacre::sftp {

/// Reads ATTRS of version 4 to 6. Truncated fields, impossible counts, flags that the version does
/// not know and nanoseconds above 999,999,999 leave the reader failed. Permissions are cut to
/// 07777; a type that does not exist is unknown. The flag of numeric owners carries no data: some
/// servers set it all the same.
Attrs read_attrs_v4(Reader& reader, const Dialect& dialect);

/// Appends ATTRS of version 4 to 6: what of `only` is set and the version knows. Owner and group go
/// together; numbers stand in for a name that is not known. Nanoseconds are sent if any of the
/// times has some: then the flag is worth its four bytes in each of them.
void write_attrs_v4(Bytes& out, const Attrs& attrs, const Dialect& dialect,
                    AttrMask only = ~AttrMask{0});

/// Those that `version` knows, with kAttrSubsecondTimes.
AttrMask attrs_of_version(std::uint32_t version) noexcept;

/// ATTRS of any version.
Attrs read_attrs(Reader& reader, const Dialect& dialect);
void write_attrs(Bytes& out, const Attrs& attrs, const Dialect& dialect,
                 AttrMask only = ~AttrMask{0});

/// What a client may not set (draft-13 s7.11, s7.13).
constexpr AttrMask kAttrReadOnly = kAttrTextHint | kAttrLinkCount;

}  // namespace nacre::sftp
