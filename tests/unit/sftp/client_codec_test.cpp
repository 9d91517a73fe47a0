#include "sftp/client_codec.hpp"

#include "sftp/codec_open.hpp"
#include "sftp/codec_requests.hpp"
#include "sftp/extensions_requests.hpp"
#include "support/full_attrs.hpp"
#include "support/hex.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::sftp;
using namespace nacre::test;

namespace {

constexpr std::uint32_t kId = 0x11223344;

/// A request and its wire form, from the type on. Marked with (A): as AsyncSSH 2.10.1 writes it;
/// the others by hand from the drafts.
struct Example {
    Request request;
    std::string wire;
};

/// `after_id`: what stands behind type and id.
std::string message(std::string_view type, std::string_view after_id) {
    return std::string(type) + "11223344" + std::string(after_id);
}
std::string extended(std::string_view name, std::string_view fields) {
    const char length[] = {"0123456789abcdef"[name.size() / 16],
                           "0123456789abcdef"[name.size() % 16], '\0'};
    return message(
        "c8", "000000" + std::string(length) + "'" + std::string(name) + "'" + std::string(fields));
}

OpenFlags flags_of(std::initializer_list<bool OpenFlags::*> members) {
    OpenFlags flags;
    for (const auto member : members) flags.*member = true;
    return flags;
}

Attrs settable(std::uint32_t version) {
    Attrs attrs = full_attrs();
    attrs.allocation_size = attrs.size;
    attrs.text_hint.reset();
    attrs.link_count.reset();
    if (version == 5) attrs.bits.reset();
    return attrs;
}
std::string settable_wire(std::uint32_t version) {
    std::string wire = full_attrs_wire(version);
    if (version < 6) return wire;
    const auto replace = [&](std::string_view from, std::string_view to) {
        const auto at = wire.find(from);
        REQUIRE(at != std::string::npos);
        wire.replace(at, from.size(), to);
    };
    replace("0000fffd", "0000d7fd");
    replace("1122334455667788", "0102030405060708");
    replace("00000013 01 0000000a 'text/plain' 00000003 00000001",
            "00000013 0000000a 'text/plain' 00000001");
    return wire;
}

void add_open(std::vector<Example>& all, std::uint32_t version) {
    Attrs mode;
    mode.permissions = 0755;
    const std::string tail = "00000004 05 000001ed";
    OpenFlags create =
        flags_of({&OpenFlags::read, &OpenFlags::write, &OpenFlags::create, &OpenFlags::truncate});
    OpenFlags append = flags_of(
        {&OpenFlags::append, &OpenFlags::write, &OpenFlags::create, &OpenFlags::exclusive});
    const std::string path = "00000002 '/a'";
    if (version == 4) {
        all.push_back({OpenRequest{"/a", create, mode}, message("03", path + "0000001b" + tail)});
        all.push_back({OpenRequest{"/a", append, mode}, message("03", path + "0000002e" + tail)});
        append.text = true;
        all.push_back({OpenRequest{"/a", append, mode}, message("03", path + "0000006e" + tail)});
        return;
    }
    all.push_back({OpenRequest{"/a", create, mode},
                   message("03", path + "00000183 00000001" + tail)});  // (A)
    all.push_back({OpenRequest{"/a", append, mode},
                   message("03", path + "00000106 00000008" + tail)});  // (A)
    append.text = true;
    append.access = kAceWriteData;
    append.block = kBlockWrite;
    all.push_back(
        {OpenRequest{"/a", append, mode}, message("03", path + "00000002 000000a8" + tail)});
    if (version == 5) return;
    append.no_follow = append.delete_on_close = true;
    append.block |= kBlockAdvisory;
    all.push_back(
        {OpenRequest{"/a", append, mode}, message("03", path + "00000002 00000ea8" + tail)});
}

std::vector<Example> examples(std::uint32_t version) {
    Attrs mode;
    mode.permissions = 0755;
    const std::string mode_wire = "00000004 05 000001ed";
    constexpr AttrMask kWanted = 0x1bd;
    const AttrMask wanted = kWanted | kAttrUidGid;
    const Attrs all_set = settable(version);
    const auto all_wire = settable_wire(version);
    Attrs no_size = mode;
    std::vector<Example> all{
        {CloseRequest{"hh"}, message("04", "00000002 'hh'")},
        {ReadRequest{"hh", 0x0102030405060708, 32768},
         message("05", "00000002 'hh' 0102030405060708 00008000")},
        {WriteRequest{"hh", 7, 3}, message("06", "00000002 'hh' 0000000000000007 00000003")},
        {StatRequest{"p", Follow::no, wanted}, message("07", "00000001 'p' 000001bd")},       // (A)
        {FstatRequest{"hh", wanted}, message("08", "00000002 'hh' 000001bd")},                // (A)
        {SetstatRequest{"p", mode, Follow::yes}, message("09", "00000001 'p'" + mode_wire)},  // (A)
        {SetstatRequest{"p", all_set, Follow::yes}, message("09", "00000001 'p'" + all_wire)},
        {FsetstatRequest{"hh", all_set}, message("0a", "00000002 'hh'" + all_wire)},
        {OpendirRequest{"p"}, message("0b", "00000001 'p'")},
        {ReaddirRequest{"hh"}, message("0c", "00000002 'hh'")},
        {RemoveRequest{"p"}, message("0d", "00000001 'p'")},
        {MkdirRequest{"p", mode}, message("0e", "00000001 'p'" + mode_wire)},  // (A)
        {RmdirRequest{"p"}, message("0f", "00000001 'p'")},
        {StatRequest{"p", Follow::yes, wanted}, message("11", "00000001 'p' 000001bd")},  // (A)
        {ReadlinkRequest{"p"}, message("13", "00000001 'p'")},
        {StatvfsRequest{"p"}, extended("statvfs@openssh.com", "00000001 'p'")},
        {FstatvfsRequest{"hh"}, extended("fstatvfs@openssh.com", "00000002 'hh'")},
        {FsyncRequest{"hh"}, extended("fsync@openssh.com", "00000002 'hh'")},
        {SetstatRequest{"p", no_size, Follow::no},
         extended("lsetstat@openssh.com", "00000001 'p'" + mode_wire)},
        {LimitsRequest{}, extended("limits@openssh.com", "")},
        {ExpandPathRequest{"~/x"}, extended("expand-path@openssh.com", "00000003 '~/x'")},
        {CopyDataRequest{"rr", 1, 2, "ww", 3},
         extended("copy-data",
                  "00000002 'rr' 0000000000000001 0000000000000002 00000002 'ww' "
                  "0000000000000003")},
        {HomeDirectoryRequest{"me"}, extended("home-directory", "00000002 'me'")},
        {UsersGroupsRequest{"abcd", "efgh"},
         extended("users-groups-by-id@openssh.com", "00000004 'abcd' 00000004 'efgh'")},
        {TextSeekRequest{"hh", 5}, extended("text-seek", "00000002 'hh' 0000000000000005")},
        {VersionSelectRequest{"6"}, extended("version-select", "00000001 '6'")},
        {CheckFileHandleRequest{"hh", "sha256,md5", {1, 2, 256}, CheckFileForm::digests},
         extended("check-file-handle",
                  "00000002 'hh' 0000000a 'sha256,md5' 0000000000000001 "
                  "0000000000000002 00000100")},
        {CheckFileHandleRequest{"hh", "md5", {1, 2, 0}, CheckFileForm::named},
         extended("check-file",
                  "00000002 'hh' 00000003 'md5' 0000000000000001 "
                  "0000000000000002 00000000")},
        {CheckFileNameRequest{"p", "md5", {1, 2, 512}},
         extended("check-file-name",
                  "00000001 'p' 00000003 'md5' 0000000000000001 "
                  "0000000000000002 00000200")},
        {Md5HashRequest{"p", 1, 2, "quick"},
         extended("md5-hash", "00000001 'p' 0000000000000001 0000000000000002 00000005 'quick'")},
        {Md5HashHandleRequest{"hh", 1, 2, ""},
         extended("md5-hash-handle", "00000002 'hh' 0000000000000001 0000000000000002 00000000")},
        {CopyFileRequest{"a", "bb", true}, extended("copy-file", "00000001 'a' 00000002 'bb' 01")},
        {SpaceAvailableRequest{"p"}, extended("space-available", "00000001 'p'")},
        {GetTempFolderRequest{}, extended("get-temp-folder", "")},
        {MakeTempFolderRequest{}, extended("make-temp-folder", "")},
        {VendorIdRequest{"Acme", "Nacre", "1", 9},
         extended("vendor-id", "00000004 'Acme' 00000005 'Nacre' 00000001 '1' 0000000000000009")},
    };
    add_open(all, version);
    const std::string names = "00000004 'from' 00000002 'to'";
    if (version < 5) {
        all.push_back({RenameRequest{"from", "to", false}, message("12", names)});  // (A)
        all.push_back(
            {RenameRequest{"from", "to", true}, extended("posix-rename@openssh.com", names)});
    } else {
        all.push_back(
            {RenameRequest{"from", "to", false}, message("12", names + "00000000")});  // (A)
        all.push_back({RenameRequest{"from", "to", true}, message("12", names + "00000003")});
    }
    if (version < 6) {
        all.push_back({RealpathRequest{"p"}, message("10", "00000001 'p'")});  // (A)
        all.push_back(
            {SymlinkRequest{"target", "link"}, message("14", "00000006 'target' 00000004 'link'")});
        all.push_back({HardlinkRequest{"old", "new"},
                       extended("hardlink@openssh.com", "00000003 'old' 00000003 'new'")});  // (A)
        return all;
    }
    all.push_back({RealpathRequest{"p", PathCheck::stat_always, {"a", "/b"}},
                   message("10", "00000001 'p' 03 00000001 'a' 00000002 '/b'")});  // (A)
    all.push_back(
        {RealpathRequest{"p", PathCheck::no_check, {}}, message("10", "00000001 'p' 01")});
    all.push_back({SymlinkRequest{"target", "link"},
                   message("15", "00000004 'link' 00000006 'target' 01")});  // (A)
    all.push_back(
        {HardlinkRequest{"old", "new"}, message("15", "00000003 'new' 00000003 'old' 00")});  // (A)
    all.push_back({BlockRequest{"hh", 1, 2, 0x2c0},
                   message("16", "00000002 'hh' 0000000000000001 0000000000000002 000002c0")});
    all.push_back({UnblockRequest{"hh", 1, 2},
                   message("17", "00000002 'hh' 0000000000000001 0000000000000002")});  // (A)
    all.push_back(
        {FilenameTranslationControlRequest{false}, extended("filename-translation-control", "00")});
    return all;
}

std::string written(const Request& request, const Dialect& dialect) {
    Bytes out;
    const auto done = make_client_codec(dialect)->request(out, kId, request);
    if (!done) {
        CHECK(done.error().code == Errc::unsupported);
        CHECK(out.empty());
        return "unsupported";
    }
    // The data of a WRITE is to follow.
    const auto* write = std::get_if<WriteRequest>(&request);
    CHECK(load_be32(out.data()) == out.size() - 4 + (write != nullptr ? write->length : 0));
    return to_hex(Bytes(out.begin() + 4, out.end()));
}

std::string hex(std::string_view notation) {
    return to_hex(from_hex(notation));
}

Result<ReplyMessage> read(const Bytes& body, std::uint32_t version) {
    return make_client_codec({version})->reply(body);
}
bool takes(std::string_view body, std::uint32_t version) {
    return read(from_hex(body), version).has_value();
}

}  // namespace

