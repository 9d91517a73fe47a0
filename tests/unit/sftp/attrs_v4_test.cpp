#include "sftp/attrs_v4.hpp"

#include "sftp/acl_wire.hpp"
#include "support/full_attrs.hpp"
#include "support/hex.hpp"

#include <nacre/wire/writer.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::sftp;
using namespace nacre::test;

namespace {

std::string written(const Attrs& attrs, const Dialect& dialect) {
    Bytes out;
    write_attrs_v4(out, attrs, dialect);
    return to_hex(out);
}
std::string hex(std::string_view notation) {
    return to_hex(from_hex(notation));
}

/// Nothing if the reader failed or left something.
std::optional<Attrs> read(std::string_view notation, const Dialect& dialect) {
    const Bytes bytes = from_hex(notation);
    Reader reader(bytes);
    Attrs attrs = read_attrs_v4(reader, dialect);
    if (!reader.done()) return std::nullopt;
    return attrs;
}

/// Of an Acl field that holds `count` entries.
bool takes_entries(std::size_t count, std::size_t claimed) {
    Bytes field;
    Writer writer(field);
    writer.u32(static_cast<std::uint32_t>(claimed));
    for (std::size_t i = 0; i < count; ++i)
        writer.u32(0).u32(0).u32(1).string(std::string_view("x"));
    Reader reader(field);
    read_acl(reader, 4);
    return reader.done();
}

}  // namespace

TEST_CASE("all attributes have the bytes that others give them", "[sftp][attrs]") {
    for (const std::uint32_t version : {4u, 5u, 6u}) {
        CAPTURE(version);
        Attrs attrs = full_attrs();
        // Version 4 has no bits; those of version 5 have a test of their own.
        if (version == 5) attrs.bits.reset();
        const Bytes wire = from_hex(full_attrs_wire(version));
        CHECK(written(attrs, {version}) == to_hex(wire));

        const auto same = read(full_attrs_wire(version), {version});
        REQUIRE(same);
        CHECK(written(*same, {version}) == to_hex(wire));
        CHECK(same->type == FileType::regular);
        CHECK(same->size == attrs.size);
        CHECK(same->owner == "ann");
        CHECK(same->group == "staff");
        CHECK(same->permissions == 0644u);
        CHECK(same->atime == FileTime{-1, 500'000'000});
        CHECK(same->createtime == attrs.createtime);
        CHECK(same->mtime == attrs.mtime);
        CHECK(same->extra->acl->entries == attrs.extra->acl->entries);
        const bool six = version == 6;
        CHECK(same->extra->acl->flags == (six ? attrs.extra->acl->flags : 0));
        CHECK(same->ctime.has_value() == six);
        CHECK(same->allocation_size.has_value() == six);
        CHECK(same->link_count == (six ? attrs.link_count : std::nullopt));
        CHECK(same->text_hint == (six ? attrs.text_hint : std::nullopt));
        CHECK(same->bits == (six ? attrs.bits : std::nullopt));
        CHECK(same->extra->mime_type == (six ? attrs.extra->mime_type : std::nullopt));
        CHECK(same->extra->untranslated_name ==
              (six ? attrs.extra->untranslated_name : std::nullopt));

        for (std::size_t n = 0; n < wire.size(); ++n) {
            Reader cut(ByteView(wire).first(n));
            read_attrs_v4(cut, {version});
            CHECK_FALSE(cut.ok());
        }
    }
}

TEST_CASE("attribute bits of version 5 are one word, or two", "[sftp][attrs]") {
    Attrs attrs;
    attrs.bits = AttribBits{kBitReadOnly | kBitHidden, kBitReadOnly | kBitSystem};
    Dialect two{5};
    two.two_words_of_bits = true;
    CHECK(written(attrs, {4}) == hex("00000000 05"));
    CHECK(written(attrs, {5}) == hex("00000200 05 00000001"));
    CHECK(written(attrs, two) == hex("00000200 05 00000001 00000003"));
    CHECK(written(attrs, {6}) == hex("00000200 05 00000001 00000003"));

    CHECK(read("00000200 05 00000001", {5})->bits == AttribBits{1, 0x7ff});
    CHECK(read("00000200 05 00000001 00000003", two)->bits == AttribBits{1, 3});
    CHECK(read("00000200 05 00000001 00000003", {6})->bits == AttribBits{1, 3});
    // Servers of VanDyke have them in version 4.
    const auto four = read("00000204 05 000001ed 00000001", {4});
    REQUIRE(four);
    CHECK(four->permissions == 0755u);
    CHECK_FALSE(four->bits);
}

TEST_CASE("numbers stand in for owners without a name", "[sftp][attrs]") {
    Attrs attrs;
    attrs.type = FileType::directory;
    attrs.uid = 1000;
    attrs.gid = 100;
    attrs.permissions = 0755;
    attrs.mtime = FileTime{7, 0};
    // As AsyncSSH 2.10.1.
    for (const std::uint32_t version : {4u, 5u, 6u})
        CHECK(written(attrs, {version}) ==
              "000000a402000000043130303000000003313030000001ed0000000000000007");
    attrs = {};
    attrs.uid = 0;
    CHECK(written(attrs, {6}) == hex("00000000 05"));
    attrs.gid = 0;
    attrs.owner = "root";
    CHECK(written(attrs, {6}) == hex("00000080 05 00000004 'root' 00000001 '0'"));
    attrs = {};
    attrs.group = "g";
    CHECK(written(attrs, {6}) == hex("00000080 05 00000000 00000001 'g'"));
}

