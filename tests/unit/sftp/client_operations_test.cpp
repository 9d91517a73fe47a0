// Every operation of the client, against the server's engine.
#include "support/sftp_client_harness.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;
using namespace nacre::sftp;

namespace {

std::string text_of_data(const RemoteData& data) {
    std::string text;
    for (const auto& piece : data.pieces) text += as_text(piece.bytes);
    return text;
}

ClientConfig version(std::uint32_t highest) {
    ClientConfig config;
    config.max_version = highest;
    return config;
}

/// Each of them.
auto versions() {
    return GENERATE(3u, 4u, 5u, 6u);
}

}  // namespace

TEST_CASE("the client asks for the subsystem, the version and the limits", "[sftp]") {
    const std::size_t chunk = GENERATE(0u, 1u, 7u);
    ServerConfig config;
    config.max_read_length = 50'000;
    SftpClientHarness h(config, chunk);
    CHECK(h.ready.good());
    CHECK(h.client->ready());
    CHECK(h.pair->a.requests == std::vector<std::string>{"subsystem:sftp"});
    const auto& server = h.client->server();
    CHECK(server.version == 6);
    CHECK(server.extensions.size() >= 11);
    CHECK(server.has("posix-rename@openssh.com", "1"));
    CHECK_FALSE(server.has("posix-rename@openssh.com", "2"));
    CHECK(server.max_read == 50'000);
    CHECK(server.max_write > 32'768);
    CHECK(server.max_packet == 262'144);
    CHECK(server.max_handles == 1024);
    CHECK(h.pair->a.uncredited == 0);
}

TEST_CASE("over pipes there is no subsystem to ask for", "[sftp]") {
    ClientConfig config;
    config.subsystem.clear();
    SftpClientHarness h({}, 0, config);
    CHECK(h.ready.good());
    CHECK(h.pair->a.requests.empty());
}

TEST_CASE("files are written, read, looked at and closed", "[sftp]") {
    const std::size_t chunk = GENERATE(0u, 1u, 13u);
    SftpClientHarness h({}, chunk, version(versions()));
    const auto handle = h.create("file");
    REQUIRE(handle.bytes.size() == 16);
    CHECK(h.done([&](auto r) {
               h.client->write(handle, 0, as_bytes("hello, world"), std::move(r));
           }).has_value());
    CHECK(h.done([&](auto r) { h.client->write(handle, 12, {}, std::move(r)); }).has_value());
    auto data = h.get<RemoteData>([&](auto r) { h.client->read(handle, 7, 100, std::move(r)); });
    REQUIRE(data.has_value());
    CHECK(data->size == 5);
    CHECK(text_of_data(*data) == "world");
    data = h.get<RemoteData>([&](auto r) { h.client->read(handle, 12, 100, std::move(r)); });
    REQUIRE(data.has_value());
    CHECK(data->size == 0);

    auto attrs = h.get<Attrs>([&](auto r) { h.client->stat(handle, std::move(r)); });
    REQUIRE(attrs.has_value());
    CHECK(attrs->size == 12);
    CHECK(attrs->type == FileType::regular);
    Attrs wanted;
    wanted.size = 5;
    CHECK(h.done([&](auto r) { h.client->set_stat(handle, wanted, std::move(r)); }).has_value());
    CHECK(h.done([&](auto r) { h.client->sync(handle, std::move(r)); }).has_value());
    attrs = h.get<Attrs>([&](auto r) { h.client->stat("file", Follow::yes, std::move(r)); });
    REQUIRE(attrs.has_value());
    CHECK(attrs->size == 5);

    const auto other = h.create("copy");
    CHECK(h.done([&](auto r) {
               h.client->copy_data(handle, 1, 3, other, 0, std::move(r));
           }).has_value());
    data = h.get<RemoteData>([&](auto r) { h.client->read(other, 0, 100, std::move(r)); });
    REQUIRE(data.has_value());
    CHECK(text_of_data(*data) == "ell");

    CHECK(h.done([&](auto r) { h.client->close_handle(handle, std::move(r)); }).has_value());
    const auto again = h.done([&](auto r) { h.client->close_handle(handle, std::move(r)); });
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().code == Errc::peer_refused);
    CHECK(h.pair->a.uncredited == 0);
    CHECK(h.client->pending() == 0);
}

TEST_CASE("directories are made, listed and removed", "[sftp]") {
    SftpClientHarness h({}, 0, version(versions()));
    CHECK(h.done([&](auto r) { h.client->make_directory("d", {}, std::move(r)); }).has_value());
    REQUIRE(h.put("d/one", "1").has_value());
    REQUIRE(h.put("d/two", "22").has_value());
    const auto handle =
        h.get<RemoteHandle>([&](auto r) { h.client->open_directory("d", std::move(r)); });
    REQUIRE(handle.has_value());
    std::vector<std::string> names;
    while (true) {
        const auto some = h.get<std::vector<RemoteEntry>>(
            [&](auto r) { h.client->read_directory(*handle, std::move(r)); });
        REQUIRE(some.has_value());
        if (some->empty()) break;
        for (const auto& entry : *some) {
            names.push_back(entry.name);
            CHECK((entry.longname.find(entry.name) != std::string::npos) ==
                  (h.client->server().version == 3));
        }
    }
    std::sort(names.begin(), names.end());
    CHECK(names == std::vector<std::string>{".", "..", "one", "two"});
    CHECK(h.done([&](auto r) { h.client->close_handle(*handle, std::move(r)); }).has_value());

    const auto full = h.done([&](auto r) { h.client->remove_directory("d", std::move(r)); });
    REQUIRE_FALSE(full.has_value());
    CHECK(full.error().code == Errc::peer_refused);
    for (const char* name : {"d/one", "d/two"})
        CHECK(h.done([&](auto r) { h.client->remove(name, std::move(r)); }).has_value());
    CHECK(h.done([&](auto r) { h.client->remove_directory("d", std::move(r)); }).has_value());
    const auto gone = h.get<Attrs>([&](auto r) { h.client->stat("d", Follow::yes, std::move(r)); });
    REQUIRE_FALSE(gone.has_value());
    CHECK(gone.error().detail == static_cast<std::uint32_t>(Status::no_such_file));
}

TEST_CASE("names are resolved, changed and linked", "[sftp]") {
    SftpClientHarness h({}, 0, version(versions()));
    REQUIRE(h.put("a", "first").has_value());
    REQUIRE(h.put("b", "second").has_value());
    const auto path = [&](auto ask) { return h.get<std::string>(ask).value_or("refused"); };

    CHECK(path([&](auto r) { h.client->real_path("./a", std::move(r)); }) == "/a");
    CHECK(path([&](auto r) { h.client->expand_path("~/a", std::move(r)); }) == "/a");
    CHECK(path([&](auto r) { h.client->home_directory("", std::move(r)); }) == "/");

    CHECK_FALSE(
        h.done([&](auto r) { h.client->rename("a", "b", false, std::move(r)); }).has_value());
    CHECK(h.done([&](auto r) { h.client->rename("a", "b", true, std::move(r)); }).has_value());
    CHECK(h.done([&](auto r) { h.client->rename("b", "c", false, std::move(r)); }).has_value());
    CHECK(h.done([&](auto r) { h.client->hard_link("c", "hard", std::move(r)); }).has_value());
    CHECK(h.done([&](auto r) { h.client->symlink("c", "soft", std::move(r)); }).has_value());
    CHECK(path([&](auto r) { h.client->read_link("soft", std::move(r)); }) == "c");
    const auto follow =
        h.get<Attrs>([&](auto r) { h.client->stat("soft", Follow::yes, std::move(r)); });
    const auto itself =
        h.get<Attrs>([&](auto r) { h.client->stat("soft", Follow::no, std::move(r)); });
    REQUIRE((follow.has_value() && itself.has_value()));
    CHECK(follow->type == FileType::regular);
    CHECK(itself->type == FileType::symlink);

    Attrs times;
    times.atime = FileTime{1000, 0};
    times.mtime = FileTime{2000, 0};
    CHECK(h.done([&](auto r) {
               h.client->set_stat("soft", times, Follow::no, std::move(r));
           }).has_value());
    times.mtime = FileTime{3000, 0};
    CHECK(h.done([&](auto r) {
               h.client->set_stat("c", times, Follow::yes, std::move(r));
           }).has_value());
    const auto file =
        h.get<Attrs>([&](auto r) { h.client->stat("hard", Follow::yes, std::move(r)); });
    REQUIRE(file.has_value());
    CHECK(file->mtime == FileTime{3000, 0});
}

TEST_CASE("file systems and users are asked about", "[sftp]") {
    SftpClientHarness h({}, 0, version(versions()));
    const auto handle = h.create("f");
    const auto by_path =
        h.get<FilesystemStats>([&](auto r) { h.client->stat_filesystem("/", std::move(r)); });
    const auto by_handle =
        h.get<FilesystemStats>([&](auto r) { h.client->stat_filesystem(handle, std::move(r)); });
    REQUIRE((by_path.has_value() && by_handle.has_value()));
    CHECK(by_path->blocks > 0);
    CHECK(by_path->blocks == by_handle->blocks);
    const auto names = h.get<Client::Names>([&](auto r) {
        h.client->names_of({0, 1}, {5}, std::move(r));
    });
    REQUIRE(names.has_value());
    CHECK(names->first.size() == 2);
    CHECK(names->second.size() == 1);
}

TEST_CASE("what the server lacks is not asked for", "[sftp]") {
    ServerConfig config;
    config.read_only = true;
    SftpClientHarness h(config, 0, version(3));
    const auto renamed = h.done([&](auto r) { h.client->rename("a", "b", true, std::move(r)); });
    REQUIRE_FALSE(renamed.has_value());
    CHECK(renamed.error().code == Errc::unsupported);
    const auto removed = h.done([&](auto r) { h.client->remove("a", std::move(r)); });
    REQUIRE_FALSE(removed.has_value());
    CHECK(removed.error().detail == static_cast<std::uint32_t>(Status::permission_denied));
}

TEST_CASE("the server's words reach the program", "[sftp]") {
    std::string words;
    ClientConfig config;
    config.on_refused = [&](Status status, std::string_view text) {
        CHECK(status == Status::no_such_file);
        words = text;
    };
    SftpClientHarness h({}, 0, config);
    CHECK_FALSE(h.done([&](auto r) { h.client->remove("nothing", std::move(r)); }).has_value());
    CHECK_FALSE(words.empty());
}

TEST_CASE("requests that no server would take are not sent", "[sftp]") {
    SftpClientHarness h;
    const auto handle = h.create("f");
    const auto none =
        h.get<RemoteData>([&](auto r) { h.client->read(handle, 0, 0, std::move(r)); });
    REQUIRE_FALSE(none.has_value());
    CHECK(none.error().code == Errc::local_misuse);
    const Bytes large(h.client->server().max_write + 1);
    const auto much = h.done([&](auto r) { h.client->write(handle, 0, large, std::move(r)); });
    REQUIRE_FALSE(much.has_value());
    CHECK(much.error().code == Errc::local_misuse);
    const auto longest =
        h.done([&](auto r) { h.client->remove(std::string(300'000, 'x'), std::move(r)); });
    REQUIRE_FALSE(longest.has_value());
    CHECK(longest.error().code == Errc::local_limit);
    CHECK(h.client->ready());
}

TEST_CASE("requests of other versions are not sent", "[sftp]") {
    const auto which = versions();
    SftpClientHarness h({}, 0, version(which));
    const auto handle = h.create("f");
    const auto locked =
        h.done([&](auto r) { h.client->block(handle, 0, 10, kBlockWrite, std::move(r)); });
    if (which < 6) {
        REQUIRE_FALSE(locked.has_value());
        CHECK(locked.error().code == Errc::unsupported);
    }
    const auto sought = h.done([&](auto r) { h.client->text_seek(handle, 0, std::move(r)); });
    if (which < 4) {
        REQUIRE_FALSE(sought.has_value());
        CHECK(sought.error().code == Errc::unsupported);
    }
    const auto translated = h.done([&](auto r) { h.client->translate_names(false, std::move(r)); });
    REQUIRE_FALSE(translated.has_value());
    CHECK(translated.error().code == Errc::unsupported);
    CHECK(h.client->ready());
}

TEST_CASE("paths are joined by the server, or for it", "[sftp]") {
    SftpClientHarness h({}, 0, version(versions()));
    REQUIRE(h.done([&](auto r) { h.client->make_directory("d", {}, std::move(r)); }).has_value());
    const auto path = [&](std::string_view base, const std::vector<std::string_view>& more) {
        auto answer = h.get<RealPath>(
            [&](auto r) { h.client->real_path(base, PathCheck::stat_if, more, std::move(r)); });
        return answer ? answer->path : std::string("refused");
    };
    CHECK(path("d", {}) == "/d");
    CHECK(path("d", {"..", "d"}) == "/d");
    CHECK(path("x", {"y", "/d"}) == "/d");
    CHECK(path("", {"d"}) == "/d");
}

TEST_CASE("the extensions of draft 13 are asked for", "[sftp]") {
    /// Not one to trust: the number of bytes.
    class CountingHash final : public Hash {
      public:
        std::size_t size() const noexcept override { return 16; }
        void update(ByteView data) noexcept override { bytes_ += data.size(); }
        void finish(ByteSpan out) noexcept override {
            std::fill(out.begin(), out.end(), static_cast<std::uint8_t>(bytes_));
            bytes_ = 0;
        }

      private:
        std::size_t bytes_ = 0;
    };
    ServerConfig config;
    config.make_hash = [](std::string_view) { return std::make_unique<CountingHash>(); };
    SftpClientHarness h(config, 0, version(6));
    REQUIRE(h.put("file", "hello, world"));
    const auto handle = h.open("file", [] {
        OpenFlags flags;
        flags.read = true;
        return flags;
    }());

    const Bytes seven(16, 7), twelve(16, 12);
    const auto by_handle =
        h.get<Bytes>([&](auto r) { h.client->md5_hash(handle, 5, 7, {}, std::move(r)); });
    REQUIRE(by_handle);
    CHECK(*by_handle == seven);
    const auto by_path =
        h.get<Bytes>([&](auto r) { h.client->md5_hash("file", 0, 0, {}, std::move(r)); });
    REQUIRE(by_path);
    CHECK(*by_path == twelve);
    const auto other =
        h.get<Bytes>([&](auto r) { h.client->md5_hash("file", 0, 0, seven, std::move(r)); });
    REQUIRE(other);
    CHECK(other->empty());
    const auto checked = h.get<RemoteHashes>(
        [&](auto r) { h.client->check_file("file", "md5", 0, 0, 0, std::move(r)); });
    REQUIRE(checked);
    CHECK(checked->algorithm == "md5");
    CHECK(checked->digests == twelve);

    CHECK(h.done([&](auto r) { h.client->copy_file("file", "copy", false, std::move(r)); }));
    CHECK_FALSE(h.done([&](auto r) { h.client->copy_file("file", "copy", false, std::move(r)); }));
    CHECK(h.done([&](auto r) { h.client->copy_file("file", "copy", true, std::move(r)); }));
    const auto space =
        h.get<RemoteSpace>([&](auto r) { h.client->space_available("/", std::move(r)); });
    REQUIRE(space);
    CHECK(space->device_bytes >= space->device_unused);
    CHECK(space->user_unused > 0);
    const auto folder =
        h.get<std::string>([&](auto r) { h.client->make_temporary_folder(std::move(r)); });
    REQUIRE(folder);
    const auto parent =
        h.get<std::string>([&](auto r) { h.client->temporary_folder(std::move(r)); });
    REQUIRE(parent);
    CHECK(folder->starts_with(*parent));
    CHECK(h.done([&](auto r) { h.client->remove_directory(*folder, std::move(r)); }));
    CHECK(h.done([&](auto r) {
        h.client->send_vendor({"nobody", "nothing", "1", 2}, std::move(r));
    }));
    CHECK(h.done([&](auto r) { h.client->block(handle, 0, 10, kBlockRead, std::move(r)); }));
    CHECK(h.done([&](auto r) { h.client->unblock(handle, 0, 10, std::move(r)); }));
    CHECK_FALSE(h.done([&](auto r) { h.client->unblock(handle, 0, 10, std::move(r)); }));
}

TEST_CASE("a server that speaks before it was asked ends the client", "[sftp]") {
    Answered<void> ready;
    SlabPool slabs;
    ChannelEnd end;
    auto made = make_client({}, ready.reply());
    made.sink->on_open(end);
    REQUIRE(end.requests == std::vector<std::string>{"subsystem:sftp"});
    SlabRef slab = slabs.take(9);
    end.uncredited = 9;
    made.sink->on_data({slab.memory().first(9), slab});
    CHECK(ready.code() == Errc::peer_misbehaved);
    CHECK(made.client->ended());
    CHECK(end.uncredited == 0);
    made.sink->on_close(CloseReason::by_us);
}
