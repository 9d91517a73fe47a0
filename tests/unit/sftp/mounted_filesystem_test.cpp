#include "sftp/lexical_path.hpp"
#include "support/filesystem_calls.hpp"
#include "support/one_file_filesystem.hpp"

#include <nacre/sftp/memory_filesystem.hpp>
#include <nacre/sftp/mounted_filesystem.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::sftp;
using nacre::test::FilesystemCalls;

namespace {

using Names = std::vector<std::string>;

/// Mounts in memory: "/" (unless `rootless`), /archive and /home/anna, where home is.
struct Mounted : FilesystemCalls {
    FilesystemCalls root{make_memory_filesystem()};
    FilesystemCalls archive{make_memory_filesystem()};
    FilesystemCalls anna{make_memory_filesystem()};

    explicit Mounted(bool rootless = false) : FilesystemCalls(nullptr) {
        std::vector<Mount> mounts{{"/home/anna/", anna.fs}, {"/archive", archive.fs}};
        if (!rootless) mounts.push_back({"/", root.fs});
        fs = make_mounted_filesystem(std::move(mounts), "/home/anna").value();
    }
    Result<Attrs> lstat(std::string_view path) { return stat(path, Follow::no); }
};

}  // namespace

TEST_CASE("paths as text", "[sftp][mounted]") {
    CHECK(lexically_absolute("") == "/");
    CHECK(lexically_absolute("", "/home/anna") == "/home/anna");
    CHECK(lexically_absolute("a//./b/", "/h") == "/h/a/b");
    CHECK(lexically_absolute("../..", "/h/i/j") == "/h");
    CHECK(lexically_absolute("/a/b/../../../c") == "/c");
    CHECK(lexically_absolute("/..") == "/");
    CHECK(is_at_or_below("/a/b", "/a"));
    CHECK(is_at_or_below("/a", "/a"));
    CHECK(is_at_or_below("/a", "/"));
    CHECK_FALSE(is_at_or_below("/ab", "/a"));
    CHECK_FALSE(is_at_or_below("/", "/a"));
    CHECK(path_below("/", "a") == "/a");
    CHECK(path_below("/a", "b") == "/a/b");
}

TEST_CASE("a path belongs to the nearest mount", "[sftp][mounted]") {
    Mounted t;
    CHECK(t.put("/f", "root") == Status::ok);
    CHECK(t.put("/archive/f", "archive") == Status::ok);
    CHECK(t.put("f", "anna") == Status::ok);
    CHECK(t.put("../ben", "no such folder in root") == Status::no_such_file);
    CHECK(t.root.contents("/f") == "root");
    CHECK(t.archive.contents("/f") == "archive");
    CHECK(t.anna.contents("/f") == "anna");
    // Over a mount and back.
    CHECK(t.contents("/archive/../f") == "root");
    CHECK(t.contents("../../archive/f") == "archive");
    CHECK(t.contents("/home/anna/f") == "anna");
    CHECK(t.contents("/archived/f") == "(none)");
    CHECK(t.mkdir("/archive/d/") == Status::ok);
    CHECK(t.exists("/archive/f/") == Status::not_a_directory);
    CHECK(t.real("f") == "/home/anna/f");
    CHECK(t.real("") == "/home/anna");
    CHECK(t.real("/archive/d/..") == "/archive");
    CHECK(t.real("/archive/new") == "/archive/new");
    CHECK(t.real("/archive/no/new") == "No such file");
    CHECK(t.real("/home/..") == "/");
}