TEST_CASE("every request of every version is written and read", "[sftp][client][codec]") {
    for (const std::uint32_t version : {4u, 5u, 6u}) {
        const auto codec = make_codec({version});
        std::vector<bool> seen(std::variant_size_v<Request>);
        for (const auto& example : examples(version)) {
            CAPTURE(version, example.wire);
            CHECK(written(example.request, {version}) == hex(example.wire));
            seen[example.request.index()] = true;

            Message message;
            message.bytes = from_hex(example.wire);
            message.data_apart = std::holds_alternative<WriteRequest>(example.request);
            const auto request = codec->decode(message);
            REQUIRE(request);
            CHECK(request->index() == example.request.index());
            CHECK(written(*request, {version}) == hex(example.wire));
            append(message.bytes, from_hex("00000000"));
            CHECK(codec->decode(message));
        }
        const bool six = version == 6;
        seen[index_of<BlockRequest>()] = seen[index_of<UnblockRequest>()] = true;
        seen[index_of<FilenameTranslationControlRequest>()] = true;
        CHECK(std::count(seen.begin(), seen.end(), false) == 0);
        for (const Request& request :
             {Request{BlockRequest{"h", 0, 0, 0x40}}, Request{UnblockRequest{"h", 0, 0}},
              Request{FilenameTranslationControlRequest{}}})
            CHECK((written(request, {version}) == "unsupported") == !six);
    }
}

