#include "support/deferring_filesystem.hpp"
#include "support/filesystem_calls.hpp"
#include "support/one_file_filesystem.hpp"

#include <nacre/sftp/memory_filesystem.hpp>
#include <nacre/sftp/observed_filesystem.hpp>

#include <catch2/catch_all.hpp>

#include <functional>

using namespace nacre;
using namespace nacre::sftp;
using nacre::test::FilesystemCalls;

namespace {

/// Runs what the test puts in, and logs.
struct Spy : FilesystemEvents {
    OperationSet set = kAllOperations;
    std::function<void(FileEvent&)> first = [](FileEvent&) {};
    std::function<void(FileEvent&)> then = [](FileEvent&) {};
    std::vector<std::string> log;

    OperationSet operations() const override { return set; }
    void before(FileEvent& event) override {
        log.push_back("before " + std::to_string(static_cast<int>(event.operation)));
        first(event);
    }
    void after(FileEvent& event) override {
        log.push_back("after " + std::to_string(static_cast<int>(event.operation)));
        then(event);
    }
};

struct Observed : FilesystemCalls {
    std::shared_ptr<Spy> spy;
    FilesystemCalls inner;

    explicit Observed(OperationSet set = kAllOperations, std::shared_ptr<Spy> events = {})
        : Observed(make_memory_filesystem(), set, std::move(events)) {}
    Observed(std::shared_ptr<Filesystem> under, OperationSet set, std::shared_ptr<Spy> events)
        : FilesystemCalls(nullptr),
          spy(events ? std::move(events) : std::make_shared<Spy>()),
          inner(under) {
        spy->set = set;
        fs = make_observed_filesystem(under, spy);
    }
    /// What happens before this operation.
    void on(Operation operation, std::function<void(FileEvent&)> act) {
        spy->first = [operation, act](FileEvent& event) {
            if (event.operation == operation) act(event);
        };
    }
    void after(Operation operation, std::function<void(FileEvent&)> act) {
        spy->then = [operation, act](FileEvent& event) {
            if (event.operation == operation) act(event);
        };
    }
};

/// The example of the header.
struct NoPdf : FilesystemEvents {
    void before(FileEvent& event) override {
        if (event.operation == Operation::remove && event.path.ends_with(".pdf"))
            event.fail(Status::permission_denied, "PDF files stay");
    }
};

}  // namespace

TEST_CASE("a handler denies", "[sftp][observed]") {
    FilesystemCalls t(
        make_observed_filesystem(make_memory_filesystem(), std::make_shared<NoPdf>()));
    t.put("/a.pdf", "x");
    t.put("/a.txt", "x");
    const auto denied = t.get<void>([&](auto r) { t.fs->remove("/a.pdf", std::move(r)); });
    CHECK(status_of(denied.error()) == Status::permission_denied);
    CHECK(std::string(text_of(denied.error())) == "PDF files stay");
    CHECK(t.contents("/a.pdf") == "x");
    CHECK(t.remove("/a.txt") == Status::ok);
}

TEST_CASE("what is denied, sent elsewhere or answered", "[sftp][observed]") {
    Observed t;
    t.inner.mkdir("/real");
    t.inner.put("/real/f", "real");

    // Elsewhere: another path, other flags, other attributes.
    t.on(Operation::open, [](FileEvent& e) { e.path = "/real" + e.path; });
    CHECK(t.contents("/f") == "real");
    t.on(Operation::open, [](FileEvent& e) { e.flags.create = false; });
    CHECK(t.put("/new", "x") == Status::no_such_file);
    t.on(Operation::make_directory, [](FileEvent& e) { e.attrs.permissions = 0700; });
    CHECK(t.mkdir("/d") == Status::ok);
    CHECK(t.inner.stat("/d")->permissions == 0700u);
    t.on(Operation::rename, [](FileEvent& e) { e.other += ".new"; });
    CHECK(t.rename("/real/f", "/g") == Status::ok);
    CHECK(t.inner.contents("/g.new") == "real");
    t.on(Operation::symlink, [](FileEvent& e) {
        CHECK(e.path == "/l");
        e.other = "g.new";
    });
    CHECK(t.symlink("wrong", "/l") == Status::ok);
    CHECK(t.inner.read_link("/l").value() == "g.new");

    // Answered by the handler.
    t.on(Operation::stat, [](FileEvent& e) {
        Attrs attrs;
        attrs.size = 42;
        e.succeed(attrs);
    });
    CHECK(t.stat("/nothing")->size == 42u);
    t.on(Operation::remove, [](FileEvent& e) { e.succeed(); });
    CHECK(t.remove("/g.new") == Status::ok);
    CHECK(t.inner.contents("/g.new") == "real");
    t.on(Operation::read_link, [](FileEvent& e) { e.succeed(std::string("made up")); });
    CHECK(t.read_link("/l").value() == "made up");
    t.on(Operation::real_path, [](FileEvent& e) { e.succeed(RealPath{"/there", {}}); });
    CHECK(t.real("/l") == "/there");
    // Without a value of the right kind there is no answer.
    t.on(Operation::real_path, [](FileEvent& e) { e.succeed(std::string("no")); });
    CHECK(t.real("/l") == "Failure");
    auto other = std::make_shared<FilesystemCalls>(make_memory_filesystem());
    other->put("/x", "from elsewhere");
    t.on(Operation::open, [&](FileEvent& e) { e.succeed(other->open("/x", "r").value()); });
    CHECK(t.contents("/anything") == "from elsewhere");
}

