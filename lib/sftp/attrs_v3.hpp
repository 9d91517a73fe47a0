/// \file
/// ATTRS of version 3 (draft-ietf-secsh-filexfer-02 s5).
#pragma once
#include <nacre/sftp/attrs.hpp>
#include <nacre/wire/reader.hpp>

namespace nacre::sftp {

/// SSH_FILEXFER_ATTR_* of version 3.
constexpr std::uint32_t kAttrV3Size = 0x00000001;
constexpr std::uint32_t kAttrV3UidGid = 0x00000002;
constexpr std::uint32_t kAttrV3Permissions = 0x00000004;
constexpr std::uint32_t kAttrV3AcModTime = 0x00000008;
constexpr std::uint32_t kAttrV3Extended = 0x80000000;

/// Reads ATTRS. Extended pairs are skipped, as are flags that version 3 does not know: they carry
/// no data there. A truncated field or an impossible count leaves the reader failed.
Attrs read_attrs_v3(Reader& reader);

/// Appends ATTRS. The type goes into the permissions, which are left out if unknown; times before
/// 1970 and after 2106 become the nearest that fits.
void write_attrs_v3(Bytes& out, const Attrs& attrs);

/// S_IFMT bits of `type`, as every Unix has them; 0 if unknown.
std::uint32_t mode_of(FileType type) noexcept;
/// The type in S_IFMT bits.
FileType type_of_mode(std::uint32_t mode) noexcept;

}  // namespace nacre::sftp
