#include "sftp/client_codec.hpp"
#include "sftp/codec.hpp"
#include "sftp/extensions_openssh.hpp"
#include "support/hex.hpp"

#include <catch2/catch_all.hpp>

#include <cstdlib>

using namespace nacre;
using namespace nacre::sftp;
using nacre::test::from_hex;
using nacre::test::to_hex;

namespace {

/// The message in `wire`, as the framing would give it.
Message framed(const Bytes& wire, bool data_apart = false) {
    Message message;
    message.bytes.assign(wire.begin() + 4, wire.end());
    message.data_apart = data_apart;
    message.wire_bytes = wire.size();
    return message;
}

/// Every request with its wire form, written by hand from draft-ietf-secsh-filexfer-02 and from
/// OpenSSH's PROTOCOL.
struct Example {
    Request request;
    std::string wire;  ///< from the type on
};

Attrs all_attrs() {
    Attrs attrs;
    attrs.type = FileType::regular;
    attrs.size = 0x0102030405060708;
    attrs.uid = 1000;
    attrs.gid = 100;
    attrs.permissions = 0644;
    attrs.atime = FileTime{0x10203040, 0};
    attrs.mtime = FileTime{0x50607080, 0};
    return attrs;
}
const std::string kAllAttrs =
    "0000000f 0102030405060708 000003e8 00000064 000081a4 10203040 50607080";
const std::string kId = "11223344";

std::vector<Example> examples() {
    OpenFlags every;
    every.read = every.write = every.append = every.create = every.truncate = every.exclusive =
        true;
    OpenFlags read;
    read.read = true;
    Attrs mode;
    mode.permissions = 0755;
    Attrs no_size = all_attrs();
    no_size.size.reset();
    return {
        {OpenRequest{"/a", read, {}}, "03" + kId + "00000002 '/a' 00000001 00000000"},
        {OpenRequest{"b", every, all_attrs()}, "03" + kId + "00000001 'b' 0000003f" + kAllAttrs},
        {CloseRequest{"hh"}, "04" + kId + "00000002 'hh'"},
        {ReadRequest{"hh", 0x0102030405060708, 32768},
         "05" + kId + "00000002 'hh' 0102030405060708 00008000"},
        {WriteRequest{"hh", 7, 3}, "06" + kId + "00000002 'hh' 0000000000000007 00000003"},
        {StatRequest{"p", Follow::no}, "07" + kId + "00000001 'p'"},
        {FstatRequest{"hh"}, "08" + kId + "00000002 'hh'"},
        {SetstatRequest{"p", mode, Follow::yes}, "09" + kId + "00000001 'p' 00000004 000001ed"},
        {FsetstatRequest{"hh", all_attrs()}, "0a" + kId + "00000002 'hh'" + kAllAttrs},
        {OpendirRequest{"p"}, "0b" + kId + "00000001 'p'"},
        {ReaddirRequest{"hh"}, "0c" + kId + "00000002 'hh'"},
        {RemoveRequest{"p"}, "0d" + kId + "00000001 'p'"},
        {MkdirRequest{"p", mode}, "0e" + kId + "00000001 'p' 00000004 000001ed"},
        {RmdirRequest{"p"}, "0f" + kId + "00000001 'p'"},
        {RealpathRequest{"."}, "10" + kId + "00000001 '.'"},
        {StatRequest{"p", Follow::yes}, "11" + kId + "00000001 'p'"},
        {RenameRequest{"from", "to", false}, "12" + kId + "00000004 'from' 00000002 'to'"},
        {ReadlinkRequest{"p"}, "13" + kId + "00000001 'p'"},
        {SymlinkRequest{"target", "link"}, "14" + kId + "00000006 'target' 00000004 'link'"},
        {RenameRequest{"from", "to", true},
         "c8" + kId + "00000018 'posix-rename@openssh.com' 00000004 'from' 00000002 'to'"},
        {StatvfsRequest{"p"}, "c8" + kId + "00000013 'statvfs@openssh.com' 00000001 'p'"},
        {FstatvfsRequest{"hh"}, "c8" + kId + "00000014 'fstatvfs@openssh.com' 00000002 'hh'"},
        {HardlinkRequest{"old", "new"},
         "c8" + kId + "00000014 'hardlink@openssh.com' 00000003 'old' 00000003 'new'"},
        {FsyncRequest{"hh"}, "c8" + kId + "00000011 'fsync@openssh.com' 00000002 'hh'"},
        {SetstatRequest{"p", no_size, Follow::no},
         "c8" + kId +
             "00000014 'lsetstat@openssh.com' 00000001 'p' 0000000e 000003e8 00000064 000081a4 "
             "10203040 50607080"},
        {LimitsRequest{}, "c8" + kId + "00000012 'limits@openssh.com'"},
        {ExpandPathRequest{"~/x"},
         "c8" + kId + "00000017 'expand-path@openssh.com' 00000003 '~/x'"},
        {CopyDataRequest{"rr", 1, 2, "ww", 3},
         "c8" + kId +
             "00000009 'copy-data' 00000002 'rr' 0000000000000001 0000000000000002 00000002 'ww' "
             "0000000000000003"},
        {HomeDirectoryRequest{"me"}, "c8" + kId + "0000000e 'home-directory' 00000002 'me'"},
        {UsersGroupsRequest{std::string_view("\0\0\0\1\0\0\0\2", 8),
                            std::string_view("\0\0\0\3", 4)},
         "c8" + kId +
             "0000001e 'users-groups-by-id@openssh.com' 00000008 00000001 00000002 00000004 "
             "00000003"},
    };
}

Bytes with_length(const Bytes& body, std::uint32_t extra = 0) {
    Bytes wire(4);
    store_be32(wire.data(), static_cast<std::uint32_t>(body.size()) + extra);
    append(wire, body);
    return wire;
}

std::string reply_hex(const std::function<void(const Codec&, Bytes&)>& write,
                      std::uint32_t client = 3) {
    Bytes out;
    write(*make_codec({3, client}), out);
    return to_hex(out);
}
std::string hex(std::string_view notation) {
    return to_hex(from_hex(notation));
}

NamesFormat at(std::time_t now) {
    NamesFormat format;
    format.now = now;
    return format;
}

}  // namespace

