#include "sftp/codec.hpp"
#include "support/full_attrs.hpp"
#include "support/hex.hpp"

#include <catch2/catch_all.hpp>

#include <functional>

using namespace nacre;
using namespace nacre::sftp;
using namespace nacre::test;

namespace {

std::string reply(std::uint32_t version, const std::function<void(const Codec&, Bytes&)>& write) {
    Bytes out;
    write(*make_codec({version, 6}), out);
    return to_hex(out);
}
/// `body`: behind the length.
std::string framed(std::string_view body) {
    const Bytes bytes = from_hex(body);
    Bytes out(4);
    store_be32(out.data(), static_cast<std::uint32_t>(bytes.size()));
    append(out, bytes);
    return to_hex(out);
}

DirEntry fifo() {
    DirEntry entry{"f", {}};
    entry.attrs.type = FileType::socket;
    entry.attrs.size = 5;
    entry.attrs.permissions = 0600;
    return entry;
}

}  // namespace

TEST_CASE("a status is told in codes of the version", "[sftp][codec]") {
    const auto status = [](std::uint32_t version, Status code) {
        return reply(version, [&](auto& c, Bytes& out) { c.status(out, 7, code, "x"); });
    };
    const std::string text = "00000001 'x' 00000000";
    CHECK(status(4, Status::no_such_path) == framed("65 00000007 0000000a" + text));
    CHECK(status(5, Status::lock_conflict) == framed("65 00000007 00000011" + text));
    CHECK(status(5, Status::dir_not_empty) == framed("65 00000007 00000004" + text));
    CHECK(status(6, Status::link_loop) == framed("65 00000007 00000015" + text));
    CHECK(status(3, Status::link_loop) == framed("65 00000007 00000004" + text));
}

TEST_CASE("attributes and paths are told as the version has them", "[sftp][codec]") {
    for (const std::uint32_t version : {4u, 5u, 6u}) {
        CAPTURE(version);
        Attrs attrs = full_attrs();
        if (version == 5) attrs.bits.reset();
        CHECK(reply(version, [&](auto& c, Bytes& out) { c.attrs(out, 7, attrs); }) ==
              framed("69 00000007" + full_attrs_wire(version)));
        CHECK(reply(version, [&](auto& c, Bytes& out) { c.path_name(out, 7, "/x", {}); }) ==
              framed("68 00000007 00000001 00000002 '/x' 00000000 05"));
        CHECK(make_codec({version})->has_end_of_file() == (version == 6));
        CHECK(make_codec({version})->version() == version);
        CHECK(reply(version, [&](auto& c, Bytes& out) { c.version_reply(out, {}); }) ==
              framed("02 0000000" + std::to_string(version)));
    }
}

TEST_CASE("names of versions 4 to 6 have no longname", "[sftp][codec]") {
    const std::vector<DirEntry> entries{fifo(), fifo()};
    for (const std::uint32_t version : {4u, 5u, 6u}) {
        CAPTURE(version);
        NamesFormat format;
        const auto names = [&](std::size_t count) {
            return reply(version, [&](auto& c, Bytes& out) {
                CHECK(c.names(out, 7, entries, format) == count);
            });
        };
        // As AsyncSSH 2.10.1.
        const std::string one = version == 4 ? "00000001660000000504000000000000000500000180"
                                             : "00000001660000000506000000000000000500000180";
        CHECK(names(2) == framed("68 00000007 00000002" + one + one));
        format.all_read = true;
        const std::string end = version == 6 ? "01" : "";
        CHECK(names(2) == framed("68 00000007 00000002" + one + one + end));
        // Some are left for the next reply.
        format.max_entries = 1;
        CHECK(names(1) == framed("68 00000007 00000001" + one));
        format.max_entries = 100;
        for (const std::size_t less : {0u, 1u}) {
            // Type, id, count and two entries, and what tells the end.
            format.max_bytes = 4 + 1 + 4 + 4 + 2 * 22 + end.size() / 2 - less;
            CHECK(names(2 - less) == framed("68 00000007 0000000" + std::to_string(2 - less) + one +
                                            (less == 0 ? one + end : "")));
        }
    }
}

TEST_CASE("a version is agreed on", "[sftp][codec]") {
    CHECK(negotiate_version(0, 6) == 3);
    CHECK(negotiate_version(3, 6) == 3);
    CHECK(negotiate_version(5, 6) == 5);
    CHECK(negotiate_version(6, 6) == 6);
    CHECK(negotiate_version(7, 6) == 6);
    CHECK(negotiate_version(6, 4) == 4);
    CHECK(negotiate_version(0xffff'ffff, 9) == 6);
}