TEST_CASE("listings show the mounts", "[sftp][mounted]") {
    Mounted t;
    t.root.put("/f", "x");
    t.root.put("/archive", "a file that nobody sees");
    t.anna.put("/mine", "x");
    Attrs mode;
    mode.permissions = 0700;
    t.anna.set("/", mode);
    for (const std::size_t page : {1u, 2u, 100u}) {
        CHECK(t.list("/", page) == Names{".", "..", "f", "archive", "home"});
        CHECK(t.list("/home", page) == Names{".", "..", "anna"});
        CHECK(t.list("/home/anna", page) == Names{".", "..", "mine"});
    }
    auto home = t.get<std::shared_ptr<Directory>>(
        [&](auto r) { t.fs->open_directory("/home", std::move(r)); });
    auto entries =
        t.get<std::vector<DirEntry>>([&](auto r) { home.value()->read(10, std::move(r)); });
    REQUIRE(entries->size() == 3);
    CHECK((*entries)[2].attrs.permissions == 0700u);
    CHECK((*entries)[2].attrs.type == FileType::directory);
    // Where the folder is there, what else is in it shows too.
    t.root.mkdir("/home");
    t.root.put("/home/readme", "x");
    CHECK(t.list("/home") == Names{".", "..", "readme", "anna"});

    Mounted bare(true);
    CHECK(bare.list("/") == Names{".", "..", "archive", "home"});
    CHECK(bare.lstat("/")->type == FileType::directory);
    CHECK(bare.exists("/none") == Status::no_such_file);
    CHECK(bare.list("/none").empty());
    CHECK(bare.put("/f", "x") == Status::no_such_file);
    CHECK(bare.real("/new") == "/new");
    CHECK(bare.real("/no/new") == "No such file");
    CHECK(bare.resolve("/none", PathCheck::stat_if)->path == "/none");
    CHECK_FALSE(bare.resolve("/none", PathCheck::stat_always));
}

TEST_CASE("folders that lead to mounts stay", "[sftp][mounted]") {
    const bool rootless = GENERATE(false, true);
    Mounted t(rootless);
    for (const auto* path : {"/", "/home", "/home/anna", "/archive/", "archive/../../../archive"}) {
        INFO(path);
        CHECK(t.lstat(path)->type == FileType::directory);
        CHECK(t.rmdir(path) == Status::permission_denied);
        CHECK(t.remove(path) == Status::file_is_a_directory);
        CHECK(t.mkdir(path) == Status::file_already_exists);
        CHECK(t.rename(path, "/home/anna/x") == Status::permission_denied);
        CHECK(t.rename("/home/anna/y", path) == Status::file_already_exists);
        CHECK(t.rename("/home/anna/y", path, true) == Status::permission_denied);
        CHECK(t.symlink("x", path) == Status::file_already_exists);
        CHECK(t.put(path, "x") == Status::file_is_a_directory);
        CHECK_FALSE(t.read_link(path));
        const auto found = t.resolve(path, PathCheck::stat_always);
        REQUIRE(found);
        CHECK(found->attrs);
    }
    // A file below cannot stand in the way.
    if (!rootless) {
        t.root.put("/home", "x");
        CHECK(t.lstat("/home")->type == FileType::directory);
        CHECK(t.list("/home") == Names{".", "..", "anna"});
    }
}

TEST_CASE("nothing goes from one mount to another", "[sftp][mounted]") {
    Mounted t;
    t.put("/f", "root");
    t.put("/archive/f", "archive");
    const auto moved =
        t.get<void>([&](auto r) { t.fs->rename("/f", "/archive/g", false, std::move(r)); });
    CHECK(status_of(moved.error()) == Status::failure);
    CHECK(std::string(text_of(moved.error())) == "Invalid cross-device link");
    CHECK(t.link("/f", "/archive/g") == Status::failure);
    CHECK(t.copy("/f", "/archive/g") == Status::failure);
    CHECK(t.list("/archive") == Names{".", "..", "f"});
    CHECK(t.rename("/archive/f", "/archive/g") == Status::ok);
    CHECK(t.copy("/archive/g", "/archive/h") == Status::ok);
    CHECK(t.link("/archive/g", "/archive/i") == Status::ok);
    CHECK(t.contents("/archive/i") == "archive");
    auto from = t.open("/f", "r").value();
    FilesystemCalls strange(std::make_shared<test::OneFileFilesystem>(std::make_shared<File>()));
    auto to = strange.open("/", "w").value();
    CHECK(t.code(t.get<void>([&](auto r) { from->copy_to(0, 0, *to, 0, std::move(r)); })) ==
          Status::op_unsupported);
}

