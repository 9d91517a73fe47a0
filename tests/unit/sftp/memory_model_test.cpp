// What versions 4 to 6 ask of a file tree in memory: locks, flags, attributes, copies.
#include "support/filesystem_calls.hpp"

#include <nacre/sftp/memory_filesystem.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::sftp;
using nacre::test::FilesystemCalls;

namespace {

struct Tree : FilesystemCalls {
    explicit Tree(MemoryFilesystemConfig config = {})
        : FilesystemCalls(make_memory_filesystem(config)) {}

    Result<std::shared_ptr<File>> open_as(std::string_view path, OpenFlags flags) {
        return get<std::shared_ptr<File>>([&](auto r) { fs->open(path, flags, {}, std::move(r)); });
    }
    Attrs all(std::string_view path) {
        return get<Attrs>([&](auto r) { fs->stat(path, Follow::yes, ~0u, std::move(r)); }).value();
    }
};

OpenFlags writing() {
    OpenFlags flags;
    flags.read = flags.write = flags.create = true;
    return flags;
}

Status code(const Result<std::shared_ptr<File>>& opened) {
    return opened ? Status::ok : status_of(opened.error());
}

}  // namespace

TEST_CASE("locked ranges keep other handles out", "[sftp][memory][locks]") {
    Tree t;
    CHECK(t.fs->traits().locks);
    auto a = t.open("/f", "rwc").value();
    auto b = t.open("/f", "rw").value();
    t.write(*a, 0, "0123456789");
    CHECK(t.block(*a, 2, 4, kBlockRead | kBlockWrite) == Status::ok);
    CHECK(t.block(*b, 5, 1) == Status::byte_range_lock_refused);
    std::size_t written = 9;
    CHECK(t.write(*b, 0, "abc", &written) == Status::byte_range_lock_conflict);
    CHECK(written == 0);
    CHECK(t.write(*b, 0, "ab") == Status::ok);
    CHECK(t.write(*a, 2, "AA") == Status::ok);
    Attrs shorter;
    shorter.size = 3;
    CHECK(t.set("/f", shorter) == Status::byte_range_lock_conflict);
    CHECK(t.open("/f", "wt").error().detail ==
          static_cast<std::uint32_t>(Status::byte_range_lock_conflict));
    FramePool pool;
    ReadBuffer buffer;
    Frame frame = pool.take(3);
    frame.append(3);
    buffer.frames.push_back(std::move(frame));
    auto read = Tree::get<ReadBuffer>([&](auto r) { b->read(0, std::move(buffer), std::move(r)); });
    REQUIRE_FALSE(read);
    CHECK(status_of(read.error()) == Status::byte_range_lock_conflict);
    CHECK(t.unblock(*b, 2, 4) == Status::no_matching_byte_range_lock);
    CHECK(t.unblock(*a, 2, 4) == Status::ok);
    CHECK(t.read(*b, 0, 10) == "abAA456789");
    // What a handle locks ends with it.
    CHECK(t.block(*a, 0, 0) == Status::ok);
    CHECK(t.close(*a) == Status::ok);
    CHECK(t.write(*b, 0, "x") == Status::ok);
}

TEST_CASE("opens that block others", "[sftp][memory][locks]") {
    Tree t;
    t.put("/f", "x");
    auto flags = writing();
    flags.block = kBlockWrite | kBlockDelete;
    auto held = t.open_as("/f", flags).value();
    CHECK(code(t.open("/f", "r")) == Status::ok);
    CHECK(code(t.open("/f", "w")) == Status::lock_conflict);
    CHECK(code(t.open("/f", "a")) == Status::lock_conflict);
    CHECK(t.remove("/f") == Status::lock_conflict);
    t.put("/g", "y");
    CHECK(t.rename("/g", "/f", true) == Status::lock_conflict);
    CHECK(t.exists("/g") == Status::ok);
    CHECK(t.contents("/f") == "x");
    t.close(*held);
    CHECK(t.rename("/g", "/f", true) == Status::ok);
    // A mask that means nothing leaves no file behind.
    flags.block = 1;
    CHECK(code(t.open_as("/new", flags)) == Status::invalid_parameter);
    CHECK(t.exists("/new") == Status::no_such_file);
}

