#include "fs/jail.hpp"

#include "local_rig.hpp"

#include <fcntl.h>

#include <cerrno>

namespace nacre::fs::test {
namespace {

using sftp::FileType;
using sftp::Status;

constexpr std::uint32_t kNothing = 0;

sftp::OpenFlags creating() {
    sftp::OpenFlags flags;
    flags.write = flags.create = true;
    return flags;
}

TEST_CASE("Paths begin at the root or at home and end inside", "[fs][jail]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.folder("home");
    folders.folder("home/joe");
    folders.file("top", "top");
    folders.file("home/joe/mine", "mine");
    auto config = config_for(folders, walk);
    config.home = GENERATE(as<std::string>{}, "/home/joe", "home/joe/", "/home/../../home/joe");
    const Local local(config);

    CHECK(local.contents("mine") == "mine");
    CHECK(local.contents("./mine") == "mine");
    CHECK(local.contents("/home/joe/mine") == "mine");
    CHECK(local.contents("//home///joe//mine") == "mine");
    CHECK(local.contents("../../top") == "top");
    CHECK(local.contents("../../../../../../top") == "top");
    CHECK(local.contents("/../top") == "top");
    CHECK(local.contents("/home/joe/../../../home/./joe/mine") == "mine");
    CHECK(status(local.open("top")) == Status::no_such_file);
    CHECK(local.real("") == "/home/joe");
    CHECK(local.real(".") == "/home/joe");
    CHECK(local.real("mine") == "/home/joe/mine");
}

TEST_CASE("No way leads out of the jail", "[fs][jail]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.folder("d");
    folders.link(folders.outside("secret"), "absolute");
    folders.link(folders.outside(""), "absolute_folder");
    folders.link("../outside/secret", "relative");
    folders.link("../outside", "relative_folder");
    folders.link("../../../../../../../../.." + folders.outside("secret"), "d/far");
    folders.link("..", "up");
    folders.link("/", "root");
    folders.link("/proc/self/root", "process");
    const Local local(config_for(folders, walk));

    for (const char* path :
         {"absolute", "absolute_folder/secret", "relative", "relative_folder/secret", "d/far",
          "../outside/secret", "/../outside/secret", "d/../../outside/secret", "up/outside/secret",
          "up/up/outside/secret", "root/../outside/secret", "process/etc/passwd"}) {
        INFO(path);
        CHECK(status(local.open(path)) == Status::no_such_file);
        CHECK(status(local.stat(path)) == Status::no_such_file);
        CHECK(status(local.open(path, creating())) == Status::no_such_file);
        sftp::Attrs attrs;
        attrs.permissions = kNothing;
        CHECK(status(local.set_stat(path, attrs)) == Status::no_such_file);
        CHECK(status(local.stats(path)) == Status::no_such_file);
        CHECK(status(local.open_directory(path)) == Status::no_such_file);
    }
    for (const char* path : {"absolute_folder/new", "relative_folder/new", "up/outside/new",
                             "../outside/new", "d/../../outside/new"}) {
        INFO(path);
        CHECK(status(local.make_directory(path)) == Status::no_such_file);
        CHECK(status(local.symlink("x", path)) == Status::no_such_file);
        CHECK(status(local.rename("d", path)) == Status::no_such_file);
        CHECK(status(local.rename("d", path, true)) == Status::no_such_file);
        CHECK(status(local.hard_link("absolute", path)) == Status::no_such_file);
        CHECK(status(local.remove(path)) == Status::no_such_file);
        CHECK(status(local.remove_directory(path)) == Status::no_such_file);
    }
    for (const char* path : {"absolute_folder/secret", "relative_folder/secret"}) {
        INFO(path);
        CHECK(status(local.remove(path)) == Status::no_such_file);
        CHECK(status(local.rename(path, "stolen")) == Status::no_such_file);
        CHECK(status(local.hard_link(path, "stolen")) == Status::no_such_file);
        CHECK(status(local.read_link(path)) == Status::no_such_file);
    }
    CHECK(local.real("..") == "/");
    CHECK(local.real("up") == "/");
    CHECK(local.real("root/../d") == "/d");
    CHECK(folders.outside_is_untouched());
}

TEST_CASE("Links are followed inside", "[fs][jail]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.folder("a");
    folders.folder("a/b");
    folders.file("a/b/file", "found");
    folders.link("/a/b/file", "absolute");
    folders.link("a/b", "folder");
    folders.link("../../absolute", "a/b/back");
    folders.link("b/../b/./file", "a/winding");
    folders.link("folder/", "with_slash");
    folders.link("missing", "dangling");
    folders.link("a/b/made", "to_make");
    folders.link("loop2", "loop1");
    folders.link("loop1", "loop2");
    folders.link("file/x", "a/b/through_file");
    const Local local(config_for(folders, walk));

    for (const char* path : {"absolute", "folder/file", "folder/back", "a/b/back", "a/winding",
                             "with_slash/file", "folder/../b/file"}) {
        INFO(path);
        CHECK(local.contents(path) == "found");
        CHECK(local.real(path) == "/a/b/file");
    }
    CHECK(local.real("with_slash") == "/a/b");
    CHECK(local.real("folder/..") == "/a");
    CHECK(local.real("dangling") == "/missing");
    CHECK(status(local.open("dangling")) == Status::no_such_file);
    CHECK(status(local.open("loop1")) == Status::link_loop);
    CHECK(local.real("loop1") == "!21");
    CHECK(status(local.open("a/b/through_file")) == Status::not_a_directory);
    CHECK(local.stat("dangling", sftp::Follow::no)->type == FileType::symlink);
    CHECK(local.stat("folder", sftp::Follow::no)->type == FileType::symlink);
    CHECK(local.stat("folder/", sftp::Follow::no)->type == FileType::directory);
    CHECK(local.stat("folder")->type == FileType::directory);
    // A link that leads nowhere is where a new file is made, unless it has to be new.
    auto flags = creating();
    flags.exclusive = true;
    CHECK(status(local.open("to_make", flags)) == Status::file_already_exists);
    CHECK_FALSE(folders.has("a/b/made"));
    CHECK(local.open("to_make", creating()));
    CHECK(folders.has("a/b/made"));
}

TEST_CASE("Forty links are followed and no more", "[fs][jail]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.file("link0", "end");
    for (int i = 1; i <= 41; ++i)
        folders.link("link" + std::to_string(i - 1), "link" + std::to_string(i));
    const Local local(config_for(folders, walk));
    CHECK(local.contents("link40") == "end");
    CHECK(status(local.open("link41")) == Status::link_loop);
    CHECK(local.real("link40") == "/link0");
    CHECK(local.real("link41") == "!21");
}

TEST_CASE("Canonical paths", "[fs][jail]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.folder("a");
    folders.file("a/file");
    const Local local(config_for(folders, walk));
    CHECK(local.real("/") == "/");
    CHECK(local.real("//") == "/");
    CHECK(local.real("/..") == "/");
    CHECK(local.real("a/.") == "/a");
    CHECK(local.real("a/../a/") == "/a");
    CHECK(local.real("a/missing") == "/a/missing");
    CHECK(local.real("a/missing/") == "/a/missing");
    CHECK(local.real("a/missing/more") == "!2");
    CHECK(local.real("missing/..") == "!2");
    CHECK(local.real("a/file") == "/a/file");
    CHECK(local.real("a/file/") == "!19");
    CHECK(local.real("a/file/x") == "!19");
    CHECK(local.real("a/" + std::string(256, 'x')) == "!20");
    // Renaming the root changes nothing for those inside.
    const std::string moved = folders.outside("moved");
    REQUIRE(::rename(folders.jail("").c_str(), moved.c_str()) == 0);
    CHECK(local.real("a/file") == "/a/file");
    CHECK(local.real("a/../..") == "/");
    REQUIRE(::rename(moved.c_str(), folders.jail("").c_str()) == 0);
}

TEST_CASE("Impossible paths", "[fs][jail]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.folder("a");
    const Local local(config_for(folders, walk));
    const std::string nul("a\0b", 3);
    CHECK(status(local.open(nul)) == Status::invalid_filename);
    CHECK(status(local.make_directory(nul)) == Status::invalid_filename);
    CHECK(status(local.symlink("a", nul)) == Status::invalid_filename);
    CHECK(status(local.symlink(nul, "b")) == Status::invalid_filename);
    CHECK(local.real(nul) == "!20");

    std::string longest = "/a";
    while (longest.size() < 4094) longest += "/.";
    CHECK(local.stat(longest));
    CHECK(local.real(longest) == "/a");
    longest.resize(4097, '/');
    CHECK(status(local.stat(longest)) == Status::invalid_filename);
    CHECK(local.real(longest) == "!20");
    CHECK(status(local.symlink(std::string(4097, 'x'), "b")) == Status::invalid_filename);
    CHECK(status(local.open(std::string(256, 'x'), creating())) == Status::invalid_filename);
}

TEST_CASE("Without a name of its own nothing is made, moved or removed", "[fs][jail]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.folder("a");
    folders.folder("a/b");
    const Local local(config_for(folders, walk));
    for (const char* path : {"", "/", ".", "..", "a/.", "a/b/..", "a/./", "//", "a/../"}) {
        INFO(path);
        CHECK(status(local.make_directory(path)) == Status::file_already_exists);
        CHECK(status(local.symlink("x", path)) == Status::file_already_exists);
        CHECK(status(local.rename("a", path)) == Status::file_already_exists);
        CHECK(status(local.rename("a", path, true)) == Status::invalid_parameter);
        CHECK(status(local.rename(path, "c")) == Status::invalid_parameter);
        CHECK(status(local.remove(path)) == Status::file_is_a_directory);
        CHECK(status(local.remove_directory(path)) == Status::invalid_parameter);
        CHECK(status(local.hard_link(path, "c")) == Status::permission_denied);
        CHECK(status(local.open(path, creating())) == Status::file_is_a_directory);
    }
    CHECK(folders.has("a/b"));
}

TEST_CASE("A slash at the end asks for a directory", "[fs][jail]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.file("file");
    folders.folder("d");
    folders.link("d", "link");
    folders.link("file", "file_link");
    const Local local(config_for(folders, walk));
    CHECK(status(local.open("file/")) == Status::not_a_directory);
    CHECK(status(local.open("file_link/")) == Status::not_a_directory);
    CHECK(status(local.stat("file/", sftp::Follow::no)) == Status::not_a_directory);
    CHECK(status(local.open("new/", creating())) == Status::file_is_a_directory);
    CHECK(status(local.remove("file/")) == Status::not_a_directory);
    CHECK(status(local.remove("link/")) == Status::not_a_directory);
    CHECK(status(local.rename("file/", "other")) == Status::not_a_directory);
    CHECK(status(local.rename("file", "other/")) == Status::not_a_directory);
    CHECK(status(local.symlink("x", "new/")) == Status::no_such_file);
    CHECK(status(local.hard_link("file", "new/")) == Status::no_such_file);
    CHECK(status(local.hard_link("file/", "new")) == Status::not_a_directory);
    CHECK(local.make_directory("made/"));
    CHECK(local.rename("made/", "moved/"));
    CHECK(local.remove_directory("moved/"));
    CHECK(local.open_directory("link/"));
}

TEST_CASE("A root that is not there", "[fs][jail]") {
    const Folders folders;
    folders.file("file");
    LocalFilesystemConfig config;
    config.root = folders.jail("missing");
    auto made = make_local_filesystem(config, inline_executor());
    REQUIRE_FALSE(made);
    CHECK(made.error().code == Errc::local_failed);
    CHECK(made.error().detail == ENOENT);
    config.root = folders.jail("file");
    made = make_local_filesystem(config, inline_executor());
    REQUIRE_FALSE(made);
    CHECK(made.error().detail == ENOTDIR);
}

TEST_CASE("Both ways of resolving agree", "[fs][jail]") {
    const Folders folders;
    folders.folder("a");
    folders.folder("a/b");
    folders.file("a/f", "f");
    folders.link("a", "l");
    folders.link("/a/b/..", "up");
    folders.link("f/", "a/fs");
    folders.link("nothing", "n");
    const auto kernel = Jail::make(folders.jail(""), "/", false);
    const auto walked = Jail::make(folders.jail(""), "/", true);
    REQUIRE(kernel);
    REQUIRE(walked);

    const std::vector<std::string> parts{"a", "b", "f", "l", "up", "fs", "n", "x", "..", ".", ""};
    for (const int flags : {O_PATH, O_PATH | O_NOFOLLOW, O_RDONLY, O_RDONLY | O_NOFOLLOW,
                            O_PATH | O_DIRECTORY, O_RDONLY | O_DIRECTORY, O_WRONLY,
                            O_WRONLY | O_TRUNC, O_WRONLY | O_CREAT, O_WRONLY | O_CREAT | O_EXCL}) {
        for (const auto& one : parts) {
            for (const auto& two : parts) {
                for (const auto& three : parts) {
                    const std::string path = one + "/" + two + "/" + three;
                    INFO(path << " " << flags);
                    // What one of the two made must be gone for the other.
                    const auto run = [&](const Jail& jail) {
                        const auto fd = jail.open(path, flags, (flags & O_CREAT) != 0 ? 0644 : 0);
                        struct stat found {};
                        ino_t inode = 0;
                        if (fd && ::fstat(fd->get(), &found) == 0) inode = found.st_ino;
                        for (const char* made :
                             {"x", "nothing", "a/x", "a/n", "a/nothing", "a/l", "a/a", "a/up",
                              "a/b/f", "a/b/x", "a/b/l", "a/b/a", "a/b/b", "a/b/up", "a/b/fs",
                              "a/b/n", "b", "f", "fs"})
                            if (::unlink(folders.jail(made).c_str()) == 0) inode = 1;
                        return std::pair(fd ? Status::ok : sftp::status_of(fd.error()), inode);
                    };
                    const auto by_kernel = run(*kernel);
                    const auto by_walk = run(*walked);
                    if (by_kernel != by_walk) CHECK(by_kernel == by_walk);
                }
            }
        }
    }
}

}  // namespace
}  // namespace nacre::fs::test