TEST_CASE("types of version 4 and types that there are not", "[sftp][attrs]") {
    for (int type = 1; type <= 9; ++type) {
        Attrs attrs;
        attrs.type = static_cast<FileType>(type);
        const auto number = [](int t) { return to_hex(Bytes{0, 0, 0, 0, std::uint8_t(t)}); };
        CHECK(written(attrs, {4}) == number(type > 5 ? 4 : type));
        CHECK(written(attrs, {5}) == number(type));
        CHECK(read(number(type), {6})->type == attrs.type);
    }
    // cryptlib sends 0.
    CHECK(read("00000000 00", {4})->type == FileType::unknown);
    // A socket of version 5 is nothing in version 4.
    CHECK(read("00000000 06", {4})->type == FileType::unknown);
    CHECK(read("00000000 0a", {6})->type == FileType::unknown);
}

TEST_CASE("nanoseconds stand where time and their flag are", "[sftp][attrs]") {
    const auto both = read("00000128 05 0000000000000001 00000002 0000000000000003 00000004", {4});
    REQUIRE(both);
    CHECK(both->atime == FileTime{1, 2});
    CHECK(both->mtime == FileTime{3, 4});
    CHECK(read("00000020 05 0000000000000003", {4})->mtime == FileTime{3, 0});
    CHECK(read("00000100 05", {4}));
    CHECK(read("00000108 05 fffffffffffffffe 3b9ac9ff", {6})->atime == FileTime{-2, 999'999'999});
    CHECK_FALSE(read("00000108 05 0000000000000001 3b9aca00", {6}));
    CHECK_FALSE(read("00000108 05 0000000000000001 ffffffff", {4}));
}

TEST_CASE("flags that a version does not know", "[sftp][attrs]") {
    // F-Secure's servers set that of version 3 for numeric owners, without data.
    CHECK(read("00000006 05 0000ffff", {4})->permissions == 07777u);
    CHECK_FALSE(read("00000400 05 0000000000000001", {5}));
    CHECK_FALSE(read("00008000 05 0000000000000001", {5}));
    CHECK_FALSE(read("00002000 05 00000001", {4}));
    CHECK_FALSE(read("00010000 05", {6}));
    CHECK_FALSE(read("00000800 05 04", {6}));
    // Only what the caller wants to send.
    Bytes out;
    write_attrs_v4(out, full_attrs(), {6}, kAttrPermissions);
    CHECK(to_hex(out) == hex("00000004 01 000001a4"));
}

TEST_CASE("extended attributes", "[sftp][attrs]") {
    const std::string wire = "80000000 05 00000002 00000001 'a' 00000002 'bc' 00000000 00000000";
    const auto attrs = read(wire, {4});
    REQUIRE(attrs);
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    CHECK(attrs->extra->extended == Pairs{{"a", "bc"}, {"", ""}});
    CHECK(written(*attrs, {6}) == hex(wire));
    CHECK_FALSE(read("80000000 05 ffffffff 00000001 'a' 00000000", {6}));
    for (const std::size_t count : {ExtraAttrs::kMaxExtended, ExtraAttrs::kMaxExtended + 1}) {
        Bytes many = from_hex("80000000 05");
        Writer writer(many);
        writer.u32(static_cast<std::uint32_t>(count));
        for (std::size_t i = 0; i < count; ++i) writer.u64(0);
        Reader reader(many);
        read_attrs_v4(reader, {6});
        CHECK(reader.ok() == (count == ExtraAttrs::kMaxExtended));
    }
}

TEST_CASE("entries of an access control list are counted", "[sftp][attrs]") {
    CHECK(takes_entries(0, 0));
    CHECK(takes_entries(Acl::kMaxEntries, Acl::kMaxEntries));
    CHECK_FALSE(takes_entries(Acl::kMaxEntries + 1, Acl::kMaxEntries + 1));
    CHECK_FALSE(takes_entries(1, 2));
    CHECK_FALSE(takes_entries(1, 0xffff'ffff));
    // A type that there is not, and a field that ends early.
    CHECK_FALSE(read("00000040 05 00000014 00000001 00000004 00000000 00000000 00000000", {4}));
    CHECK(read("00000040 05 00000014 00000001 00000003 00000000 00000000 00000000", {4}));
    CHECK_FALSE(read("00000040 05 00000010 00000001 00000003 00000000 00000000", {4}));
    CHECK(read("00000040 05 00000008 00000000 00000000", {6}));
}

TEST_CASE("what each version has of the attributes", "[sftp][attrs]") {
    CHECK(attrs_of_version(3) == 0x2f);
    CHECK(attrs_of_version(4) == 0x800001fd);
    CHECK(attrs_of_version(5) == 0x800003fd);
    CHECK(attrs_of_version(6) == 0x8000fffd);
}
