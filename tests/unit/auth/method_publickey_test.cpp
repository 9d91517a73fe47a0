#include "support/auth_requests.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Numbers = std::vector<int>;

const Bytes kKeyA = fake_blob("ssh-ed25519", "A");
const Bytes kKeyB = fake_blob("ssh-ed25519", "B");
const Bytes kCostlyKey = fake_blob("ssh-rsa", "A");

/// A server that takes key A of alice.
struct KeyServer : AuthServerRig {
    explicit KeyServer(AuthConfig config = undelayed()) : AuthServerRig(std::move(config)) {
        handler->check_offer = [](const PublicKey& key) { return same_bytes(key.blob(), kKeyA); };
        handler->check_key = [](const PublicKey& key) {
            const bool known = same_bytes(key.blob(), kKeyA) || same_bytes(key.blob(), kCostlyKey);
            return known ? AuthDecision::success() : AuthDecision::failure();
        };
    }
    ByteView id() const { return port.session.session_id; }
    bool called(std::string_view name) const {
        for (const auto& call : handler->calls)
            if (call == name) return true;
        return false;
    }
    std::string reason() const { return handler->attempts.at(0).reason; }
};

KeyRequest costly_request() {
    KeyRequest request;
    request.algorithm = "rsa-sha2-512";
    request.blob = kCostlyKey;
    return request;
}

TEST_CASE("an acceptable key is echoed and then logs in by its signature", "[auth]") {
    KeyServer rig;
    const KeyRequest request;
    REQUIRE(rig.request(request.query()));
    REQUIRE(rig.port.numbers() == Numbers{60});
    Bytes expected;
    Writer(expected).string("ssh-ed25519").string(kKeyA);
    CHECK(rig.port.sent[0].body == expected);
    CHECK(rig.port.users.empty());
    CHECK(rig.handler->attempts.empty());

    REQUIRE(rig.request(request.signed_request(rig.id())));
    CHECK(rig.port.numbers() == Numbers{60, 52});
    CHECK(rig.port.users == std::vector<std::string>{"alice"});
    REQUIRE(rig.handler->attempts.size() == 1);
    CHECK(rig.handler->attempts[0].key == kKeyA);
    CHECK(rig.handler->attempts[0].algorithm == "ssh-ed25519");
}

TEST_CASE("a signature needs no query before it", "[auth]") {
    KeyServer rig;
    REQUIRE(rig.request(KeyRequest{}.signed_request(rig.id())));
    CHECK(rig.port.numbers() == Numbers{52});
    CHECK_FALSE(rig.called("key_offered"));
}

TEST_CASE("a refused query counts as a failure", "[auth]") {
    KeyServer rig;
    KeyRequest request;
    request.blob = kKeyB;
    REQUIRE(rig.request(request.query()));
    CHECK(rig.port.numbers() == Numbers{51});
    REQUIRE(rig.handler->attempts.size() == 1);
    CHECK(rig.handler->attempts[0].key == kKeyB);
    REQUIRE(rig.request(KeyRequest{}.query()));
    CHECK(rig.handler->failures == 1);
}

TEST_CASE("a key that was offered is no identity", "[auth]") {
    KeyServer rig;
    REQUIRE(rig.request(KeyRequest{}.query()));
    SECTION("for another key's signature") {
        KeyRequest request;
        request.blob = kKeyB;
        REQUIRE(rig.request(request.signed_request(rig.id())));
        CHECK(rig.handler->attempts.at(0).key == kKeyB);
    }
    SECTION("for another signer") {
        REQUIRE(rig.request(KeyRequest{}.signed_request(kKeyB, rig.id(), "alice", "ssh-ed25519")));
        CHECK_FALSE(rig.called("key_verified"));
    }
    SECTION("for a password") {
        REQUIRE(rig.request(password_request("")));
        CHECK(rig.handler->attempts.at(0).key.empty());
    }
    CHECK(rig.port.numbers() == Numbers{60, 51});
    CHECK(rig.port.users.empty());
}

