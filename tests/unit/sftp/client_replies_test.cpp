// What a server may not answer, and every way in which a session of a client ends.
#include "support/sftp_client_harness.hpp"
#include "support/sftp_requests.hpp"
#include "support/sftp_server_script.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;
using namespace nacre::sftp;

namespace {

/// A client whose server is the test.
struct Raw : SftpServerScript {
    explicit Raw(bool version = true) {
        CHECK(end.queued == Bytes{0, 0, 0, 5, 1, 0, 0, 0, 6});
        end.queued.clear();
        if (version) send(sftp_message(2, 3, {}));
    }
    void send_status(std::uint32_t id, std::uint32_t code) { send(status(id, code)); }
};

}  // namespace

TEST_CASE("a server without limits gets what every server takes", "[sftp]") {
    Raw raw;
    CHECK(raw.ready.good());
    CHECK(raw.client->server().max_read == 32'768);
    CHECK(raw.client->server().max_write == 32'768);
    CHECK(raw.end.uncredited == 0);
}

TEST_CASE("limits are taken with care", "[sftp]") {
    Raw raw(false);
    const Bytes announced = SftpFields() << "limits@openssh.com"
                                         << "1";
    raw.send(sftp_message(2, 3, announced));
    CHECK_FALSE(raw.ready.here());
    REQUIRE(raw.end.queued.size() > 9);
    CHECK(raw.end.queued[4] == 200);
    const std::uint32_t id = load_be32(raw.end.queued.data() + 5);
    SECTION("refused") {
        raw.send_status(id, 8);
        CHECK(raw.ready.good());
        CHECK(raw.client->server().max_read == 32'768);
    }
    SECTION("nothing said") {
        raw.send(sftp_message(201, id, Bytes(32)));
        CHECK(raw.ready.good());
        CHECK(raw.client->server().max_read == 32'768);
    }
    SECTION("boundless") {
        raw.send(sftp_message(201, id, Bytes(32, 0xff)));
        CHECK(raw.ready.good());
        CHECK(raw.client->server().max_read == Client::kMaxLength);
        CHECK(raw.client->server().max_write == Client::kMaxLength);
        CHECK(raw.client->server().max_packet == Client::kMaxReply);
    }
    SECTION("cut off") {
        raw.send(sftp_message(201, id, Bytes(31)));
        CHECK(raw.ready.code() == Errc::peer_malformed);
        CHECK(raw.client->ended());
    }
}

TEST_CASE("a server that is no server of version 3 or above", "[sftp]") {
    Raw raw(false);
    SECTION("an older version") {
        raw.send(sftp_message(2, 2, {}));
        CHECK(raw.ready.code() == Errc::peer_incompatible);
    }
    SECTION("another message") {
        raw.send(sftp_message(101, 0, Bytes(12)));
        CHECK(raw.ready.code() == Errc::peer_misbehaved);
    }
    SECTION("no SFTP at all") {
        raw.send(as_bytes("Welcome to the machine\n"));
        CHECK(raw.ready.code() == Errc::peer_limit);
    }
    CHECK(raw.client->ended());
    CHECK(raw.end.close_queued);
}

TEST_CASE("replies that answer nothing end the channel", "[sftp]") {
    Raw raw;
    Answered<Attrs> attrs;
    Answered<void> other;
    raw.client->stat("a", Follow::yes, attrs.reply());  // id 0
    raw.client->remove("b", other.reply());             // id 1
    Errc expected = Errc::peer_misbehaved;
    SECTION("an id never used") {
        raw.send_status(77, 2);
    }
    SECTION("an id used up") {
        raw.send_status(0, 2);
        CHECK(attrs.code() == Errc::peer_refused);
        raw.send_status(0, 2);
    }
    SECTION("a handle for attributes") {
        raw.send(sftp_message(102, 0, SftpFields() << "h"));
    }
    SECTION("data for attributes") {
        raw.send(sftp_message(103, 0, SftpFields() << "data"));
    }
    SECTION("attributes for a status") {
        raw.send(sftp_message(105, 1, kNoAttrs));
    }
    SECTION("success without the attributes") {
        raw.send_status(0, 0);
    }
    SECTION("a request") {
        raw.send(sftp_message(13, 0, SftpFields() << "x"));
    }
    SECTION("attributes cut off") {
        raw.send(sftp_message(105, 0, Bytes{0, 0, 0, 1, 0}));
        expected = Errc::peer_malformed;
    }
    SECTION("a status without its code") {
        raw.send(sftp_message(101, 1, {}));
        expected = Errc::peer_malformed;
    }
    SECTION("too long") {
        raw.send(Bytes{0, 4, 0, 1, 101, 0, 0, 0, 0});
        expected = Errc::peer_limit;
    }
    SECTION("too short") {
        raw.send(Bytes{0, 0, 0, 4, 101, 0, 0, 0, 0});
        expected = Errc::peer_malformed;
    }
    CHECK(raw.client->ended());
    CHECK(raw.end.close_queued);
    CHECK(attrs.here());
    CHECK(other.code() == expected);
    CHECK(raw.client->pending() == 0);
}

TEST_CASE("replies with more or less than was asked for end the channel", "[sftp]") {
    Raw raw;
    const RemoteHandle handle{"h"};
    Answered<RemoteData> data;
    Answered<std::string> path;
    Answered<std::vector<RemoteEntry>> entries;
    raw.client->read(handle, 0, 4, data.reply());         // id 0
    raw.client->real_path(".", path.reply());             // id 1
    raw.client->read_directory(handle, entries.reply());  // id 2
    SECTION("more data") {
        raw.send(sftp_message(103, 0, SftpFields() << "12345"));
    }
    SECTION("no data") {
        raw.send(sftp_message(103, 0, SftpFields() << ""));
    }
    SECTION("data that ends behind the message") {
        raw.send(sftp_message(103, 0, Bytes{0, 0, 0, 4, 1, 2, 3}));
    }
    SECTION("no path") {
        raw.send(sftp_message(104, 1, Bytes(4)));
    }
    SECTION("two paths") {
        raw.send(sftp_message(104, 1,
                              SftpFields() << std::uint32_t{2} << "a"
                                           << "" << kNoAttrs << "b"
                                           << "" << kNoAttrs));
    }
    SECTION("no entries") {
        raw.send(sftp_message(104, 2, Bytes(4)));
    }
    SECTION("more entries than fit") {
        raw.send(sftp_message(104, 2, Bytes(4, 0xff)));
    }
    CHECK(raw.client->ended());
    CHECK_FALSE(data.good());
    CHECK_FALSE(path.good());
    CHECK_FALSE(entries.good());
}

TEST_CASE("answers may come in any order", "[sftp]") {
    Raw raw;
    Answered<void> first, second;
    raw.client->remove("a", first.reply());
    raw.client->remove("b", second.reply());
    raw.send_status(1, 0);
    CHECK(second.good());
    CHECK_FALSE(first.here());
    raw.send_status(0, 3);
    CHECK(first.detail() == 3);
    CHECK(raw.end.uncredited == 0);
}

TEST_CASE("nothing pending is lost when the channel ends", "[sftp]") {
    Raw raw;
    Answered<Attrs> attrs;
    Answered<RemoteData> data;
    raw.client->stat("a", Follow::yes, attrs.reply());
    raw.client->read({"h"}, 0, 10, data.reply());
    raw.send(Bytes{0, 0, 0, 40, 101});  // the beginning of an answer
    SECTION("closed by the peer") {
        raw.sink->on_close(CloseReason::by_peer);
        raw.sink.reset();
    }
    SECTION("end of file") {
        raw.sink->on_eof();
    }
    SECTION("destroyed") {
        raw.sink.reset();
    }
    SECTION("by the program") {
        raw.client->close();
    }
    CHECK(attrs.code() == Errc::closed);
    CHECK(data.code() == Errc::closed);
    CHECK(raw.client->pending() == 0);
    Answered<void> late;
    raw.client->remove("b", late.reply());
    CHECK(late.code() == Errc::closed);
}

TEST_CASE("a subsystem that is refused is told", "[sftp]") {
    Answered<void> ready;
    auto made = make_client({}, ready.reply());
    ChannelPair pair(std::move(made.sink), make_server(make_memory_filesystem()));
    pair.a.refuse_requests = true;
    pair.open();
    pair.run();
    CHECK(ready.code() == Errc::peer_refused);
    CHECK(made.client->ended());
}

TEST_CASE("operations before the session is ready, and too many of them", "[sftp]") {
    Raw raw(false);
    Answered<void> early;
    raw.client->remove("a", early.reply());
    CHECK(early.code() == Errc::local_misuse);
    raw.send(sftp_message(2, 3, {}));
    std::vector<Answered<void>> answers(Client::kMaxPending + 1);
    for (auto& answer : answers) raw.client->remove("x", answer.reply());
    CHECK_FALSE(answers[Client::kMaxPending - 1].here());
    CHECK(answers.back().code() == Errc::local_limit);
}

TEST_CASE("the program may let go of everything in an answer", "[sftp]") {
    Raw raw;
    bool told = false;
    raw.client->remove("a", Reply<void>::from([&](Result<void>&&) {
                           told = true;
                           raw.client->close();
                           raw.client.reset();
                       }));
    raw.client->remove("b", Reply<void>());
    raw.send_status(0, 0);
    CHECK(told);
    CHECK(raw.end.close_queued);
}