TEST_CASE("links stay inside of their mount", "[sftp][mounted]") {
    Mounted t;
    t.put("/archive/f", "archive");
    t.put("/f", "root");
    CHECK(t.symlink("/archive/f", "/archive/absolute") == Status::ok);
    CHECK(t.archive.read_link("/absolute").value() == "/f");
    CHECK(t.read_link("/archive/absolute").value() == "/archive/f");
    CHECK(t.contents("/archive/absolute") == "archive");
    CHECK(t.symlink("/f", "/archive/out") == Status::failure);
    CHECK(t.symlink("../../f", "/archive/up") == Status::ok);
    CHECK(t.read_link("/archive/up").value() == "../../f");
    CHECK(t.contents("/archive/up") == "archive");
    CHECK(t.real("/archive/absolute") == "/archive/f");
    CHECK(t.symlink("/archive", "/archive/self") == Status::ok);
    CHECK(t.contents("/archive/self/self/f") == "archive");
    CHECK(t.symlink("/archive/f", "/l") == Status::ok);
    CHECK(t.read_link("/l").value() == "/archive/f");
}

TEST_CASE("groups and traits of several", "[sftp][mounted]") {
    auto bare = std::make_shared<test::OneFileFilesystem>(std::make_shared<File>());
    FilesystemCalls memory(make_memory_filesystem());
    FilesystemCalls t(make_mounted_filesystem({{"/bare", bare}, {"/m", memory.fs}}, "/m").value());
    REQUIRE(t.fs->links() != nullptr);
    REQUIRE(t.fs->copies() != nullptr);
    CHECK(t.symlink("x", "/bare/l") == Status::op_unsupported);
    CHECK(t.symlink("x", "/m/l") == Status::ok);
    CHECK(t.copy("/bare/x", "/bare/y") == Status::op_unsupported);
    CHECK_FALSE(t.fs->traits().locks);
    CHECK(t.fs->traits().attrs == (bare->traits().attrs & memory.fs->traits().attrs));
    CHECK(memory.fs->traits().locks);
    const auto home = [&](std::string_view user) {
        return t.get<std::string>(
            [&](auto r) { t.fs->users()->home_directory(user, std::move(r)); });
    };
    CHECK(home("").value() == "/m");
    CHECK_FALSE(home("ben"));
    const auto temporary = t.get<std::string>(
        [&](auto r) { t.fs->temporary_folders()->make_temporary_folder(std::move(r)); });
    CHECK(temporary.value() == "/m/tmp/1");
    CHECK(t.exists("/m/tmp/1") == Status::ok);
    const auto stats = [&](std::string_view path) {
        return t.get<FilesystemStats>(
            [&](auto r) { t.fs->space()->stat_filesystem(path, std::move(r)); });
    };
    CHECK(stats("/m"));
    CHECK_FALSE(stats("/bare"));
    CHECK_FALSE(stats("/"));
    const auto names = t.get<Users::Names>([&](auto r) {
        t.fs->users()->names_of({1, 2}, {3}, std::move(r));
    });
    CHECK(names->first.size() == 2);

    FilesystemCalls none(make_mounted_filesystem({{"/bare", bare}}).value());
    CHECK(none.fs->links() == nullptr);
    CHECK(none.fs->users() == nullptr);
}

TEST_CASE("mounts that cannot be", "[sftp][mounted]") {
    const auto fs = make_memory_filesystem();
    const auto bad = [&](std::vector<Mount> mounts, std::string home = "/") {
        return !make_mounted_filesystem(std::move(mounts), std::move(home));
    };
    CHECK(bad({}));
    CHECK(bad({{"archive", fs}}));
    CHECK(bad({{"/a", fs}, {"/b/../a/", fs}}));
    CHECK(bad({{"/a", nullptr}}));
    CHECK(bad({{"/a", fs}}, "a"));
    CHECK_FALSE(bad({{"/a", fs}, {"/a/b", fs}}));
    std::vector<Mount> many;
    for (std::size_t i = 0; i <= kMaxMounts; ++i) many.push_back({"/" + std::to_string(i), fs});
    CHECK(bad(many));
    many.pop_back();
    CHECK_FALSE(bad(many));
}
