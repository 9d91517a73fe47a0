// What has gone wrong elsewhere, part 1: transport and key exchange. Each test bears the name of
// its row in CATALOGUE.md.
#include "support/clear_peer.hpp"
#include "support/duel.hpp"
#include "support/sftp_stack.hpp"

#include <nacre/crypto/hash.hpp>
#include <nacre/crypto/kex.hpp>

#include <botan/bigint.h>
#include <botan/ec_group.h>
#include <botan/numthry.h>
#include <zlib.h>

#include <set>

using namespace nacre;
using namespace nacre::test;

namespace {

constexpr std::uint32_t kProtocolError = 2;
constexpr std::uint32_t kKexFailed = 3;
constexpr std::size_t kKiB = 1024;

/// Packets of one zlib stream, of any size.
class Deflater {
  public:
    Deflater() { REQUIRE(::deflateInit(&stream_, 9) == Z_OK); }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    ~Deflater() { ::deflateEnd(&stream_); }
    Bytes deflated(Bytes payload) {
        Bytes out(payload.size() / 500 + 1000);
        stream_.next_in = payload.data();
        stream_.avail_in = static_cast<uInt>(payload.size());
        stream_.next_out = out.data();
        stream_.avail_out = static_cast<uInt>(out.size());
        REQUIRE(::deflate(&stream_, Z_PARTIAL_FLUSH) == Z_OK);
        REQUIRE(stream_.avail_in == 0);
        out.resize(out.size() - stream_.avail_out);
        return out;
    }

  private:
    z_stream stream_{};
};

}  // namespace

TEST_CASE("CVE-2016-8858: a second KEXINIT ends the session and is not kept", "[catalogue]") {
    ClearPeer peer;
    peer.start();
    Bytes large = ClearPeer::kexinit();
    // 20 KB of names, which nobody knows.
    std::string names;
    for (int i = 0; i < 500; ++i) names += "name-" + std::to_string(i) + std::string(30, 'x') + ",";
    Bytes first{msg::kexinit};
    first.resize(17);
    Writer w(first);
    w.string(names + std::string(kNullName));
    append(first, ByteView(large).subspan(17 + 4 + load_be32(large.data() + 17)));
    peer.add(first);
    peer.flow();
    REQUIRE_FALSE(peer.end.session->finished());
    const HeapGrowth growth;
    for (int i = 0; i < 100; ++i) {
        peer.add(first);
        peer.flow();
    }
    CHECK(peer.reason() == kProtocolError);
    CHECK(growth.bytes() < 256 * kKiB);
}