TEST_CASE("every request of every version cut anywhere is refused", "[sftp][client][codec]") {
    for (const std::uint32_t version : {4u, 5u, 6u}) {
        const auto codec = make_codec({version});
        for (const auto& example : examples(version)) {
            const Bytes whole = from_hex(example.wire);
            for (std::size_t n = 5; n < whole.size(); ++n) {
                CAPTURE(version, example.wire, n);
                Message message;
                message.bytes.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
                const auto request = codec->decode(message);
                // What may be left out: attributes of MKDIR, and all behind the path of REALPATH.
                const auto* mkdir = std::get_if<MkdirRequest>(&example.request);
                if (mkdir != nullptr && n == 10) continue;
                if (std::holds_alternative<RealpathRequest>(example.request) && n >= 10 &&
                    request.has_value())
                    continue;
                REQUIRE_FALSE(request);
                CHECK(status_of(request.error()) == Status::bad_message);
            }
        }
    }
}

TEST_CASE("the examples have every extended request", "[sftp][client][codec]") {
    const auto all = examples(6);
    for (const auto& known : extended_requests()) {
        CAPTURE(known.name);
        // By its flags in version 6.
        if (known.name == "posix-rename@openssh.com" || known.name == "hardlink@openssh.com")
            continue;
        const auto quoted = "'" + std::string(known.name) + "'";
        CHECK(std::any_of(all.begin(), all.end(), [&](const Example& example) {
            return example.wire.find(quoted) != std::string::npos;
        }));
    }
}