TEST_CASE("flags of versions 5 and 6", "[sftp][memory]") {
    Tree t;
    t.put("/f", "x");
    t.symlink("f", "/l");
    auto flags = writing();
    flags.no_follow = true;
    CHECK(code(t.open_as("/l", flags)) == Status::link_loop);
    CHECK(code(t.open_as("/f", flags)) == Status::ok);
    flags.no_follow = false;
    flags.delete_on_close = true;
    auto doomed = t.open_as("/doomed", flags).value();
    CHECK(t.exists("/doomed") == Status::ok);
    t.close(*doomed);
    CHECK(t.exists("/doomed") == Status::no_such_file);
    // Another file that took the name stays.
    doomed = t.open_as("/doomed", flags).value();
    t.remove("/doomed");
    t.put("/doomed", "other");
    t.close(*doomed);
    CHECK(t.contents("/doomed") == "other");
    // Without a CLOSE it goes with the file.
    doomed = t.open_as("/gone", flags).value();
    doomed.reset();
    CHECK(t.exists("/gone") == Status::no_such_file);
}

TEST_CASE("attributes that version 3 does not know", "[sftp][memory]") {
    Tree t({1 << 20, 100, 7, 8, [] { return std::int64_t{1000}; }});
    t.put("/f", "x");
    auto attrs = t.all("/f");
    CHECK(attrs.owner == "7");
    CHECK(attrs.group == "8");
    CHECK(attrs.createtime == FileTime{1000, 0});
    CHECK(attrs.ctime == FileTime{1000, 0});
    CHECK(attrs.allocation_size == 32768u);
    CHECK(attrs.bits->bits == 0u);
    CHECK_FALSE(attrs.extra);
    CHECK_FALSE(t.stat("/f")->createtime);

    Attrs change;
    change.owner = "70";
    change.group = "";
    change.createtime = FileTime{-5, 999};
    change.bits = AttribBits{kBitHidden | kBitSystem, kBitHidden | kBitReadOnly};
    const Acl acl{kAclControlPresent, {{AceType::deny, kAceIdentifierGroup, kAceWriteData, "x"}}};
    change.extra.make().acl = acl;
    CHECK(t.set("/f", change) == Status::ok);
    attrs = t.all("/f");
    CHECK(attrs.uid == 70u);
    CHECK(attrs.gid == 8u);
    CHECK(attrs.createtime == FileTime{-5, 999});
    CHECK(attrs.bits->bits == kBitHidden);
    REQUIRE(attrs.extra);
    CHECK(attrs.extra->acl == acl);

    // What cannot be set leaves the rest alone.
    const auto refused = [&](auto&& edit) {
        Attrs bad;
        bad.permissions = 0123;
        edit(bad);
        const auto status = t.set("/f", bad);
        CHECK(t.stat("/f")->permissions == 0644u);
        return status;
    };
    CHECK(refused([](Attrs& a) { a.owner = "anna"; }) == Status::owner_invalid);
    CHECK(refused([](Attrs& a) { a.group = "4294967296"; }) == Status::group_invalid);
    CHECK(refused([](Attrs& a) { a.extra.make().mime_type = "text/plain"; }) ==
          Status::op_unsupported);
    CHECK(refused([](Attrs& a) {
              a.bits = AttribBits{0, kBitTranslationErr};
          }) == Status::op_unsupported);
    CHECK(refused([](Attrs& a) {
              a.size = 10;
              a.allocation_size = 9;
          }) == Status::invalid_parameter);

    // A new directory takes what it is told; the size of a new file is only announced.
    Attrs begin;
    begin.size = 5;
    begin.createtime = FileTime{1, 2};
    CHECK(Tree::code(Tree::get<void>(
              [&](auto r) { t.fs->make_directory("/d", begin, std::move(r)); })) == Status::ok);
    CHECK(t.all("/d").createtime == FileTime{1, 2});
}

TEST_CASE("open directories tell and change themselves", "[sftp][memory]") {
    Tree t;
    t.mkdir("/d");
    auto directory = Tree::get<std::shared_ptr<Directory>>([&](auto r) {
                         t.fs->open_directory("/d", std::move(r));
                     }).value();
    Attrs change;
    change.permissions = 0711;
    CHECK(Tree::code(Tree::get<void>([&](auto r) { directory->set_stat(change, std::move(r)); })) ==
          Status::ok);
    const auto attrs =
        Tree::get<Attrs>([&](auto r) { directory->stat(kAttrCommon, std::move(r)); });
    CHECK(attrs->permissions == 0711u);
    CHECK(attrs->type == FileType::directory);
}