TEST_CASE("outcomes can be changed", "[sftp][observed]") {
    Observed t;
    t.put("/f", "x");
    t.after(Operation::stat, [](FileEvent& e) {
        if (auto* attrs = std::get_if<Attrs>(&e.value)) attrs->size = 7;
    });
    CHECK(t.stat("/f")->size == 7u);
    CHECK(t.exists("/none") == Status::no_such_file);
    t.after(Operation::remove, [](FileEvent& e) {
        CHECK(e.failed());
        CHECK_FALSE(e.answered());
        e.succeed();
    });
    CHECK(t.remove("/none") == Status::ok);
    t.after(Operation::make_directory,
            [](FileEvent& e) { e.fail(Status::quota_exceeded, "Too many folders"); });
    CHECK(t.mkdir("/d") == Status::quota_exceeded);
    CHECK(t.inner.exists("/d") == Status::ok);
    t.after(Operation::read_directory, [](FileEvent& e) {
        auto& entries = *std::get_if<std::vector<DirEntry>>(&e.value);
        std::erase_if(entries, [](const DirEntry& entry) { return entry.name == "f"; });
    });
    CHECK(t.list("/") == std::vector<std::string>{".", "..", "d"});
}

TEST_CASE("texts made at run time go with one reply", "[sftp][observed]") {
    Observed t;
    std::string heard;
    const auto remove = [&](std::string_view path) {
        heard = "(nothing)";
        t.fs->remove(path,
                     Reply<void>::from([&](Result<void>&&) { heard = t.fs->take_message(); }));
        return heard;
    };
    t.on(Operation::remove, [](FileEvent& e) {
        e.fail(Status::permission_denied);
        e.message = "Not on a\nSunday: " + e.path;
    });
    CHECK(remove("/f") == "Not on a Sunday: /f");
    CHECK(t.fs->take_message().empty());
    t.on(Operation::remove, [](FileEvent& e) {
        e.succeed();
        e.message = std::string(254, 'm') + "\xc3\xa4 and more";
    });
    CHECK(remove("/f") == std::string(254, 'm'));
    // A text that nobody took is gone.
    t.remove("/f");
    CHECK(t.fs->take_message().empty());
    t.on(Operation::remove, [](FileEvent&) {});
    CHECK(remove("/f").empty());
    t.on(Operation::stat, [](FileEvent& e) {
        e.succeed(Attrs{});
        e.message = "attributes have no text";
    });
    t.exists("/f");
    CHECK(remove("/f").empty());
}

TEST_CASE("handlers see the bytes and move them", "[sftp][observed]") {
    Observed t;
    std::vector<std::string> log;
    t.spy->first = [&](FileEvent& e) {
        if (e.operation == Operation::write) {
            std::string data;
            for (const auto& piece : std::get_if<WriteBuffer>(&e.value)->pieces)
                data += as_text(piece.bytes);
            log.push_back("write " + e.path + " " + std::to_string(e.offset) + "+" +
                          std::to_string(e.length) + " " + data);
            e.offset += 2;
        }
    };
    t.spy->then = [&](FileEvent& e) {
        if (e.operation == Operation::read)
            log.push_back("read " + std::to_string(std::get_if<ReadBuffer>(&e.value)->filled));
    };
    auto file = t.open("/f", "rwc").value();
    CHECK(t.write(*file, 0, "data") == Status::ok);
    CHECK(t.read(*file, 0, 100) == std::string("\0\0data", 6));
    CHECK(log == std::vector<std::string>{"write /f 0+4 data", "read 6"});

    t.on(Operation::write, [](FileEvent& e) { e.fail(Status::quota_exceeded); });
    WriteBuffer buffer;
    buffer.pieces.push_back({as_bytes("x"), {}});
    const auto written =
        t.get<WriteBuffer>([&](auto r) { file->write(0, std::move(buffer), std::move(r)); });
    REQUIRE_FALSE(written);
    CHECK(status_of(written.error()) == Status::quota_exceeded);
    CHECK(t.inner.contents("/f") == std::string("\0\0data", 6));

    // A handler that has the bytes itself.
    t.on(Operation::read, [](FileEvent& e) {
        auto& to = *std::get_if<ReadBuffer>(&e.value);
        to.frames.for_each([](ByteSpan bytes) { std::memcpy(bytes.data(), "own", 3); });
        to.filled = 3;
        e.succeed();
    });
    CHECK(t.read(*file, 0, 5) == "own");
}