TEST_CASE("every request has exactly its wire form", "[sftp][codec]") {
    const auto client = make_client_codec({});
    for (const auto& example : examples()) {
        CAPTURE(example.wire);
        const auto* write = std::get_if<WriteRequest>(&example.request);
        const Bytes expected =
            with_length(from_hex(example.wire), write != nullptr ? write->length : 0);
        Bytes written;
        REQUIRE(client->request(written, 0x11223344, example.request));
        CHECK(to_hex(written) == to_hex(expected));

        const auto message = framed(expected, write != nullptr);
        const auto read = make_codec({})->decode(message);
        REQUIRE(read);
        CHECK(read.value().index() == example.request.index());
        Bytes again;
        REQUIRE(client->request(again, 0x11223344, read.value()));
        CHECK(to_hex(again) == to_hex(expected));
    }
}

TEST_CASE("the examples name every request there is", "[sftp][codec]") {
    std::vector<bool> seen(std::variant_size_v<Request>);
    for (const auto& example : examples()) seen[example.request.index()] = true;
    CHECK(std::count(seen.begin(), seen.begin() + index_of<BlockRequest>(), false) == 0);
}

TEST_CASE("a request cut anywhere is a bad message", "[sftp][codec]") {
    for (const auto& example : examples()) {
        const Bytes whole = from_hex(example.wire);
        for (std::size_t n = 5; n < whole.size(); ++n) {
            CAPTURE(example.wire, n);
            const auto message = framed(
                with_length(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n))));
            const auto read = make_codec({})->decode(message);
            // MKDIR may end before its attributes.
            if (whole[0] == 14 && n == 5 + 4 + 1) continue;
            REQUIRE_FALSE(read);
            // A name of an extension that is not all there is another name.
            CHECK(status_of(read.error()) == Status::bad_message);
        }
    }
}

TEST_CASE("bytes behind a request are ignored", "[sftp][codec]") {
    // sshj 0.32 sends the flags of version 5 behind RENAME.
    for (const auto& example : examples()) {
        Bytes body = from_hex(example.wire);
        append(body, from_hex("00000001"));
        CHECK(make_codec({})->decode(
            framed(with_length(body), std::holds_alternative<WriteRequest>(example.request))));
    }
}

