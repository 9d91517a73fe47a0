#include "sftp/attrs_v3.hpp"

#include "support/hex.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::sftp;
using nacre::test::from_hex;
using nacre::test::to_hex;

namespace {

std::string written(const Attrs& attrs) {
    Bytes out;
    write_attrs_v3(out, attrs);
    return to_hex(out);
}

}  // namespace

TEST_CASE("every combination of attributes is read back", "[sftp][attrs]") {
    for (std::uint32_t bits = 0; bits < 16; ++bits) {
        Attrs attrs;
        if ((bits & 1) != 0) attrs.size = 1ull << 40;
        if ((bits & 2) != 0) attrs.uid = 7, attrs.gid = 8;
        if ((bits & 4) != 0) attrs.permissions = 04755, attrs.type = FileType::directory;
        if ((bits & 8) != 0) attrs.atime = FileTime{1, 0}, attrs.mtime = FileTime{2, 0};
        const Bytes bytes = from_hex(written(attrs));
        CHECK(load_be32(bytes.data()) == bits);
        Reader reader(bytes);
        const Attrs read = read_attrs_v3(reader);
        CHECK(reader.done());
        CHECK(read.size == attrs.size);
        CHECK(read.uid == attrs.uid);
        CHECK(read.gid == attrs.gid);
        CHECK(read.permissions == attrs.permissions);
        CHECK(read.type == attrs.type);
        CHECK(read.atime == attrs.atime);
        CHECK(read.mtime == attrs.mtime);
        for (std::size_t n = 0; n < bytes.size(); ++n) {
            Reader cut(ByteView(bytes).first(n));
            read_attrs_v3(cut);
            CHECK_FALSE(cut.ok());
        }
    }
}

TEST_CASE("extended attributes are skipped and counted", "[sftp][attrs]") {
    const Bytes good = from_hex("80000001 0000000000000009 00000001 00000001 'a' 00000002 'bc'");
    Reader reader(good);
    CHECK(read_attrs_v3(reader).size == 9u);
    CHECK(reader.done());
    for (const auto* bad : {"80000000 ffffffff", "80000000 00000001 00000001 'a'",
                            "80000000 00000001 00000009 'a' 00000000"}) {
        const Bytes bytes = from_hex(bad);
        Reader r(bytes);
        read_attrs_v3(r);
        CHECK_FALSE(r.ok());
    }
}

TEST_CASE("flags without meaning in version 3 carry no data", "[sftp][attrs]") {
    // 0x20 is seen from servers of Huawei.
    const Bytes bytes = from_hex("00000024 000001a4");
    Reader reader(bytes);
    CHECK(read_attrs_v3(reader).permissions == 0644u);
    CHECK(reader.done());
}

TEST_CASE("times that do not fit become the nearest that does", "[sftp][attrs]") {
    Attrs attrs;
    attrs.atime = FileTime{-5, 0};
    attrs.mtime = FileTime{0x1'0000'0000, 0};
    CHECK(written(attrs) == "0000000800000000ffffffff");
    attrs.atime.reset();
    attrs.mtime = FileTime{3, 999};
    CHECK(written(attrs) == "000000080000000300000003");
}

TEST_CASE("one id alone is none", "[sftp][attrs]") {
    Attrs attrs;
    attrs.uid = 5;
    CHECK(written(attrs) == "00000000");
}

TEST_CASE("types and their bits", "[sftp][attrs]") {
    for (const auto type :
         {FileType::regular, FileType::directory, FileType::symlink, FileType::socket,
          FileType::char_device, FileType::block_device, FileType::fifo})
        CHECK(type_of_mode(mode_of(type) | 0777) == type);
    CHECK(type_of_mode(0644) == FileType::unknown);
    CHECK(mode_of(FileType::unknown) == 0);
}
