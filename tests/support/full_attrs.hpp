/// \file
/// Attributes with everything set that a version knows, and their bytes.
#pragma once
#include <nacre/sftp/attrs.hpp>

#include <string>

namespace nacre::test {

/// What version 6 knows; of the extended attributes none.
inline sftp::Attrs full_attrs() {
    using namespace sftp;
    Attrs attrs;
    attrs.type = FileType::regular;
    attrs.size = 0x0102030405060708;
    attrs.allocation_size = 0x1122334455667788;
    attrs.owner = "ann";
    attrs.group = "staff";
    attrs.permissions = 0644;
    attrs.atime = FileTime{-1, 500'000'000};
    attrs.createtime = FileTime{0x10203040, 0};
    attrs.mtime = FileTime{0x50607080, 999'999'999};
    attrs.ctime = FileTime{0x60708090, 1};
    attrs.bits = AttribBits{kBitReadOnly | kBitArchive, kBitReadOnly | kBitSystem | kBitArchive};
    attrs.text_hint = TextHint::guessed_text;
    attrs.link_count = 3;
    ExtraAttrs& extra = attrs.extra.make();
    extra.acl = Acl{kAclControlIncluded | kAclControlPresent,
                    {{AceType::allow, kAceIdentifierGroup, 0x1f, "GROUP@"},
                     {AceType::deny, 0, kAceWriteData, "ann"}}};
    extra.mime_type = "text/plain";
    extra.untranslated_name = "\xe9";
    return attrs;
}

/// As AsyncSSH 2.10.1 encodes them. Of version 5 without attribute bits, of which it sends two
/// words.
inline std::string full_attrs_wire(std::uint32_t version) {
    const std::string owner = "00000003 'ann' 00000005 'staff'";
    const std::string times =
        "ffffffffffffffff 1dcd6500 0000000010203040 00000000 0000000050607080 3b9ac9ff";
    const std::string entries =
        "00000002 00000000 00000040 0000001f 00000006 'GROUP@' 00000001 00000000 00000002 "
        "00000003 'ann'";
    if (version < 6)
        return "000001fd 01 0102030405060708" + owner + "000001a4" + times + "0000002d" + entries;
    return "0000fffd 01 0102030405060708 1122334455667788" + owner + "000001a4" + times +
           "0000000060708090 00000001 00000031 00000003" + entries +
           "00000011 00000013 01 0000000a 'text/plain' 00000003 00000001 e9";
}

}  // namespace nacre::test
