#include "sftp/announce.hpp"

#include "sftp/codec_open.hpp"
#include "support/hex.hpp"

#include <catch2/catch_all.hpp>

#include <algorithm>

using namespace nacre;
using namespace nacre::sftp;
using nacre::test::from_hex;
using nacre::test::to_hex;

namespace {

using Names = std::vector<std::string>;

Announcement everything(std::uint32_t version) {
    Announcement what;
    what.version = version;
    what.newline = "\n";
    what.charset = "ISO-8859-1";
    what.max_read = 261'120;
    what.links = what.space = what.users = what.copies = what.temporary_folders = true;
    what.hashes = true;
    what.traits.attrs = kAttrCommon | kAttrAcl;
    what.traits.attrib_bits = kBitReadOnly;
    what.traits.acl_capabilities = 3;
    what.traits.locks = true;
    what.vendor = {"Acme", "Nacre", "1.0", 0};
    return what;
}

Names names(const Announcement& what) {
    Names all;
    for (const auto& extension : announced_extensions(what)) all.push_back(extension.name);
    return all;
}
bool contains(const Names& all, std::string_view name) {
    return std::find(all.begin(), all.end(), name) != all.end();
}
/// Of an extension that must be there.
std::string data_of(const Announcement& what, std::string_view name) {
    for (const auto& extension : announced_extensions(what))
        if (extension.name == name) return extension.data;
    FAIL("not announced: " << name);
    return {};
}
Bytes bytes(std::string_view text) {
    return to_bytes(as_bytes(text));
}

}  // namespace

TEST_CASE("each version announces what it may carry", "[sftp][announce]") {
    const Names common{"vendor-id",
                       "versions",
                       "posix-rename@openssh.com",
                       "statvfs@openssh.com",
                       "fstatvfs@openssh.com",
                       "hardlink@openssh.com",
                       "fsync@openssh.com",
                       "lsetstat@openssh.com",
                       "limits@openssh.com",
                       "expand-path@openssh.com",
                       "copy-data",
                       "home-directory",
                       "users-groups-by-id@openssh.com",
                       "check-file",
                       "md5-hash",
                       "md5-hash-handle",
                       "copy-file",
                       "space-available",
                       "get-temp-folder",
                       "make-temp-folder"};
    CHECK(names(everything(3)) == common);
    for (std::uint32_t version = 3; version <= 6; ++version) {
        CAPTURE(version);
        const auto all = names(everything(version));
        for (const auto& name : common) CHECK(contains(all, name));
        CHECK(contains(all, "newline") == (version >= 4));
        CHECK(contains(all, "text-seek") == (version >= 4));
        CHECK(contains(all, "supported") == (version == 5));
        CHECK(contains(all, "supported2") == (version == 6));
        CHECK(contains(all, "acl-supported") == (version == 6));
        CHECK(contains(all, "filename-charset") == (version == 6));
    }
    // OpenSSH's client looks at these.
    CHECK(data_of(everything(3), "posix-rename@openssh.com") == "1");
    CHECK(data_of(everything(3), "statvfs@openssh.com") == "2");
    CHECK(data_of(everything(3), "versions") == "3,4,5,6");
    CHECK(data_of(everything(6), "newline") == "\n");
    CHECK(data_of(everything(6), "filename-charset") == "ISO-8859-1");
}

TEST_CASE("what there is not is not announced", "[sftp][announce]") {
    Announcement what;
    what.version = 6;
    what.highest_version = 3;
    const auto all = names(what);
    for (const auto* name :
         {"vendor-id", "versions", "statvfs@openssh.com", "hardlink@openssh.com", "home-directory",
          "check-file", "md5-hash", "copy-file", "space-available", "get-temp-folder",
          "acl-supported", "filename-charset"})
        CHECK_FALSE(contains(all, name));
    CHECK(contains(all, "limits@openssh.com"));

    auto some = everything(6);
    some.omitted = {"versions", "limits@openssh.com"};
    CHECK_FALSE(contains(names(some), "versions"));
    CHECK_FALSE(contains(names(some), "limits@openssh.com"));
    const auto listed = read_supported2(bytes(data_of(some, "supported2"))).value().extensions;
    CHECK_FALSE(contains(listed, "limits@openssh.com"));
    some.highest_version = 5;
    some.omitted.clear();
    CHECK(data_of(some, "versions") == "3,4,5");

    auto read_only = everything(6);
    read_only.read_only = true;
    const auto left = names(read_only);
    for (const auto* name : {"posix-rename@openssh.com", "hardlink@openssh.com", "copy-data",
                             "copy-file", "make-temp-folder", "lsetstat@openssh.com"})
        CHECK_FALSE(contains(left, name));
    CHECK(contains(left, "get-temp-folder"));
    CHECK(contains(left, "check-file"));
}

