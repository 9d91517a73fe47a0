// What a quota lets through, and what it counts.
#include "local_rig.hpp"

#include <nacre/fs/quota.hpp>

#include <sys/stat.h>

namespace nacre::fs::test {
namespace {

using sftp::Status;

Status put(sftp::File& file, std::uint64_t offset, std::size_t size) {
    const std::string text(size, 'x');
    const auto result = write_to(file, offset, write_buffer({text}));
    if (!result) return status(result);
    return result->error ? sftp::status_of(*result->error) : Status::ok;
}

struct Rig {
    Folders folders{GENERATE(as<std::string>{}, "/tmp", "/dev/shm")};
    std::shared_ptr<Quota> quota = std::make_shared<Quota>(1000);
    LocalFilesystemConfig config = config_for(folders, false);

    Rig() {
        folders.folder("d");
        folders.file("d/old", std::string(300, 'o'));
        std::filesystem::create_hard_link(folders.jail("d/old"), folders.jail("again"));
        folders.link("d/old", "link");
        config.quota = quota;
    }
};

TEST_CASE("A quota counts what is there, and what is written", "[fs][quota]") {
    const Rig rig;
    const Local local(rig.config);
    CHECK_FALSE(rig.quota->counted());
    const auto file = local.open("new", flags_of("wct"));
    REQUIRE(file);
    CHECK(rig.quota->used() == 300);
    CHECK(put(**file, 0, 100) == Status::ok);
    CHECK(put(**file, 50, 100) == Status::ok);
    CHECK(rig.quota->used() == 450);
    const auto twice = local.open("new", flags_of("a"));
    REQUIRE(twice);
    CHECK(put(**twice, 0, 50) == Status::ok);
    CHECK(put(**file, 150, 50) == Status::ok);
    CHECK(rig.quota->used() == 500);
    CHECK(put(**file, 700, 1) == Status::quota_exceeded);
    CHECK(put(**twice, 0, 501) == Status::quota_exceeded);
    CHECK(put(**twice, 0, 500) == Status::ok);
    CHECK(put(**file, 0, 700) == Status::ok);
    CHECK(rig.quota->used() == 1000);
    CHECK(Folders::read(rig.folders.jail("new")).size() == 700);
}

TEST_CASE("A quota gets back what is cut, removed and replaced", "[fs][quota]") {
    const Rig rig;
    const Local local(rig.config);
    const auto file = local.open("new", flags_of("wct"));
    REQUIRE(file);
    REQUIRE(put(**file, 0, 400) == Status::ok);
    sftp::Attrs attrs;
    attrs.size = 100;
    CHECK(local.set_stat("new", attrs));
    CHECK(rig.quota->used() == 400);
    attrs.size = 701;
    CHECK(status(local.set_stat("new", attrs)) == Status::quota_exceeded);
    CHECK(status(ask<void>([&](auto r) { (*file)->set_stat(attrs, std::move(r)); })) ==
          Status::quota_exceeded);
    attrs.size = 700;
    CHECK(ask<void>([&](auto r) { (*file)->set_stat(attrs, std::move(r)); }));
    CHECK(rig.quota->used() == 1000);
    attrs.size.reset();
    attrs.allocation_size = 2000;
    CHECK(status(local.set_stat("new", attrs)) == Status::quota_exceeded);
    CHECK(close(**file));

    CHECK(local.remove("again"));
    CHECK(rig.quota->used() == 1000);
    CHECK(local.remove("link"));
    CHECK(local.remove("d/old"));
    CHECK(rig.quota->used() == 700);
    REQUIRE(local.open("other", flags_of("wct")));
    CHECK(local.rename("other", "new", true));
    CHECK(rig.quota->used() == 0);
}

TEST_CASE("A quota and what is truncated by opening", "[fs][quota]") {
    Rig rig;
    rig.config.atomic_upload.enabled = GENERATE(false, true);
    const bool atomic = rig.config.atomic_upload.enabled;
    REQUIRE(std::filesystem::remove(rig.folders.jail("again")));
    const Local local(rig.config);
    const auto file = local.open("d/old", flags_of("wt"));
    REQUIRE(file);
    CHECK(rig.quota->used() == (atomic ? 300 : 0));
    CHECK(put(**file, 0, 200) == Status::ok);
    CHECK(rig.quota->used() == (atomic ? 500 : 200));
    SECTION("closed") {
        CHECK(close(**file));
        CHECK(rig.quota->used() == 200);
    }
    SECTION("not closed") {
        CHECK(close(**file, sftp::HandleEnd::link_lost));
        CHECK(rig.quota->used() == (atomic ? 300 : 200));
    }
}

TEST_CASE("A file without a name counts until its last handle ends", "[fs][quota]") {
    Rig rig;
    rig.config.atomic_upload.enabled = false;
    const Local local(rig.config);
    const auto file = local.open("new", flags_of("wct"));
    REQUIRE(file);
    REQUIRE(put(**file, 0, 150) == Status::ok);
    const auto reader = local.open("new");
    REQUIRE(reader);
    SECTION("removed") {
        CHECK(local.remove("new"));
    }
    SECTION("replaced") {
        REQUIRE(local.open("other", flags_of("wct")));
        CHECK(local.rename("other", "new", true));
    }
    CHECK(rig.quota->used() == 450);
    CHECK(put(**file, 150, 100) == Status::ok);
    CHECK(rig.quota->used() == 550);
    sftp::Attrs cut;
    cut.size = 0;
    CHECK(ask<void>([&](auto r) { (*file)->set_stat(cut, std::move(r)); }));
    CHECK(rig.quota->used() == 300);
    REQUIRE(put(**file, 0, 200) == Status::ok);
    CHECK(close(**file));
    CHECK(rig.quota->used() == 500);
    CHECK(close(**reader));
    CHECK(rig.quota->used() == 300);
}

TEST_CASE("A quota and what is cut for reading, or only reserved", "[fs][quota]") {
    const Rig rig;
    const Local local(rig.config);
    {
        const auto file = local.open("new", flags_of("wct"));
        REQUIRE(file);
        REQUIRE(put(**file, 0, 400) == Status::ok);
        CHECK(close(**file));
    }
    const auto reader = local.open("new", flags_of("rt"));
    REQUIRE(reader);
    CHECK(rig.quota->used() == 300);
    sftp::Attrs hint;
    hint.allocation_size = 600;
    CHECK(local.open("large", flags_of("wct"), hint));
    CHECK(local.set_stat("large", hint));
    struct stat found {};
    REQUIRE(::stat(rig.folders.jail("large").c_str(), &found) == 0);
    CHECK(found.st_blocks == 0);
}

TEST_CASE("The disk is as large as the quota", "[fs][quota]") {
    const Rig rig;
    rig.quota->set_limit(1'000'000);
    const auto stats = Local(rig.config).stats("/");
    REQUIRE(stats);
    CHECK(stats->blocks * stats->fragment_size <= 1'000'000);
    CHECK(stats->blocks_available * stats->fragment_size <= 999'700);
    CHECK(stats->blocks_available > 0);
}

TEST_CASE("The umask is for what is made", "[fs][quota]") {
    const Folders folders;
    auto config = config_for(folders, false);
    config.umask = 077;
    const Local local(config);
    REQUIRE(local.open("f", flags_of("wc")));
    REQUIRE(local.make_directory("d"));
    CHECK(local.stat("f")->permissions == 0600U);
    CHECK(local.stat("d")->permissions == 0700U);
    sftp::Attrs attrs;
    attrs.permissions = 0644;
    CHECK(local.set_stat("f", attrs));
    CHECK(local.stat("f")->permissions == 0644U);
}

}  // namespace
}  // namespace nacre::fs::test