TEST_CASE("what REALPATH looks at", "[sftp][memory]") {
    Tree t;
    t.mkdir("/d");
    t.put("/d/f", "x");
    t.symlink("d", "/l");
    struct Case {
        const char* path;
        PathCheck check;
        const char* expected;
        bool attrs;
    };
    const Case cases[] = {
        {"l/f", PathCheck::last_may_miss, "/d/f", false},
        {"l/new", PathCheck::last_may_miss, "/d/new", false},
        {"no/f", PathCheck::last_may_miss, "No such file", false},
        {"l/../no/./f//", PathCheck::no_check, "/no/f", false},
        {"../../l", PathCheck::no_check, "/l", false},
        {"", PathCheck::no_check, "/", false},
        {"l/f", PathCheck::stat_if, "/d/f", true},
        {"l/new", PathCheck::stat_if, "/d/new", false},
        {"no/../f", PathCheck::stat_if, "/f", false},
        {"l/f", PathCheck::stat_always, "/d/f", true},
        {"l", PathCheck::stat_always, "/d", true},
        {"l/new", PathCheck::stat_always, "No such file", false},
        {"no/f", PathCheck::stat_always, "No such file", false},
    };
    for (const auto& c : cases) {
        INFO(c.path << " " << static_cast<int>(c.check));
        const auto found = t.resolve(c.path, c.check);
        CHECK((found ? found->path : text_of(found.error())) == c.expected);
        CHECK((found && found->attrs) == c.attrs);
    }
}

TEST_CASE("copies of files", "[sftp][memory]") {
    Tree t({256 * 1024, 10, 0, 0, nullptr});
    t.put("/f", "data");
    Attrs mode;
    mode.permissions = 0751;
    t.set("/f", mode);
    CHECK(t.copy("/f", "/g") == Status::ok);
    CHECK(t.contents("/g") == "data");
    CHECK(t.stat("/g")->permissions == 0751u);
    t.put("/f", "new");
    CHECK(t.copy("/f", "/g") == Status::file_already_exists);
    CHECK(t.copy("/f", "/g", true) == Status::ok);
    CHECK(t.contents("/g") == "new");
    CHECK(t.copy("/f", "/f", true) == Status::failure);
    CHECK(t.contents("/f") == "new");
    CHECK(t.copy("/none", "/x") == Status::no_such_file);
    t.mkdir("/d");
    CHECK(t.copy("/d", "/x") == Status::file_is_a_directory);
    CHECK(t.copy("/f", "/d", true) == Status::file_is_a_directory);
    // A copy that does not fit is not left half.
    t.put("/big", std::string(160 * 1024, 'b'));
    t.symlink("far", "/near");
    CHECK(t.copy("/big", "/near") == Status::no_space_on_filesystem);
    CHECK(t.exists("/far") == Status::no_such_file);
    CHECK(t.exists("/near", Follow::no) == Status::ok);
}

TEST_CASE("temporary folders", "[sftp][memory]") {
    Tree t;
    auto* folders = t.fs->temporary_folders();
    CHECK(Tree::get<std::string>([&](auto r) {
              folders->temporary_folder(std::move(r));
          }).value() == "/");  // asking makes none
    REQUIRE(folders != nullptr);
    const auto make = [&] {
        return Tree::get<std::string>(
            [&](auto r) { folders->make_temporary_folder(std::move(r)); });
    };
    const auto first = make().value();
    CHECK(Tree::get<std::string>([&](auto r) {
              folders->temporary_folder(std::move(r));
          }).value() == "/tmp");
    CHECK(t.stat("/tmp")->permissions == 01777u);
    t.mkdir("/tmp/2");
    const auto second = make().value();
    CHECK(first != second);
    CHECK(t.stat(first)->permissions == 0700u);
    CHECK(t.list(second).size() == 2);
    Tree other;
    other.put("/tmp", "a file");
    CHECK_FALSE(Tree::get<std::string>(
        [&](auto r) { other.fs->temporary_folders()->make_temporary_folder(std::move(r)); }));
}
