// The other side goes away at every point of a whole session: both ends say so once, and nothing of
// it stays.
#include "support/alloc_count.hpp"
#include "support/deferring_filesystem.hpp"
#include "support/null_provider.hpp"
#include "support/sftp_stack.hpp"

#include <catch2/catch_all.hpp>

#include <algorithm>

using namespace nacre;
using namespace nacre::test;

namespace {

constexpr std::size_t kWhole = static_cast<std::size_t>(-1);

struct Cut {
    Role victim = Role::client;
    bool null_crypto = true;
    bool deferred = false;    ///< the file system does not answer before the end
    bool reset = false;       ///< what the victim still had to send can never leave
    std::size_t at = kWhole;  ///< bytes that reach the victim
};

/// How many times operations were answered.
struct Answers {
    int asked = 0, answered = 0, good = 0;
    template <class T>
    Reply<T> reply() {
        ++asked;
        return Reply<T>::from([this](Result<T>&& answer) {
            ++answered;
            if (answer) ++good;
        });
    }
};

/// A whole session, of which the victim hears no more than the first bytes.
class WholeSession {
  public:
    explicit WholeSession(const Cut& cut) : cut_(cut), stack(files) {
        stack.client_config->algorithms.compression = {"none"};
        if (cut.null_crypto) {
            stack.client_provider = stack.server_provider = &null_provider();
            stack.key = std::make_shared<NullSigner>();
            stack.server_config->host_keys = {std::make_shared<NullSigner>()};
        } else {
            stack.client_config->algorithms.kex = {"curve25519-sha256"};
        }
        peer().tamper = [this](Bytes& bytes) {
            if (reached_ + bytes.size() > cut_.at) bytes.resize(cut_.at - reached_);
            reached_ += bytes.size();
            append(heard, bytes);
            ends.push_back(reached_);
        };
    }
    End& victim() { return end(cut_.victim); }
    End& peer() { return end(other(cut_.victim)); }

    /// Whether all of it went well.
    bool work() {
        REQUIRE(stack.start());
        stack.pair.run();
        stack.pair.advance(std::chrono::seconds(1));
        stack.pair.run();
        if (!stack.ready.good()) return false;
        static const Bytes text = DetRng(3).bytes(1000);
        Answered<sftp::RemoteHandle> opened;
        sftp::OpenFlags flags;
        flags.read = flags.write = flags.create = true;
        stack.sftp->open("file", flags, {}, opened.reply());
        go();
        if (!opened.good()) return false;
        const sftp::RemoteHandle handle = std::move(***opened.place);
        files->gate().deferred = cut_.deferred;
        stack.sftp->write(handle, 0, text, answers.reply<void>());
        stack.pair.client.session->rekey();
        stack.sftp->write(handle, text.size(), text, answers.reply<void>());
        go();
        stack.sftp->read(handle, 0, 700, answers.reply<sftp::RemoteData>());
        stack.pair.server.session->rekey();
        stack.sftp->stat(handle, answers.reply<sftp::Attrs>());
        go();
        // Files that are open when it ends.
        stack.sftp->open("other", flags, {}, answers.reply<sftp::RemoteHandle>());
        stack.sftp->close_handle(handle, answers.reply<void>());
        go();
        return answers.good == answers.asked;
    }
    /// As a program's loop does when its socket has ended.
    void hang_up() {
        victim().session->rx_eof(stack.pair.now);
        if (!cut_.reset) {
            const Bytes rest = SessionPair::take(victim());
            stack.pair.deliver(peer(), rest);
        }
        peer().session->rx_eof(stack.pair.now);
    }
    void check_ended() {
        CHECK(stack.ready.here());
        CHECK(answers.answered == answers.asked);
        // Ready or not, the client has nothing open any more.
        CHECK(stack.sftp->ended());
        CHECK(stack.sftp->pending() == 0);
        for (auto* end : {&stack.pair.client, &stack.pair.server}) {
            EndWatcher& watcher = end == &stack.pair.client ? *stack.client_end : *stack.server_end;
            CHECK(end->session->finished());
            REQUIRE(watcher.close);
            CHECK(watcher.close->error.code == Errc::closed);
            CHECK(watcher.close->by_peer);
            CHECK(std::string_view(watcher.close->error.what) != "");
            // Once.
            watcher.close.reset();
            end->session->rx_eof(stack.pair.now);
            static_cast<void>(end->session->on_deadline(stack.pair.now));
            static_cast<void>(end->session->rx_commit(0, stack.pair.now));
            end->session->close(Disconnect::by_application, "again");
            end->session.reset();
            CHECK_FALSE(watcher.close);
        }
        if (!cut_.deferred) CHECK(count("open ") == count("close "));
        // Answers that come too late are for nobody, but must bring back what they took.
        files->gate().release_all();
        for (const End* end : {&stack.pair.client, &stack.pair.server}) {
            CHECK(end->frames.in_use() == 0);
            CHECK(end->slabs.in_use() == 0);
        }
    }

