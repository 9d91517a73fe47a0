#include "fs/rename_new.hpp"
#include "local_rig.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <map>
#include <set>

namespace nacre::fs::test {
namespace {

using sftp::FileType;
using sftp::Follow;
using sftp::Status;

mode_t mode_of(const std::string& path) {
    struct stat found {};
    REQUIRE(::lstat(path.c_str(), &found) == 0);
    return found.st_mode & 07777;
}

/// For a scope, as it is for the whole process.
class Umask {
  public:
    explicit Umask(mode_t mask) : old_(::umask(mask)) {}
    Umask(const Umask&) = delete;
    Umask& operator=(const Umask&) = delete;
    ~Umask() { ::umask(old_); }

  private:
    mode_t old_;
};

sftp::OpenFlags creating() {
    sftp::OpenFlags flags;
    flags.write = flags.create = true;
    return flags;
}

sftp::Attrs with_mode(std::uint32_t mode) {
    sftp::Attrs attrs;
    attrs.permissions = mode;
    return attrs;
}

TEST_CASE("Modes of what is new", "[fs][tree]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    const Local local(config_for(folders, walk));
    const Umask mask(027);
    REQUIRE(local.open("default", creating()));
    REQUIRE(local.open("private", creating(), with_mode(0600)));
    REQUIRE(local.open("special", creating(), with_mode(07777)));
    REQUIRE(local.make_directory("folder"));
    REQUIRE(local.make_directory("special_folder", with_mode(07707)));
    CHECK(mode_of(folders.jail("default")) == 0640);
    CHECK(mode_of(folders.jail("private")) == 0600);
    CHECK(mode_of(folders.jail("special")) == 0750);
    CHECK(mode_of(folders.jail("folder")) == 0750);
    CHECK(mode_of(folders.jail("special_folder")) == 0700);
    CHECK(status(local.make_directory("folder")) == Status::file_already_exists);
    CHECK(status(local.make_directory("default/x")) == Status::not_a_directory);
}

TEST_CASE("Modes that are set", "[fs][tree]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.file("f");
    folders.folder("d");
    folders.link("f", "link");
    auto config = config_for(folders, walk);
    {
        const Local local(config);
        CHECK(local.set_stat("f", with_mode(07711)));
        CHECK(mode_of(folders.jail("f")) == 0711);
        CHECK(local.set_stat("link", with_mode(0640)));
        CHECK(mode_of(folders.jail("f")) == 0640);
        CHECK(local.set_stat("d", with_mode(01777)));
        CHECK(mode_of(folders.jail("d")) == 0777);
        CHECK(local.set_stat("d", with_mode(0)));
        CHECK(mode_of(folders.jail("d")) == 0);
        CHECK(status(local.set_stat("link", with_mode(0600), Follow::no)) ==
              Status::op_unsupported);
        CHECK(mode_of(folders.jail("f")) == 0640);
    }
    config.mode_mask = 07777;
    const Local local(config);
    CHECK(local.set_stat("d", with_mode(01777)));
    CHECK(mode_of(folders.jail("d")) == 01777);
}

TEST_CASE("Times, to the nanosecond", "[fs][tree]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.file("f");
    folders.folder("d");
    folders.link("f", "link");
    const Local local(config_for(folders, walk));
    sftp::Attrs attrs;
    attrs.atime = sftp::FileTime{1'000'000'000, 123'456'789};
    attrs.mtime = sftp::FileTime{-5, 999'999'999};
    for (const char* path : {"f", "d"}) {
        CHECK(local.set_stat(path, attrs));
        const auto found = local.stat(path);
        REQUIRE(found);
        CHECK(found->atime == attrs.atime);
        CHECK(found->mtime == attrs.mtime);
    }
    const auto file_before = local.stat("f");
    attrs.mtime = sftp::FileTime{77, 7};
    attrs.atime.reset();
    CHECK(local.set_stat("link", attrs, Follow::no));
    CHECK(local.stat("link", Follow::no)->mtime == attrs.mtime);
    CHECK(local.stat("f")->mtime == file_before->mtime);
    CHECK(local.set_stat("link", attrs));
    CHECK(local.stat("f")->mtime == attrs.mtime);
    CHECK(local.stat("f")->atime == file_before->atime);
    // UTIME_NOW and UTIME_OMIT are no nanoseconds.
    for (const std::uint32_t nanoseconds : {1'000'000'000U, 0x3fffffffU, 0x3ffffffeU}) {
        attrs.mtime = sftp::FileTime{5, nanoseconds};
        CHECK(status(local.set_stat("f", attrs)) == Status::invalid_parameter);
    }
    CHECK(local.stat("f")->mtime == sftp::FileTime{77, 7});
}

TEST_CASE("Sizes and several attributes at once", "[fs][tree]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.file("f", "0123456789");
    folders.folder("d");
    folders.link("f", "link");
    const Local local(config_for(folders, walk));
    sftp::Attrs attrs;
    attrs.size = 4;
    attrs.permissions = 0400;
    attrs.mtime = sftp::FileTime{100, 0};
    CHECK(local.set_stat("link", attrs));
    CHECK(Folders::read(folders.jail("f")) == "0123");
    CHECK(mode_of(folders.jail("f")) == 0400);
    CHECK(local.stat("f")->mtime == attrs.mtime);
    CHECK(status(local.set_stat("d", attrs)) == Status::file_is_a_directory);
    CHECK(status(local.set_stat("link", attrs, Follow::no)) == Status::link_loop);
    CHECK(status(local.set_stat("missing", attrs)) == Status::no_such_file);
    CHECK_FALSE(folders.has("missing"));
    // What cannot be done is known before anything is done.
    sftp::Attrs mixed;
    mixed.permissions = 0604;
    mixed.mtime = sftp::FileTime{5, 4'000'000'000};
    CHECK(status(local.set_stat("f", mixed)) == Status::invalid_parameter);
    CHECK(mode_of(folders.jail("f")) == 0400);
}

TEST_CASE("Owners", "[fs][tree]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.file("f");
    folders.link("f", "link");
    const Local local(config_for(folders, walk));
    sftp::Attrs attrs;
    attrs.uid = ::geteuid();
    attrs.gid = ::getegid();
    CHECK(local.set_stat("f", attrs));
    sftp::Attrs named;
    named.owner = "no such user";
    named.group = "";
    named.permissions = 0611;
    CHECK(status(local.set_stat("f", named)) == Status::owner_invalid);
    named.owner = std::to_string(::geteuid());
    named.group = "no such group";
    CHECK(status(local.set_stat("f", named)) == Status::group_invalid);
    named.group = "4294967295";
    CHECK(status(local.set_stat("f", named)) == Status::group_invalid);
    CHECK(mode_of(folders.jail("f")) != 0611);
    named.group = "";
    CHECK(local.set_stat("f", named));
    CHECK(mode_of(folders.jail("f")) == 0611);
    attrs.uid = 12345;
    attrs.gid = 23456;
    if (::geteuid() != 0) {
        CHECK(status(local.set_stat("f", attrs)) == Status::permission_denied);
        return;
    }
    CHECK(local.set_stat("link", attrs, Follow::no));
    CHECK(local.stat("link", Follow::no)->uid == 12345U);
    CHECK(local.stat("f")->uid == 0U);
    CHECK(local.set_stat("link", attrs));
    const auto found = local.stat("f");
    REQUIRE(found);
    CHECK(found->uid == 12345U);
    CHECK(found->gid == 23456U);
    CHECK(found->owner == "12345");
    CHECK(found->group == "23456");
    for (const char* who : {"root", "root@example.com", "0"}) {
        attrs.uid = attrs.gid = 12345;
        CHECK(local.set_stat("f", attrs));
        named.owner = who;
        CHECK(local.set_stat("f", named));
        CHECK(local.stat("f")->uid == 0U);
        CHECK(local.stat("f")->gid == 12345U);
    }
}

TEST_CASE("A folder serves many sessions, and follows its name", "[fs][tree]") {
    const Folders folders;
    folders.file("old");
    const auto config = config_for(folders, GENERATE(false, true));
    LocalFolder folder(config, inline_executor());
    const auto has = [](sftp::Filesystem& fs, const char* name) {
        return ask<sftp::Attrs>([&](auto r) {
                   fs.stat(name, sftp::Follow::yes, sftp::kAttrCommon, std::move(r));
               })
            .has_value();
    };
    const auto open_descriptors = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
    };
    const auto first = folder.filesystem();
    REQUIRE(first);
    const auto before = open_descriptors();
    const auto second = folder.filesystem();
    REQUIRE(second);
    CHECK(open_descriptors() == before);
    CHECK(has(**first, "old"));
    CHECK(has(**second, "old"));

    // Another folder of that name: those who are there stay where they are.
    REQUIRE(::rename(config.root.c_str(), folders.outside("moved").c_str()) == 0);
    CHECK_FALSE(folder.filesystem());
    REQUIRE(::mkdir(config.root.c_str(), 0755) == 0);
    folders.file("new");
    const auto third = folder.filesystem();
    REQUIRE(third);
    CHECK(has(**third, "new"));
    CHECK_FALSE(has(**third, "old"));
    CHECK(has(**first, "old"));
}

TEST_CASE("What is known of a file", "[fs][tree]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.file("f", "1234567");
    const Local local(config_for(folders, walk));
    REQUIRE(local.hard_link("f", "g"));
    REQUIRE(local.set_stat("f", with_mode(0641)));
    const auto found = local.stat("f");
    REQUIRE(found);
    CHECK(found->type == FileType::regular);
    CHECK(found->size == 7U);
    CHECK(found->permissions == 0641U);
    CHECK(found->link_count == 2U);
    CHECK(found->uid == ::geteuid());
    CHECK(found->gid == ::getegid());
    CHECK(found->owner == ::getpwuid(::geteuid())->pw_name);
    CHECK(found->group == ::getgrgid(::getegid())->gr_name);
    CHECK(found->ctime.has_value());
    CHECK(status(local.stat("missing")) == Status::no_such_file);
    CHECK(status(local.stat("f/x")) == Status::not_a_directory);
}

TEST_CASE("Renaming without replacing", "[fs][tree]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.file("one", "1");
    folders.file("two", "2");
    folders.folder("d");
    folders.folder("e");
    folders.link("one", "link");
    const Local local(config_for(folders, walk));
    CHECK(status(local.rename("one", "two")) == Status::file_already_exists);
    CHECK(status(local.rename("one", "d")) == Status::file_already_exists);
    CHECK(status(local.rename("d", "e")) == Status::file_already_exists);
    CHECK(status(local.rename("one", "one")) == Status::file_already_exists);
    CHECK(status(local.rename("missing", "three")) == Status::no_such_file);
    CHECK(status(local.rename("one", "missing/three")) == Status::no_such_file);
    CHECK(status(local.rename("one", "two/three")) == Status::not_a_directory);
    CHECK(status(local.rename("d", "d/inside")) == Status::invalid_parameter);
    CHECK(local.contents("one") == "1");
    CHECK(local.contents("two") == "2");
    CHECK(local.rename("link", "d/link"));
    CHECK(*local.read_link("d/link") == "one");
    CHECK(local.rename("one", "three"));
    CHECK_FALSE(folders.has("one"));
    CHECK(local.contents("three") == "1");
    CHECK(local.rename("d", "e/d"));
    CHECK(*local.read_link("e/d/link") == "one");
}

TEST_CASE("Renaming with replacing", "[fs][tree]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.file("one", "1");
    folders.file("two", "2");
    folders.folder("d");
    folders.folder("empty");
    folders.folder("full");
    folders.file("full/file");
    folders.link("two", "link");
    const Local local(config_for(folders, walk));
    CHECK(local.rename("one", "link", true));
    CHECK(local.contents("two") == "2");
    CHECK(local.contents("link") == "1");
    CHECK(status(local.read_link("link")) == Status::invalid_parameter);
    CHECK(local.rename("link", "two", true));
    CHECK(local.contents("two") == "1");
    CHECK(local.rename("d", "empty", true));
    CHECK(status(local.rename("empty", "full", true)) == Status::dir_not_empty);
    CHECK(status(local.rename("two", "full", true)) == Status::file_is_a_directory);
    CHECK(status(local.rename("full", "two", true)) == Status::not_a_directory);
}

TEST_CASE("Renaming where the file system has no way of its own", "[fs][tree]") {
    const Folders folders;
    folders.file("one", "1");
    folders.file("two", "2");
    folders.folder("d");
    folders.file("d/file", "in d");
    folders.folder("e");
    folders.link("nowhere", "link");
    const int folder = ::open(folders.jail("").c_str(), O_PATH | O_CLOEXEC);
    REQUIRE(folder >= 0);
    const auto rename = [&](const char* from, const char* to) {
        return rename_new_plainly(folder, from, folder, to);
    };
    CHECK(rename("one", "two") == EEXIST);
    CHECK(rename("d", "e") == EEXIST);
    CHECK(rename("d", "two") == EEXIST);
    CHECK(rename("missing", "x") == ENOENT);
    CHECK(rename("one", "link") == EEXIST);
    CHECK(rename("one", "three") == 0);
    CHECK_FALSE(folders.has("one"));
    CHECK(Folders::read(folders.jail("three")) == "1");
    CHECK(rename("d", "f") == 0);
    CHECK_FALSE(folders.has("d"));
    CHECK(Folders::read(folders.jail("f/file")) == "in d");
    CHECK(rename("link", "moved") == 0);
    CHECK(::access(folders.jail("moved").c_str(), F_OK) != 0);
    CHECK(folders.has("moved"));
    CHECK_FALSE(folders.has("link"));
    // A failure leaves nothing behind.
    CHECK(rename("f", "f/inside") == EINVAL);
    CHECK_FALSE(folders.has("f/inside"));
    ::close(folder);
}

TEST_CASE("Removing", "[fs][tree]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.file("f");
    folders.folder("d");
    folders.file("d/file");
    folders.link("d", "link");
    const Local local(config_for(folders, walk));
    CHECK(status(local.remove("missing")) == Status::no_such_file);
    CHECK(status(local.remove("d")) == Status::file_is_a_directory);
    CHECK(status(local.remove("f/x")) == Status::not_a_directory);
    CHECK(status(local.remove_directory("f")) == Status::not_a_directory);
    CHECK(status(local.remove_directory("d")) == Status::dir_not_empty);
    CHECK(status(local.remove_directory("link")) == Status::not_a_directory);
    CHECK(status(local.remove_directory("missing")) == Status::no_such_file);
    CHECK(local.remove("link/file"));
    CHECK(local.remove("link"));
    CHECK(local.remove_directory("d"));
    CHECK(local.remove("f"));
    CHECK(std::filesystem::is_empty(folders.jail("")));
}

TEST_CASE("Links are stored as they are", "[fs][tree]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.file("f", "file");
    const Local local(config_for(folders, walk));
    for (const std::string target : {"f", "/f", "../../x//y/", "no such thing"}) {
        REQUIRE(local.symlink(target, "link"));
        CHECK(std::filesystem::read_symlink(folders.jail("link")) == target);
        CHECK(*local.read_link("link") == target);
        CHECK(status(local.symlink(target, "link")) == Status::file_already_exists);
        REQUIRE(local.remove("link"));
    }
    CHECK(status(local.symlink("", "link")) == Status::no_such_file);
    CHECK(status(local.read_link("f")) == Status::invalid_parameter);
    CHECK(status(local.read_link("missing")) == Status::no_such_file);
    // A hard link to a symbolic link is one, wherever that leads.
    folders.link(folders.outside("secret"), "out");
    CHECK(local.hard_link("out", "out2"));
    CHECK(local.stat("out2", Follow::no)->type == FileType::symlink);
    CHECK(local.stat("out", Follow::no)->link_count == 2U);
    CHECK(local.hard_link("f", "g"));
    CHECK(local.stat("g")->link_count == 2U);
    CHECK(status(local.hard_link("f", "g")) == Status::file_already_exists);
    folders.folder("d");
    CHECK(status(local.hard_link("d", "d2")) == Status::permission_denied);
}

TEST_CASE("Listing a directory", "[fs][tree]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.folder("d");
    std::set<std::string> expected{".", ".."};
    for (int i = 0; i < 500; ++i) {
        folders.file("d/" + std::to_string(i), "x");
        expected.insert(std::to_string(i));
    }
    folders.link("missing", "d/link");
    expected.insert("link");
    const Local local(config_for(folders, walk));
    const auto directory = local.open_directory("d");
    REQUIRE(directory);
    const std::size_t batch = GENERATE(1U, 7U, 100U, 100000U);
    std::set<std::string> found;
    for (;;) {
        const auto entries = ask<std::vector<sftp::DirEntry>>(
            [&](auto r) { (*directory)->read(batch, std::move(r)); });
        REQUIRE(entries);
        if (entries->empty()) break;
        CHECK(entries->size() <= batch);
        for (const auto& entry : *entries) {
            const auto type = entry.name.front() == '.' ? FileType::directory
                              : entry.name == "link"    ? FileType::symlink
                                                        : FileType::regular;
            if (entry.attrs.type != type) CHECK(entry.attrs.type == type);
            if (type == FileType::regular && entry.attrs.size != 1U) CHECK(entry.attrs.size == 1U);
            if (!found.insert(entry.name).second) FAIL_CHECK("twice: " << entry.name);
        }
    }
    CHECK(found == expected);
    CHECK(status(local.open_directory("d/1")) == Status::not_a_directory);
    CHECK(status(local.open_directory("d/missing")) == Status::no_such_file);
}

TEST_CASE("What is above the root is not shown", "[fs][tree]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    REQUIRE(::chmod(folders.jail("").c_str(), 0751) == 0);
    REQUIRE(::chmod(folders.jail("..").c_str(), 0700) == 0);
    folders.folder("d");
    const Local local(config_for(folders, walk));
    for (const char* path : {"/", "d/..", ".."}) {
        const auto directory = local.open_directory(path);
        REQUIRE(directory);
        const auto entries = ask<std::vector<sftp::DirEntry>>(
            [&](auto r) { (*directory)->read(100, std::move(r)); });
        REQUIRE(entries);
        CHECK(entries->size() == 3);
        for (const auto& entry : *entries)
            if (entry.name == "..") CHECK(entry.attrs.permissions == 0751U);
    }
}

TEST_CASE("Nothing is changed if it is read-only", "[fs][tree]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.file("f", "as it was");
    folders.folder("d");
    auto config = config_for(folders, walk);
    config.read_only = true;
    const Local local(config);
    sftp::OpenFlags flags;
    for (bool sftp::OpenFlags::*one : {&sftp::OpenFlags::write, &sftp::OpenFlags::append,
                                       &sftp::OpenFlags::create, &sftp::OpenFlags::truncate}) {
        flags = {};
        flags.read = true;
        flags.*one = true;
        CHECK(status(local.open("f", flags)) == Status::permission_denied);
    }
    sftp::Attrs attrs = with_mode(0600);
    CHECK(status(local.set_stat("f", attrs)) == Status::permission_denied);
    CHECK(status(local.remove("f")) == Status::permission_denied);
    CHECK(status(local.make_directory("new")) == Status::permission_denied);
    CHECK(status(local.remove_directory("d")) == Status::permission_denied);
    CHECK(status(local.rename("f", "g")) == Status::permission_denied);
    CHECK(status(local.rename("f", "g", true)) == Status::permission_denied);
    CHECK(status(local.symlink("f", "g")) == Status::permission_denied);
    CHECK(status(local.hard_link("f", "g")) == Status::permission_denied);
    const auto file = local.open("f");
    REQUIRE(file);
    CHECK(status(ask<void>([&](auto r) { (*file)->set_stat(attrs, std::move(r)); })) ==
          Status::permission_denied);
    CHECK(local.contents("f") == "as it was");
    CHECK(local.stats("f")->read_only);
    CHECK(local.open_directory("d"));
}

TEST_CASE("Changing an open file", "[fs][tree]") {
    const Folders folders;
    folders.file("f", "0123456789");
    const Local local(config_for(folders, false));
    sftp::OpenFlags flags;
    flags.write = true;
    const auto writer = local.open("f", flags);
    const auto reader = local.open("f");
    REQUIRE(writer);
    REQUIRE(reader);
    const auto set = [](sftp::File& file, const sftp::Attrs& attrs) {
        return status(ask<void>([&](auto r) { file.set_stat(attrs, std::move(r)); }));
    };
    sftp::Attrs attrs;
    attrs.size = 3;
    CHECK(set(**reader, attrs) == Status::permission_denied);
    CHECK(set(**writer, attrs) == Status::ok);
    CHECK(Folders::read(folders.jail("f")) == "012");
    attrs = with_mode(04711);
    attrs.mtime = sftp::FileTime{9, 9};
    CHECK(set(**reader, attrs) == Status::ok);
    CHECK(mode_of(folders.jail("f")) == 0711);
    CHECK(local.stat("f")->mtime == attrs.mtime);
    const auto stats =
        ask<sftp::FilesystemStats>([&](auto r) { (*reader)->stat_filesystem(std::move(r)); });
    struct statvfs expected {};
    REQUIRE(::statvfs(folders.jail("f").c_str(), &expected) == 0);
    REQUIRE(stats);
    CHECK(stats->fragment_size == expected.f_frsize);
    CHECK(stats->blocks == expected.f_blocks);
    CHECK(stats->files == expected.f_files);
    CHECK(stats->max_name == expected.f_namemax);
    CHECK_FALSE(stats->read_only);
    CHECK(local.stats("/")->blocks == expected.f_blocks);
}

TEST_CASE("Names of users and homes", "[fs][tree]") {
    const Folders folders;
    auto config = config_for(folders, false);
    config.home = "/home";
    const Local local(config);
    using Names = std::pair<std::vector<std::string>, std::vector<std::string>>;
    const auto names = ask<Names>([&](auto r) {
        (*local).users()->names_of({0, 4'000'000'000}, {4'000'000'000, 0, 0}, std::move(r));
    });
    REQUIRE(names);
    CHECK(names->first == std::vector<std::string>{::getpwuid(0)->pw_name, ""});
    const std::string group = ::getgrgid(0)->gr_name;
    CHECK(names->second == std::vector<std::string>{"", group, group});
    const auto home = [](const Local& from, std::string_view user) {
        return ask<std::string>(
            [&](auto r) { (*from).users()->home_directory(user, std::move(r)); });
    };
    CHECK(*home(local, "") == "/home");
    CHECK(status(home(local, "root")) == Status::no_such_file);
    config.root = "/";
    CHECK(status(home(Local(config), "root")) == Status::no_such_file);
    config.allow_other_homes = true;
    const Local whole(config);
    CHECK(*home(whole, "root") == ::getpwuid(0)->pw_dir);
    CHECK(status(home(whole, "no such user")) == Status::no_such_file);
}

}  // namespace
}  // namespace nacre::fs::test
