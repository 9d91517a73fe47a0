// Paths from the root of the server, of which only one folder can be reached.
#include "local_rig.hpp"

namespace nacre::fs::test {
namespace {

using sftp::PathCheck;
using sftp::Status;

using Names = std::vector<std::string>;

/// /home/joe is all of it; /home/eve and /etc are others'.
struct Rig {
    Folders folders{GENERATE(as<std::string>{}, "/tmp", "/dev/shm")};
    LocalFilesystemConfig config = config_for(folders, GENERATE(false, true));

    Rig() {
        for (const char* name : {"home", "home/joe", "home/joe/d", "home/eve", "etc"})
            folders.folder(name);
        folders.file("etc/passwd", "SECRET");
        folders.file("home/eve/diary", "SECRET");
        folders.file("home/joe/mine", "mine");
        folders.file("home/joe/d/deep", "deep");
        config.confine = GENERATE(as<std::string>{}, "/home/joe", "home//joe/", "/etc/../home/joe");
        config.home = GENERATE(as<std::string>{}, "/home/joe", "/");
    }
};

TEST_CASE("Paths are named from the root", "[fs][confine]") {
    const Rig rig;
    const Local local(rig.config);
    CHECK(local.real("") == "/home/joe");
    CHECK(local.real("mine") == "/home/joe/mine");
    CHECK(local.real("/home/joe/d/../mine") == "/home/joe/mine");
    CHECK(local.real("new") == "/home/joe/new");
    CHECK(*ask<std::string>([&](auto r) { (*local).users()->home_directory("", std::move(r)); }) ==
          "/home/joe");
    for (const char* path : {"mine", "/home/joe/mine", "//home/./joe//mine", "d/../mine",
                             "../joe/mine", "/home/joe/../joe/mine", "/home/../home/joe/mine"}) {
        INFO(path);
        CHECK(local.contents(path) == "mine");
        CHECK(local.stat(path)->size == 4U);
    }
    CHECK(local.list("/home/joe") == Names{".", "..", "d", "mine"});
    CHECK(local.open("/home/joe/new", flags_of("wct")));
    CHECK(rig.folders.has("home/joe/new"));
    CHECK(local.make_directory("/home/joe/d/e"));
    CHECK(local.rename("/home/joe/new", "d/e/moved"));
    CHECK(local.contents("/home/joe/d/e/moved").empty());
    CHECK(local.remove("d/e/moved"));
    CHECK(local.stats("/home/joe"));
}

TEST_CASE("Links mean what they say, as far as one may go", "[fs][confine]") {
    const Rig rig;
    rig.folders.link("/home/joe/d", "home/joe/absolute");
    rig.folders.link("d", "home/joe/relative");
    rig.folders.link("../joe/d", "home/joe/around");
    rig.folders.link("/home/eve", "home/joe/eve");
    rig.folders.link("../eve/diary", "home/joe/diary");
    rig.folders.link("/nowhere", "home/joe/nowhere");
    const Local local(rig.config);
    for (const char* name : {"absolute", "relative", "around"}) {
        INFO(name);
        CHECK(local.contents(name + std::string("/deep")) == "deep");
        CHECK(local.real(name) == "/home/joe/d");
        CHECK(local.open(name + std::string("/made"), flags_of("wct")));
        CHECK(local.remove("d/made"));
    }
    for (const char* name : {"eve", "diary", "nowhere"}) {
        INFO(name);
        CHECK(status(local.open(name, flags_of("r"))) == Status::no_such_file);
        CHECK(status(local.open(name, flags_of("wct"))) == Status::no_such_file);
        CHECK(status(local.stat(name)) == Status::no_such_file);
        CHECK(local.real(name) == "!2");
        CHECK(local.stat(name, sftp::Follow::no)->type == sftp::FileType::symlink);
    }
    CHECK(*local.read_link("eve") == "/home/eve");
    CHECK(local.symlink("/home/joe/mine", "/home/joe/new"));
    CHECK(local.contents("new") == "mine");
}

TEST_CASE("What is elsewhere is not there, whether it is or not", "[fs][confine]") {
    const Rig rig;
    const Local local(rig.config);
    for (const char* path :
         {"/etc", "/etc/passwd", "/no/such", "/nothing", "/home/eve", "/home/eve/diary",
          "/home/nobody", "../eve", "../../etc/passwd", "/home/joe/../eve/diary", "../nobody"}) {
        INFO(path);
        CHECK(status(local.stat(path)) == Status::no_such_file);
        CHECK(status(local.open(path)) == Status::no_such_file);
        CHECK(status(local.open_directory(path)) == Status::no_such_file);
        CHECK(local.real(path) == "!2");
        CHECK(status(local.stats(path)) == Status::no_such_file);
        CHECK(status(local.read_link(path)) == Status::no_such_file);
        CHECK(status(local.set_stat(path, {})) == Status::no_such_file);
        // In a folder that is above, or in one that is not there.
        const auto change = status(local.remove(path));
        CHECK((change == Status::permission_denied || change == Status::no_such_file));
        CHECK(status(local.make_directory(path)) == change);
        CHECK(status(local.remove_directory(path)) == change);
        CHECK(status(local.rename("mine", path, true)) == change);
        CHECK(status(local.rename(path, "x")) == change);
        CHECK(status(local.hard_link(path, "x")) == change);
        CHECK(status(local.hard_link("mine", path)) == change);
        CHECK(status(local.symlink("x", path)) == change);
        CHECK_FALSE(local.open(path, flags_of("wct")));
    }
    CHECK(status(local.remove("/home/eve")) == status(local.remove("/home/nobody")));
    CHECK(rig.folders.has("home/eve/diary"));
    CHECK(rig.folders.has("home/joe/mine"));
    CHECK_FALSE(rig.folders.has("home/nobody"));
    CHECK_FALSE(rig.folders.has("home/joe/x"));
    CHECK(local.real_path("/etc/passwd", PathCheck::stat_if)->path == "/etc/passwd");
    CHECK_FALSE(local.real_path("/etc/passwd", PathCheck::stat_if)->attrs);
    CHECK(status(local.real_path("/etc", PathCheck::stat_always)) == Status::no_such_file);
}

TEST_CASE("The folders above only lead there", "[fs][confine]") {
    const Rig rig;
    const Local local(rig.config);
    CHECK(local.real("/") == "/");
    CHECK(local.real("/home") == "/home");
    CHECK(local.real("..") == "/home");
    CHECK(local.real("../..") == "/");
    CHECK(local.list("/") == Names{".", "..", "home"});
    CHECK(local.list("..") == Names{".", "..", "joe"});
    for (const char* path : {"/", "/home", "..", "/home/joe/../"}) {
        INFO(path);
        const auto found = local.stat(path);
        REQUIRE(found);
        CHECK(found->type == sftp::FileType::directory);
        CHECK(found->permissions == 0555U);
        CHECK(local.stats(path));
        sftp::Attrs attrs;
        attrs.permissions = 0700;
        CHECK(status(local.set_stat(path, attrs)) == Status::permission_denied);
        CHECK(status(local.open(path)) == Status::permission_denied);
    }
    CHECK(status(local.remove_directory("/home/joe")) == Status::permission_denied);
    CHECK(status(local.rename("/home/joe", "/home/jim")) == Status::permission_denied);
    const auto above = local.open_directory("/home");
    REQUIRE(above);
    CHECK(ask<sftp::Attrs>([&](auto r) {
              (*above)->stat(sftp::kAttrCommon, std::move(r));
          })->permissions == 0555U);
    CHECK(status(ask<void>([&](auto r) { (*above)->set_stat({}, std::move(r)); })) ==
          Status::permission_denied);
    // Of one's own folder all but its name can be changed.
    sftp::Attrs attrs;
    attrs.permissions = 0700;
    CHECK(local.set_stat("/home/joe", attrs));
    CHECK(local.stat("/home/joe")->permissions == 0700U);
    CHECK(local.stat("/home")->permissions == 0555U);
}

TEST_CASE("A folder to be confined to must be there", "[fs][confine]") {
    const Folders folders;
    folders.file("file");
    auto config = config_for(folders, GENERATE(false, true));
    for (const char* name : {"/missing", "/missing/too", "file"}) {
        config.confine = name;
        CHECK_FALSE(make_local_filesystem(config, inline_executor()));
    }
    config.confine = "/";
    CHECK(Local(config).contents("file") == "text");
}

}  // namespace
}  // namespace nacre::fs::test
