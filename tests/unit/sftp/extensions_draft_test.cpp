#include "sftp/extensions_draft.hpp"

#include "support/hex.hpp"

#include <catch2/catch_all.hpp>

#include <limits>

using namespace nacre;
using namespace nacre::sftp;
using nacre::test::from_hex;
using nacre::test::to_hex;

namespace {

std::string hex(std::string_view notation) {
    return to_hex(from_hex(notation));
}
const Bytes kDigests =
    from_hex("000102030405060708090a0b0c0d0e0f 101112131415161718191a1b1c1d1e1f");

/// The digests in hexadecimal, with a space behind each; "bad" if refused.
std::string digests(std::string_view notation) {
    const Bytes data = from_hex(notation);
    const auto reply = read_check_file(data);
    if (!reply) return "bad";
    std::string all(reply->algorithm);
    for (const auto digest : reply->digests)
        all += " " + to_hex(Bytes(digest.begin(), digest.end()));
    return all;
}

}  // namespace

TEST_CASE("check-file is answered in the form of its request", "[sftp][extensions]") {
    Bytes out;
    write_check_file(out, 7, CheckFileForm::digests, "md5", ByteView(kDigests).first(16));
    CHECK(to_hex(out) ==
          hex("0000001c c9 00000007 00000003 'md5' 000102030405060708090a0b0c0d0e0f"));
    out.clear();
    write_check_file(out, 7, CheckFileForm::named, "md5", ByteView(kDigests).first(16));
    CHECK(to_hex(out) == hex("0000002a c9 00000007 0000000a 'check-file' 00000003 'md5' "
                             "000102030405060708090a0b0c0d0e0f"));
}

TEST_CASE("all forms of the answer to check-file are read", "[sftp][extensions]") {
    const std::string one = "000102030405060708090a0b0c0d0e0f";
    const std::string two = "101112131415161718191a1b1c1d1e1f";
    const std::string expected = "md5 " + one + " " + two;
    CHECK(digests("00000003 'md5'" + one + two) == expected);
    CHECK(digests("0000000a 'check-file' 00000003 'md5'" + one + two) == expected);
    CHECK(digests("0000000a 'check-file' 00000003 'md5' 00000010" + one + "00000010" + two) ==
          expected);
    CHECK(digests("00000003 'md5'") == "md5");
    CHECK(digests("00000005 'crc32' 01020304 05060708") == "crc32 01020304 05060708");
    CHECK(digests("00000005 'crc32' 00000004 05060708") == "crc32 05060708");
    CHECK(digests("00000003 'xyz' 0102") == "xyz 0102");
    CHECK(digests("00000003 'md5' 0001") == "bad");
    CHECK(digests("00000003 'md5' 00000010" + one + two) == "bad");
    CHECK(digests("0000000a 'check-file'") == "bad");
    CHECK(digests("00000004 'md5'") == "bad");
    CHECK(digests("") == "bad");
}

TEST_CASE("md5-hash", "[sftp][extensions]") {
    const auto body = [](const Bytes& out) { return ByteView(out).subspan(9); };
    Bytes out;
    write_md5_hash(out, 7, ByteView(kDigests).first(16));
    CHECK(to_hex(out) == hex("00000025 c9 00000007 00000008 'md5-hash' 00000010 "
                             "000102030405060708090a0b0c0d0e0f"));
    CHECK(same_bytes(read_md5_hash(body(out)).value(), ByteView(kDigests).first(16)));
    for (std::size_t n = 0; n < out.size() - 9; ++n) CHECK_FALSE(read_md5_hash(body(out).first(n)));
    out.clear();
    write_md5_hash(out, 7, {});
    CHECK(to_hex(out) == hex("00000015 c9 00000007 00000008 'md5-hash' 00000000"));
    CHECK(read_md5_hash(body(out)).value().empty());
    CHECK_FALSE(read_md5_hash(from_hex("00000008 'md5-hash' 00000001 00")));
    CHECK_FALSE(read_md5_hash(from_hex("00000008 'md4-hash' 00000000")));
}

TEST_CASE("space-available is computed in bytes", "[sftp][extensions]") {
    FilesystemStats stats;
    stats.block_size = 1 << 20;
    stats.fragment_size = 4096;
    stats.blocks = 1000;
    stats.blocks_free = 500;
    stats.blocks_available = 450;
    Bytes out;
    write_space_available(out, 7, stats);
    CHECK(to_hex(out) == hex("00000029 c9 00000007 00000000003e8000 00000000001f4000 "
                             "00000000003b6000 00000000001c2000 00001000"));
    const auto data = ByteView(out).subspan(9);
    const auto space = read_space_available(data);
    REQUIRE(space);
    CHECK(space->on_device == 4'096'000);
    CHECK(space->unused_on_device == 2'048'000);
    CHECK(space->for_user == 950 * 4096);
    CHECK(space->unused_for_user == 450 * 4096);
    CHECK(space->allocation_unit == 4096);
    for (std::size_t n = 0; n < data.size(); ++n) CHECK_FALSE(read_space_available(data.first(n)));

    // What does not fit is as much as there can be.
    stats.fragment_size = 1ull << 40;
    stats.blocks = stats.blocks_free = stats.blocks_available = 1ull << 24;
    out.clear();
    write_space_available(out, 7, stats);
    const auto much = read_space_available(ByteView(out).subspan(9));
    REQUIRE(much);
    CHECK(much->on_device == std::numeric_limits<std::uint64_t>::max());
    CHECK(much->unused_for_user == std::numeric_limits<std::uint64_t>::max());
    CHECK(much->allocation_unit == std::numeric_limits<std::uint32_t>::max());
}
