// What a server makes of requests of versions 4 to 6 beyond the wire forms that
// client_codec_test.cpp has.
#include "sftp/codec_requests.hpp"

#include "sftp/codec_open.hpp"
#include "support/hex.hpp"

#include <nacre/wire/writer.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::sftp;
using nacre::test::from_hex;

namespace {

/// Views in the request are borrowed from `message`.
struct Decoded {
    Message message;
    Result<Request> request = failure(Status::failure);

    template <class R>
    const R& as() const {
        REQUIRE(request);
        REQUIRE(std::holds_alternative<R>(*request));
        return std::get<R>(*request);
    }
    Status status() const {
        REQUIRE_FALSE(request);
        return status_of(request.error());
    }
};

/// `body`: from the type on.
std::unique_ptr<Decoded> decode(std::string_view body, const Dialect& dialect) {
    auto decoded = std::make_unique<Decoded>();
    decoded->message.bytes = from_hex(body);
    decoded->request = make_codec(dialect)->decode(decoded->message);
    return decoded;
}

std::string u32(std::uint32_t value) {
    Bytes bytes;
    Writer(bytes).u32(value);
    return nacre::test::to_hex(bytes);
}

Result<OpenFlags> opened(std::uint32_t access, std::uint32_t flags, std::uint32_t version) {
    auto decoded =
        decode("03 00000001 00000002 '/a'" + u32(access) + u32(flags) + "00000000 05", {version});
    if (!decoded->request) return decoded->request.error();
    return decoded->as<OpenRequest>().flags;
}
Status refused(std::uint32_t access, std::uint32_t flags, std::uint32_t version) {
    return status_of(opened(access, flags, version).error());
}

}  // namespace

TEST_CASE("OPEN of version 4 has a flag for text", "[sftp][codec]") {
    const auto four = decode("03 00000001 00000002 '/a' 0000005b 00000004 05 000001ed", {4});
    const auto& open = four->as<OpenRequest>();
    CHECK(open.path == "/a");
    CHECK(open.flags.read);
    CHECK(open.flags.write);
    CHECK(open.flags.create);
    CHECK(open.flags.truncate);
    CHECK(open.flags.text);
    CHECK_FALSE(open.flags.append);
    CHECK_FALSE(open.flags.exclusive);
    CHECK(open.flags.access == 0);
    CHECK(open.attrs.permissions == 0755u);
    const auto three = decode("03 00000001 00000002 '/a' 00000041 00000000", {3});
    CHECK_FALSE(three->as<OpenRequest>().flags.text);
}

TEST_CASE("OPEN of versions 5 and 6 has five dispositions", "[sftp][codec]") {
    for (const std::uint32_t version : {5u, 6u}) {
        const bool create[] = {true, true, false, true, false};
        const bool truncate[] = {false, true, false, false, true};
        const bool exclusive[] = {true, false, false, false, false};
        for (std::uint32_t number = 0; number < 5; ++number) {
            CAPTURE(version, number);
            const auto flags = opened(kAceWriteData, number, version);
            REQUIRE(flags);
            CHECK(flags->create == create[number]);
            CHECK(flags->truncate == truncate[number]);
            CHECK(flags->exclusive == exclusive[number]);
        }
        for (std::uint32_t number = 5; number < 8; ++number)
            CHECK(refused(kAceWriteData, number, version) == Status::invalid_parameter);
    }
}

TEST_CASE("an access mask says what a file is opened for", "[sftp][codec]") {
    const auto read = opened(kAceReadData | kAceReadAttributes, kOpenExisting, 6);
    REQUIRE(read);
    CHECK(read->read);
    CHECK_FALSE(read->write);
    CHECK(read->access == 0x81);
    // WinSCP asks for APPEND_DATA whenever it writes: that is no order to write at the end.
    const auto write = opened(kAceWriteData | kAceAppendData, kCreateTruncate, 6);
    REQUIRE(write);
    CHECK(write->write);
    CHECK_FALSE(write->append);
    CHECK_FALSE(write->read);
    for (const std::uint32_t flag : {kAppendData, kAppendDataAtomic}) {
        const auto append = opened(kAceAppendData, kOpenOrCreate | flag, 5);
        REQUIRE(append);
        CHECK(append->write);
        CHECK(append->append);
    }
    // Who may not write does not do so at the end either.
    const auto nothing = opened(kAceReadAttributes | kAceWriteAttributes, kAppendData | 2, 5);
    REQUIRE(nothing);
    CHECK_FALSE(nothing->read);
    CHECK_FALSE(nothing->write);
    CHECK_FALSE(nothing->append);
}

