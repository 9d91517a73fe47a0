// What has gone wrong elsewhere, part 4: SFTP. Each test bears the name of its row in CATALOGUE.md.
#include "support/clear_peer.hpp"
#include "support/one_file_filesystem.hpp"
#include "support/sftp_server_harness.hpp"

#include <algorithm>
#include <functional>

using namespace nacre;
using namespace nacre::test;

namespace {

constexpr std::uint32_t kEof = 1, kFailure = 4, kBadMessage = 5;
constexpr std::size_t kKiB = 1024;

/// Every request of version 3 with a handle.
struct OnHandle {
    const char* name;
    std::function<Bytes(std::string_view handle)> make;
    bool of_file, of_folder;
};
const OnHandle kOnHandle[] = {
    {"CLOSE", [](auto h) { return sftp_close(1, h); }, true, true},
    {"READ", [](auto h) { return sftp_read(1, h, 0, 10); }, true, false},
    {"WRITE", [](auto h) { return sftp_write(1, h, 0, "x"); }, true, false},
    {"FSTAT", [](auto h) { return sftp_simple(8, 1, h); }, true, true},
    {"FSETSTAT", [](auto h) { return sftp_message(10, 1, SftpFields() << h << kNoAttrs); }, true,
     true},
    {"READDIR", [](auto h) { return sftp_simple(12, 1, h); }, false, true},
    {"fsync", [](auto h) { return sftp_extended(1, "fsync@openssh.com", SftpFields() << h); }, true,
     false},
    {"fstatvfs", [](auto h) { return sftp_extended(1, "fstatvfs@openssh.com", SftpFields() << h); },
     true, true},
};

/// A folder of so many names, none of which was there before it was asked for.
class EndlessFolder final : public sftp::Directory {
  public:
    explicit EndlessFolder(std::size_t count) : left_(count) {}
    void read(std::size_t max_entries, Reply<std::vector<sftp::DirEntry>> reply) override {
        std::vector<sftp::DirEntry> entries;
        for (; left_ != 0 && entries.size() < max_entries; --left_)
            entries.push_back({"name-" + std::to_string(left_), {}});
        largest = std::max(largest, entries.size());
        reply(std::move(entries));
    }
    std::size_t largest = 0;

  private:
    std::size_t left_;
};

class EndlessFilesystem final : public sftp::Filesystem {
  public:
    void open(std::string_view, sftp::OpenFlags, const sftp::Attrs&,
              Reply<std::shared_ptr<sftp::File>> reply) override {
        reply(Error{Errc::unsupported, Disconnect::none, 0, "no files"});
    }
    void open_directory(std::string_view, Reply<std::shared_ptr<sftp::Directory>> reply) override {
        reply(std::shared_ptr<sftp::Directory>(folder));
    }
    std::shared_ptr<EndlessFolder> folder = std::make_shared<EndlessFolder>(1'000'000);
};

}  // namespace