TEST_CASE("a wrong signature never reaches the handler", "[auth]") {
    KeyServer rig;
    const KeyRequest request;
    Bytes body = request.signed_request(rig.id());
    SECTION("another session") {
        const Bytes other = to_bytes(as_bytes("the session's identifieR"));
        body = request.signed_request(other);
    }
    SECTION("another user") {
        body = request.signed_request(kKeyA, rig.id(), "bob", "ssh-ed25519");
    }
    SECTION("another algorithm in the signature") {
        body = request.signed_request(kKeyA, rig.id(), "alice", "rsa-sha2-512");
    }
    SECTION("one bit") {
        body.back() ^= 1;
    }
    SECTION("empty") {
        body = request.query();
        body[auth_request("publickey").size()] = 1;
        Writer(body).string("");
    }
    SECTION("a signature of publickey in publickey-hostbound") {
        KeyRequest bound = request;
        bound.method = kHostbound;
        bound.host_key = rig.port.session.host_key;
        Bytes signature = fake_signature("ssh-ed25519", kKeyA, {});
        const Bytes plain = request.signed_request(rig.id());
        const std::size_t length = plain.size() - (request.query().size() + 4);
        signature.assign(plain.end() - static_cast<std::ptrdiff_t>(length), plain.end());
        body = bound.query();
        body[auth_request(kHostbound).size()] = 1;
        Writer(body).string(signature);
    }
    REQUIRE(rig.request(body));
    CHECK(rig.port.numbers() == Numbers{51});
    CHECK_FALSE(rig.called("key_verified"));
    CHECK(rig.port.users.empty());
}

TEST_CASE("an RSA key is used with the algorithm of the request", "[auth]") {
    KeyServer rig;
    KeyRequest request;
    request.blob = fake_blob("ssh-rsa", "R");
    rig.handler->check_key = [](const PublicKey&) { return AuthDecision::success(); };
    rig.handler->check_offer = [](const PublicKey&) { return true; };
    SECTION("rsa-sha2-256") {
        request.algorithm = "rsa-sha2-256";
        REQUIRE(rig.request(request.query()));
        REQUIRE(rig.request(request.signed_request(rig.id())));
        CHECK(rig.port.numbers() == Numbers{60, 52});
        CHECK(rig.handler->attempts.at(0).algorithm == "rsa-sha2-256");
    }
    SECTION("a SHA-1 signature under the name of a better one") {
        request.algorithm = "rsa-sha2-512";
        REQUIRE(rig.request(request.signed_request(request.blob, rig.id(), "alice", "ssh-rsa")));
        CHECK(rig.port.numbers() == Numbers{51});
        CHECK(rig.reason() == "signature of another algorithm");
    }
    SECTION("ssh-rsa is off by default") {
        request.algorithm = "ssh-rsa";
        REQUIRE(rig.request(request.query()));
        CHECK(rig.port.numbers() == Numbers{51});
        CHECK(rig.reason() == "signature algorithm not accepted");
    }
    SECTION("ssh-rsa by configuration") {
        AuthConfig config = AuthServerRig::undelayed();
        config.pubkey_algorithms = {"ssh-rsa"};
        KeyServer other(config);
        other.handler->check_offer = [](const PublicKey&) { return true; };
        request.algorithm = "ssh-rsa";
        REQUIRE(other.request(request.query()));
        CHECK(other.port.numbers() == Numbers{60});
        REQUIRE(other.request(KeyRequest{}.query()));
        CHECK(other.port.numbers() == Numbers{60, 51});
    }
}