TEST_CASE("what a version cannot say is refused before a byte", "[sftp][client][codec]") {
    const auto opens = [](const OpenFlags& flags, std::uint32_t version) {
        return written(OpenRequest{"p", flags, {}}, {version}) != "unsupported";
    };
    const auto text = flags_of({&OpenFlags::read, &OpenFlags::text});
    const auto no_follow = flags_of({&OpenFlags::read, &OpenFlags::no_follow});
    const auto delete_on_close = flags_of({&OpenFlags::read, &OpenFlags::delete_on_close});
    OpenFlags block = flags_of({&OpenFlags::read});
    block.block = kBlockWrite;
    OpenFlags advisory = block;
    advisory.block |= kBlockAdvisory;
    for (std::uint32_t version = 3; version <= 6; ++version) {
        CAPTURE(version);
        CHECK(opens(text, version) == (version >= 4));
        CHECK(opens(block, version) == (version >= 5));
        CHECK(opens(advisory, version) == (version >= 6));
        CHECK(opens(no_follow, version) == (version >= 6));
        CHECK(opens(delete_on_close, version) == (version >= 6));
        const auto says = [&](const Request& request) {
            return written(request, {version}) != "unsupported";
        };
        CHECK(says(TextSeekRequest{"h", 1}) == (version >= 4));
        CHECK(says(RealpathRequest{"p", PathCheck::stat_always, {}}) == (version >= 6));
        CHECK(says(RealpathRequest{"p", PathCheck::no_check, {"a"}}) == (version >= 6));
        CHECK(says(RealpathRequest{"p", PathCheck::stat_if, {}}));
    }
    const std::vector<std::string_view> most(kMaxCompose, "a");
    auto more = most;
    more.push_back("a");
    CHECK(written(RealpathRequest{"p", PathCheck::no_check, most}, {6}) != "unsupported");
    CHECK(written(RealpathRequest{"p", PathCheck::no_check, more}, {6}) == "unsupported");
}

TEST_CASE("what a version says in its own way", "[sftp][client][codec]") {
    // Existing or not: that is what older versions do.
    CHECK(written(RealpathRequest{"p"}, {6}) == hex(message("10", "00000001 'p' 02")));
    Dialect draft{4};
    draft.symlink_target_first = false;
    CHECK(written(SymlinkRequest{"target", "link"}, draft) ==
          hex(message("14", "00000004 'link' 00000006 'target'")));  // as AsyncSSH 2.10.1
    // What must not be set is left out.
    CHECK(written(SetstatRequest{"p", full_attrs(), Follow::yes}, {6}).substr(20, 8) == "0000d7fd");
    CHECK(
        written(OpenRequest{"p", flags_of({&OpenFlags::read}), full_attrs()}, {6}).substr(36, 8) ==
        "0000dffd");
}

