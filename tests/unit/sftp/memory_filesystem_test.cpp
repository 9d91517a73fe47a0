#include "sftp/memory_data.hpp"
#include "support/filesystem_calls.hpp"

#include <nacre/sftp/memory_filesystem.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::sftp;
using nacre::test::FilesystemCalls;

namespace {

std::int64_t clock_now = 0;

/// Calls into an empty tree.
struct Tree : FilesystemCalls {
    explicit Tree(MemoryFilesystemConfig config = {})
        : FilesystemCalls(make_memory_filesystem(config)) {}
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("paths", "[sftp][memory]") {
    Tree t;
    CHECK(t.mkdir("/d") == Status::ok);
    CHECK(t.mkdir("d/e/") == Status::ok);
    CHECK(t.create("/d/e/f") == Status::ok);
    for (const auto* path : {"d/e/f", "/d/e/f", "//d///e/./f", "/d/../d/e/../e/f", "/../../d/e/f"})
        CHECK(t.exists(path) == Status::ok);
    CHECK(t.exists("") == Status::ok);
    CHECK(t.exists("/d/e/f/") == Status::not_a_directory);
    CHECK(t.exists("/d/e/f/x") == Status::not_a_directory);
    CHECK(t.exists("/d/e/f/..") == Status::not_a_directory);
    CHECK(t.exists("/none/x") == Status::no_such_file);
    CHECK(t.exists("/none/../d") == Status::no_such_file);
    CHECK(t.exists("/" + std::string(256, 'n')) == Status::invalid_filename);
    CHECK(t.exists(std::string(5000, '/')) == Status::invalid_filename);
    CHECK(t.real("") == "/");
    CHECK(t.real(".") == "/");
    CHECK(t.real("d/e/..") == "/d");
    CHECK(t.real("d/e/f") == "/d/e/f");
    CHECK(t.real("d/new") == "/d/new");
    CHECK(t.real("new") == "/new");
    CHECK(t.real("new/x") == "No such file");
}

TEST_CASE("links lead on, in circles not for long", "[sftp][memory]") {
    Tree t;
    t.mkdir("/d");
    t.create("/d/f");
    CHECK(t.symlink("d", "/l") == Status::ok);
    CHECK(t.symlink("/l/f", "/d/absolute") == Status::ok);
    CHECK(t.symlink("../d/f", "/d/up") == Status::ok);
    CHECK(t.symlink("nothing", "/dangling") == Status::ok);
    CHECK(t.exists("/l/absolute") == Status::ok);
    CHECK(t.exists("/l/up") == Status::ok);
    CHECK(t.stat("/l", Follow::no)->type == FileType::symlink);
    CHECK(t.stat("/l", Follow::no)->size == 1u);
    CHECK(t.stat("/l")->type == FileType::directory);
    CHECK(t.stat("/l/", Follow::no)->type == FileType::directory);
    CHECK(t.exists("/dangling") == Status::no_such_file);
    CHECK(t.exists("/dangling", Follow::no) == Status::ok);
    CHECK(t.real("/l/f") == "/d/f");
    CHECK(t.real("/dangling") == "/nothing");
    CHECK(t.create("/dangling") == Status::ok);
    CHECK(t.exists("/nothing") == Status::ok);
    CHECK(t.symlink("loop", "/loop") == Status::ok);
    CHECK(t.exists("/loop") == Status::link_loop);
    CHECK(t.exists("/loop/x") == Status::link_loop);
    CHECK(t.symlink("x", "/loop") == Status::file_already_exists);
    CHECK(t.symlink("", "/empty") == Status::no_such_file);
    CHECK(t.remove("/l") == Status::ok);
    CHECK(t.exists("/d/f") == Status::ok);
    const auto target =
        Tree::get<std::string>([&](auto r) { t.fs->links()->read_link("/d/up", std::move(r)); });
    CHECK(target.value() == "../d/f");
    CHECK_FALSE(
        Tree::get<std::string>([&](auto r) { t.fs->links()->read_link("/d", std::move(r)); }));
    for (int i = 0; i < 41; ++i)
        t.symlink("chain" + std::to_string(i + 1), "/chain" + std::to_string(i));
    t.create("/chain41");
    CHECK(t.exists("/chain1") == Status::ok);
    CHECK(t.exists("/chain0") == Status::link_loop);
}

TEST_CASE("flags of OPEN", "[sftp][memory]") {
    Tree t;
    CHECK(status_of(t.open("/f", "rw").error()) == Status::no_such_file);
    auto file = t.open("/f", "rwc").value();
    CHECK(t.write(*file, 0, "hello") == Status::ok);
    CHECK(status_of(t.open("/f", "wcx").error()) == Status::file_already_exists);
    t.symlink("none", "/l");
    CHECK(status_of(t.open("/l", "wcx").error()) == Status::file_already_exists);
    CHECK(status_of(t.open("/", "r").error()) == Status::file_is_a_directory);
    CHECK(status_of(t.open("/new/", "wc").error()) == Status::file_is_a_directory);
    CHECK(status_of(t.open("/no/new", "wc").error()) == Status::no_such_file);
    CHECK(t.open("/f", "wc"));
    CHECK(t.stat("/f")->size == 5u);
    CHECK(t.open("/f", "wt"));
    CHECK(t.stat("/f")->size == 0u);
    auto append = t.open("/f", "wa").value();
    t.write(*append, 0, "one");
    t.write(*append, 0, "two");
    CHECK(t.read(*file, 0, 100) == "onetwo");
}

TEST_CASE("rename", "[sftp][memory]") {
    Tree t;
    t.mkdir("/d");
    t.mkdir("/d/e");
    t.mkdir("/empty");
    t.create("/f");
    t.create("/g");
    CHECK(t.rename("/f", "/g") == Status::file_already_exists);
    CHECK(t.rename("/f", "/f") == Status::file_already_exists);
    CHECK(t.rename("/f", "/f", true) == Status::ok);
    CHECK(t.rename("/f", "/g", true) == Status::ok);
    CHECK(t.exists("/f") == Status::no_such_file);
    CHECK(t.rename("/g", "/d/e/g") == Status::ok);
    CHECK(t.rename("/d", "/d/e/x") == Status::invalid_parameter);
    CHECK(t.rename("/d", "/d/e", true) == Status::invalid_parameter);
    CHECK(t.rename("/", "/x") == Status::invalid_parameter);
    CHECK(t.rename("/d/.", "/x") == Status::invalid_parameter);
    CHECK(t.rename("/empty", "/d", true) == Status::dir_not_empty);
    CHECK(t.rename("/d/e/g", "/empty", true) == Status::file_is_a_directory);
    CHECK(t.rename("/empty", "/d/e/g", true) == Status::not_a_directory);
    CHECK(t.rename("/d/e/g", "/d/e/h/") == Status::not_a_directory);
    CHECK(t.rename("/d", "/empty", true) == Status::ok);
    CHECK(t.exists("/empty/e/g") == Status::ok);
    CHECK(t.real("/empty/e") == "/empty/e");
    CHECK(t.exists("/d") == Status::no_such_file);
    CHECK(t.rename("/none", "/x") == Status::no_such_file);
    CHECK(t.stat("/")->link_count == 3u);
}

TEST_CASE("names and contents live apart", "[sftp][memory]") {
    Tree t;
    auto file = t.open("/a", "rwc").value();
    t.write(*file, 0, "data");
    CHECK(t.link("/a", "/b") == Status::ok);
    CHECK(t.link("/a", "/b") == Status::file_already_exists);
    CHECK(t.link("/", "/c") == Status::permission_denied);
    CHECK(t.stat("/b")->link_count == 2u);
    CHECK(t.remove("/a") == Status::ok);
    CHECK(t.stat("/b")->link_count == 1u);
    CHECK(t.remove("/b") == Status::ok);
    CHECK(t.read(*file, 0, 10) == "data");
    const auto free_before = t.stats().blocks_free;
    file.reset();
    CHECK(t.stats().blocks_free > free_before);
    CHECK(t.stats().blocks_free == t.stats().blocks);
}

TEST_CASE("directories", "[sftp][memory]") {
    Tree t;
    for (const auto* name : {"/c", "/a", "/b"}) t.mkdir(name);
    CHECK(t.list("/") == Names{".", "..", "a", "b", "c"});
    CHECK(t.list("/", 2) == Names{".", "..", "a", "b", "c"});
    CHECK(t.list("/", 1) == Names{".", "..", "a", "b", "c"});
    CHECK(t.list("/a") == Names{".", ".."});
    CHECK(t.mkdir("/a") == Status::file_already_exists);
    CHECK(t.mkdir("/") == Status::file_already_exists);
    CHECK(t.rmdir("/") == Status::dir_not_empty);
    CHECK(t.create("/a/f") == Status::ok);
    CHECK(t.rmdir("/a") == Status::dir_not_empty);
    CHECK(t.rmdir("/a/f") == Status::not_a_directory);
    CHECK(t.rmdir("/b/.") == Status::invalid_parameter);
    CHECK(t.mkdir("/new/.") == Status::no_such_file);
    CHECK(t.remove("/a") == Status::file_is_a_directory);
    CHECK(t.remove("/a/f") == Status::ok);
    CHECK(t.rmdir("/a") == Status::ok);
    CHECK(t.rmdir("/a") == Status::no_such_file);
    CHECK(t.stat("/")->link_count == 4u);

    // One that was removed while open lists nothing but itself.
    auto directory = Tree::get<std::shared_ptr<Directory>>(
        [&](auto r) { t.fs->open_directory("/b", std::move(r)); });
    t.rmdir("/b");
    const auto entries = Tree::get<std::vector<DirEntry>>(
        [&](auto r) { directory.value()->read(10, std::move(r)); });
    CHECK(entries->size() == 2);
}

TEST_CASE("attributes", "[sftp][memory]") {
    clock_now = 1000;
    Tree t({1 << 20, 100, 7, 8, [] { return clock_now; }});
    auto file = t.open("/f", "rwc").value();
    auto attrs = t.stat("/f").value();
    CHECK(attrs.type == FileType::regular);
    CHECK(attrs.permissions == 0644u);
    CHECK(attrs.uid == 7u);
    CHECK(attrs.gid == 8u);
    CHECK(attrs.mtime->seconds == 1000);
    clock_now = 2000;
    t.write(*file, 0, "x");
    CHECK(t.stat("/f")->mtime->seconds == 2000);
    Attrs change;
    change.size = 3;
    change.permissions = 0100600;
    change.uid = 1;
    change.gid = 2;
    change.atime = FileTime{3, 0};
    change.mtime = FileTime{4, 0};
    CHECK(t.set("/f", change) == Status::ok);
    attrs = t.stat("/f").value();
    CHECK(attrs.size == 3u);
    CHECK(attrs.permissions == 0600u);
    CHECK(attrs.uid == 1u);
    CHECK(attrs.mtime->seconds == 4);
    CHECK(attrs.ctime->seconds == 2000);
    // All or nothing.
    change.permissions = 0777;
    CHECK(t.set("/", change) == Status::file_is_a_directory);
    CHECK(t.stat("/")->permissions == 0755u);
    change.size = 1ull << 63;
    CHECK(t.set("/f", change) == Status::invalid_parameter);
    CHECK(t.stat("/f")->permissions == 0600u);
}

TEST_CASE("holes cost nothing and read as zeros", "[sftp][memory]") {
    Tree t({2 * 32 * 1024, 100, 0, 0, nullptr});
    auto file = t.open("/f", "rwc").value();
    CHECK(t.write(*file, 1ull << 60, "end") == Status::ok);
    CHECK(t.stat("/f")->size == (1ull << 60) + 3);
    CHECK(t.read(*file, (1ull << 60) - 2, 10) == std::string("\0\0end", 5));
    CHECK(t.read(*file, 0, 3) == std::string(3, '\0'));
    std::size_t written = 0;
    CHECK(t.write(*file, 0x7fff'ffff'ffff'fffe, "abc", &written) == Status::failure);
    CHECK(written == 1);
    CHECK(t.write(*file, 12345678, "x", &written) == Status::no_space_on_filesystem);
    CHECK(written == 0);
    Attrs cut;
    cut.size = (1ull << 60) + 1;
    t.set("/f", cut);
    cut.size = (1ull << 60) + 3;
    t.set("/f", cut);
    CHECK(t.read(*file, 1ull << 60, 10) == std::string("e\0\0", 3));
}

TEST_CASE("limits of the tree", "[sftp][memory]") {
    Tree t({1 << 20, 4, 0, 0, nullptr});
    CHECK(t.mkdir("/a") == Status::ok);
    CHECK(t.create("/b") == Status::ok);
    CHECK(t.symlink("b", "/c") == Status::ok);
    CHECK(t.mkdir("/d") == Status::no_space_on_filesystem);
    CHECK(t.create("/d") == Status::no_space_on_filesystem);
    CHECK(t.link("/b", "/d") == Status::no_space_on_filesystem);
    CHECK(t.stats().files_free == 0);
    CHECK(t.remove("/c") == Status::ok);
    CHECK(t.link("/b", "/d") == Status::ok);
    Tree small({10, 100, 0, 0, nullptr});
    CHECK(small.symlink("12345678901", "/l") == Status::no_space_on_filesystem);
    CHECK(small.symlink("1234567890", "/l") == Status::ok);
    CHECK(small.remove("/l") == Status::ok);
    CHECK(small.symlink("1234567890", "/l") == Status::ok);
}

TEST_CASE("a tree deeper than any path is given back", "[sftp][memory]") {
    Tree t({1 << 20, 65536, 0, 0, nullptr});
    t.mkdir("/x");
    for (int i = 0; i < 60'000; ++i) {
        t.mkdir("/y");
        t.rename("/x", "/y/x");
        t.rename("/y", "/x");
    }
    CHECK(t.exists("/x/x/x") == Status::ok);
}

TEST_CASE("copies keep holes", "[sftp][memory]") {
    MemoryBudget budget{1 << 20, 0};
    MemoryData from(budget), to(budget);
    const std::string old(100'000, 'o');
    to.write(0, as_bytes(old));
    from.write(40'000, as_bytes("abc"));
    from.resize(90'000);
    CHECK(to.copy(from, 10, 89'000, 5));
    Bytes got(100'000);
    REQUIRE(to.read(0, got) == 100'000);
    Bytes expected(100'000, 'o');
    std::fill_n(expected.begin() + 5, 89'000, std::uint8_t{0});
    std::memcpy(expected.data() + 5 + 40'000 - 10, "abc", 3);
    CHECK(same_bytes(got, expected));
    MemoryData vast(budget);
    vast.resize(MemoryData::kMaxSize);
    CHECK(to.copy(vast, 0, MemoryData::kMaxSize, 0));
    CHECK(to.size() == MemoryData::kMaxSize);
}
