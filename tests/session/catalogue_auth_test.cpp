// What has gone wrong elsewhere, part 2: the login, with real keys. Each test bears the name of its
// row in CATALOGUE.md.
#include "auth/publickey_signed_data.hpp"
#include "support/auth_requests.hpp"
#include "support/clear_peer.hpp"

#include <nacre/crypto/botan.hpp>

#include <string>

using namespace nacre;
using namespace nacre::test;

namespace {

/// A server with real cryptography that takes every key of which a signature was verified.
struct RealKeys : AuthServerRig {
    RealKeys() {
        port.crypto = &botan_provider();
        handler->check_offer = [](const PublicKey&) { return true; };
        handler->check_key = [](const PublicKey&) { return AuthDecision::success(); };
    }
    bool asked_about_a_key() const {
        for (const auto& call : handler->calls)
            if (call.starts_with("key_")) return true;
        return false;
    }
    /// A query and a request with a signature of rubbish: both fail, and nobody hears of the key.
    void refuses(std::string_view algorithm, const Bytes& blob) {
        for (const bool has_signature : {false, true}) {
            Bytes body = auth_request("publickey");
            Writer w(body);
            w.boolean(has_signature).string(algorithm).string(blob);
            if (has_signature) w.string(fake_signature(algorithm, blob, {}));
            port.sent.clear();
            REQUIRE(request(body));
            REQUIRE(port.sent.size() == 1);
            CHECK(port.sent[0].number == msg::userauth_failure);
        }
        CHECK_FALSE(asked_about_a_key());
        CHECK(port.users.empty());
    }
};

Bytes number(std::size_t bits, std::uint8_t last) {
    Bytes n(bits / 8, 0xff);
    n.back() = last;
    return n;
}

Bytes rsa_blob(const Bytes& n, const Bytes& e) {
    Bytes blob;
    Writer(blob).string("ssh-rsa").mpint(e).mpint(n);
    return blob;
}

const std::shared_ptr<Signer>& alice() {
    static const auto signer = user_key("ssh-ed25519");
    return signer;
}

Bytes sign(const Bytes& data) {
    Bytes blob;
    alice()->sign(data, "ssh-ed25519", Reply<Signature>::from([&](Result<Signature>&& made) {
                      if (made) blob = std::move(made->blob);
                  }));
    REQUIRE_FALSE(blob.empty());
    return blob;
}

}  // namespace

TEST_CASE("CVE-2024-5806: a key that is a path or an address is no key", "[catalogue]") {
    const std::string text =
        GENERATE("/etc/passwd", "\\\\127.0.0.1\\x", "file:///etc/passwd", "http://127.0.0.1/key",
                 "~", "-----BEGIN OPENSSH PRIVATE KEY-----", "");
    RealKeys rig;
    rig.refuses("ssh-ed25519", to_bytes(as_bytes(text)));
    RealKeys inside;
    Bytes blob;
    Writer(blob).string("ssh-ed25519").string(text);
    inside.refuses("ssh-ed25519", blob);
}

TEST_CASE("CVE-2020-9283: Ed25519 keys of 0 to 31 bytes and of more than 32", "[catalogue]") {
    for (std::size_t size = 0; size <= 40; ++size) {
        if (size == 32) continue;
        RealKeys rig;
        Bytes blob;
        Writer(blob).string("ssh-ed25519").string(ByteView(Bytes(size, 1)));
        rig.refuses("ssh-ed25519", blob);
    }
}

TEST_CASE("CVE-2026-39829: RSA keys that cost too much never reach the arithmetic", "[catalogue]") {
    // The program is not asked, so no signature is verified: refused by length and parity.
    const Bytes n = number(2048, 0xff), f4{1, 0, 1};
    for (const Bytes& blob :
         {rsa_blob(number(65'536, 0xff), f4), rsa_blob(number(16'392, 0xff), f4),
          rsa_blob(number(2048, 0xfe), f4), rsa_blob(n, {}), rsa_blob(n, {1}), rsa_blob(n, {2}),
          rsa_blob(n, {1, 0, 0, 0, 1}), rsa_blob(n, number(2048, 0xff)), rsa_blob({}, f4)}) {
        for (const char* algorithm : {"rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"}) {
            RealKeys rig;
            rig.refuses(algorithm, blob);
        }
    }
}

TEST_CASE("CVE-2021-43565: an ECDSA key under the name of another curve", "[catalogue]") {
    DetRng rng(4);
    const auto made = botan_provider().generate("ecdsa-sha2-nistp256", 0, rng);
    REQUIRE(made);
    Reader reader(made->public_blob);
    reader.text();
    reader.text();
    const Bytes point = to_bytes(reader.string());
    for (const auto& [type, curve] : {std::pair("ecdsa-sha2-nistp384", "nistp256"),
                                      std::pair("ecdsa-sha2-nistp256", "nistp384"),
                                      std::pair("ecdsa-sha2-nistp384", "nistp384")}) {
        RealKeys rig;
        Bytes blob;
        Writer(blob).string(type).string(curve).string(ByteView(point));
        rig.refuses(type, blob);
    }
    // The right blob under the algorithm of another type.
    RealKeys rig;
    rig.refuses("ssh-ed25519", made->public_blob);
}

