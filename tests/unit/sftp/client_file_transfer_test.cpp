// Files copied by name: resumed from every state, with times and modes, cancelled.
#include "support/sftp_client_harness.hpp"
#include "support/sftp_requests.hpp"
#include "support/transfer_files.hpp"

#include <nacre/sftp/file_transfer.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;
using namespace nacre::sftp;

namespace {

std::string random_text(std::size_t size) {
    const Bytes bytes = DetRng(size).bytes(size);
    return std::string(as_text(bytes));
}

ClientConfig version(std::uint32_t highest) {
    ClientConfig config;
    config.max_version = highest;
    return config;
}

/// The digest is a sum in decimal behind the algorithm's name, as MemoryFile has it.
class SumHash final : public Hash {
  public:
    std::size_t size() const noexcept override { return MemoryFile::kDigest; }
    void update(ByteView data) noexcept override {
        for (const auto byte : data) sum_ += byte;
    }
    void finish(ByteSpan out) noexcept override {
        MemoryFile::digest_of(std::exchange(sum_, 0), out);
    }

  private:
    std::uint32_t sum_ = 0;
};

ServerConfig hashing(bool hashes) {
    ServerConfig config;
    if (hashes)
        config.make_hash = [](std::string_view name) -> std::unique_ptr<Hash> {
            if (name != "sha256") return nullptr;
            return std::make_unique<SumHash>();
        };
    return config;
}

struct CopyRig : SftpClientHarness {
    explicit CopyRig(std::uint32_t highest = 6, bool hashes = false)
        : SftpClientHarness(hashing(hashes), 0, version(highest)) {}

    Result<FileResult> get(FileOptions options = {}) {
        return SftpClientHarness::get<FileResult>([&](auto r) {
            get_file(client, "file", std::make_shared<MemoryFile>(local), options, std::move(r));
        });
    }
    Result<FileResult> put(FileOptions options = {}) {
        if (!options.source) options.source.emplace();
        options.source->size = local.data.size();
        return SftpClientHarness::get<FileResult>([&](auto r) {
            put_file(client, std::make_shared<MemoryFile>(local), "file", options, std::move(r));
        });
    }
    void remote(std::string_view text) {
        REQUIRE(SftpClientHarness::put("file", {}).has_value());
        const auto handle = create("file");
        const Bytes bytes = to_bytes(as_bytes(text));
        REQUIRE(
            SftpClientHarness::get<std::uint64_t>([&](auto r) {
                upload(
                    client, handle, 0,
                    [&bytes, at = std::size_t{0}](ByteSpan room) mutable -> Result<std::size_t> {
                        const std::size_t n = std::min(room.size(), bytes.size() - at);
                        if (n != 0) std::memcpy(room.data(), bytes.data() + at, n);
                        at += n;
                        return n;
                    },
                    std::move(r));
            }).has_value());
        REQUIRE(done([&](auto r) { client->close_handle(handle, std::move(r)); }).has_value());
    }
    std::string remote() {
        LocalNode copy;
        const auto got = SftpClientHarness::get<FileResult>([&](auto r) {
            get_file(client, "file", std::make_shared<MemoryFile>(copy), {}, std::move(r));
        });
        return got ? copy.data : "missing";
    }

    LocalNode local;
};

FileOptions resumed(Resume resume) {
    FileOptions options;
    options.resume = resume;
    return options;
}

}  // namespace