TEST_CASE("keys and algorithms that do not fit fail without ending the session", "[auth]") {
    KeyServer rig;
    KeyRequest request;
    std::string reason;
    SECTION("unknown algorithm") {
        request.algorithm = "ssh-dss";
        reason = "signature algorithm not accepted";
    }
    SECTION("no algorithm") {
        request.algorithm = "";
        reason = "signature algorithm not accepted";
    }
    SECTION("algorithm of another type") {
        request.algorithm = "rsa-sha2-512";
        reason = "signature algorithm does not fit the key";
    }
    SECTION("unknown key type") {
        request.blob = fake_blob("ssh-dss", "D");
        reason = "signature algorithm does not fit the key";
    }
    SECTION("blob with a tail") {
        request.blob.push_back(0);
        reason = "fake key";
    }
    SECTION("a path") {
        request.blob = to_bytes(as_bytes("/etc/passwd"));
        reason = "signature algorithm does not fit the key";
    }
    SECTION("no blob") {
        request.blob.clear();
        reason = "signature algorithm does not fit the key";
    }
    REQUIRE(rig.request(request.query()));
    REQUIRE(rig.request(request.signed_request(rig.id())));
    CHECK(rig.port.numbers() == Numbers{51, 51});
    CHECK(rig.reason() == reason);
    CHECK_FALSE(rig.called("key_offered"));
    CHECK_FALSE(rig.called("key_verified"));
}

TEST_CASE("publickey-hostbound binds to the host key of the session", "[auth]") {
    KeyServer rig;
    KeyRequest request;
    request.method = kHostbound;
    request.host_key = rig.port.session.host_key;
    SECTION("the right one") {
        REQUIRE(rig.request(request.query()));
        REQUIRE(rig.request(request.signed_request(rig.id())));
        CHECK(rig.port.numbers() == Numbers{60, 52});
        CHECK(rig.handler->attempts.at(0).method == kHostbound);
    }
    SECTION("another one, rightly signed") {
        request.host_key = to_bytes(as_bytes("another host"));
        REQUIRE(rig.request(request.signed_request(rig.id())));
        CHECK(rig.port.numbers() == Numbers{51});
        CHECK(rig.reason() == "bound to another host key");
    }
    SECTION("none") {
        request.host_key.clear();
        REQUIRE(rig.request(request.query()));
        CHECK(rig.port.numbers() == Numbers{51});
    }
    SECTION("is off with publickey") {
        rig.handler->allowed = {AuthMethod::password};
        REQUIRE(rig.request(request.signed_request(rig.id())));
        CHECK(rig.port.numbers() == Numbers{51});
        CHECK(rig.last_list() == "password");
    }
}

TEST_CASE("a signature that is quickly verified is verified at once", "[auth]") {
    KeyServer rig;
    LateExecutor executor;
    rig.port.jobs = &executor;
    REQUIRE(rig.request(KeyRequest{}.signed_request(rig.id())));
    CHECK(executor.jobs.empty());
    CHECK(rig.port.numbers() == Numbers{52});
}

TEST_CASE("a signature that is not is verified elsewhere", "[auth]") {
    KeyServer rig;
    LateExecutor executor;
    rig.port.jobs = &executor;
    REQUIRE(rig.request(costly_request().signed_request(rig.id())));
    CHECK(rig.held());
    CHECK(rig.port.sent.empty());
    REQUIRE(executor.jobs.size() == 1);
    SECTION("and is right") {
        executor.run_all();
        CHECK(rig.port.numbers() == Numbers{52});
    }
    SECTION("and the handler is late too") {
        rig.handler->late = true;
        executor.run_all();
        CHECK(rig.held());
        rig.handler->decisions.at(0)(AuthDecision::success());
        CHECK(rig.port.numbers() == Numbers{52});
    }
    SECTION("and the executor goes away") {
        executor.jobs.clear();
        CHECK(rig.port.numbers() == Numbers{51});
        CHECK_FALSE(rig.called("key_verified"));
    }
    CHECK_FALSE(rig.held());
    CHECK(rig.port.holds == 1);
}

TEST_CASE("a signature verified after the end of the layer is nothing", "[auth]") {
    KeyServer rig;
    LateExecutor executor;
    rig.port.jobs = &executor;
    REQUIRE(rig.request(costly_request().signed_request(rig.id())));
    rig.layer.reset();
    executor.run_all();
    CHECK(rig.port.sent.empty());
}