    Bytes heard;                    ///< by the victim
    std::vector<std::size_t> ends;  ///< of what came at a time

  private:
    End& end(Role role) { return role == Role::client ? stack.pair.client : stack.pair.server; }
    void go() {
        stack.pair.client.woken = true;
        stack.pair.run();
    }
    std::size_t count(std::string_view what) {
        const auto& log = files->gate().log;
        return static_cast<std::size_t>(std::count_if(
            log.begin(), log.end(), [&](const std::string& s) { return s.starts_with(what); }));
    }

    const Cut cut_;
    std::size_t reached_ = 0;
    std::shared_ptr<DeferringFilesystem> files = std::make_shared<DeferringFilesystem>();

  public:
    Answers answers;
    SftpStack stack;
};

/// A session that is cut, and what has to be true of it.
void run_cut(const Cut& cut) {
    INFO((cut.victim == Role::client ? "client" : "server")
         << " hears " << cut.at << " bytes" << (cut.reset ? ", reset" : "")
         << (cut.deferred ? ", file system late" : ""));
    WholeSession session(cut);
    CHECK_FALSE(session.work());
    session.hang_up();
    session.check_ended();
}

/// The ends of the packets in what was sent without encryption.
std::vector<std::size_t> packet_ends(const Bytes& bytes) {
    std::vector<std::size_t> all;
    std::size_t at = 0;
    while (at < bytes.size() && bytes[at] != '\n') ++at;
    all.push_back(++at);
    while (at + 4 <= bytes.size()) {
        at += 4 + load_be32(bytes.data() + at);
        all.push_back(at);
    }
    CHECK(at == bytes.size());
    return all;
}

}  // namespace

TEST_CASE("a peer that goes away at any byte is noticed once, and nothing stays",
          "[session][failure]") {
    Cut cut;
    cut.victim = GENERATE(Role::client, Role::server);
    std::size_t all = 0;
    std::vector<std::size_t> packets;
    {
        WholeSession session(cut);
        REQUIRE(session.work());
        CHECK(session.stack.pair.client.session->info().key_exchanges == 3);
        all = session.heard.size();
        packets = packet_ends(session.heard);
    }
    REQUIRE(packets.size() > 20);
    const auto nothing_stays = [&] {
        const auto before = allocated_now();
        run_cut(cut);
        const auto after = allocated_now();
        INFO("after " << cut.at << " bytes");
        CHECK(after == before);
    };
    // So that what is made once for the whole program is there.
    for (const std::size_t at : {packets[0], packets[5], all - 1}) {
        cut.at = at;
        run_cut(cut);
    }
    for (cut.at = 0; cut.at < all; ++cut.at) {
        cut.reset = cut.at % 2 != 0;
        nothing_stays();
    }
    packets.pop_back();
    for (const std::size_t at : packets) {
        cut.at = at;
        for (int way = 0; way < 4; ++way) {
            cut.reset = (way & 1) != 0;
            cut.deferred = (way & 2) != 0;
            nothing_stays();
        }
    }
}

TEST_CASE("a peer that goes away between encrypted packets, or in them, is noticed once",
          "[session][failure]") {
    Cut cut;
    cut.null_crypto = false;
    cut.victim = GENERATE(Role::client, Role::server);
    std::vector<std::size_t> ends;
    {
        WholeSession session(cut);
        REQUIRE(session.work());
        ends = session.ends;
    }
    const std::size_t all = ends.back();
    for (const std::size_t end : ends) {
        for (const std::size_t at : {end - std::min(end, std::size_t{1}), end, end + 1}) {
            if (at >= all) continue;
            cut.at = at;
            cut.reset = !cut.reset;
            run_cut(cut);
        }
    }
}