TEST_CASE("CVE-2025-26466: PINGs before the login are not answered", "[catalogue]") {
    ClearPeer peer;
    peer.exchange_keys();
    const auto before = peer.got.size();
    const HeapGrowth growth;
    const Bytes data(1000, 1);
    CHECK(peer.flood(encode(msg::Ping{data}), 20'000) == 20'000);
    CHECK(growth.bytes() < 512 * kKiB);
    peer.flow();
    CHECK(peer.got.size() == before);
    CHECK_FALSE(peer.end.session->finished());
}

TEST_CASE("CVE-2025-26466: answers that nobody reads stop the reading", "[catalogue]") {
    ClearPeer peer;
    peer.log_in();
    Bytes payload;
    std::size_t size = 0;
    SECTION("PING") {
        const Bytes data(1000, 1);
        payload = encode(msg::Ping{data});
        size = 1000;
    }
    SECTION("a tiny PING") {
        payload = encode(msg::Ping{});
        size = 1;
    }
    SECTION("GLOBAL_REQUEST") {
        payload = encode(msg::GlobalRequest{"x", true, {}});
        size = 1;
    }
    SECTION("CHANNEL_OPEN") {
        payload = encode(msg::ChannelOpen{"nothing", 1, 1000, 1000, {}});
        size = 20;
    }
    const auto before = peer.got.size();
    const HeapGrowth growth;
    const std::size_t said = peer.flood(payload, 2'000'000);
    CHECK(said < 400'000);
    CHECK(said * size < 1024 * kKiB);
    // A small answer stands in a slot of its own.
    INFO(said << " were taken");
    CHECK(growth.bytes() < 64 * 1024 * kKiB);
    // Whoever reads at last is served as before.
    peer.flow();
    CHECK(peer.got.size() - before == said);
    CHECK(peer.end.session->rx_wanted());
    CHECK_FALSE(peer.end.session->finished());
}

TEST_CASE("CVE-2025-22869: while a key exchange is not finished nothing piles up", "[catalogue]") {
    ClearPeer peer;
    peer.handler = std::make_unique<SftpDoor>(sftp::make_memory_filesystem());
    peer.log_in();
    peer.say(msg::ChannelOpen{"session", 0, 0xffff'ffff, 32'768, {}});
    Bytes name;
    Writer(name).string(std::string_view("sftp"));
    peer.say(msg::ChannelRequest{0, "subsystem", true, {name}});
    REQUIRE(peer.count(msg::channel_success) == 1);
    Bytes init;
    Writer(init).u32(5).u8(1).u32(3);
    peer.say(msg::ChannelData{0, init});
    REQUIRE(peer.count(msg::channel_data) == 1);

    peer.end.session->rekey();
    peer.flow();
    const auto before = peer.got.size();
    const HeapGrowth growth;
    std::size_t most = 0;
    SECTION("requests of SFTP") {
        Bytes requests;
        for (std::uint32_t i = 0; i < 1000; ++i)
            Writer(requests).u32(4 + 5 + 1).u8(17).u32(i).string(std::string_view("/"));
        // Who keeps to the window ends there, who does not is sent away.
        for (int i = 0; i < 2000 && !peer.end.session->finished(); ++i) {
            most = std::max(most, growth.bytes());
            peer.say(msg::ChannelData{0, requests});
        }
    }
    SECTION("PING") {
        const Bytes data(1000, 1);
        CHECK(peer.flood(encode(msg::Ping{data}), 100'000) < 2'000);
    }
    SECTION("GLOBAL_REQUEST") {
        CHECK(peer.flood(encode(msg::GlobalRequest{"x", true, {}}), 2'000'000) < 400'000);
    }
    most = std::max(most, growth.bytes());
    UNSCOPED_INFO("most " << most);
    CHECK(most < 16 * 1024 * kKiB);
    peer.flow();
    // No answer may leave, but for a DISCONNECT.
    CHECK(peer.got.size() - before <= 1);
}

TEST_CASE("CVE-2025-8277, CVE-2023-1667: 1,000 new keys with a wrong guess leave nothing behind",
          "[catalogue]") {
    ClearPeer peer;
    peer.log_in();
    for (int i = 0; i < 10; ++i) peer.rekey(true);
    peer.got.clear();
    peer.got.shrink_to_fit();
    const HeapGrowth growth;
    for (int i = 0; i < 1000; ++i) {
        peer.rekey(true);
        REQUIRE(peer.count(msg::newkeys) == 1);
        peer.got.clear();
    }
    peer.got.shrink_to_fit();
    CHECK_FALSE(peer.end.session->finished());
    CHECK(growth.bytes() < 64 * kKiB);
    // Twice wrong in one exchange is no guess any more.
    peer.add(ClearPeer::kexinit(true));
    for (int i = 0; i < 2; ++i) peer.add(Bytes{31});
    peer.flow();
    CHECK(peer.reason() == kProtocolError);
}

TEST_CASE("DHEat: key exchanges before the login are limited", "[catalogue]") {
    ClearPeer peer;
    peer.exchange_keys();
    int done = 0;
    for (; done < 1000 && !peer.end.session->finished(); ++done) peer.rekey();
    CHECK(done <= 10);
    CHECK(peer.reason() == kProtocolError);
}

TEST_CASE("CVE-2021-3634: new keys may come with a hash of another length", "[catalogue]") {
    Duel duel(Role::server);
    duel.peer.config.algorithms.kex = {"curve25519-sha256"};
    duel.log_in();
    std::uint64_t exchanges = 1;
    for (const char* kex :
         {"sntrup761x25519-sha512", "ecdh-sha2-nistp384", "curve25519-sha256", "ecdh-sha2-nistp521",
          "mlkem768x25519-sha256", "ecdh-sha2-nistp521", "curve25519-sha256"}) {
        INFO(kex);
        duel.peer.config.algorithms.kex = {kex};
        REQUIRE(duel.peer.offer());
        duel.peer.start_kex();
        duel.run();
        REQUIRE_FALSE(duel.peer.failed);
        CHECK(duel.peer.info().key_exchanges == ++exchanges);
        CHECK(duel.peer.info().kex == kex);
        duel.say(msg::ChannelData{0, Bytes(100, 'x')});
        CHECK(duel.peer.count(msg::channel_data) == exchanges - 1);
    }
    CHECK_FALSE(duel.end.session->finished());
}

TEST_CASE("CVE-2023-25136: no identification of a client changes more than a name", "[catalogue]") {
    const char* version =
        GENERATE("SSH-2.0-PuTTY_Release_0.83", "SSH-2.0-PuTTY-Local:_Mar_12_2001",
                 "SSH-2.0-FuTTY_Release_0.79", "SSH-2.0-WinSCP_release_6.3", "SSH-2.0-OpenSSH_3.4",
                 "SSH-2.0-OpenSSH_6.6.1p1", "SSH-2.0-2.0.13 SSH Secure Shell", "SSH-2.0-OpenSSH_",
                 "SSH-2.0-%n%s%x", "SSH-1.99-x");
    ClearPeer peer;
    peer.version = version;
    if (std::string_view(version) == "SSH-1.99-x") {
        // Only of a server does it mean that version 2 is spoken too (RFC 4253 s5.1).
        peer.start();
        peer.add(ClearPeer::kexinit());
        peer.flow();
        CHECK((peer.end.session->finished() || peer.count(msg::kexinit) == 1));
        return;
    }
    peer.log_in();
    CHECK(peer.end.session->info().peer_version == version);
    CHECK_FALSE(peer.end.session->finished());
}

TEST_CASE("zlib bombs: what does not fit a packet ends the session", "[catalogue]") {
    Duel duel(Role::server);
    duel.compression = {"zlib@openssh.com"};
    duel.start();
    duel.run();
    duel.peer.send(msg::ServiceRequest{"ssh-userauth"});
    duel.peer.send(Duel::password_login());
    duel.run();
    REQUIRE(duel.peer.count(msg::userauth_success) == 1);
    // The peer's own packets stay as they are: what they hold is deflated here.
    Deflater deflater;
    duel.peer.send(deflater.deflated(encode(msg::Ignore{Bytes(200'000, 0)})));
    duel.run();
    REQUIRE_FALSE(duel.end.session->finished());
    const Bytes bomb = deflater.deflated(encode(msg::Ignore{Bytes(50'000'000, 0)}));
    CHECK(bomb.size() < 100'000);
    const HeapGrowth growth;
    duel.peer.send(bomb);
    duel.run();
    CHECK(duel.end.session->finished());
    REQUIRE(duel.watcher->close);
    CHECK_FALSE(duel.watcher->close->by_peer);
    CHECK(growth.bytes() < 2 * 1024 * kKiB);
}

TEST_CASE("zlib bombs: a server does not inflate before the login", "[catalogue]") {
    ClearPeer peer;
    peer.start();
    SECTION("zlib is not there unless it is named") {
        peer.add(ClearPeer::kexinit(false, "zlib"));
        peer.flow();
        CHECK(peer.reason() == kKexFailed);
    }
    SECTION("zlib@openssh.com waits for the login") {
        peer.rekey(false, "zlib@openssh.com");
        peer.say(msg::ServiceRequest{"ssh-userauth"});
        CHECK(peer.count(msg::service_accept) == 1);
        CHECK(peer.end.session->info().compression_in == "zlib@openssh.com");
    }
}

TEST_CASE("random reuse: 1,000 KEXINITs have 1,000 cookies and shares", "[catalogue]") {
    std::set<Bytes> cookies, shares;
    ClearPeer peer;
    peer.log_in();
    for (int i = 0; i < 1000; ++i) {
        peer.got.clear();
        peer.rekey();
        for (const Bytes& payload : peer.got)
            if (payload[0] == msg::kexinit)
                cookies.emplace(payload.begin() + 1, payload.begin() + 17);
        KexContext context;
        context.role = Role::client;
        context.rng = &system_rng();
        auto method = botan_provider().kex("curve25519-sha256", context);
        REQUIRE(method);
        auto first = (*method)->start();
        REQUIRE(first);
        REQUIRE(first->send);
        shares.insert(first->send->body);
    }
    CHECK(cookies.size() == 1000);
    CHECK(shares.size() == 1000);
}

TEST_CASE("CVE-2024-31497: the nonces of P-521 signatures use all of their bits", "[catalogue]") {
    DetRng rng(521);
    const auto made = botan_provider().generate("ecdsa-sha2-nistp521", 0, rng);
    REQUIRE(made);
    const auto signer = botan_provider().signer(*made);
    REQUIRE(signer);
    // The private number is the last field: mpint d.
    Reader fields(made->fields);
    fields.text();
    fields.string();
    const auto private_number = to_bytes(fields.mpint());
    REQUIRE(fields.done());
    const Botan::BigInt d(private_number.data(), private_number.size());
    const Botan::BigInt order = Botan::EC_Group::from_name("secp521r1").get_order();
    const auto sha512 = botan_provider().hash("SHA-512");
    REQUIRE(sha512);

    std::array<int, 521> ones{};
    std::set<Botan::BigInt> nonces;
    constexpr int kSignatures = 1000;
    for (std::uint32_t i = 0; i < kSignatures; ++i) {
        Bytes data(4);
        store_be32(data.data(), i);
        Bytes blob;
        (*signer)->sign(data, "ecdsa-sha2-nistp521",
                        Reply<Signature>::from([&](Result<Signature>&& signature) {
                            if (signature) blob = std::move(signature->blob);
                        }));
        Reader outer(blob);
        outer.text();
        Reader inner(outer.string());
        const auto r_bytes = to_bytes(inner.mpint()), s_bytes = to_bytes(inner.mpint());
        REQUIRE(inner.done());
        const Botan::BigInt r(r_bytes.data(), r_bytes.size()), s(s_bytes.data(), s_bytes.size());
        (*sha512)->update(data);
        Bytes digest((*sha512)->size());
        (*sha512)->finish(digest);
        const Botan::BigInt h(digest.data(), digest.size());
        // s = (h + r d) / k
        const Botan::BigInt k = Botan::inverse_mod(s, order) * ((h + r * d) % order) % order;
        nonces.insert(k);
        for (std::size_t bit = 0; bit < ones.size(); ++bit) ones[bit] += k.get_bit(bit) ? 1 : 0;
    }
    CHECK(nonces.size() == kSignatures);
    // Six standard deviations. The generator that was at fault left nine bits at zero.
    for (std::size_t bit = 0; bit < ones.size(); ++bit) {
        INFO("bit " << bit);
        CHECK(std::abs(ones[bit] - kSignatures / 2) < 95);
    }
}