TEST_CASE("the end of a handle and what went through it", "[sftp][observed]") {
    for (const bool data : {false, true}) {
        Observed t(data ? kAllOperations : kAllOperations & ~kDataOperations);
        std::vector<FileEvent> closed;
        t.after(Operation::close, [&](FileEvent& e) {
            FileEvent copy;
            copy.path = e.path;
            copy.handle = e.handle;
            copy.end = e.end;
            copy.bytes_read = e.bytes_read;
            copy.bytes_written = e.bytes_written;
            closed.push_back(std::move(copy));
        });
        auto file = t.open("/f", "rwc").value();
        auto second = t.open("/f", "r").value();
        t.write(*file, 0, "12345");
        t.write(*file, 5, "67890");
        t.read(*file, 7, 100);
        t.close(*file, HandleEnd::link_lost);
        t.close(*second);
        REQUIRE(closed.size() == 2);
        CHECK(closed[0].path == "/f");
        CHECK(closed[0].end == HandleEnd::link_lost);
        CHECK(closed[0].bytes_written == 10);
        CHECK(closed[0].bytes_read == 3);
        CHECK(closed[0].handle != closed[1].handle);
        CHECK(closed[1].bytes_read == 0);
        const auto reads =
            std::count(t.spy->log.begin(), t.spy->log.end(),
                       "before " + std::to_string(static_cast<int>(Operation::read)));
        CHECK(reads == (data ? 1 : 0));
    }
}

TEST_CASE("a close that is denied closes", "[sftp][observed]") {
    Observed t;
    t.on(Operation::close, [](FileEvent& e) { e.fail(Status::failure, "Virus found"); });
    auto file = t.open("/f", "rwc").value();
    CHECK(t.block(*file, 0, 0) == Status::ok);
    CHECK(t.close(*file) == Status::failure);
    CHECK(t.inner.put("/f", "not locked") == Status::ok);
    auto directory =
        t.get<std::shared_ptr<Directory>>([&](auto r) { t.fs->open_directory("/", std::move(r)); });
    directory.value()->close(HandleEnd::closed);
    CHECK(t.spy->log.back() == "after " + std::to_string(static_cast<int>(Operation::close)));
}

TEST_CASE("a decision may come later", "[sftp][observed]") {
    struct Later : Spy {
        std::vector<std::pair<FileEvent*, Reply<void>>> waiting;
        void decide(FileEvent& event, Reply<void> go_on) override {
            waiting.emplace_back(&event, std::move(go_on));
        }
    };
    auto later = std::make_shared<Later>();
    Observed t(kAllOperations, later);
    t.inner.put("/f", "x");
    std::optional<Result<Attrs>> attrs;
    const auto ask = [&] {
        attrs.reset();
        t.fs->stat("/none", Follow::yes, kAttrCommon,
                   Reply<Attrs>::from([&](Result<Attrs>&& r) { attrs = std::move(r); }));
    };
    ask();
    CHECK_FALSE(attrs);
    later->waiting.at(0).first->path = "/f";
    later->waiting.at(0).second({});
    REQUIRE(attrs);
    CHECK((*attrs)->size == 1u);
    ask();
    later->waiting.at(1).second(failure(Status::permission_denied));
    CHECK(status_of(attrs->error()) == Status::permission_denied);
    // Nobody decides any more.
    ask();
    later->waiting.clear();
    REQUIRE(attrs);
    CHECK_FALSE(*attrs);
}

TEST_CASE("what is not asked for goes straight through", "[sftp][observed]") {
    Observed t(set_of(Operation::remove));
    t.put("/f", "x");
    CHECK(t.contents("/f") == "x");
    t.list("/");
    CHECK(t.spy->log.empty());
    t.remove("/f");
    CHECK(t.spy->log.size() == 2);
    CHECK(kAllOperations == (1u << 26) - 1);
}

TEST_CASE("the groups are those of what is observed", "[sftp][observed]") {
    Observed t;
    CHECK(t.fs->links() != nullptr);
    CHECK(t.fs->copies() != nullptr);
    CHECK(t.fs->traits().locks);
    CHECK(t.put("/f", "x") == Status::ok);
    CHECK(t.copy("/f", "/g") == Status::ok);
    CHECK(t.link("/f", "/h") == Status::ok);
    CHECK(t.stats().files > 0);
    auto from = t.open("/f", "r").value();
    auto to = t.open("/k", "wc").value();
    CHECK(t.code(t.get<void>([&](auto r) { from->copy_to(0, 0, *to, 1, std::move(r)); })) ==
          Status::ok);
    CHECK(t.inner.contents("/k") == std::string("\0x", 2));
    auto strange = t.inner.open("/f", "rw").value();
    CHECK(t.code(t.get<void>([&](auto r) { from->copy_to(0, 0, *strange, 0, std::move(r)); })) ==
          Status::op_unsupported);
    CHECK(t.unblock(*from, 0, 1) == Status::no_matching_byte_range_lock);

    Observed bare(std::make_shared<test::OneFileFilesystem>(nullptr), kAllOperations, {});
    CHECK(bare.fs->links() == nullptr);
    CHECK(bare.fs->users() == nullptr);
    CHECK(bare.fs->temporary_folders() == nullptr);
    CHECK(bare.open("/x", "r").value() == nullptr);
}