TEST_CASE("flags of OPEN that a version does not have", "[sftp][codec]") {
    const std::uint32_t all = kTextMode | kBlockBits | kBlockAdvisory | kNoFollow | kDeleteOnClose;
    const auto six = opened(kAceReadData, kOpenExisting | all, 6);
    REQUIRE(six);
    CHECK(six->text);
    CHECK(six->block == (kBlockBits | kBlockAdvisory));
    CHECK(six->no_follow);
    CHECK(six->delete_on_close);
    const auto five = opened(kAceReadData, kOpenExisting | kTextMode | kBlockBits, 5);
    REQUIRE(five);
    CHECK(five->text);
    CHECK(five->block == kBlockBits);
    for (const std::uint32_t flag : {kBlockAdvisory, kNoFollow, kDeleteOnClose, kBackupStream})
        CHECK(refused(kAceReadData, kOpenExisting | flag, 5) == Status::invalid_parameter);
    CHECK(opened(kAceReadData, kOpenExisting | kAuditAlarmInfo | kAccessBackup, 6));
    CHECK(refused(kAceReadData, kOpenExisting | kBackupStream, 6) == Status::op_unsupported);
    CHECK(refused(kAceReadData, kOpenExisting | kOverrideOwner, 6) == Status::op_unsupported);
    CHECK(refused(kAceReadData, kOpenExisting | 0x10000, 6) == Status::invalid_parameter);
}

TEST_CASE("STAT tells what is wanted", "[sftp][codec]") {
    const auto wanted = [](std::uint32_t mask, std::uint32_t version) {
        const auto tail = u32(mask);
        const auto stat = decode("11 00000001 00000001 'p'" + tail, {version});
        const auto lstat = decode("07 00000001 00000001 'p'" + tail, {version});
        const auto fstat = decode("08 00000001 00000001 'h'" + tail, {version});
        CHECK(stat->as<StatRequest>().follow == Follow::yes);
        CHECK(lstat->as<StatRequest>().follow == Follow::no);
        CHECK(lstat->as<StatRequest>().wanted == stat->as<StatRequest>().wanted);
        CHECK(fstat->as<FstatRequest>().wanted == stat->as<StatRequest>().wanted);
        return stat->as<StatRequest>().wanted;
    };
    CHECK(wanted(kAttrSize, 4) == kAttrSize);
    CHECK(wanted(kAttrOwnerGroup, 5) == (kAttrOwnerGroup | kAttrUidGid));
    CHECK(wanted(kAttrSize | kAttrMimeType, 6) == (kAttrSize | kAttrMimeType));
    // Not in version 5.
    CHECK(wanted(kAttrSize | kAttrMimeType, 5) == kAttrSize);
    for (const std::uint32_t version : {3u, 4u, 5u, 6u}) CHECK(wanted(0, version) == kAttrCommon);
}

TEST_CASE("RENAME has flags from version 5 on", "[sftp][codec]") {
    const std::string names = "12 00000001 00000001 'a' 00000001 'b'";
    for (const std::uint32_t flags : {0u, 1u, 2u, 3u, 4u, 8u}) {
        for (const std::uint32_t version : {3u, 4u, 5u, 6u}) {
            const auto decoded = decode(names + u32(flags), {version});
            CHECK(decoded->as<RenameRequest>().overwrite == (version >= 5 && (flags & 7) != 0));
        }
    }
}

TEST_CASE("REALPATH of version 6 has a control byte and paths to join", "[sftp][codec]") {
    const std::string path = "10 00000001 00000001 'p'";
    const auto check = [&](std::string_view tail, std::uint32_t version) {
        return decode(path + std::string(tail), {version})->as<RealpathRequest>().check;
    };
    CHECK(check("", 6) == PathCheck::no_check);
    CHECK(check("01", 6) == PathCheck::no_check);
    CHECK(check("02", 6) == PathCheck::stat_if);
    CHECK(check("03", 6) == PathCheck::stat_always);
    CHECK(check("", 5) == PathCheck::last_may_miss);
    CHECK(check("03", 3) == PathCheck::last_may_miss);
    CHECK(decode(path + "00", {6})->status() == Status::invalid_parameter);
    CHECK(decode(path + "04", {6})->status() == Status::invalid_parameter);

    const auto two = decode(path + "01 00000001 'a' 00000002 '/b'", {6});
    CHECK(two->as<RealpathRequest>().compose == std::vector<std::string_view>{"a", "/b"});
    CHECK(decode(path + "01 00000001", {6})->status() == Status::bad_message);
    std::string many = path + "01";
    for (std::size_t i = 0; i < kMaxCompose; ++i) many += "00000001 'a'";
    CHECK(decode(many, {6})->as<RealpathRequest>().compose.size() == kMaxCompose);
    CHECK(decode(many + "00000000", {6})->status() == Status::invalid_parameter);
}

