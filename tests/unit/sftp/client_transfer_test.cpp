// Whole files both ways, and what goes wrong with them.
#include "support/sftp_client_harness.hpp"
#include "support/sftp_requests.hpp"

#include <nacre/sftp/transfer.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;
using namespace nacre::sftp;

namespace {

TransferIn from_bytes(const Bytes& bytes) {
    return [&bytes, at = std::size_t{0}](ByteSpan room) mutable -> Result<std::size_t> {
        const std::size_t n = std::min(room.size(), bytes.size() - at);
        if (n != 0) std::memcpy(room.data(), bytes.data() + at, n);
        at += n;
        return n;
    };
}

TransferOut to_bytes_of(Bytes& bytes) {
    return [&bytes](ByteView some) -> Result<void> {
        append(bytes, some);
        return {};
    };
}

/// Answers READs of a file it holds, badly: the last one first, few bytes at a time.
class AwkwardServer {
  public:
    explicit AwkwardServer(Bytes file) : file_(std::move(file)) {
        ClientConfig config;
        config.subsystem.clear();
        auto made = make_client(config, Reply<void>());
        client = made.client;
        sink_ = std::move(made.sink);
        sink_->on_open(end);
        end.queued.clear();
        send(sftp_message(2, 3, {}));
    }
    ~AwkwardServer() { sink_->on_close(CloseReason::by_us); }
    /// Answers all that was asked since; whether something was.
    bool answer() {
        const Bytes asked = std::exchange(end.queued, {});
        std::vector<Bytes> replies;
        std::size_t at = 0;
        for (; at < asked.size(); at += 4 + load_be32(asked.data() + at)) {
            Reader r(ByteView(asked).subspan(at + 5));
            const std::uint32_t id = r.u32();
            r.string();
            const std::uint64_t offset = r.u64();
            const std::uint32_t length = r.u32();
            peak = std::max(peak, client->pending());
            if (offset >= file_.size()) {
                replies.push_back(sftp_message(101, id,
                                               SftpFields() << std::uint32_t{1} << ""
                                                            << ""));
                continue;
            }
            const std::size_t n = std::min<std::size_t>({length, file_.size() - offset, most});
            replies.push_back(
                sftp_message(103, id, SftpFields() << as_text(ByteView(file_).subspan(offset, n))));
        }
        for (auto reply = replies.rbegin(); reply != replies.rend(); ++reply) send(*reply);
        return !replies.empty();
    }
    void send(ByteView bytes) {
        SlabRef slab = slabs_.take(bytes.size());
        std::memcpy(slab.memory().data(), bytes.data(), bytes.size());
        end.uncredited += bytes.size();
        sink_->on_data({slab.memory().first(bytes.size()), slab});
        sink_->on_batch_end();
    }

    std::size_t most = 32'768;
    std::size_t peak = 0;
    ChannelEnd end;
    std::shared_ptr<Client> client;

  private:
    Bytes file_;
    SlabPool slabs_;
    std::unique_ptr<ChannelSink> sink_;
};

}  // namespace

