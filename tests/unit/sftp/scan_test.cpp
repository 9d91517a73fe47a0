// What the engine reads files for itself: hashes, and lines.
#include "sftp/scan.hpp"

#include "support/deferring_filesystem.hpp"
#include "support/sftp_server_harness.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

/// Shows what went into it: the number of bytes and their sum.
class SumHash final : public Hash {
  public:
    std::size_t size() const noexcept override { return 8; }
    void update(ByteView data) noexcept override {
        bytes_ += static_cast<std::uint32_t>(data.size());
        for (const auto byte : data) sum_ += byte;
    }
    void finish(ByteSpan out) noexcept override {
        store_be32(out.data(), std::exchange(bytes_, 0));
        store_be32(out.data() + 4, std::exchange(sum_, 0));
    }

  private:
    std::uint32_t bytes_ = 0, sum_ = 0;
};

Bytes sum(std::string_view data) {
    Bytes out(8);
    SumHash hash;
    hash.update(as_bytes(data));
    hash.finish(out);
    return out;
}

Bytes join(std::initializer_list<Bytes> parts) {
    Bytes all;
    for (const auto& part : parts) append(all, part);
    return all;
}

sftp::ServerConfig hashing() {
    sftp::ServerConfig config;
    config.make_hash = [](std::string_view name) -> std::unique_ptr<Hash> {
        if (name == "md5" || name == "sha1") return std::make_unique<SumHash>();
        return nullptr;
    };
    return config;
}

/// A server of /f, which holds `content`.
struct Served {
    explicit Served(std::string_view content, std::uint32_t version = 3)
        : s(filesystem, hashing()) {
        s.ask(sftp_init(3));
        const auto handle = s.open("/f", kWrite | kCreate);
        for (std::size_t at = 0; at < content.size(); at += 32768)
            s.status(sftp_write(1, handle, at, content.substr(at, 32768)));
        s.status(sftp_close(2, handle));
        if (version == 3) return;
        s.server->on_close(CloseReason::by_us);
        s.server = sftp::make_server(filesystem, hashing(), s.observer);
        s.server->on_open(s.port);
        s.ask(sftp_init(version));
    }
    /// Answers of a request that may take several turns.
    SftpReply ask(const Bytes& request) {
        s.send(request);
        auto all = s.replies();
        for (turns = 0; all.empty() && s.server->deadline(); ++turns) {
            s.server->on_deadline(s.port.now());
            all = s.replies();
        }
        REQUIRE(all.size() == 1);
        return all[0];
    }
    SftpReply check(std::string_view name, std::string_view what, std::string_view algorithms,
                    std::uint64_t start, std::uint64_t length, std::uint32_t block) {
        return ask(
            sftp_extended(5, name, SftpFields() << what << algorithms << start << length << block));
    }

    std::shared_ptr<DeferringFilesystem> filesystem = std::make_shared<DeferringFilesystem>();
    SftpServerHarness s;
    std::size_t turns = 0;
};

/// The fields of an EXTENDED_REPLY: the algorithm, and the digests behind it.
std::pair<std::string, Bytes> digests(const SftpReply& reply) {
    REQUIRE(reply.type == 201);
    Reader fields(reply.fields);
    const auto name = std::string(fields.text());
    return {name, to_bytes(fields.rest())};
}

std::string numbered(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
    return text;
}

}  // namespace

TEST_CASE("parts of files are hashed, whole or in blocks", "[sftp][scan]") {
    const auto content = numbered(1000);
    Served t(content);
    const auto part = [&](std::size_t at, std::size_t n) { return sum(content.substr(at, n)); };
    CHECK(digests(t.check("check-file-name", "/f", "sha512,sha1,md5", 0, 0, 0)) ==
          std::pair{std::string("sha1"), part(0, 1000)});
    const auto handle = t.s.open("/f", kRead);
    CHECK(digests(t.check("check-file-handle", handle, "md5", 10, 700, 0)).second == part(10, 700));
    CHECK(digests(t.check("check-file-handle", handle, "md5", 0, 0, 256)).second ==
          join({part(0, 256), part(256, 256), part(512, 256), part(768, 232)}));
    CHECK(digests(t.check("check-file-handle", handle, "md5", 0, 512, 256)).second ==
          join({part(0, 256), part(256, 256)}));
    // Behind the end there is nothing, and its digest.
    CHECK(digests(t.check("check-file-handle", handle, "md5", 5000, 10, 0)).second == sum(""));
    CHECK(digests(t.check("check-file-handle", handle, "md5", ~0ull, ~0ull, 256)).second ==
          sum(""));
    // Paramiko's form.
    const auto named = digests(t.check("check-file", handle, "md5", 0, 0, 0));
    CHECK(named.first == "check-file");
    Reader rest(named.second);
    CHECK(rest.text() == "md5");
    CHECK(to_bytes(rest.rest()) == part(0, 1000));
}