TEST_CASE("supported and supported2 are read back", "[sftp][announce]") {
    const auto five = read_supported(bytes(data_of(everything(5), "supported")));
    REQUIRE(five);
    // No link count and no numeric owners in version 5.
    CHECK(five->attrs == (kAttrSize | kAttrPermissions | kAttrAccessTime | kAttrModifyTime |
                          kAttrOwnerGroup | kAttrSubsecondTimes | kAttrAcl));
    CHECK(five->attrib_bits == kBitReadOnly);
    CHECK(five->open_flags == supported_open_flags(5, true));
    CHECK(five->access_mask == 0x001f01ff);
    CHECK(five->max_read == 261'120);
    CHECK(contains(five->extensions, "check-file-handle"));
    CHECK(contains(five->extensions, "version-select"));
    CHECK_FALSE(contains(five->extensions, "filename-translation-control"));

    const auto data = bytes(data_of(everything(6), "supported2"));
    const auto six = read_supported2(data);
    REQUIRE(six);
    CHECK((six->attrs & kAttrLinkCount) != 0);
    CHECK((six->open_flags & (kNoFollow | kBlockAdvisory)) == (kNoFollow | kBlockAdvisory));
    CHECK(six->block_vector == 0x0e0f);
    CHECK(six->open_block_vector == 0x0e0f);
    CHECK(six->attrib_extensions.empty());
    CHECK(contains(six->extensions, "filename-translation-control"));
    for (std::size_t n = 0; n < data.size(); ++n)
        CHECK_FALSE(read_supported2(ByteView(data).first(n)));

    auto no_locks = everything(6);
    no_locks.traits.locks = false;
    const auto plain = read_supported2(bytes(data_of(no_locks, "supported2")));
    REQUIRE(plain);
    CHECK(plain->block_vector == 1);
    CHECK((plain->open_flags & (kBlockBits | kBlockAdvisory)) == 0);
}

TEST_CASE("supported of mod_sftp counts its names", "[sftp][announce]") {
    const std::string masks = "00000001 00000002 00000003 00000004 00000005";
    const auto counted =
        read_supported(from_hex(masks + "00000000 00000002 00000001 'a' 00000002 'bc'"));
    REQUIRE(counted);
    CHECK(counted->max_read == 5);
    CHECK(counted->extensions == Names{"a", "bc"});
    const auto plain = read_supported(from_hex(masks + "00000001 'a' 00000002 'bc'"));
    REQUIRE(plain);
    CHECK(plain->extensions == Names{"a", "bc"});
    CHECK(read_supported(from_hex(masks)).value().extensions.empty());
    CHECK_FALSE(read_supported(from_hex(masks + "00000003 'a'")));
    CHECK_FALSE(read_supported(from_hex(masks + "00000000 00000002 00000001 'a'")));
    CHECK_FALSE(read_supported(from_hex("00000001 00000002 00000003 00000004 0000")));
    for (const std::size_t count : {kMaxSupportedNames, kMaxSupportedNames + 1}) {
        Bytes many = from_hex(masks);
        for (std::size_t i = 0; i < count; ++i) append(many, from_hex("00000001 'a'"));
        CHECK(read_supported(many).has_value() == (count == kMaxSupportedNames));
    }
}

TEST_CASE("what other servers announce", "[sftp][announce]") {
    using Versions = std::vector<std::uint32_t>;
    CHECK(read_versions(bytes("2,3,4,5,6,x@example.com")).value() == Versions{2, 3, 4, 5, 6});
    // VShell before 4.0.3.
    CHECK(read_versions(from_hex("00000007 '3,4,5,6'")).value() == Versions{3, 4, 5, 6});
    CHECK(read_versions(bytes("6,6")).value() == Versions{6});
    CHECK_FALSE(read_versions(bytes("")));
    CHECK_FALSE(read_versions(bytes("a@b,,12")));

    for (const auto* newline : {"\n", "\r", "\r\n"})
        CHECK(read_newline(bytes(newline)).value() == newline);
    for (const auto* none : {"", "\n\r", "\r\n\n", "x"}) CHECK_FALSE(read_newline(bytes(none)));

    CHECK(read_acl_supported(from_hex("0000003f")).value() == 0x3f);
    CHECK_FALSE(read_acl_supported(from_hex("000000")));
    CHECK(read_acl_supported(bytes(data_of(everything(6), "acl-supported"))).value() == 3);

    const auto wire = bytes(data_of(everything(6), "vendor-id"));
    CHECK(to_hex(wire) ==
          to_hex(from_hex("00000004 'Acme' 00000005 'Nacre' 00000003 '1.0' 0000000000000000")));
    const auto vendor = read_vendor_id(wire);
    REQUIRE(vendor);
    CHECK(vendor->vendor == "Acme");
    CHECK(vendor->product == "Nacre");
    CHECK(vendor->version == "1.0");
    CHECK(vendor->build == 0);
    for (std::size_t n = 0; n < wire.size(); ++n)
        CHECK_FALSE(read_vendor_id(ByteView(wire).first(n)));
}
