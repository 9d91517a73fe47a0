// Copies of whole files, and folders for temporary ones.
#include "local_rig.hpp"

#include <sys/stat.h>

namespace nacre::fs::test {
namespace {

using sftp::Status;

Status copy(const Local& local, std::string_view from, std::string_view to, bool overwrite) {
    return status(ask<void>(
        [&](auto r) { (*local).copies()->copy_file(from, to, overwrite, std::move(r)); }));
}

TEST_CASE("Files are copied as a whole", "[fs][copy]") {
    const Folders folders(GENERATE(as<std::string>{}, "/tmp", "/dev/shm"));
    const std::string text(300'000, 'x');
    folders.file("from", text);
    REQUIRE(::chmod(folders.jail("from").c_str(), 0640) == 0);
    folders.file("old", "old");
    REQUIRE(::chmod(folders.jail("old").c_str(), 0604) == 0);
    folders.folder("d");
    folders.link("from", "link");
    auto config = config_for(folders, GENERATE(false, true));
    config.atomic_upload.unfinished = AtomicUpload::Unfinished::keep;
    const Local local(config);
    CHECK(copy(local, "link", "d/new", false) == Status::ok);
    CHECK((Folders::read(folders.jail("d/new")) == text));
    CHECK(local.stat("d/new")->permissions == 0640U);
    CHECK(copy(local, "from", "old", false) == Status::file_already_exists);
    CHECK(Folders::read(folders.jail("old")) == "old");
    CHECK(copy(local, "from", "old", true) == Status::ok);
    CHECK((Folders::read(folders.jail("old")) == text));
    CHECK(local.stat("old")->permissions == 0604U);

    CHECK(copy(local, "from", "link", true) == Status::failure);
    CHECK(copy(local, "from", "from", true) == Status::failure);
    CHECK(copy(local, "missing", "new", false) == Status::no_such_file);
    CHECK(copy(local, "d", "new", false) == Status::file_is_a_directory);
    CHECK(copy(local, "from", "d", true) == Status::file_is_a_directory);
    CHECK(copy(local, "from", "missing/new", true) == Status::no_such_file);
    CHECK(local.list("/") == std::vector<std::string>{".", "..", "d", "from", "link", "old"});
    config.read_only = true;
    CHECK(copy(Local(config), "from", "new", false) == Status::permission_denied);
    config.read_only = false;
    config.quota = std::make_shared<Quota>(1'000'000);
    const Local limited(config);
    CHECK(copy(limited, "from", "new", false) == Status::quota_exceeded);
    CHECK(limited.remove("old"));
    CHECK(copy(limited, "from", "new", false) == Status::ok);
    CHECK(config.quota->used() == 900'000);
}

TEST_CASE("A copy ends with its session", "[fs][copy]") {
    const Folders folders;
    folders.file("from", std::string(300'000, 'x'));
    LateExecutor executor;
    const Local local(config_for(folders, false), executor);
    Status answer = Status::ok;
    (*local).copies()->copy_file("from", "to", false, Reply<void>::from([&](Result<void>&& result) {
                                     answer = status(result);
                                 }));
    const bool begun = GENERATE(false, true);
    if (begun) executor.step();
    (*local).on_end();
    executor.run();
    CHECK(answer == Status::failure);
    CHECK(std::filesystem::exists(folders.jail("from")));
    CHECK_FALSE(std::filesystem::exists(folders.jail("to")));
}

TEST_CASE("Folders for temporary files", "[fs][copy]") {
    const Folders folders;
    folders.folder("tmp");
    auto config = config_for(folders, GENERATE(false, true));
    CHECK((*Local(config)).temporary_folders() == nullptr);
    config.temporary_folder = "/tmp/";
    const Local local(config);
    auto* const group = (*local).temporary_folders();
    REQUIRE(group != nullptr);
    CHECK(*ask<std::string>([&](auto r) { group->temporary_folder(std::move(r)); }) == "/tmp");
    const auto make = [&] {
        return ask<std::string>([&](auto r) { group->make_temporary_folder(std::move(r)); });
    };
    const auto one = make();
    const auto other = make();
    REQUIRE(one);
    REQUIRE(other);
    CHECK(one->starts_with("/tmp/tmp-"));
    CHECK(*one != *other);
    CHECK(local.stat(*one)->permissions == 0700U);
    REQUIRE(std::filesystem::remove_all(folders.jail("tmp")));
    CHECK(status(make()) == Status::no_such_file);
}

}  // namespace
}  // namespace nacre::fs::test