TEST_CASE("CVE-2021-43565: ECDSA signatures with r or s that are 0 or negative", "[catalogue]") {
    DetRng rng(5);
    const auto made = botan_provider().generate("ecdsa-sha2-nistp256", 0, rng);
    REQUIRE(made);
    const auto key = botan_provider().public_key(made->public_blob);
    REQUIRE(key);
    const std::string_view algorithm = "ecdsa-sha2-nistp256";
    const Bytes zero, one{1}, negative{0xff}, long_negative(32, 0x80), minimal{0, 1};
    for (const Bytes& r : {zero, one, negative, long_negative, minimal}) {
        for (const Bytes& s : {zero, one, negative, long_negative, minimal}) {
            Bytes numbers, blob;
            // As strings: mpint() would make them positive and minimal.
            Writer(numbers).string(ByteView(r)).string(ByteView(s));
            Writer(blob).string(algorithm).string(ByteView(numbers));
            CHECK_FALSE((*key)->verify(algorithm, as_bytes(std::string_view("data")), blob));
        }
    }
}

TEST_CASE("CVE-2024-45337: a signature is good for one session, user, service, key and host key",
          "[catalogue]") {
    const bool hostbound = GENERATE(false, true);
    const std::string wrong =
        GENERATE("", "session", "user", "service", "algorithm", "key", "host key", "form");
    if (wrong == "host key" && !hostbound) return;
    RealKeys rig;
    const Bytes session = to_bytes(as_bytes("another session's identifier"));
    const Bytes other_host = to_bytes(as_bytes("the host key of another"));
    const auto stranger = host_key("ssh-ed25519");
    detail::PublickeySignedData data;
    data.session_id =
        wrong == "session" ? ByteView(session) : ByteView(rig.port.session.session_id);
    data.user = wrong == "user" ? "bob" : "alice";
    data.service = wrong == "service" ? "ssh-userauth" : "ssh-connection";
    data.algorithm = wrong == "algorithm" ? "rsa-sha2-512" : "ssh-ed25519";
    data.key_blob = wrong == "key" ? stranger->public_blob() : alice()->public_blob();
    const bool bound_form = hostbound != (wrong == "form");
    if (bound_form) data.host_key = wrong == "host key" ? other_host : rig.port.session.host_key;
    const Bytes signature = sign(detail::publickey_signed_data(data));

    Bytes body = auth_request(hostbound ? kHostbound : "publickey");
    Writer w(body);
    w.boolean(true).string("ssh-ed25519").string(alice()->public_blob());
    if (hostbound) w.string(rig.port.session.host_key);
    w.string(signature);
    REQUIRE(rig.request(body));
    INFO(wrong);
    CHECK(rig.port.users.size() == (wrong.empty() ? 1 : 0));
    CHECK(rig.port.sent.at(0).number ==
          (wrong.empty() ? msg::userauth_success : msg::userauth_failure));
    if (!wrong.empty()) CHECK_FALSE(rig.asked_about_a_key());
}

TEST_CASE("CVE-2024-45337: the signature is of another key than the one offered", "[catalogue]") {
    RealKeys rig;
    const auto offered = host_key("ssh-ed25519");
    Bytes query = auth_request("publickey");
    Writer(query).boolean(false).string("ssh-ed25519").string(offered->public_blob());
    REQUIRE(rig.request(query));
    REQUIRE(rig.port.sent.at(0).number == msg::UserauthPkOk::kNumber);
    detail::PublickeySignedData data;
    data.session_id = rig.port.session.session_id;
    data.user = "alice";
    data.service = "ssh-connection";
    data.algorithm = "ssh-ed25519";
    data.key_blob = offered->public_blob();
    // Signed by alice's key, said to be by the one that was offered.
    Bytes body = auth_request("publickey");
    Writer(body)
        .boolean(true)
        .string("ssh-ed25519")
        .string(offered->public_blob())
        .string(sign(detail::publickey_signed_data(data)));
    REQUIRE(rig.request(body));
    CHECK(rig.port.sent.at(1).number == msg::userauth_failure);
    CHECK(rig.port.users.empty());
}

TEST_CASE("CVE-2012-6066: a channel behind a failed login ends the session", "[catalogue]") {
    ClearPeer peer;
    peer.exchange_keys();
    peer.say(msg::ServiceRequest{"ssh-userauth"});
    Bytes blank;
    Writer(blank).boolean(true).string("").string("");
    SECTION("after nothing") {}
    SECTION("after none") {
        peer.say(msg::UserauthRequest{"alice", "ssh-connection", "none", {}});
    }
    SECTION("after a change of an empty password") {
        peer.say(msg::UserauthRequest{"alice", "ssh-connection", "password", {blank}});
    }
    CHECK(peer.count(msg::userauth_success) == 0);
    peer.say(msg::ChannelOpen{"echo", 0, 1000, 1000, {}});
    CHECK(peer.count(msg::channel_open_confirmation) == 0);
    // A failure that waits for its time holds the rest back; the session ends when it is told.
    if (!peer.end.session->finished()) {
        peer.pass(std::chrono::seconds(1));
        peer.flow();
    }
    CHECK(peer.reason() == 2);
}

TEST_CASE("CVE-2018-10933: a client that says USERAUTH_SUCCESS is sent away", "[catalogue]") {
    ClearPeer peer;
    peer.exchange_keys();
    if (GENERATE(false, true)) peer.say(msg::ServiceRequest{"ssh-userauth"});
    peer.say(msg::UserauthSuccess{});
    CHECK(peer.reason() == 2);
    CHECK_FALSE(peer.end.session->info().authenticated);
}
