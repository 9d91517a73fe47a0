// Trees copied both ways, from good servers and bad ones.
#include "support/sftp_client_harness.hpp"
#include "support/sftp_requests.hpp"
#include "support/sftp_server_script.hpp"
#include "support/transfer_files.hpp"

#include <nacre/sftp/tree_transfer.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;
using namespace nacre::sftp;

namespace {

struct Trees : SftpClientHarness {
    explicit Trees(ClientConfig config = {}) : SftpClientHarness({}, 0, std::move(config)) {}

    Result<TreeCounts> put_all(TreeOptions options = {}) {
        return get<TreeCounts>([&](auto r) {
            put_tree(client, here, "tree", watched(std::move(options)), std::move(r));
        });
    }
    Result<TreeCounts> get_all(TreeOptions options = {}) {
        return get<TreeCounts>([&](auto r) {
            get_tree(client, "tree", back, watched(std::move(options)), std::move(r));
        });
    }
    TreeOptions watched(TreeOptions options) {
        options.on_failure = [this](std::string_view path, const Error& error) {
            failures.emplace_back(std::string(path), error);
        };
        return options;
    }
    void mkdir(std::string_view path) {
        REQUIRE(done([&](auto r) { client->make_directory(path, {}, std::move(r)); }).has_value());
    }

    std::shared_ptr<MemoryTree> here = std::make_shared<MemoryTree>();
    std::shared_ptr<MemoryTree> back = std::make_shared<MemoryTree>();
    std::vector<std::pair<std::string, Error>> failures;
};

ClientConfig version(std::uint32_t highest) {
    ClientConfig config;
    config.max_version = highest;
    return config;
}

/// Answers what a test wants to have listed; everything else like a small file.
struct ListingServer : SftpServerScript {
    explicit ListingServer(std::vector<std::pair<std::string, std::uint32_t>> listed)
        : entries(std::move(listed)) {
        end.queued.clear();
        send(sftp_message(2, 3, {}));
    }
    /// While there is still what the end of a copy tells.
    ~ListingServer() {
        sink->on_close(CloseReason::by_us);
        sink.reset();
    }

    static Bytes attrs(std::uint32_t mode) {
        return SftpFields() << std::uint32_t{4 | 1} << std::uint64_t{1} << mode;
    }
    bool answer() {
        const Bytes asked = std::exchange(end.queued, {});
        for (std::size_t at = 0; at < asked.size(); at += 4 + load_be32(asked.data() + at)) {
            Reader r(ByteView(asked).subspan(at + 4));
            const std::uint8_t type = r.u8();
            const std::uint32_t id = r.u32();
            const std::string name(r.text());
            requests.emplace_back(type, name);
            switch (type) {
                case 17:  // STAT
                    send(sftp_message(105, id, attrs(0040755)));
                    break;
                case 3:
                case 11:
                    unread = type == 11 && (name == "tree" || endless);
                    send(sftp_message(102, id, SftpFields() << name));
                    break;
                case 12:
                    send(unread ? listing(id) : status(id, 1));
                    unread = false;
                    break;
                case 5:
                    send(r.u64() == 0 ? sftp_message(103, id, SftpFields() << "x") : status(id, 1));
                    break;
                case 19:
                    send(sftp_message(104, id,
                                      SftpFields() << std::uint32_t{1} << "/etc"
                                                   << "" << kNoAttrs));
                    break;
                default:
                    send(status(id, 0));
            }
        }
        return !asked.empty();
    }
    Bytes listing(std::uint32_t id) {
        SftpFields fields;
        fields << static_cast<std::uint32_t>(entries.size());
        for (const auto& [name, mode] : entries) fields << name << name << attrs(mode);
        return sftp_message(104, id, fields);
    }
    Result<TreeCounts> copy(TreeOptions options) {
        Answered<TreeCounts> answered;
        options.on_failure = [this](std::string_view path, const Error&) {
            failures.emplace_back(path);
        };
        get_tree(client, "tree", tree, std::move(options), answered.reply());
        while (answer()) {
        }
        REQUIRE(answered.here());
        return std::move(**answered.place);
    }