TEST_CASE("forged handles: nothing but the very handle is one", "[catalogue]") {
    SftpServerHarness s;
    s.init();
    const std::string file = s.open("/f", kRead | kWrite | kCreate);
    const std::string folder = s.open_directory("/");
    std::vector<std::string> forged{
        "",         std::string(1, '\0'), std::string(256, 'x'), std::string(100'000, '\xff'),
        file + "x", file.substr(1)};
    for (std::size_t i = 0; i < file.size(); ++i) {
        forged.push_back(file);
        forged.back()[i] = static_cast<char>(forged.back()[i] ^ 1);
    }
    for (const OnHandle& request : kOnHandle) {
        INFO(request.name);
        for (const std::string& handle : forged) {
            const auto status = s.status(request.make(handle));
            CHECK((status == kFailure || status == kBadMessage));
        }
    }
    CHECK(s.status(sftp_write(1, file, 0, "alive")) == 0);
    CHECK_FALSE(s.port.closed);
}

TEST_CASE("forged handles: a file's is no folder's", "[catalogue]") {
    SftpServerHarness s;
    s.init();
    const std::string file = s.open("/f", kRead | kWrite | kCreate);
    const std::string folder = s.open_directory("/");
    for (const OnHandle& request : kOnHandle) {
        INFO(request.name);
        if (!request.of_file) CHECK(s.status(request.make(file)) == kFailure);
        if (!request.of_folder) CHECK(s.status(request.make(folder)) == kFailure);
    }
}

TEST_CASE("forged handles: what is closed stays closed", "[catalogue]") {
    SftpServerHarness s;
    s.init();
    const std::string stale = s.open("/f", kRead | kWrite | kCreate);
    REQUIRE(s.status(sftp_close(1, stale)) == 0);
    const std::string next = s.open("/f", kRead | kWrite);
    CHECK(next != stale);
    for (const OnHandle& request : kOnHandle) {
        INFO(request.name);
        CHECK(s.status(request.make(stale)) == kFailure);
    }
    CHECK(s.status(sftp_write(1, next, 0, "alive")) == 0);
}

TEST_CASE("forged handles: another channel of the connection has others", "[catalogue]") {
    // As in one connection: the same files and the same source of random numbers.
    DetRng random(1);
    const auto files = sftp::make_memory_filesystem();
    struct Channel {
        Channel(std::shared_ptr<sftp::Filesystem> filesystem, Rng& random) {
            sftp::ServerConfig config;
            config.random = &random;
            server = sftp::make_server(std::move(filesystem), config);
            server->on_open(port);
            ask(sftp_init());
        }
        ~Channel() { server->on_close(CloseReason::by_us); }
        SftpReply ask(const Bytes& request) {
            SlabRef slab = slabs.take(request.size());
            std::memcpy(slab.memory().data(), request.data(), request.size());
            server->on_data({slab.memory().first(request.size()), slab});
            server->on_batch_end();
            const auto all = take_replies(port.sent);
            return all.empty() ? SftpReply{} : all[0];
        }
        SlabPool slabs;
        ChannelPortSpy port;
        std::unique_ptr<ChannelSink> server;
    };
    Channel one(files, random), two(files, random);
    const std::string of_one = one.ask(sftp_open(1, "/f", kRead | kWrite | kCreate)).string();
    const std::string of_two = two.ask(sftp_open(1, "/f", kRead | kWrite)).string();
    CHECK(of_one != of_two);
    for (const OnHandle& request : kOnHandle) {
        INFO(request.name);
        const auto reply = two.ask(request.make(of_one));
        REQUIRE(reply.type == 101);
        CHECK(reply.status() == kFailure);
    }
}

TEST_CASE("READ/WRITE extremes: offsets and sizes of 2^63 and more are answered", "[catalogue]") {
    SftpServerHarness s;
    s.init();
    const std::string file = s.open("/f", kRead | kWrite | kCreate);
    REQUIRE(s.status(sftp_write(1, file, 0, "ten bytes!")) == 0);
    constexpr std::uint64_t kTop = std::uint64_t{1} << 63;
    for (const std::uint64_t at : {kTop, kTop - 1, kTop + 1, ~std::uint64_t{0}}) {
        INFO(at);
        const auto read = s.status(sftp_read(1, file, at, 0xffff'ffff));
        CHECK((read == kEof || read == kFailure));
        CHECK(s.status(sftp_write(1, file, at, "xyz")) == kFailure);
        Bytes size{0, 0, 0, 1};
        Writer(size).u64(at);
        // 2^63-1 is a size.
        const bool is_size = at < kTop;
        CHECK((s.status(sftp_message(10, 1, SftpFields() << file << size)) == 0) == is_size);
        CHECK((s.status(sftp_message(9, 1, SftpFields() << "/f" << size)) == 0) == is_size);
        const Bytes ten{0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 10};
        CHECK(s.status(sftp_message(10, 1, SftpFields() << file << ten)) == 0);
        CHECK(s.status(sftp_extended(
                  1, "copy-data", SftpFields() << file << at << std::uint64_t{10} << file << at)) !=
              0);
    }
    CHECK(s.ask(sftp_read(1, file, 0, 100)).string() == "ten bytes!");
}

TEST_CASE("attrs extended_count: more than there can be is a bad message", "[catalogue]") {
    SftpServerHarness s;
    s.init();
    const HeapGrowth growth;
    for (const std::uint32_t count : {0xffff'ffffU, 0x8000'0000U, 0x1000'0000U, 2U, 1U}) {
        INFO(count);
        Bytes attrs{0x80, 0, 0, 0};
        // Room for less than `count` pairs of empty strings.
        Writer(attrs).u32(count).u32(0);
        CHECK(s.status(sftp_message(9, 1, SftpFields() << "/f" << attrs)) == kBadMessage);
        CHECK(s.status(sftp_message(14, 1, SftpFields() << "/d" << attrs)) == kBadMessage);
        CHECK(s.status(sftp_message(
                  3, 1, SftpFields() << "/f" << std::uint32_t{kWrite | kCreate} << attrs)) ==
              kBadMessage);
    }
    CHECK(growth.bytes() < 64 * kKiB);
    CHECK_FALSE(s.port.closed);
}

TEST_CASE("readdir exhaustion: a folder of a million names in flat memory", "[catalogue]") {
    const auto files = std::make_shared<EndlessFilesystem>();
    SftpServerHarness s(files);
    s.init();
    const std::string handle = s.open_directory("/");
    std::size_t names = 0, most = 0;
    std::optional<HeapGrowth> growth;
    for (;;) {
        const auto reply = s.ask(sftp_simple(12, 1, handle));
        if (reply.type == 101) {
            CHECK(reply.status() == kEof);
            break;
        }
        const std::uint32_t count = load_be32(reply.fields.data());
        REQUIRE(count != 0);
        most = std::max(most, reply.fields.size());
        names += count;
        if (!growth) growth.emplace();
    }
    CHECK(names == 1'000'000);
    CHECK(most <= 34'000);
    CHECK(files->folder->largest <= 1000);
    REQUIRE(growth);
    CHECK(growth->bytes() < 64 * kKiB);
}

TEST_CASE("readdir exhaustion: asked for in advance, it is not read in advance", "[catalogue]") {
    const auto files = std::make_shared<EndlessFilesystem>();
    SftpServerHarness s(files);
    s.init();
    const std::string handle = s.open_directory("/");
    s.port.window = 0;
    const HeapGrowth growth;
    Bytes requests;
    for (std::uint32_t i = 0; i < 20'000; ++i) append(requests, sftp_simple(12, i, handle));
    s.send(requests);
    CHECK(s.port.peak_backlog < 8 * 1024 * kKiB);
    CHECK(growth.bytes() < 24 * 1024 * kKiB);
    CHECK(s.port.credited < requests.size());
}
