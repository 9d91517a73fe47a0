// Files that have ACLs.
#include "acl_rig.hpp"

#include <cstdlib>

namespace nacre::fs::test {
namespace {

sftp::Attrs attrs_with(Acl acl) {
    sftp::Attrs attrs;
    attrs.extra.make().acl = std::move(acl);
    return attrs;
}
sftp::Attrs attrs_with(std::vector<Ace> entries) {
    return attrs_with(Acl{0, std::move(entries)});
}
std::optional<Acl> acl_of(const Result<sftp::Attrs>& attrs) {
    REQUIRE(attrs);
    return attrs->extra ? attrs->extra->acl : std::nullopt;
}

unsigned mode_of_file(const std::string& path) {
    struct stat found {};
    REQUIRE(::lstat(path.c_str(), &found) == 0);
    return found.st_mode & 07777;
}

LocalFilesystemConfig config_with_acls(const Folders& folders) {
    auto config = config_for(folders, GENERATE(false, true));
    config.numeric_names_only = true;
    if ((*Local(config)).traits().acl_capabilities == 0) SKIP("no ACLs on this file system");
    return config;
}

bool has_tools() {
    return std::system("command -v getfacl setfacl >/dev/null 2>&1") == 0;
}
void setfacl(const std::string& arguments) {
    REQUIRE(std::system(("setfacl " + arguments).c_str()) == 0);
}
/// The entries, with commas between them.
std::string getfacl(const std::string& path) {
    std::FILE* const pipe = ::popen(("getfacl -ncpE " + path).c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string text;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
        text += c == '\n' ? ',' : static_cast<char>(c);
    CHECK(::pclose(pipe) == 0);
    while (text.ends_with(',')) text.pop_back();
    return text;
}

TEST_CASE("ACLs of files, as others see them", "[fs][acl]") {
    if (!has_tools()) SKIP("getfacl and setfacl are not installed");
    const Folders folders(GENERATE(as<std::string>{}, "/tmp", "/dev/shm"));
    const Local local(config_with_acls(folders));
    folders.file("f");
    REQUIRE(::chmod(folders.jail("f").c_str(), 0640) == 0);
    const auto theirs = GENERATE(as<std::string>{}, "u::rw-,g::r--,o::---",
                                 "u::rw-,u:70001:rw-,u:70002:---,g::r--,g:70003:r-x,m::r--,o::--x",
                                 "u::---,u:70001:rwx,g::---,m::rwx,o::rwx");
    setfacl("--set " + theirs + " " + folders.jail("f"));
    const auto before = getfacl(folders.jail("f"));
    CHECK_FALSE(acl_of(local.stat("f")));
    const auto read = acl_of(local.stat("f", Follow::yes, sftp::kAttrAcl));
    REQUIRE(read);
    const auto file = local.open("f");
    REQUIRE(file);
    CHECK(acl_of(ask<sftp::Attrs>([&](auto r) { (*file)->stat(sftp::kAttrAcl, std::move(r)); })) ==
          read);
    // Through other rights and back.
    setfacl("-b " + folders.jail("f"));
    REQUIRE(::chmod(folders.jail("f").c_str(), 0604) == 0);
    if (GENERATE(false, true)) {
        CHECK(local.set_stat("f", attrs_with(*read)));
    } else {
        CHECK(ask<void>([&](auto r) { (*file)->set_stat(attrs_with(*read), std::move(r)); }));
    }
    CHECK(acl_of(local.stat("f", Follow::yes, sftp::kAttrAcl)) == read);
    // The same rights; entries have lost what the mask did not let through.
    auto after = getfacl(folders.jail("f"));
    if (theirs.find("70003") != std::string::npos)
        CHECK(after ==
              "user::rw-,user:70001:r--,user:70002:---,group::r--,group:70003:r--,mask::r--,"
              "other::--x");
    else
        CHECK(after == before);
}

TEST_CASE("Default ACLs of folders, as others see them", "[fs][acl]") {
    if (!has_tools()) SKIP("getfacl and setfacl are not installed");
    const Folders folders;
    const Local local(config_with_acls(folders));
    folders.folder("d");
    const std::uint32_t rwx = kR | kWriteFolder | kX;
    const auto attrs = attrs_with(
        {allow("OWNER@", rwx, kBoth), allow("70001", rwx, kOnly), allow("GROUP@", kR | kX, kBoth)});
    const bool by_handle = GENERATE(false, true);
    const auto folder = local.open_directory("d");
    REQUIRE(folder);
    const auto set = [&](const sftp::Attrs& what) {
        return by_handle ? ask<void>([&](auto r) { (*folder)->set_stat(what, std::move(r)); })
                         : local.set_stat("d", what);
    };
    CHECK(set(attrs));
    CHECK(getfacl(folders.jail("d")) ==
          "user::rwx,group::r-x,other::---,default:user::rwx,default:user:70001:rwx,"
          "default:group::r-x,default:mask::rwx,default:other::---");
    const auto read =
        acl_of(ask<sftp::Attrs>([&](auto r) { (*folder)->stat(sftp::kAttrAcl, std::move(r)); }));
    REQUIRE(read);
    CHECK(acl_of(local.stat("d", Follow::yes, sftp::kAttrAcl)) == read);
    REQUIRE(local.open("d/f", flags_of("wcx")));
    CHECK(getfacl(folders.jail("d/f")) ==
          "user::rw-,user:70001:rwx,group::r-x,mask::rw-,other::---");
    CHECK(set(attrs_with({allow("OWNER@", rwx)})));
    CHECK(getfacl(folders.jail("d")) == "user::rwx,group::---,other::---");
    CHECK(set(attrs_with(*read)));
    CHECK(acl_of(local.stat("d", Follow::yes, sftp::kAttrAcl)) == read);
}

TEST_CASE("An ACL together with a mode", "[fs][acl]") {
    const Folders folders;
    auto config = config_with_acls(folders);
    config.mode_mask = 07775;
    const Local local(config);
    folders.file("f");
    auto attrs = attrs_with({allow("OWNER@", kR | kWriteFile), allow("70001", kR | kWriteFile),
                             allow("EVERYONE@", kR | kWriteFile | kX)});
    attrs.permissions = 04711;
    CHECK(local.set_stat("f", attrs));
    // The ACL decides, as far as modes may go; what is no right comes from the mode.
    CHECK(mode_of_file(folders.jail("f")) == 04775);
    const auto acl = acl_of(local.stat("f", Follow::yes, sftp::kAttrAcl));
    REQUIRE(acl);
    CHECK(text_of(understood(*acl)) == "u::rwx,u:70001:rwx,g::rwx,o::r-x");
    // A mode alone afterwards changes the mask.
    sftp::Attrs mode;
    mode.permissions = 0640;
    CHECK(local.set_stat("f", mode));
    CHECK(text_of(understood(*acl_of(local.stat("f", Follow::yes, sftp::kAttrAcl)))) ==
          "u::rw-,u:70001:r--,g::r--,o::---");
}

TEST_CASE("Refused ACLs change nothing", "[fs][acl]") {
    const Folders folders;
    const Local local(config_with_acls(folders));
    folders.file("f");
    folders.folder("d");
    const auto before = mode_of_file(folders.jail("f"));
    auto attrs = attrs_with({allow("EVERYONE@", sftp::kAceWriteData)});
    attrs.permissions = 0;
    attrs.mtime = sftp::FileTime{1, 0};
    CHECK(status(local.set_stat("f", attrs)) == Status::op_unsupported);
    CHECK(mode_of_file(folders.jail("f")) == before);
    CHECK(local.stat("f")->mtime->seconds != 1);

    // Nor does something new stay.
    attrs.mtime.reset();
    const auto file = local.open("new", flags_of(GENERATE("wc", "wcx", "rwct")), attrs);
    CHECK(status(file) == Status::op_unsupported);
    CHECK_FALSE(folders.has("new"));
    CHECK(status(local.make_directory("new", attrs)) == Status::op_unsupported);
    CHECK_FALSE(folders.has("new"));
}

TEST_CASE("Something new with an ACL", "[fs][acl]") {
    const Folders folders;
    auto config = config_with_acls(folders);
    config.umask = 02;
    config.atomic_upload.enabled = GENERATE(false, true);
    const Local local(config);
    auto attrs = attrs_with({allow("OWNER@", kR | kWriteFile | kX), allow("70001", kR | kWriteFile),
                             allow("EVERYONE@", kR | kWriteFile)});
    attrs.permissions = 0777;
    const auto flags = GENERATE(as<std::string>{}, "wc", "wct", "wcx", "rwc", "ac");
    {
        const auto file = local.open("new", flags_of(flags), attrs);
        REQUIRE(file);
        CHECK(close(**file));
    }
    const auto acl = acl_of(local.stat("new", Follow::yes, sftp::kAttrAcl));
    REQUIRE(acl);
    CHECK(text_of(understood(*acl)) == "u::rwx,u:70001:rw-,g::rw-,o::r--");

    // What is there already keeps its own.
    folders.file("old");
    REQUIRE(::chmod(folders.jail("old").c_str(), 0600) == 0);
    folders.link("old", "link");
    const auto again = local.open("link", flags_of(flags), attrs);
    CHECK(status(again) == (flags == "wcx" ? Status::file_already_exists : Status::ok));
    CHECK(mode_of_file(folders.jail("old")) == 0600);
    if (again) CHECK(close(**again));
    CHECK(mode_of_file(folders.jail("old")) == 0600);

    const auto rx = attrs_with({allow("OWNER@", kR | kX), allow("70001", kX, kBoth)});
    CHECK(local.make_directory("folder", rx));
    CHECK(mode_of_file(folders.jail("folder")) == 0510);
    const auto inherits = acl_of(local.stat("folder", Follow::yes, sftp::kAttrAcl));
    REQUIRE(inherits);
    CHECK(understood(*inherits, true)->inherited);
}

TEST_CASE("ACLs stay in the jail, and links have none", "[fs][acl]") {
    const Folders folders;
    auto config = config_with_acls(folders);
    const Local local(config);
    folders.file("f");
    folders.link("f", "link");
    folders.link(folders.outside("secret"), "out");
    const auto attrs = attrs_with({allow("OWNER@", kR | kWriteFile), allow("70001", kR)});
    CHECK_FALSE(acl_of(local.stat("link", Follow::no, sftp::kAttrAcl)));
    CHECK(acl_of(local.stat("link", Follow::yes, sftp::kAttrAcl)));
    CHECK(status(local.set_stat("link", attrs, Follow::no)) == Status::op_unsupported);
    const auto outside = mode_of_file(folders.outside("secret"));
    CHECK(status(local.set_stat("out", attrs)) == Status::no_such_file);
    CHECK(status(local.set_stat("../../outside/secret", attrs)) == Status::no_such_file);
    CHECK(mode_of_file(folders.outside("secret")) == outside);
    CHECK(mode_of_file(folders.jail("f")) != 0640);
    CHECK(local.set_stat("link", attrs));
    CHECK(mode_of_file(folders.jail("f")) == 0640);
    config.read_only = true;
    CHECK(status(Local(config).set_stat("f", attrs)) == Status::permission_denied);
}

TEST_CASE("A file system without ACLs", "[fs][acl]") {
    LocalFilesystemConfig config;
    config.root = "/proc/self";
    const Local local(config);
    const auto traits = (*local).traits();
    if (traits.acl_capabilities != 0) SKIP("this one has them");
    CHECK((traits.attrs & sftp::kAttrAcl) == 0);
    CHECK_FALSE(acl_of(local.stat("comm", Follow::yes, sftp::kAttrAcl)));
    CHECK_FALSE(acl_of(local.stat("net", Follow::yes, sftp::kAttrAcl)));
    const auto attrs = attrs_with({allow("EVERYONE@", kR)});
    CHECK(status(local.set_stat("comm", attrs)) == Status::op_unsupported);
}

}  // namespace
}  // namespace nacre::fs::test