TEST_CASE("an offer is decided later", "[auth]") {
    KeyServer rig;
    rig.handler->late = true;
    REQUIRE(rig.request(KeyRequest{}.query()));
    CHECK(rig.held());
    SECTION("yes") {
        rig.handler->offers.at(0)(true);
        CHECK(rig.port.numbers() == Numbers{60});
        Bytes expected;
        Writer(expected).string("ssh-ed25519").string(kKeyA);
        CHECK(rig.port.sent[0].body == expected);
    }
    SECTION("no") {
        rig.handler->offers.at(0)(false);
        CHECK(rig.port.numbers() == Numbers{51});
    }
    SECTION("never") {
        rig.handler->offers.clear();
        CHECK(rig.port.numbers() == Numbers{51});
    }
    CHECK_FALSE(rig.held());
}

/// Logs in with a security key of this name; what the handler answers is `restrictions`.
struct SecurityKeyLogin : AuthServerRig {
    SecurityKeyLogin(std::string_view name, const LoginRestrictions* restrictions,
                     AuthConfig config = undelayed())
        : AuthServerRig(std::move(config)) {
        handler->check_key = [restrictions](const PublicKey&) {
            return AuthDecision::success(
                restrictions == nullptr ? nullptr
                                        : std::make_shared<const LoginRestrictions>(*restrictions));
        };
        KeyRequest key;
        key.blob = fake_blob("ssh-ed25519", name);
        REQUIRE(request(key.signed_request(port.session.session_id)));
    }
    bool in() const { return !port.users.empty(); }
};

TEST_CASE("a security key must have been touched, unless that is waived", "[auth]") {
    LoginRestrictions waived;
    waived.touch_required = false;
    CHECK(SecurityKeyLogin("sk t", nullptr).in());
    const SecurityKeyLogin untouched("sk", nullptr);
    CHECK_FALSE(untouched.in());
    CHECK(untouched.handler->attempts.back().reason == "the security key was not touched");
    REQUIRE(untouched.handler->authenticator);
    CHECK(untouched.handler->authenticator->counter == 7);
    CHECK(SecurityKeyLogin("sk", &waived).in());

    AuthConfig strict = AuthServerRig::undelayed();
    strict.touch_required = true;
    CHECK_FALSE(SecurityKeyLogin("sk", &waived, strict).in());
}

TEST_CASE("a security key must have verified its user where that is asked for", "[auth]") {
    LoginRestrictions verified;
    verified.verify_required = true;
    CHECK(SecurityKeyLogin("sk tv", &verified).in());
    const SecurityKeyLogin refused("sk t", &verified);
    CHECK_FALSE(refused.in());
    CHECK(refused.handler->attempts.back().reason == "the security key did not verify its user");

    AuthConfig strict = AuthServerRig::undelayed();
    strict.verify_required = true;
    CHECK_FALSE(SecurityKeyLogin("sk t", nullptr, strict).in());
    CHECK(SecurityKeyLogin("A", nullptr, strict).in());
}

TEST_CASE("RSA keys that are too short are refused before they are looked at", "[auth]") {
    const auto reason = [](unsigned bits, std::uint32_t least) {
        AuthConfig config = AuthServerRig::undelayed();
        config.min_rsa_bits = least;
        AuthServerRig rig(config);
        Bytes n((bits + 7) / 8, 0xff);
        n[0] = static_cast<std::uint8_t>(0xff >> (8 * n.size() - bits));
        KeyRequest request = costly_request();
        request.blob.clear();
        Writer(request.blob).string("ssh-rsa").mpint(Bytes{1, 0, 1}).mpint(n);
        REQUIRE(rig.request(request.query()));
        return rig.handler->attempts.at(0).reason;
    };
    CHECK(reason(2047, 2048) == "RSA key too short");
    CHECK(reason(2048, 2048) != "RSA key too short");
    CHECK(reason(1024, 1024) != "RSA key too short");
    CHECK(reason(3071, 3072) == "RSA key too short");
}

}  // namespace