TEST_CASE("what is uploaded is downloaded again", "[sftp]") {
    ServerConfig config;
    config.max_read_length = GENERATE(261'120u, 10'007u);
    const std::size_t size = GENERATE(0u, 1u, 10'007u, 5'000'000u);
    SftpClientHarness h(config);
    const Bytes sent = DetRng(size).bytes(size);
    const auto handle = h.create("file");
    const auto uploaded = h.get<std::uint64_t>(
        [&](auto r) { upload(h.client, handle, 0, from_bytes(sent), std::move(r)); });
    REQUIRE(uploaded.has_value());
    CHECK(*uploaded == size);

    const bool known = GENERATE(true, false);
    Bytes got;
    const auto downloaded = h.get<std::uint64_t>([&](auto r) {
        download(h.client, handle, 0, known ? std::optional<std::uint64_t>(size) : std::nullopt,
                 to_bytes_of(got), std::move(r));
    });
    REQUIRE(downloaded.has_value());
    CHECK(*downloaded == size);
    CHECK((got == sent));
    CHECK(h.client->pending() == 0);
    CHECK(h.pair->a.uncredited == 0);
}

TEST_CASE("a transfer begins where it is told to", "[sftp]") {
    SftpClientHarness h;
    REQUIRE(h.put("file", "0123456789").has_value());
    const auto handle = h.create("file");
    const Bytes tail = to_bytes(as_bytes("abc"));
    CHECK(h.get<std::uint64_t>([&](auto r) {
               upload(h.client, handle, 9, from_bytes(tail), std::move(r));
           }).value_or(0) == 3);
    Bytes got;
    CHECK(h.get<std::uint64_t>([&](auto r) {
               download(h.client, handle, 8, 12, to_bytes_of(got), std::move(r));
           }).value_or(0) == 4);
    CHECK(as_text(got) == "8abc");
}

TEST_CASE("short answers and answers out of order make a whole file", "[sftp]") {
    const Bytes file = DetRng(3).bytes(3'000'000);
    AwkwardServer server(file);
    server.most = GENERATE(10'000u, 32'768u);
    Answered<std::uint64_t> answer;
    Bytes got;
    // Longer and shorter than expected.
    const std::uint64_t expected = GENERATE(3'000'000u, 100u, 9'000'000u);
    download(server.client, {"h"}, 0, expected, to_bytes_of(got), answer.reply());
    while (server.answer()) {
    }
    REQUIRE(answer.good());
    CHECK((got == file));
    CHECK(server.peak == std::min<std::uint64_t>(kTransferRequests, (expected + 32'767) / 32'768));
}

TEST_CASE("a local error ends a transfer", "[sftp]") {
    SftpClientHarness h;
    const auto handle = h.create("file");
    const Error full{Errc::local_failed, Disconnect::none, 28, "disk full"};
    SECTION("of an upload") {
        int calls = 0;
        const auto result = h.get<std::uint64_t>([&](auto r) {
            upload(
                h.client, handle, 0,
                [&](ByteSpan room) -> Result<std::size_t> {
                    if (++calls == 4) return full;
                    return room.size();
                },
                std::move(r));
        });
        REQUIRE_FALSE(result.has_value());
        CHECK(result.error() == full);
        CHECK(calls == 4);
    }
    SECTION("of a download") {
        const Bytes sent(2'000'000);
        REQUIRE(h.get<std::uint64_t>([&](auto r) {
                     upload(h.client, handle, 0, from_bytes(sent), std::move(r));
                 }).has_value());
        int calls = 0;
        const auto result = h.get<std::uint64_t>([&](auto r) {
            download(
                h.client, handle, 0, sent.size(),
                [&](ByteView) -> Result<void> {
                    ++calls;
                    return full;
                },
                std::move(r));
        });
        REQUIRE_FALSE(result.has_value());
        CHECK(result.error() == full);
        CHECK(calls == 1);
    }
    CHECK(h.client->pending() == 0);
    CHECK(h.client->ready());
}

TEST_CASE("a server's error ends an upload when nothing is under way any more", "[sftp]") {
    SftpClientHarness h;
    REQUIRE(h.put("file", "").has_value());
    OpenFlags flags;
    flags.read = true;
    const auto handle = h.open("file", flags);
    const Bytes sent(2'000'000);
    const auto result = h.get<std::uint64_t>(
        [&](auto r) { upload(h.client, handle, 0, from_bytes(sent), std::move(r)); });
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == Errc::peer_refused);
    CHECK(h.client->pending() == 0);
}

TEST_CASE("a channel that closes in the middle ends transfers", "[sftp]") {
    SftpClientHarness h;
    const auto handle = h.create("file");
    const Bytes sent(4'000'000);
    Answered<std::uint64_t> up, down;
    Bytes got;
    SECTION("an upload") {
        upload(h.client, handle, 0, from_bytes(sent), up.reply());
        CHECK_FALSE(up.here());
        h.pair->end(CloseReason::link_lost);
        CHECK(up.code() == Errc::closed);
    }
    SECTION("a download") {
        REQUIRE(h.get<std::uint64_t>([&](auto r) {
                     upload(h.client, handle, 0, from_bytes(sent), std::move(r));
                 }).has_value());
        download(h.client, handle, 0, sent.size(), to_bytes_of(got), down.reply());
        h.pair->end(CloseReason::link_lost);
        CHECK(down.code() == Errc::closed);
    }
}

TEST_CASE("directories are listed whole", "[sftp]") {
    SftpClientHarness h;
    for (int i = 0; i < 250; ++i) REQUIRE(h.put("file" + std::to_string(i), "").has_value());
    const auto entries = h.get<std::vector<RemoteEntry>>(
        [&](auto r) { list_directory(h.client, ".", std::move(r)); });
    REQUIRE(entries.has_value());
    CHECK(entries->size() == 252);
    const auto missing = h.get<std::vector<RemoteEntry>>(
        [&](auto r) { list_directory(h.client, "missing", std::move(r)); });
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().detail == static_cast<std::uint32_t>(Status::no_such_file));
}