TEST_CASE("unknown types and extensions are unsupported", "[sftp][codec]") {
    const auto status = [](std::string_view body) {
        const auto read = make_codec({})->decode(framed(with_length(from_hex(body))));
        REQUIRE_FALSE(read);
        return status_of(read.error());
    };
    for (const int type : {0, 2, 21, 22, 23, 99, 101, 102, 103, 104, 105, 199, 201, 255}) {
        Bytes body{static_cast<std::uint8_t>(type), 0, 0, 0, 1};
        CHECK(status(to_hex(body)) == Status::op_unsupported);
    }
    CHECK(status("c8 00000001 00000004 'none'") == Status::op_unsupported);
    CHECK(status("01 00000003") == Status::failure);
    // A link has no size to set.
    CHECK(status("c8 00000001 00000014 'lsetstat@openssh.com' 00000001 'p' 00000001"
                 "0000000000000000") == Status::bad_message);
    // More extended attributes than the message can hold.
    CHECK(status("09 00000001 00000001 'p' 80000000 00000002 00000000 00000000") ==
          Status::bad_message);
    CHECK(status("09 00000001 00000001 'p' 80000000 ffffffff") == Status::bad_message);
}

TEST_CASE("every reply has exactly its wire form", "[sftp][codec]") {
    CHECK(reply_hex([](auto& c, Bytes& out) { c.status(out, 7, Status::no_such_file, "gone"); }) ==
          hex("00000015 65 00000007 00000002 00000004 'gone' 00000000"));
    // Before version 3 a status had no text.
    CHECK(reply_hex([](auto& c, Bytes& out) { c.status(out, 7, Status::eof, "end"); }, 2) ==
          hex("00000009 65 00000007 00000001"));
    CHECK(reply_hex([](auto& c, Bytes& out) { c.handle(out, 7, as_bytes("hh")); }) ==
          hex("0000000b 66 00000007 00000002 'hh'"));
    CHECK(to_hex(data_header(7, 32768)) == hex("00008009 67 00000007 00008000"));
    CHECK(reply_hex([](auto& c, Bytes& out) { c.path_name(out, 7, "/x", {}); }) ==
          hex("00000019 68 00000007 00000001 00000002 '/x' 00000002 '/x' 00000000"));
    CHECK(reply_hex([](auto& c, Bytes& out) { c.attrs(out, 7, all_attrs()); }) ==
          hex("00000025 69 00000007" + kAllAttrs));
    CHECK(reply_hex([](auto& c, Bytes& out) {
              const std::vector<Extension> extensions{{"a@b", "1"}};
              c.version_reply(out, extensions);
          }) == hex("00000011 02 00000003 00000003 'a@b' 00000001 '1'"));
    CHECK(reply_hex([](auto&, Bytes& out) {
              FilesystemStats stats{1, 2, 3, 4, 5, 6, 7, 8, 9, true, true, 255};
              write_statvfs(out, 7, stats);
          }) == hex("0000005d c9 00000007 0000000000000001 0000000000000002 0000000000000003"
                    "0000000000000004 0000000000000005 0000000000000006 0000000000000007"
                    "0000000000000008 0000000000000009 0000000000000003 00000000000000ff"));
    CHECK(reply_hex([](auto&, Bytes& out) {
              write_limits(out, 7, {262144, 261120, 261120, 1024});
          }) == hex("00000025 c9 00000007 0000000000040000 000000000003fc00 000000000003fc00"
                    "0000000000000400"));
    CHECK(reply_hex([](auto&, Bytes& out) {
              write_users_groups(out, 7, {"root", ""}, {"wheel"});
          }) ==
          hex("00000022 c9 00000007 0000000c 00000004 'root' 00000000 00000009 00000005 'wheel'"));
}

