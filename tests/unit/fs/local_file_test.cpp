#include "local_rig.hpp"
#include "support/alloc_count.hpp"

#include <fcntl.h>

#include <deque>

namespace nacre::fs::test {
namespace {

using sftp::Status;

/// On a disk, and in memory.
std::string parent_folder() {
    return GENERATE(as<std::string>{}, "/tmp", "/dev/shm");
}

TEST_CASE("What is written is read", "[fs][file]") {
    const Folders folders(parent_folder());
    const Local local(config_for(folders, false));
    const auto file = local.open("f", flags_of("rwc"));
    REQUIRE(file);
    const auto written = write_to(**file, 0, write_buffer({"abc", "", "defgh", "i"}));
    REQUIRE(written);
    CHECK(written->written == 9);
    CHECK_FALSE(written->error);
    CHECK(written->pieces.size() == 4);
    CHECK(read_text(**file, 0, 9) == "abcdefghi");
    CHECK(read_text(**file, 2, 3) == "cde");
    CHECK(read_text(**file, 7, 100) == "hi");
    CHECK(read_text(**file, 9, 100).empty());
    CHECK(read_text(**file, 1000, 100).empty());
    CHECK(ask<void>([&](auto r) { (*file)->sync(std::move(r)); }));
    CHECK(ask<sftp::Attrs>([&](auto r) { (*file)->stat(sftp::kAttrCommon, std::move(r)); })->size ==
          9);
    CHECK(close(**file));
    CHECK(Folders::read(folders.jail("f")) == "abcdefghi");
}

TEST_CASE("Frames are filled from behind what is to be skipped", "[fs][file]") {
    const Folders folders(parent_folder());
    std::string text;
    for (int i = 0; text.size() < 3000; ++i) text += std::to_string(i) + ",";
    folders.file("f", text);
    const Local local(config_for(folders, false));
    const auto file = local.open("f");
    REQUIRE(file);
    FramePool pool;
    // One byte in each frame: more pieces than a system call takes.
    for (const std::size_t piece : {1U, 7U, 100U, 5000U}) {
        for (const std::size_t skip : {0U, 1U, 13U}) {
            auto result = read_from(**file, 10, read_buffer(pool, 2500, skip, piece));
            REQUIRE(result);
            CHECK(result->filled == 2500);
            CHECK(text_of(*result) == text.substr(10, 2500));
            result = read_from(**file, 1000, read_buffer(pool, 2500, skip, piece));
            REQUIRE(result);
            CHECK(text_of(*result) == text.substr(1000));
        }
    }
}

TEST_CASE("More pieces than one call takes are one write", "[fs][file]") {
    const Folders folders(parent_folder());
    const Local local(config_for(folders, false));
    const auto file = local.open("f", flags_of("wc"));
    REQUIRE(file);
    sftp::WriteBuffer buffer;
    std::string text;
    for (int i = 0; i < 3000; ++i) text += std::to_string(i % 10);
    for (std::size_t i = 0; i < text.size(); ++i)
        buffer.pieces.push_back({as_bytes(std::string_view(text).substr(i, 1)), {}});
    const auto written = write_to(**file, 5, std::move(buffer));
    REQUIRE(written);
    CHECK(written->written == text.size());
    CHECK(Folders::read(folders.jail("f")) == std::string(5, '\0') + text);
}

TEST_CASE("Flags of open", "[fs][file]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.file("f", "0123456789");
    const Local local(config_for(folders, walk));
    CHECK(status(local.open("new", flags_of("w"))) == Status::no_such_file);
    CHECK(status(local.open("f", flags_of("wcx"))) == Status::file_already_exists);
    {
        const auto file = local.open("f", flags_of("wc"));
        REQUIRE(file);
        CHECK(write_to(**file, 2, write_buffer({"xx"})));
        CHECK(Folders::read(folders.jail("f")) == "01xx456789");
    }
    {
        const auto file = local.open("f", flags_of("ra"));
        REQUIRE(file);
        CHECK(write_to(**file, 0, write_buffer({"en", "d"})));
        CHECK(Folders::read(folders.jail("f")) == "01xx456789end");
        CHECK(read_text(**file, 10, 10) == "end");
    }
    CHECK(local.open("f", flags_of("wct")));
    CHECK(Folders::read(folders.jail("f")).empty());
    CHECK(local.open("new", flags_of("wcx")));
    CHECK(folders.has("new"));
    // A file opened for reading alone cannot be written, whoever asks.
    const auto reader = local.open("f");
    REQUIRE(reader);
    const auto written = write_to(**reader, 0, write_buffer({"no"}));
    REQUIRE(written);
    CHECK(written->written == 0);
    CHECK(written->error.has_value());
}

TEST_CASE("Large and sparse files", "[fs][file]") {
    const Folders folders(parent_folder());
    const Local local(config_for(folders, false));
    const auto file = local.open("f", flags_of("rwc"));
    REQUIRE(file);
    constexpr std::uint64_t kFar = 5'000'000'000;
    CHECK(write_to(**file, kFar, write_buffer({"far"})));
    CHECK(read_text(**file, kFar - 2, 10) == std::string("\0\0far", 5));
    CHECK(local.stat("f")->size == kFar + 3);
    constexpr std::uint64_t kLast = 0x7fff'ffff'ffff'ffff;
    CHECK(read_text(**file, kLast, 10).empty());
    CHECK(read_text(**file, kLast + 1, 10) == "!23");
    CHECK(status(write_to(**file, kLast + 1, write_buffer({"x"}))) == Status::invalid_parameter);
    const auto written = write_to(**file, kLast - 1, write_buffer({"xyz"}));
    REQUIRE(written);
    CHECK(written->error.has_value());
    CHECK(written->written < 3);
    sftp::Attrs attrs;
    attrs.size = kLast + 1;
    CHECK(status(ask<void>([&](auto r) { (*file)->set_stat(attrs, std::move(r)); })) ==
          Status::invalid_parameter);
    attrs.size = 2;
    CHECK(ask<void>([&](auto r) { (*file)->set_stat(attrs, std::move(r)); }));
    CHECK(local.stat("f")->size == 2);
}

TEST_CASE("A full device answers for the write that did not fit", "[fs][file]") {
    const Folders folders;
    auto config = config_for(folders, false);
    config.root = "/dev";
    config.allow_devices = true;
    const Local local(config);
    const auto full = local.open("full", flags_of("w"));
    REQUIRE(full);
    const auto written = write_to(**full, 0, write_buffer({"x"}));
    REQUIRE(written);
    REQUIRE(written->error.has_value());
    CHECK(sftp::status_of(*written->error) == Status::no_space_on_filesystem);
}

TEST_CASE("Devices are opened if configured", "[fs][file]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    auto config = config_for(folders, walk);
    config.root = "/dev";
    CHECK(status(Local(config).open("null")) == Status::permission_denied);
    CHECK(status(Local(config).open("null", flags_of("wct"))) == Status::permission_denied);
    config.allow_devices = true;
    const Local local(config);
    const auto null = local.open("null", flags_of("rwct"));
    REQUIRE(null);
    CHECK(read_text(**null, 0, 100).empty());
    const auto written = write_to(**null, 0, write_buffer({"to", "nowhere"}));
    REQUIRE(written);
    CHECK(written->written == 9);
    const auto zero = local.open("zero");
    REQUIRE(zero);
    CHECK(read_text(**zero, 0, 100000) == std::string(100000, '\0'));
}

TEST_CASE("FIFOs and sockets are refused and hold nobody up", "[fs][file]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    REQUIRE(::mkfifo(folders.jail("fifo").c_str(), 0666) == 0);
    auto config = config_for(folders, walk);
    config.allow_devices = GENERATE(false, true);
    const Local local(config);
    const auto refused = [&] {
        for (const char* flags : {"r", "w", "rw", "wc", "wct", "a"}) {
            INFO(flags);
            CHECK(status(local.open("fifo", flags_of(flags))) == Status::permission_denied);
        }
        sftp::Attrs attrs;
        attrs.size = 0;
        CHECK(status(local.set_stat("fifo", attrs)) == Status::permission_denied);
        CHECK(status(local.open_directory("fifo")) == Status::not_a_directory);
    };
    refused();
    // Also with somebody at the other end.
    const int reader = ::open(folders.jail("fifo").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    REQUIRE(reader >= 0);
    refused();
    ::close(reader);
    CHECK(local.stat("fifo")->type == sftp::FileType::fifo);
    sftp::Attrs attrs;
    attrs.permissions = 0600;
    CHECK(local.set_stat("fifo", attrs));
}

TEST_CASE("A cached read allocates nothing and does not wait", "[fs][file]") {
    const Folders folders(parent_folder());
    folders.file("f", std::string(300000, 'x'));
    LateExecutor executor;
    const Local helper(config_for(folders, false));
    const auto warm = helper.open("f");
    REQUIRE(warm);
    CHECK(read_text(**warm, 0, 300000).size() == 300000);

    std::shared_ptr<sftp::File> file;
    const auto made = make_local_filesystem(config_for(folders, false), executor);
    REQUIRE(made);
    (*made)->open("f", {true}, {}, Reply<std::shared_ptr<sftp::File>>::from([&](auto&& result) {
                      REQUIRE(result);
                      file = *result;
                  }));
    executor.run();
    REQUIRE(file != nullptr);

    struct Asker {
        std::size_t filled = 0;
        Lifeline line{this};
    } asker;
    FramePool pool;
    auto buffer = read_buffer(pool, 261120, 13);
    Reply<sftp::ReadBuffer> reply(
        asker.line.ref(), 0, [](void* target, std::uint64_t, Result<sftp::ReadBuffer>&& result) {
            if (result) static_cast<Asker*>(target)->filled = result->filled;
        });
    const nacre::test::AllocCount count;
    file->read(1000, std::move(buffer), std::move(reply));
    const std::size_t allocations = count.count();
    CHECK(allocations == 0);
    CHECK(asker.filled == 261120);
    CHECK(executor.jobs.empty());
}

TEST_CASE("Operations that wait outlive their file and its file system", "[fs][file]") {
    const Folders folders("/tmp");
    folders.file("f", "0123456789");
    LateExecutor executor;
    int answers = 0;
    {
        auto made = make_local_filesystem(config_for(folders, false), executor);
        REQUIRE(made);
        std::shared_ptr<sftp::File> file;
        std::shared_ptr<sftp::Directory> directory;
        (*made)->open("f", flags_of("rw"), {},
                      Reply<std::shared_ptr<sftp::File>>::from([&](auto&& result) {
                          REQUIRE(result);
                          file = *result;
                      }));
        (*made)->open_directory("",
                                Reply<std::shared_ptr<sftp::Directory>>::from([&](auto&& result) {
                                    REQUIRE(result);
                                    directory = *result;
                                }));
        executor.run();
        REQUIRE(file);
        REQUIRE(directory);
        file->write(2, write_buffer({"AB"}), Reply<sftp::WriteBuffer>::from([&](auto&& result) {
                        CHECK(result);
                        ++answers;
                    }));
        file->sync(Reply<void>::from([&](auto&& result) {
            CHECK(result);
            ++answers;
        }));
        directory->read(10, Reply<std::vector<sftp::DirEntry>>::from([&](auto&& result) {
                            REQUIRE(result);
                            CHECK(result->size() == 3);
                            ++answers;
                        }));
        (*made)->remove("f", Reply<void>::from([&](auto&& result) {
                            CHECK(result);
                            ++answers;
                        }));
        CHECK(executor.jobs.size() == 4);
        CHECK(answers == 0);
    }
    executor.run();
    CHECK(answers == 4);
    CHECK_FALSE(folders.has("f"));
}

TEST_CASE("Copying from file to file", "[fs][file]") {
    const Folders folders(parent_folder());
    std::string text;
    for (int i = 0; text.size() < 700000; ++i) text += std::to_string(i) + ",";
    folders.file("from", text);
    const Local local(config_for(folders, false));
    const bool append = GENERATE(false, true);
    folders.file("to", append ? "head" : "");
    const auto from = local.open("from");
    const auto to = local.open("to", append ? flags_of("a") : flags_of("rw"));
    REQUIRE(from);
    REQUIRE(to);
    const std::string head = append ? "head" : "";
    const auto copy = [&](sftp::File& a, std::uint64_t at, std::uint64_t length, sftp::File& b,
                          std::uint64_t to_at) {
        return status(ask<void>([&](auto r) { a.copy_to(at, length, b, to_at, std::move(r)); }));
    };
    SECTION("to the end") {
        CHECK(copy(**from, 5, 0, **to, 0) == Status::ok);
        CHECK((Folders::read(folders.jail("to")) == head + text.substr(5)));
    }
    SECTION("a part") {
        CHECK(copy(**from, 1000, 300001, **to, 0) == Status::ok);
        CHECK((Folders::read(folders.jail("to")) == head + text.substr(1000, 300001)));
    }
    SECTION("more than there is") {
        CHECK(copy(**from, 10, 1'000'000, **to, 0) == Status::eof);
        CHECK((Folders::read(folders.jail("to")) == head + text.substr(10)));
        CHECK(copy(**from, 5'000'000, 0, **to, 0) == Status::ok);
        CHECK(copy(**from, 0x8000'0000'0000'0000, 1, **to, 0) != Status::ok);
        CHECK(copy(**from, 0, 0xffff'ffff'ffff'ffff, **to, 0xffff'ffff'ffff'fff0) != Status::ok);
    }
    SECTION("the same file, by whatever name") {
        REQUIRE(local.hard_link("from", "again"));
        const auto again = local.open("again", flags_of("rw"));
        REQUIRE(again);
        CHECK(copy(**from, 0, 10, **again, 20) == Status::failure);
        CHECK((Folders::read(folders.jail("from")) == text));
    }
    SECTION("between two file systems") {
        const Local other(config_for(folders, false));
        const auto there = other.open("to", flags_of("w"));
        REQUIRE(there);
        CHECK(copy(**from, 0, 0, **there, 0) == Status::op_unsupported);
    }
}

namespace {

/// The files of these names, open for reading and writing.
std::vector<std::shared_ptr<sftp::File>> from_and_to(sftp::Filesystem& fs, LateExecutor& executor) {
    std::vector<std::shared_ptr<sftp::File>> files;
    for (const char* name : {"from", "to"})
        fs.open(name, flags_of("rw"), {},
                Reply<std::shared_ptr<sftp::File>>::from([&](auto&& result) {
                    REQUIRE(result);
                    files.push_back(*result);
                }));
    executor.run();
    REQUIRE(files.size() == 2);
    return files;
}

}  // namespace

TEST_CASE("A copy ends when its file is closed", "[fs][file]") {
    const Folders folders("/tmp");
    folders.file("from", std::string(1000, 'x'));
    folders.file("to", "");
    LateExecutor executor;
    auto made = make_local_filesystem(config_for(folders, false), executor);
    REQUIRE(made);
    auto files = from_and_to(**made, executor);
    std::optional<Status> copied;
    files[0]->copy_to(0, 0, *files[1], 0,
                      Reply<void>::from([&](auto&& result) { copied = status(result); }));
    SECTION("by close") {
        std::optional<Status> closed;
        files[1]->close(sftp::HandleEnd::closed,
                        Reply<void>::from([&](auto&& result) { closed = status(result); }));
        executor.run();
        CHECK(closed == Status::ok);
    }
    SECTION("by nobody having it any more") {
        files.clear();
        executor.run();
    }
    CHECK(copied == Status::failure);
    CHECK(Folders::read(folders.jail("to")).empty());
}

TEST_CASE("A long copy lets other work have its turn", "[fs][file]") {
    const Folders folders("/tmp");
    constexpr std::size_t kSize = 200 * 1024 * 1024;
    folders.file("from", "");
    folders.file("to", "");
    std::filesystem::resize_file(folders.jail("from"), kSize);
    LateExecutor executor;
    auto made = make_local_filesystem(config_for(folders, false), executor);
    REQUIRE(made);
    const auto files = from_and_to(**made, executor);
    std::optional<Status> copied;
    files[0]->copy_to(0, 0, *files[1], 0,
                      Reply<void>::from([&](auto&& result) { copied = status(result); }));
    std::size_t turns = 0;
    while (!copied && turns < 100) {
        // What is asked meanwhile is answered before the copy goes on.
        bool answered = false;
        files[0]->sync(Reply<void>::from([&](auto&&) { answered = true; }));
        REQUIRE(executor.jobs.size() == 2);
        executor.step();
        executor.step();
        CHECK(answered);
        ++turns;
    }
    CHECK(copied == Status::ok);
    CHECK(turns >= 3);
    CHECK(std::filesystem::file_size(folders.jail("to")) == kSize);
}

TEST_CASE("Closing twice", "[fs][file]") {
    const Folders folders(parent_folder());
    folders.file("f");
    const Local local(config_for(folders, false));
    const auto file = local.open("f", flags_of("rw"));
    REQUIRE(file);
    CHECK(close(**file));
    CHECK(status(close(**file)) == Status::invalid_handle);
}

TEST_CASE("A file that goes with its handle goes also when nobody closes it", "[fs][file]") {
    const Folders folders(parent_folder());
    const Local local(config_for(folders, false));
    {
        const auto file = local.open("f", flags_of("wcd"));
        REQUIRE(file);
        CHECK(std::filesystem::exists(folders.jail("f")));
    }
    CHECK_FALSE(std::filesystem::exists(folders.jail("f")));
}

}  // namespace
}  // namespace nacre::fs::test