TEST_CASE("hashes that cannot be are refused", "[sftp][scan]") {
    Served t("x");
    CHECK(t.check("check-file-name", "/f", "whirlpool", 0, 0, 0).status() == 8);
    CHECK(t.check("check-file-name", "/f", "", 0, 0, 0).status() == 8);
    CHECK(t.check("check-file-name", "/f", "md5", 0, 0, 255).status() == 4);
    CHECK(t.check("check-file-name", "/missing", "md5", 0, 0, 0).status() == 2);
    const auto writer = t.s.open("/f", kWrite);
    CHECK(t.check("check-file-handle", writer, "md5", 0, 0, 0).status() == 3);
    CHECK(t.check("check-file-handle", "?", "md5", 0, 0, 0).status() == 4);
    SftpServerHarness without;
    without.init();
    CHECK(without.status(sftp_extended(5, "check-file-name",
                                       SftpFields() << "/"
                                                    << "md5" << std::uint64_t{0} << std::uint64_t{0}
                                                    << std::uint32_t{0})) == 8);
}

TEST_CASE("a large file is hashed in turns with other work", "[sftp][scan]") {
    const auto content = numbered(1'000'000);
    Served t(content);
    CHECK(digests(t.check("check-file-name", "/f", "md5", 0, 0, 0)).second == sum(content));
    CHECK(t.turns >= 3);
    // 16,384 digests of 8 bytes are as many as fit.
    CHECK(t.check("check-file-name", "/f", "md5", 0, 0, 256).type == 201);
    CHECK(sftp::DigestScan::kMaxDigests / 8 * 256 > content.size());
}

TEST_CASE("digests beyond one reply are refused", "[sftp][scan]") {
    const std::size_t most = sftp::DigestScan::kMaxDigests / 8 * 256;
    Served t(std::string(most + 1, 'x'));
    CHECK(digests(t.check("check-file-name", "/f", "md5", 0, most, 256)).second.size() ==
          sftp::DigestScan::kMaxDigests);
    CHECK(t.check("check-file-name", "/f", "md5", 0, 0, 256).status() == 4);
}

TEST_CASE("md5-hash looks at the beginning first", "[sftp][scan]") {
    const auto content = numbered(5000);
    Served t(content, 5);
    const auto ask = [&](std::string_view name, std::string_view what, std::uint64_t start,
                         std::uint64_t length, std::string_view quick) {
        const auto reply =
            t.ask(sftp_extended(5, name, SftpFields() << what << start << length << quick));
        REQUIRE(reply.type == 201);
        Reader fields(reply.fields);
        CHECK(fields.text() == "md5-hash");
        return to_bytes(fields.string());
    };
    const auto quick = sum(content.substr(0, 2048));
    CHECK(ask("md5-hash", "/f", 0, 0, "") == sum(content));
    CHECK(ask("md5-hash", "/f", 0, 0, as_text(quick)) == sum(content));
    CHECK(ask("md5-hash", "/f", 0, 0, "wrong").empty());
    CHECK(ask("md5-hash", "/f", 10, 100, as_text(sum(content.substr(10, 100)))) ==
          sum(content.substr(10, 100)));
    CHECK(ask("md5-hash", "/f", 10, 100, as_text(quick)).empty());
}