    std::vector<std::pair<std::string, std::uint32_t>> entries;
    std::vector<std::pair<std::uint8_t, std::string>> requests;
    std::vector<std::string> failures;
    bool unread = false;
    bool endless = false;
    std::shared_ptr<MemoryTree> tree = std::make_shared<MemoryTree>();
};

constexpr std::uint32_t kFile = 0100644;
constexpr std::uint32_t kFolder = 0040755;
constexpr std::uint32_t kLink = 0120777;
constexpr std::uint32_t kFifo = 0010644;

}  // namespace

TEST_CASE("a tree goes to the server and comes back", "[sftp]") {
    Trees h(version(GENERATE(3u, 4u, 5u, 6u)));
    h.here->nodes["a"] = h.here->nodes["a/b"] = h.here->nodes["empty"] = MemoryTree::directory();
    h.here->file("one", "1");
    h.here->file("nothing", "");
    h.here->file("a/two", std::string(300'000, '2'));
    h.here->file("a/b/three", "333");
    TreeOptions options;
    options.keep_times = options.keep_modes = true;
    std::uint64_t shown = 0;
    options.progress = [&](const TreeCounts& counts) {
        CHECK(counts.bytes >= shown);
        shown = counts.bytes;
    };
    const auto put = h.put_all(options);
    REQUIRE(put.has_value());
    CHECK(put->files == 4);
    CHECK(put->directories == 3);
    CHECK(put->bytes == 300'004);
    CHECK(put->failed == 0);
    CHECK(shown == 300'004);
    shown = 0;
    const auto got = h.get_all(options);
    REQUIRE(got.has_value());
    CHECK(got->files == 4);
    CHECK(got->directories == 3);
    CHECK(got->bytes == 300'004);
    REQUIRE(h.back->nodes.size() == h.here->nodes.size());
    for (const auto& [path, node] : h.here->nodes) {
        INFO(path);
        REQUIRE(h.back->nodes.contains(path));
        const auto& copy = h.back->nodes[path];
        CHECK(copy.type == node.type);
        CHECK((copy.data == node.data));
        // What MemoryTree says of all that it has; a folder must let its owner in.
        CHECK(copy.kept.mtime == FileTime{2000, 0});
        CHECK(copy.kept.permissions == 0640);
    }
    CHECK(h.client->pending() == 0);
    CHECK(h.failures.empty());
}

TEST_CASE("small files of a tree are under way together", "[sftp]") {
    Trees h;
    for (int i = 0; i < 1000; ++i) h.here->file("f" + std::to_string(i), "text");
    const auto put = h.put_all();
    REQUIRE(put.has_value());
    CHECK(put->files == 1000);
    CHECK(h.here->most_open == 64);
    TreeOptions options;
    options.max_files = 5;
    const auto got = h.get_all(options);
    REQUIRE(got.has_value());
    CHECK(got->files == 1000);
    CHECK(h.back->most_open == 5);
    CHECK(h.back->nodes.size() == 1001);
}

TEST_CASE("large files of a tree share the requests there are", "[sftp]") {
    Trees h;
    for (int i = 0; i < 8; ++i) h.here->file("f" + std::to_string(i), std::string(7'000'000, 'x'));
    const auto put = h.put_all();
    REQUIRE(put.has_value());
    CHECK(put->failed == 0);
    CHECK(put->bytes == 56'000'000);
}

TEST_CASE("a tree is resumed", "[sftp]") {
    Trees h;
    h.here->file("whole", "12345");
    h.here->file("part", std::string(100'000, 'p'));
    h.here->file("new", "n");
    h.mkdir("tree");
    REQUIRE(h.put("tree/whole", "12345").has_value());
    REQUIRE(h.put("tree/part", "pp").has_value());
    TreeOptions options;
    options.resume = Resume::by_size;
    const auto put = h.put_all(options);
    REQUIRE(put.has_value());
    CHECK(put->files == 3);
    CHECK(put->bytes == 99'999);
    h.back->file("part", std::string(99'000, 'p'));
    const auto got = h.get_all(options);
    REQUIRE(got.has_value());
    CHECK(got->bytes == 1000 + 1 + 5);
    CHECK((h.back->data("part") == h.here->data("part")));
}

TEST_CASE("symbolic links of a tree are skipped, followed or copied", "[sftp]") {
    Trees h;
    h.mkdir("tree");
    h.mkdir("other");
    REQUIRE(h.put("other/file", "o").has_value());
    for (const auto& [target, link] :
         {std::pair{"/other", "tree/folder"}, {"/other/file", "tree/file"}, {"gone", "tree/x"}})
        REQUIRE(h.done([&, to = target, name = link](auto r) {
                     h.client->symlink(to, name, std::move(r));
                 }).has_value());
    TreeOptions options;
    SECTION("skipped") {
        const auto got = h.get_all(options);
        REQUIRE(got.has_value());
        CHECK(got->skipped == 3);
        CHECK(h.back->nodes.size() == 1);
    }
    SECTION("followed") {
        options.symlinks = SymlinkPolicy::follow;
        const auto got = h.get_all(options);
        REQUIRE(got.has_value());
        CHECK(got->files == 2);
        CHECK(got->directories == 1);
        CHECK(got->failed == 1);
        CHECK(h.back->data("folder/file") == "o");
        CHECK(h.back->data("file") == "o");
    }
    SECTION("copied, and put again") {
        options.symlinks = SymlinkPolicy::copy;
        const auto got = h.get_all(options);
        REQUIRE(got.has_value());
        CHECK(got->links == 3);
        CHECK(h.back->data("folder") == "/other");
        h.here = h.back;
        const auto put = h.get<TreeCounts>(
            [&](auto r) { put_tree(h.client, h.here, "again", options, std::move(r)); });
        REQUIRE(put.has_value());
        CHECK(put->links == 3);
        auto target =
            h.get<std::string>([&](auto r) { h.client->read_link("again/file", std::move(r)); });
        CHECK(target.has_value());
        CHECK(*target == "/other/file");
    }
}

TEST_CASE("a loop of links ends at the limit of depth", "[sftp]") {
    Trees h;
    h.mkdir("tree");
    REQUIRE(
        h.done([&](auto r) { h.client->symlink("/tree", "tree/loop", std::move(r)); }).has_value());
    TreeOptions options;
    options.symlinks = SymlinkPolicy::follow;
    options.max_depth = 7;
    const auto got = h.get_all(options);
    REQUIRE(got.has_value());
    CHECK(got->directories == 7);
    CHECK(got->failed == 1);
}

TEST_CASE("limits of a tree", "[sftp]") {
    Trees h;
    std::string path;
    for (int i = 0; i < 5; ++i) {
        path += (i == 0 ? "" : "/") + std::string("d");
        h.here->nodes[path] = MemoryTree::directory();
    }
    TreeOptions options;
    SECTION("as deep as may be") {
        options.max_depth = 5;
        CHECK(h.put_all(options)->failed == 0);
    }
    SECTION("one deeper") {
        options.max_depth = 4;
        const auto put = h.put_all(options);
        REQUIRE(put.has_value());
        CHECK(put->failed == 1);
        REQUIRE(h.failures.size() == 1);
        CHECK(h.failures[0].first == "d/d/d/d/d");
    }
    SECTION("as many entries as may be") {
        options.max_entries = 5;
        CHECK(h.put_all(options).has_value());
    }
    SECTION("one more") {
        options.max_entries = 4;
        const auto put = h.put_all(options);
        REQUIRE_FALSE(put.has_value());
        CHECK(put.error().code == Errc::peer_limit);
    }
}

TEST_CASE("names that would lead elsewhere are refused", "[sftp]") {
    ListingServer server({{"../evil", kFile},
                          {"/etc/passwd", kFile},
                          {"a/b", kFolder},
                          {"", kFile},
                          {std::string("nul\0l", 5), kFile},
                          {".", kFolder},
                          {"..", kFolder},
                          {"...", kFile},
                          {"good", kFile}});
    const auto got = server.copy({});
    REQUIRE(got.has_value());
    CHECK(got->files == 2);
    CHECK(got->failed == 5);
    CHECK(server.failures.size() == 5);
    CHECK(server.tree->nodes.size() == 3);
    CHECK(server.tree->data("good") == "x");
    CHECK(server.tree->data("...") == "x");
}

TEST_CASE("nothing goes where a server's link points", "[sftp]") {
    // The name is there as a link and as a folder; and a link is made only at the end.
    const bool folder_first = GENERATE(false, true);
    std::vector<std::pair<std::string, std::uint32_t>> entries{{"x", kLink}, {"x", kFolder}};
    if (folder_first) std::swap(entries[0], entries[1]);
    entries.emplace_back("y", kLink);
    entries.emplace_back("z", kFile);
    ListingServer server(entries);
    TreeOptions options;
    options.symlinks = SymlinkPolicy::copy;
    const auto got = server.copy(options);
    REQUIRE(got.has_value());
    CHECK(got->failed == 1);
    CHECK(server.failures == std::vector<std::string>{"x"});
    REQUIRE(server.tree->order.size() >= 2);
    CHECK(server.tree->order.back() != "z");
    CHECK(server.tree->data("y") == "/etc");
}

TEST_CASE("folders without end", "[sftp]") {
    ListingServer server({{"d", kFolder}, {"fifo", kFifo}});
    server.endless = true;
    TreeOptions options;
    options.max_depth = 10;
    const auto got = server.copy(options);
    REQUIRE(got.has_value());
    CHECK(got->directories == 10);
    CHECK(got->failed == 1);
    CHECK(got->skipped == 11);
}

TEST_CASE("a tree is cancelled, and ends with the session", "[sftp]") {
    Trees h;
    for (int i = 0; i < 300; ++i) h.here->file("f" + std::to_string(i), "text");
    TreeOptions options;
    options.cancellation = std::make_shared<Cancellation>();
    SECTION("before it begins") {
        options.cancellation->request();
        const auto put = h.put_all(options);
        REQUIRE_FALSE(put.has_value());
        CHECK(put.error() == kCancelled);
    }
    SECTION("from its progress") {
        options.progress = [&](const TreeCounts& counts) {
            if (counts.files == 100) options.cancellation->request();
        };
        const auto put = h.put_all(options);
        REQUIRE_FALSE(put.has_value());
        CHECK(put.error() == kCancelled);
        CHECK(h.client->pending() == 0);
        CHECK(h.client->ready());
    }
    SECTION("by the end of the session") {
        options.progress = [&](const TreeCounts& counts) {
            if (counts.files == 100) h.client->close();
        };
        const auto put = h.put_all(options);
        REQUIRE_FALSE(put.has_value());
        CHECK(put.error().code == Errc::closed);
    }
}

TEST_CASE("what cannot be read does not stop a tree", "[sftp]") {
    Trees h;
    h.here->file("a", "a");
    h.here->link("b", "gone");
    h.here->file("c", "c");
    TreeOptions options;
    options.symlinks = SymlinkPolicy::follow;
    const auto put = h.put_all(options);
    REQUIRE(put.has_value());
    CHECK(put->files == 2);
    CHECK(put->failed == 1);
    const auto missing =
        h.get<TreeCounts>([&](auto r) { get_tree(h.client, "nowhere", h.back, {}, std::move(r)); });
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().detail == static_cast<std::uint32_t>(Status::no_such_file));
    const auto file =
        h.get<TreeCounts>([&](auto r) { get_tree(h.client, "tree/a", h.back, {}, std::move(r)); });
    REQUIRE_FALSE(file.has_value());
    CHECK(file.error().code == Errc::local_misuse);
}