TEST_CASE("a client reads what a server of its version writes", "[sftp][client][codec]") {
    for (std::uint32_t version = 3; version <= 6; ++version) {
        CAPTURE(version);
        const auto codec = make_codec({version});
        Bytes out;
        const auto reply = [&] {
            const Bytes body(out.begin() + 4, out.end());
            for (std::size_t n = 0; n < body.size(); ++n) {
                const bool broken =
                    !read(Bytes(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(n)),
                          version)
                         .has_value();
                // STATUS needs no text, nor NAME and DATA their end.
                const bool optional =
                    body[0] == 101 ? n >= 9 : version == 6 && n + 1 == body.size();
                CHECK((broken || optional));
            }
            return body;
        };
        codec->status(out, 7, Status::file_already_exists, "no");
        {
            const auto body = reply();
            const auto r = read(body, version);
            REQUIRE(r);
            CHECK(r->id == 7);
            const auto& status = std::get<StatusReply>(r->body);
            CHECK(status.text == "no");
            CHECK(status.status == (version == 3 ? Status::failure : Status::file_already_exists));
        }
        out.clear();
        codec->handle(out, 7, as_bytes("hh"));
        CHECK(std::get<HandleReply>(read(reply(), version)->body).handle == "hh");
        out.clear();
        Attrs attrs = full_attrs();
        attrs.uid = attrs.gid = 1;
        codec->attrs(out, 7, attrs);
        {
            const auto body = reply();
            const auto r = read(body, version);
            REQUIRE(r);
            const auto& same = std::get<AttrsReply>(r->body).attrs;
            CHECK(same.size == attrs.size);
            CHECK(same.permissions == attrs.permissions);
            if (version >= 4) CHECK(same.owner == "ann");
            if (version >= 5) CHECK(same.bits->bits == 0x11);
            CHECK(same.link_count.has_value() == (version == 6));
        }
        out.clear();
        codec->path_name(out, 7, "/x", {});
        CHECK(std::get<NameReply>(read(reply(), version)->body).entries.at(0).name == "/x");
        out.clear();
        const std::vector<DirEntry> entries{{"a", attrs}, {"b", {}}};
        NamesFormat format;
        format.all_read = true;
        codec->names(out, 7, entries, format);
        {
            const auto body = reply();
            const auto r = read(body, version);
            REQUIRE(r);
            const auto& names = std::get<NameReply>(r->body);
            REQUIRE(names.entries.size() == 2);
            CHECK(names.entries[0].attrs.size == attrs.size);
            CHECK(names.entries[1].name == "b");
            CHECK(names.entries[1].longname.empty() == (version > 3));
            CHECK(names.end_of_list == (version == 6));
        }
    }
}

TEST_CASE("ends that version 6 tells", "[sftp][client][codec]") {
    const auto data = [](std::string_view body, std::uint32_t version) {
        const Bytes bytes = from_hex(body);
        const auto reply = read(bytes, version);
        REQUIRE(reply);
        CHECK(as_text(std::get<DataReply>(reply->body).data) == "ab");
        return std::get<DataReply>(reply->body).end_of_file;
    };
    CHECK(data("67 00000007 00000002 'ab' 01", 6));
    CHECK_FALSE(data("67 00000007 00000002 'ab' 00", 6));
    CHECK_FALSE(data("67 00000007 00000002 'ab'", 6));
    CHECK_FALSE(data("67 00000007 00000002 'ab' 01", 5));
}

TEST_CASE("a client of any version refuses broken replies", "[sftp][client][codec]") {
    for (const std::uint32_t version : {4u, 5u, 6u}) {
        CHECK(takes("65 00000007 00000004", version));
        CHECK_FALSE(takes("65 00000007 0000", version));
        CHECK_FALSE(takes("66 00000007 00000005 'hh'", version));
        CHECK(takes("66 00000007 00000100" + std::string(512, 'a'), version));
        CHECK_FALSE(takes("66 00000007 00000101" + std::string(514, 'a'), version));
        CHECK_FALSE(takes("67 00000007 00000005 'hhhh'", version));
        CHECK_FALSE(takes("68 00000007 ffffffff", version));
        CHECK_FALSE(takes("68 00000007 00000002 00000001 'a' 00000000 05", version));
        CHECK_FALSE(takes("69 00000007 00000001 05", version));
        CHECK_FALSE(takes("04 00000007 00000000", version));
        CHECK_FALSE(takes("", version));
        // A code of a later version, and one of none.
        const auto code = [&](std::string_view notation) {
            const Bytes bytes = from_hex("65 00000007" + std::string(notation));
            return std::get<StatusReply>(read(bytes, version)->body).status;
        };
        CHECK(code("0000000b") == Status::file_already_exists);
        CHECK(code("0000001f") ==
              (version == 6 ? Status::no_matching_byte_range_lock : Status::failure));
        CHECK(code("00000020") == Status::failure);
        CHECK(code("ffffffff") == Status::failure);
    }
}