TEST_CASE("a hash under way ends with its session", "[sftp][scan]") {
    Served t(numbered(1'000'000));
    t.s.send(sftp_extended(5, "check-file-name",
                           SftpFields() << "/f"
                                        << "md5" << std::uint64_t{0} << std::uint64_t{0}
                                        << std::uint32_t{0}));
    REQUIRE(t.s.server->deadline());
    t.filesystem->gate().log.clear();
    t.s.server->on_close(CloseReason::link_lost);
    CHECK_FALSE(t.s.server->deadline());
    CHECK(t.filesystem->gate().log == std::vector<std::string>{"close /f"});
    CHECK(t.filesystem->gate().ended);
}

TEST_CASE("lines are found", "[sftp][scan]") {
    sftp::LineScan lf("\n", 2);
    CHECK_FALSE(lf.take(as_bytes("one\ntwo\nthree")));
    CHECK(lf.found());
    CHECK(lf.position() == 8);
    sftp::LineScan crlf("\r\n", 2);
    CHECK(crlf.take(as_bytes("one\r")));
    CHECK(crlf.take(as_bytes("\ntwo\n\r\r")));
    CHECK_FALSE(crlf.take(as_bytes("\nthree")));
    CHECK(crlf.position() == 12);
    sftp::LineScan missing("\n", 1);
    CHECK(missing.take(as_bytes("one")));
    CHECK_FALSE(missing.found());
}

TEST_CASE("text is read and written in order, whatever the offsets", "[sftp][scan]") {
    Served t("one\ntwo\nthree\n", 4);
    const auto open = [&](std::uint32_t pflags) {
        const auto reply = t.ask(sftp_message(
            3, 1, SftpFields() << "/f" << (pflags | 0x40) << std::uint32_t{0} << Bytes{1}));
        REQUIRE(reply.type == 102);
        return reply.string();
    };
    const auto handle = open(kRead);
    // Sent together: each goes on where the one before it ended.
    Bytes both = sftp_read(1, handle, 999, 4);
    append(both, sftp_read(2, handle, 0, 4));
    const auto replies = t.s.exchange(both);
    REQUIRE(replies.size() == 2);
    CHECK(replies[0].string() == "one\n");
    CHECK(replies[1].string() == "two\n");
    const auto seek = [&](std::uint64_t line) {
        return t.ask(sftp_extended(3, "text-seek", SftpFields() << handle << line)).status();
    };
    CHECK(seek(2) == 0);
    CHECK(t.ask(sftp_read(4, handle, 0, 3)).string() == "thr");
    CHECK(seek(0) == 0);
    CHECK(t.ask(sftp_read(4, handle, 5, 3)).string() == "one");
    CHECK(seek(4) == 1);
    // What is refused moves nothing; offsets mean nothing, the largest neither.
    CHECK(seek(0) == 0);
    CHECK(t.ask(sftp_write(5, handle, 0, "none")).status() == 3);
    CHECK(t.ask(sftp_read(6, handle, ~0ull, 3)).string() == "one");
    const auto writer = open(kWrite);
    both = sftp_write(1, writer, 7, "1\n");
    append(both, sftp_write(2, writer, 0, "2\n"));
    t.s.exchange(both);
    CHECK(seek(0) == 0);
    CHECK(t.ask(sftp_read(4, handle, 0, 4)).string() == "1\n2\n");
}

TEST_CASE("version 6 tells where files and lists end", "[sftp][scan]") {
    Served t("0123456789", 6);
    const auto opened =
        t.ask(sftp_message(3, 1,
                           SftpFields() << "/f" << std::uint32_t{1} << std::uint32_t{2}
                                        << std::uint32_t{0} << Bytes{1}));
    REQUIRE(opened.type == 102);
    const auto read = [&](std::uint64_t at, std::uint32_t n) {
        const auto reply = t.ask(sftp_read(2, opened.string(), at, n));
        REQUIRE(reply.type == 103);
        Reader fields(reply.fields);
        fields.string();
        return as_text(fields.rest()) == std::string(1, '\1');
    };
    CHECK_FALSE(read(0, 5));
    CHECK_FALSE(read(0, 10));  // nobody looked behind it
    CHECK(read(0, 11));
    CHECK(read(9, 100));
    const auto folder = t.s.open_directory("/");
    auto names = t.ask(sftp_simple(12, 3, folder));
    REQUIRE(names.type == 104);
    CHECK(names.fields.back() == 1);
    CHECK(t.ask(sftp_simple(12, 4, folder)).status() == 1);
}