TEST_CASE("names carry a longname each and stop at the size of a reply", "[sftp][codec]") {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    DirEntry entry{"f", all_attrs()};
    entry.attrs.mtime = FileTime{1'700'000'000, 0};
    entry.attrs.size = 5;
    CHECK(reply_hex([&](auto& c, Bytes& out) {
              CHECK(c.names(out, 7, std::span(&entry, 1), at(1'700'000'100)) == 1);
          }) == hex("0000006b 68 00000007 00000001 00000001 'f' 00000039"
                    "'-rw-r--r--    1 1000     100             5 Nov 14 22:13 f'"
                    "0000000f 0000000000000005 000003e8 00000064 000081a4 10203040 6553f100"));

    const std::vector<DirEntry> many(200, DirEntry{std::string(200, 'n'), all_attrs()});
    Bytes out;
    const auto n = make_codec({})->names(out, 7, many, {});
    CHECK(n > 50);
    CHECK(n < 100);
    CHECK(out.size() <= kNameReply + 4);
    out.clear();
    CHECK(make_codec({})->names(out, 7, std::span(many).first(10), {4}) == 4);
    // One that is too long by itself is sent all the same.
    const DirEntry giant{std::string(40'000, 'n'), {}};
    out.clear();
    CHECK(make_codec({})->names(out, 7, std::span(&giant, 1), {}) == 1);
}

TEST_CASE("a client reads what a server writes", "[sftp][codec]") {
    const auto codec = make_codec({});
    Bytes out;
    const auto reply = [&] {
        auto read = make_client_codec({})->reply(ByteView(out).subspan(4));
        REQUIRE(read);
        CHECK(read->id == 7);
        return std::move(read).value();
    };
    codec->status(out, 7, Status::permission_denied, "no");
    {
        const auto r = reply();
        CHECK(std::get<StatusReply>(r.body).status == Status::permission_denied);
        CHECK(std::get<StatusReply>(r.body).text == "no");
    }
    out.clear();
    codec->handle(out, 7, as_bytes("hh"));
    CHECK(std::get<HandleReply>(reply().body).handle == "hh");
    out.clear();
    codec->attrs(out, 7, all_attrs());
    {
        const auto attrs = std::get<AttrsReply>(reply().body).attrs;
        CHECK(attrs.size == 0x0102030405060708u);
        CHECK(attrs.type == FileType::regular);
        CHECK(attrs.permissions == 0644u);
    }
    out.clear();
    const std::vector<DirEntry> entries{{"a", all_attrs()}, {"b", {}}};
    codec->names(out, 7, entries, {});
    {
        const auto r = reply();
        const auto& names = std::get<NameReply>(r.body);
        REQUIRE(names.entries.size() == 2);
        CHECK(names.entries[1].name == "b");
        CHECK(names.entries[0].attrs.uid == 1000u);
    }
    out.clear();
    write_statvfs(out, 7, {1, 2, 3, 4, 5, 6, 7, 8, 9, true, false, 255});
    {
        const auto r = reply();
        const auto stats = read_statvfs(std::get<ExtendedReply>(r.body).data);
        REQUIRE(stats);
        CHECK(stats.value().files_free == 7);
        CHECK(stats.value().read_only);
        CHECK_FALSE(stats.value().no_setuid);
        CHECK(stats.value().max_name == 255);
    }
    out.clear();
    write_limits(out, 7, {1, 2, 3, 4});
    CHECK(read_limits(std::get<ExtendedReply>(reply().body).data).value().max_handles == 4);
    out.clear();
    write_users_groups(out, 7, {"a", ""}, {"g"});
    CHECK(read_users_groups(std::get<ExtendedReply>(reply().body).data).value() ==
          std::pair{std::vector<std::string>{"a", ""}, std::vector<std::string>{"g"}});
    out.clear();
    const std::vector<Extension> announced{{"a@b", "1"}, {"c", ""}};
    codec->version_reply(out, announced);
    const auto version = read_version(ByteView(out).subspan(4));
    REQUIRE(version);
    CHECK(version.value().version == 3);
    CHECK(version.value().extensions ==
          std::vector<std::pair<std::string, std::string>>{{"a@b", "1"}, {"c", ""}});
}

TEST_CASE("a client refuses broken replies and takes sparse ones", "[sftp][codec]") {
    const auto ok = [](std::string_view body) {
        const Bytes bytes = from_hex(body);
        return make_client_codec({})->reply(bytes).has_value();
    };
    CHECK(ok("65 00000007 00000004"));               // no text
    CHECK(ok("65 00000007 000000ff 00000001 'x'"));  // unknown code, no language
    CHECK_FALSE(ok("65 00000007 0000"));
    CHECK_FALSE(ok("65 0000"));
    CHECK_FALSE(ok("66 00000007 00000005 'hh'"));
    CHECK_FALSE(ok("66 00000007 00000101" + std::string(514, 'a')));
    CHECK_FALSE(ok("67 00000007 00000005 'hhhh'"));
    CHECK_FALSE(ok("68 00000007 ffffffff"));
    CHECK_FALSE(ok("68 00000007 00000002 00000001 'a' 00000000 00000000"));
    CHECK_FALSE(ok("69 00000007 0000000f"));
    CHECK_FALSE(ok("04 00000007 00000000"));
    CHECK_FALSE(read_version(from_hex("65 00000003")));
    CHECK_FALSE(read_version(from_hex("02 00000003 00000001")));
    CHECK_FALSE(read_version(from_hex("02 0000")));
    Bytes many = from_hex("02 00000003");
    for (int i = 0; i < 129; ++i) append(many, from_hex("00000000 00000000"));
    CHECK_FALSE(read_version(many));
}