TEST_CASE("a file is replaced, whatever was there", "[sftp]") {
    CopyRig h;
    const std::string text = random_text(GENERATE(0u, 1u, 700'001u));
    SECTION("by a download") {
        h.remote(text);
        h.local.data = random_text(800'000);
        const auto got = h.get();
        REQUIRE(got.has_value());
        CHECK(got->bytes == text.size());
        CHECK(got->offset == 0);
        CHECK((h.local.data == text));
        CHECK(h.local.finished);
    }
    SECTION("by an upload") {
        h.remote(random_text(800'000));
        h.local.data = text;
        const auto put = h.put();
        REQUIRE(put.has_value());
        CHECK(put->bytes == text.size());
        CHECK((h.remote() == text));
    }
    CHECK(h.client->pending() == 0);
}

TEST_CASE("a copy goes on where an earlier one ended", "[sftp]") {
    CopyRig h(GENERATE(3u, 6u));
    const std::string text = random_text(500'000);
    const std::size_t there = GENERATE(0u, 1u, 32'768u, 499'999u, 500'000u);
    const bool up = GENERATE(false, true);
    h.remote(up ? text.substr(0, there) : text);
    h.local.data = up ? text : text.substr(0, there);
    const auto copied = up ? h.put(resumed(Resume::by_size)) : h.get(resumed(Resume::by_size));
    REQUIRE(copied.has_value());
    CHECK(copied->offset == there);
    CHECK(copied->bytes == text.size() - there);
    CHECK((h.local.data == text));
    CHECK((h.remote() == text));
}

TEST_CASE("a beginning is compared where the server can", "[sftp]") {
    const bool can = GENERATE(false, true);
    const bool same = GENERATE(false, true);
    const bool up = GENERATE(false, true);
    CopyRig h(GENERATE(3u, 6u), can);
    const std::string text = random_text(300'000);
    std::string part = text.substr(0, 100'000);
    if (!same) part[77] = static_cast<char>(part[77] + 1);
    h.remote(up ? part : text);
    h.local.data = up ? text : part;
    const auto copied = up ? h.put(resumed(Resume::verified)) : h.get(resumed(Resume::verified));
    REQUIRE(copied.has_value());
    const bool replaced = can && !same;
    CHECK(copied->offset == (replaced ? 0 : part.size()));
    CHECK(((up ? h.remote() : h.local.data) == text) == (same || can));
}

TEST_CASE("what is longer than the file is no beginning of it", "[sftp]") {
    CopyRig h;
    h.remote("12345");
    h.local.data = "1234";
    const auto put = h.put(resumed(Resume::by_size));
    REQUIRE_FALSE(put.has_value());
    CHECK(put.error().code == Errc::local_misuse);
    CHECK(h.remote() == "12345");
    h.local.data = "123456";
    const auto got = h.get(resumed(Resume::by_size));
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().code == Errc::local_misuse);
    CHECK(h.local.data == "123456");
}

TEST_CASE("times and modes are kept", "[sftp]") {
    CopyRig h(GENERATE(3u, 6u));
    FileOptions options;
    options.keep_times = options.keep_modes = true;
    options.source.emplace();
    options.source->permissions = 0751;
    options.source->mtime = FileTime{12345, 0};
    h.local.data = "text";
    const auto put = h.put(options);
    REQUIRE(put.has_value());
    CHECK(put->attrs_kept);
    options.source.reset();
    const auto got = h.get(options);
    REQUIRE(got.has_value());
    CHECK(h.local.kept.permissions == 0751);
    CHECK(h.local.kept.mtime == FileTime{12345, 0});
    CHECK(h.local.kept.atime == FileTime{12345, 0});
    const auto plain = h.get();
    REQUIRE(plain.has_value());
    CHECK_FALSE(h.local.kept.permissions);
    CHECK_FALSE(h.local.kept.mtime);
}

TEST_CASE("special bits go along only when modes are kept", "[sftp]") {
    CopyRig h;
    h.local.data = "text";
    FileOptions options;
    options.source.emplace();
    options.source->permissions = 04755;
    REQUIRE(h.put(options).has_value());
    const auto attrs = h.SftpClientHarness::get<Attrs>(
        [&](auto r) { h.client->stat("file", Follow::yes, std::move(r)); });
    REQUIRE(attrs.has_value());
    CHECK(attrs->permissions == 0755);
}

TEST_CASE("progress counts from the beginning of the file", "[sftp]") {
    CopyRig h;
    const std::string text = random_text(1'000'000);
    h.remote(text);
    h.local.data = text.substr(0, 400'000);
    auto options = resumed(Resume::by_size);
    std::uint64_t last = 400'000;
    options.control.progress = [&](std::uint64_t done, std::optional<std::uint64_t> total) {
        CHECK(done > last);
        CHECK(total == 1'000'000);
        last = done;
    };
    REQUIRE(h.get(options).has_value());
    CHECK(last == 1'000'000);
    h.remote(text.substr(0, 400'000));
    last = 400'000;
    REQUIRE(h.put(options).has_value());
    CHECK(last == 1'000'000);
}

TEST_CASE("a copy is cancelled", "[sftp]") {
    CopyRig h;
    const std::string text = random_text(20'000'000);
    FileOptions options;
    options.control.cancellation = std::make_shared<Cancellation>();
    const bool up = GENERATE(false, true);
    if (up) {
        h.local.data = text;
    } else {
        h.remote(text);
    }
    SECTION("before it begins") {
        options.control.cancellation->request();
        const auto result = up ? h.put(options) : h.get(options);
        REQUIRE_FALSE(result.has_value());
        CHECK(result.error() == kCancelled);
    }
    SECTION("from its progress") {
        options.control.progress = [&](std::uint64_t, std::optional<std::uint64_t>) {
            options.control.cancellation->request();
        };
        const auto result = up ? h.put(options) : h.get(options);
        REQUIRE_FALSE(result.has_value());
        CHECK(result.error() == kCancelled);
        options.control.progress = nullptr;
    }
    CHECK(h.client->pending() == 0);
    CHECK(h.client->ready());
    // The handles were closed.
    CHECK((up ? h.remote().size() : h.local.data.size()) < text.size());
}

TEST_CASE("what is missing, and what the program's file says", "[sftp]") {
    CopyRig h;
    const auto got = h.get();
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().detail == static_cast<std::uint32_t>(Status::no_such_file));
    h.remote("text");
    const Error full{Errc::local_failed, Disconnect::none, 28, "disk full"};
    const auto file = std::make_shared<MemoryFile>(h.local);
    file->fault = full;
    const auto ours = h.SftpClientHarness::get<FileResult>(
        [&](auto r) { get_file(h.client, "file", file, {}, std::move(r)); });
    REQUIRE_FALSE(ours.has_value());
    CHECK(ours.error() == full);
    CHECK_FALSE(h.local.finished);
    // The harness's server would refuse the next OPEN if handles stayed open for ever.
    CHECK(h.client->pending() == 0);
}
