// Attributes that not everybody asks for, and the finer points of opening and resolving.
#include "local_rig.hpp"

#include <fcntl.h>

namespace nacre::fs::test {
namespace {

using sftp::Follow;
using sftp::PathCheck;
using sftp::Status;

constexpr sftp::AttrMask kMore =
    sftp::kAttrCommon | sftp::kAttrCreateTime | sftp::kAttrBits | sftp::kAttrAllocationSize;

TEST_CASE("More attributes, for those who want them", "[fs][attrs]") {
    const Folders folders(GENERATE(as<std::string>{}, "/tmp", "/dev/shm"));
    folders.file("f", std::string(10000, 'x'));
    const Local local(config_for(folders, GENERATE(false, true)));
    const auto common = local.stat("f");
    REQUIRE(common);
    CHECK_FALSE(common->allocation_size);
    CHECK_FALSE(common->createtime);
    CHECK_FALSE(common->bits);
    const auto check = [](const Result<sftp::Attrs>& attrs) {
        REQUIRE(attrs);
        REQUIRE(attrs->allocation_size);
        CHECK(*attrs->allocation_size >= 10000);
        CHECK(*attrs->allocation_size % 512 == 0);
        REQUIRE(attrs->createtime);
        CHECK(attrs->createtime->seconds <= attrs->mtime->seconds);
        REQUIRE(attrs->bits);
        CHECK((attrs->bits->valid & sftp::kBitImmutable) != 0);
        CHECK((attrs->bits->bits & ~attrs->bits->valid) == 0);
    };
    check(local.stat("f", Follow::yes, kMore));
    const auto file = local.open("f");
    REQUIRE(file);
    check(ask<sftp::Attrs>([&](auto r) { (*file)->stat(kMore, std::move(r)); }));
    const auto traits = (*local).traits();
    CHECK((traits.attrs & kMore) == kMore);
    CHECK(traits.locks);
}

TEST_CASE("Owners as numbers only", "[fs][attrs]") {
    const Folders folders;
    folders.file("f");
    auto config = config_for(folders, false);
    config.numeric_names_only = true;
    const auto found = Local(config).stat("f");
    REQUIRE(found);
    CHECK(found->owner == std::to_string(::geteuid()));
    CHECK(found->group == std::to_string(::getegid()));
}

TEST_CASE("Space is reserved without a change of the size, or cut off", "[fs][attrs]") {
    const Folders folders("/dev/shm");
    folders.file("f", "0123456789");
    const Local local(config_for(folders, false));
    sftp::Attrs attrs;
    attrs.allocation_size = 1'000'000;
    const bool by_handle = GENERATE(false, true);
    const auto set = [&] {
        if (!by_handle) return local.set_stat("f", attrs);
        const auto file = local.open("f", flags_of("w"));
        REQUIRE(file);
        return ask<void>([&](auto r) { (*file)->set_stat(attrs, std::move(r)); });
    };
    CHECK(set());
    CHECK(Folders::read(folders.jail("f")) == "0123456789");
    CHECK(*local.stat("f", Follow::yes, kMore)->allocation_size >= 1'000'000);
    attrs.allocation_size = 4;
    attrs.size = 5;
    CHECK(status(set()) == Status::invalid_parameter);
    CHECK(Folders::read(folders.jail("f")) == "0123456789");
    attrs.size.reset();
    CHECK(set());
    CHECK(Folders::read(folders.jail("f")) == "0123");
    attrs.allocation_size = 0x8000'0000'0000'0000;
    CHECK(status(set()) == Status::invalid_parameter);

    attrs.allocation_size = 500'000;
    REQUIRE(local.open("new", flags_of("wcx"), attrs));
    CHECK(*local.stat("new", Follow::yes, kMore)->allocation_size >= 500'000);
    CHECK(*local.stat("new")->size == 0);
    attrs.allocation_size = 0x7fff'ffff'ffff'0000;
    CHECK_FALSE(local.open("huge", flags_of("wcx"), attrs));
    CHECK_FALSE(folders.has("huge"));
}

TEST_CASE("What cannot be set changes nothing", "[fs][attrs]") {
    const Folders folders;
    folders.file("f");
    const Local local(config_for(folders, false));
    const auto before = local.stat("f");
    const auto refuse = [&](auto&& what) {
        sftp::Attrs attrs;
        attrs.permissions = 0701;
        attrs.mtime = sftp::FileTime{1, 0};
        what(attrs);
        CHECK(status(local.set_stat("f", attrs)) == Status::op_unsupported);
        CHECK(local.stat("f")->permissions == before->permissions);
        CHECK(local.stat("f")->mtime == before->mtime);
    };
    refuse([](auto& attrs) { attrs.createtime = sftp::FileTime{1, 0}; });
    refuse([](auto& attrs) { attrs.ctime = sftp::FileTime{1, 0}; });
    refuse([](auto& attrs) { attrs.link_count = 2; });
    refuse([](auto& attrs) { attrs.bits = sftp::AttribBits{0, sftp::kBitHidden}; });
    refuse([](auto& attrs) { attrs.text_hint = sftp::TextHint::known_text; });
    refuse([](auto& attrs) { attrs.extra.make().mime_type = "text/plain"; });
}

TEST_CASE("An open folder's own attributes", "[fs][attrs]") {
    const Folders folders(GENERATE(as<std::string>{}, "/tmp", "/dev/shm"));
    folders.folder("d");
    auto config = config_for(folders, false);
    const Local local(config);
    const auto folder = local.open_directory("d");
    REQUIRE(folder);
    REQUIRE(local.rename("d", "moved"));
    const auto set = [](sftp::Directory& which, const sftp::Attrs& attrs) {
        return status(ask<void>([&](auto r) { which.set_stat(attrs, std::move(r)); }));
    };
    sftp::Attrs attrs;
    attrs.permissions = 0711;
    attrs.mtime = sftp::FileTime{1234, 5};
    CHECK(set(**folder, attrs) == Status::ok);
    const auto found =
        ask<sftp::Attrs>([&](auto r) { (*folder)->stat(sftp::kAttrCommon, std::move(r)); });
    REQUIRE(found);
    CHECK(found->type == sftp::FileType::directory);
    CHECK(found->permissions == 0711U);
    CHECK(local.stat("moved")->mtime == attrs.mtime);
    attrs.size = 0;
    CHECK(set(**folder, attrs) == Status::file_is_a_directory);
    config.read_only = true;
    const auto other = Local(config).open_directory("moved");
    REQUIRE(other);
    CHECK(set(**other, attrs) == Status::permission_denied);
}

TEST_CASE("Links that are not to be followed are not opened", "[fs][attrs]") {
    const Folders folders;
    folders.file("f", "text");
    folders.link("f", "link");
    folders.link("nowhere", "dangling");
    auto config = config_for(folders, GENERATE(false, true));
    config.atomic_upload.enabled = GENERATE(false, true);
    const Local local(config);
    for (const char* flags : {"rn", "wn", "wtn", "wctn", "an", "wcn"}) {
        INFO(flags);
        CHECK(status(local.open("link", flags_of(flags))) == Status::link_loop);
        CHECK(status(local.open("dangling", flags_of(flags))) == Status::link_loop);
        CHECK(local.open("f", flags_of(flags)));
    }
    CHECK_FALSE(folders.has("nowhere"));
}

TEST_CASE("Folders are not opened as files", "[fs][attrs]") {
    const Folders folders;
    folders.folder("d");
    auto config = config_for(folders, GENERATE(false, true));
    config.atomic_upload.enabled = GENERATE(false, true);
    const Local local(config);
    for (const char* flags : {"r", "w", "rw", "wt", "wct", "a", "wc"})
        CHECK(status(local.open("d", flags_of(flags))) == Status::file_is_a_directory);
    CHECK(status(local.open("d", flags_of("wcx"))) == Status::file_already_exists);
}

TEST_CASE("Files that go with their handle", "[fs][attrs]") {
    const Folders folders(GENERATE(as<std::string>{}, "/tmp", "/dev/shm"));
    folders.file("f");
    folders.link("f", "link");
    auto config = config_for(folders, GENERATE(false, true));
    const Local local(config);
    CHECK(status(local.open("link", flags_of("rd"))) == Status::link_loop);
    const auto why = GENERATE(sftp::HandleEnd::closed, sftp::HandleEnd::link_lost);
    {
        const auto file = local.open("f", flags_of("rd"));
        REQUIRE(file);
        CHECK(folders.has("f"));
        CHECK(close(**file, why));
        CHECK_FALSE(folders.has("f"));
    }
    const auto made = local.open("new", flags_of("wcd"));
    REQUIRE(made);
    REQUIRE(local.rename("new", "saved"));
    folders.file("new", "another one");
    CHECK(close(**made, why));
    CHECK(folders.has("saved"));
    CHECK(folders.has("new"));
    config.read_only = true;
    CHECK(status(Local(config).open("saved", flags_of("rd"))) == Status::permission_denied);
}

TEST_CASE("Resolving, with and without a look", "[fs][attrs]") {
    const Folders folders;
    folders.folder("d");
    folders.file("d/f", "12345");
    folders.link("d", "link");
    folders.link("nowhere", "dangling");
    auto config = config_for(folders, GENERATE(false, true));
    config.home = "/d";
    const Local local(config);
    const auto real = [&](std::string_view path, PathCheck check) {
        const auto found = local.real_path(path, check);
        if (!found) return "!" + std::to_string(static_cast<unsigned>(status(found)));
        return found->path + (found->attrs ? "+" : "");
    };
    CHECK(real("", PathCheck::no_check) == "/d");
    CHECK(real("../link/./x//../f/", PathCheck::no_check) == "/link/f");
    CHECK(real("/../../no/such/place", PathCheck::no_check) == "/no/such/place");
    CHECK(real("/..", PathCheck::no_check) == "/");
    CHECK(real(std::string(5000, 'x'), PathCheck::no_check) == "!20");

    CHECK(real("/link/f", PathCheck::stat_if) == "/d/f+");
    CHECK(real("/link/g", PathCheck::stat_if) == "/d/g");
    CHECK(real("/link/g/../h/i", PathCheck::stat_if) == "/link/h/i");
    CHECK(real("/dangling", PathCheck::stat_if) == "/nowhere");

    CHECK(real("/link/f", PathCheck::stat_always) == "/d/f+");
    CHECK(real("/link/g", PathCheck::stat_always) == "!2");
    CHECK(real("/link/g/h", PathCheck::stat_always) == "!2");
    CHECK(real("/dangling", PathCheck::stat_always) == "!2");
    CHECK(local.real_path("/link/f", PathCheck::stat_always)->attrs->size == 5U);

    CHECK(real("/link/f", PathCheck::last_may_miss) == "/d/f");
    CHECK(real("/link/g", PathCheck::last_may_miss) == "/d/g");
    CHECK(real("/link/g/h", PathCheck::last_may_miss) == "!2");
}

}  // namespace
}  // namespace nacre::fs::test
