// A file whose beginning can be read and whose rest cannot: nobody takes the damage for its end.
#include "support/one_file_filesystem.hpp"
#include "support/sftp_server_harness.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

constexpr std::size_t kWhole = 1000;

class Damaged final : public sftp::File {
  public:
    void read(std::uint64_t offset, sftp::ReadBuffer buffer,
              Reply<sftp::ReadBuffer> reply) override {
        if (offset >= kWhole) return reply(sftp::failure(sftp::Status::failure, "bad sector"));
        std::size_t room = 0;
        buffer.frames.for_each([&](ByteSpan frame) { room += frame.size(); });
        room -= buffer.skip;
        buffer.filled = std::min<std::size_t>(room, kWhole - offset);
        buffer.stopped = buffer.filled < room;
        reply(std::move(buffer));
    }
    void close(sftp::HandleEnd, Reply<void> reply) override { reply({}); }
};

class Length final : public Hash {
  public:
    std::size_t size() const noexcept override { return 4; }
    void update(ByteView data) noexcept override {
        bytes_ += static_cast<std::uint32_t>(data.size());
    }
    void finish(ByteSpan out) noexcept override { store_be32(out.data(), bytes_); }

  private:
    std::uint32_t bytes_ = 0;
};

sftp::ServerConfig hashing() {
    sftp::ServerConfig config;
    config.make_hash = [](std::string_view) { return std::make_unique<Length>(); };
    return config;
}

struct Served {
    explicit Served(std::uint32_t version) { s.ask(sftp_init(version)); }
    /// Answers of a request that may take several turns.
    SftpReply ask(const Bytes& request) {
        s.send(request);
        auto all = s.replies();
        while (all.empty() && s.server->deadline()) {
            s.server->on_deadline(s.port.now());
            all = s.replies();
        }
        REQUIRE(all.size() == 1);
        return all[0];
    }
    SftpServerHarness s{std::make_shared<OneFileFilesystem>(std::make_shared<Damaged>()),
                        hashing()};
};

bool is_failure(const SftpReply& reply) {
    return reply.type == 101 && reply.status() == 4;
}

}  // namespace

TEST_CASE("a damaged file: version 6 is told of no end", "[sftp][read]") {
    Served t(6);
    const auto opened =
        t.ask(sftp_message(3, 1,
                           SftpFields() << "/f" << std::uint32_t{1} << std::uint32_t{2}
                                        << std::uint32_t{0} << Bytes{1}));
    REQUIRE(opened.type == 102);
    const auto reply = t.ask(sftp_read(2, opened.string(), 0, 5000));
    REQUIRE(reply.type == 103);
    Reader fields(reply.fields);
    CHECK(fields.string().size() == kWhole);
    CHECK(fields.rest().empty());
    CHECK(is_failure(t.ask(sftp_read(3, opened.string(), kWhole, 5000))));
}

TEST_CASE("a damaged file: its beginning has no digest", "[sftp][scan]") {
    Served t(3);
    const auto check = [&](std::uint64_t length) {
        return t.ask(sftp_extended(5, "check-file-name",
                                   SftpFields() << "/f"
                                                << "sha1" << std::uint64_t{0} << length
                                                << std::uint32_t{0}));
    };
    CHECK(check(kWhole).type == 201);
    CHECK(is_failure(check(0)));
    CHECK(is_failure(check(kWhole + 1)));
}