TEST_CASE("links and locks are those of the version", "[sftp][codec]") {
    const std::string symlink = "14 00000001 00000001 'a' 00000001 'b'";
    const std::string link = "15 00000001 00000001 'a' 00000001 'b'";
    const std::string block = "16 00000001 00000001 'h' 0000000000000001 0000000000000002";
    const std::string unblock = "17 00000001 00000001 'h' 0000000000000001 0000000000000002";
    for (const std::uint32_t version : {3u, 4u, 5u}) {
        Dialect dialect{version};
        CHECK(decode(symlink, dialect)->as<SymlinkRequest>().target == "a");
        dialect.symlink_target_first = false;
        CHECK(decode(symlink, dialect)->as<SymlinkRequest>().target == "b");
        CHECK(decode(link + "01", dialect)->status() == Status::op_unsupported);
        CHECK(decode(block + "00000040", dialect)->status() == Status::op_unsupported);
        CHECK(decode(unblock, dialect)->status() == Status::op_unsupported);
    }
    CHECK(decode(symlink, {6})->status() == Status::op_unsupported);
    const auto soft = decode(link + "01", {6});
    CHECK(soft->as<SymlinkRequest>().link == "a");
    CHECK(soft->as<SymlinkRequest>().target == "b");
    const auto hard = decode(link + "00", {6});
    CHECK(hard->as<HardlinkRequest>().link == "a");
    CHECK(hard->as<HardlinkRequest>().existing == "b");
    const auto locked = decode(block + "000002c0", {6});
    CHECK(locked->as<BlockRequest>().mask == (kBlockRead | kBlockWrite | kBlockAdvisory));
    CHECK(decode(block + "00000440", {6})->status() == Status::invalid_parameter);
}

TEST_CASE("attributes that are not to be set", "[sftp][codec]") {
    const auto setstat = [](std::string_view attrs, std::uint32_t version) {
        return decode("09 00000001 00000001 'p'" + std::string(attrs), {version});
    };
    const auto fsetstat = [](std::string_view attrs, std::uint32_t version) {
        return decode("0a 00000001 00000001 'h'" + std::string(attrs), {version});
    };
    const std::string extended = "80000000 05 00000001 00000001 'a' 00000001 'b'";
    for (const std::uint32_t version : {4u, 5u}) {
        const auto ignored = setstat(extended, version);
        const auto& extra = ignored->as<SetstatRequest>().attrs.extra;
        CHECK((!extra || extra->extended.empty()));
    }
    CHECK(setstat(extended, 6)->status() == Status::op_unsupported);
    CHECK(decode("0e 00000001 00000001 'p'" + extended, {6})->status() == Status::op_unsupported);
    CHECK(decode("c8 00000001 00000014 'lsetstat@openssh.com' 00000001 'p'" + extended, {6})
              ->status() == Status::op_unsupported);

    const std::string hint = "00000800 05 00";
    const std::string links = "00002000 05 00000001";
    CHECK(setstat(hint, 6)->status() == Status::invalid_parameter);
    CHECK(fsetstat(links, 6)->status() == Status::invalid_parameter);
    // A new file may be said to be text.
    CHECK(decode("03 00000001 00000001 'p' 00000002 00000003" + hint, {6})->request);

    const std::string less = "00000401 05 0000000000000002 0000000000000001";
    const std::string same = "00000401 05 0000000000000002 0000000000000002";
    CHECK(setstat(less, 6)->status() == Status::invalid_parameter);
    CHECK(setstat(same, 6)->request);
}

TEST_CASE("MKDIR may leave its attributes out", "[sftp][codec]") {
    for (const std::uint32_t version : {3u, 4u, 5u, 6u}) {
        const auto mkdir = decode("0e 00000001 00000001 'p'", {version});
        CHECK_FALSE(mkdir->as<MkdirRequest>().attrs.permissions);
        CHECK(decode("0e 00000001 00000001 'p' 00", {version})->status() == Status::bad_message);
    }
}

TEST_CASE("extensions that a version does not have", "[sftp][codec]") {
    const std::string seek = "c8 00000001 00000009 'text-seek' 00000001 'h' 0000000000000005";
    CHECK(decode(seek, {3})->status() == Status::op_unsupported);
    CHECK(decode(seek, {4})->as<TextSeekRequest>().line == 5);
    const std::string control = "c8 00000001 0000001c 'filename-translation-control' 00";
    CHECK(decode(control, {5})->status() == Status::op_unsupported);
    CHECK_FALSE(decode(control, {6})->as<FilenameTranslationControlRequest>().translate);
}
