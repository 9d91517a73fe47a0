// Certificates of ssh-keygen and such as are made here, under every rule of the policy.
#include "support/det_rng.hpp"
#include "unit/keys/certificate_fixture.hpp"

#include <nacre/keys/certificate_policy.hpp>

#include <catch2/catch_all.hpp>

namespace nacre {
namespace {

using test::certificate_key;
using test::public_half;
using test::signer_of;

constexpr std::uint64_t kNow = 1'700'000'000;

CertificateUse use_of(std::string_view name, std::string_view address, std::uint64_t now) {
    const auto time = std::chrono::system_clock::from_time_t(static_cast<std::time_t>(now));
    return {name, {address, {}, time}};
}

CertificatePolicy policy_of(const std::string& authority = "certificates/ca-ed25519") {
    CertificatePolicy policy;
    policy.authorities.push_back({public_half(authority).blob, {}, {}});
    return policy;
}

const CertificateUse kUse = use_of("alice", "192.0.2.7", kNow);

std::string text(const Result<LoginRestrictions>& decided) {
    return decided ? "accepted" : decided.error().what;
}

std::string decide(const CertificatePolicy& policy, const PublicKey& key,
                   const CertificateUse& use = kUse) {
    return text(decide_user_certificate(policy, key, use, botan_provider()));
}

std::string decide(const std::string& name, const CertificateUse& use = kUse) {
    return decide(policy_of(), *certificate_key(name), use);
}

/// A certificate of the authority for a key of ours, changed by `change`.
template <class Change>
std::shared_ptr<const PublicKey> made(Change change, const char* key = "openssh-ed25519",
                                      const char* ca = "certificates/ca-ed25519") {
    Certificate fields;
    fields.key = public_half(key).blob;
    fields.principals = {"alice"};
    change(fields);
    test::DetRng rng(1);
    std::shared_ptr<const PublicKey> made;
    sign_certificate(std::move(fields), *signer_of(ca), {}, rng,
                     Reply<Bytes>::from([&](Result<Bytes>&& blob) {
                         REQUIRE(blob.has_value());
                         made = *botan_provider().public_key(*blob);
                     }));
    REQUIRE(made != nullptr);
    return made;
}

TEST_CASE("certificates of users are accepted, of every type", "[keys][certificate]") {
    for (const char* name : {"user-ed25519", "user-ecdsa256", "user-ecdsa384", "user-ecdsa521",
                             "user-rsa", "limited", "no-serial", "unknown-extension"})
        CHECK(decide(name) == "accepted");
    CHECK(decide("user-ed25519", use_of("bob", "::1", kNow)) == "accepted");
    CHECK(decide(policy_of("certificates/ca-rsa"), *certificate_key("by-rsa")) == "accepted");
    CHECK(decide(policy_of("certificates/ca-ecdsa"), *certificate_key("by-ecdsa")) == "accepted");
}

TEST_CASE("each rule refuses a user's certificate", "[keys][certificate]") {
    CHECK(decide("host") == "certificate of a host, not of a user");
    CHECK(decide("limited", use_of("alice", "192.0.2.7", 1577934244)) ==
          "certificate not yet valid");
    CHECK(decide("limited", use_of("alice", "192.0.2.7", 1577934245)) == "accepted");
    CHECK(decide("limited", use_of("alice", "192.0.2.7", 1893553444)) == "accepted");
    CHECK(decide("limited", use_of("alice", "192.0.2.7", 1893553445)) == "certificate expired");
    CHECK(decide("nobody") == "certificate without principals");
    CHECK(decide("user-ed25519", use_of("carol", "::1", kNow)) ==
          "certificate does not name the user");
    CHECK(decide("user-ed25519", use_of("Alice", "::1", kNow)) ==
          "certificate does not name the user");
    CHECK(decide("by-rsa") == "certificate of an authority that is not trusted");
    CHECK(decide("unknown-critical") == "certificate with an unknown critical option");
    CHECK(decide("limited", use_of("alice", "192.0.3.7", kNow)) ==
          "certificate not valid from this address");
    CHECK(decide("limited", use_of("alice", "stdio", kNow)) ==
          "certificate not valid from this address");
    CHECK(decide("limited", use_of("alice", "::ffff:192.0.2.9", kNow)) == "accepted");
    CHECK(decide("limited", use_of("alice", "2001:db8::5", kNow)) == "accepted");
    CHECK(decide(policy_of("certificates/ca-rsa"), *certificate_key("by-rsa-sha1")) ==
          "certificate signed with an algorithm that is not accepted");
    const auto plain = botan_provider().public_key(public_half("openssh-rsa").blob);
    CHECK(decide(policy_of(), **plain) == "not a certificate");
    // A name is no pattern in a certificate of a user.
    CHECK(decide(policy_of(), *made([](Certificate& c) { c.principals = {"*"}; })) ==
          "certificate does not name the user");

    auto policy = policy_of("certificates/ca-rsa");
    policy.ca_signature_algorithms = {"ssh-rsa"};
    CHECK(decide(policy, *certificate_key("by-rsa-sha1")) == "accepted");
    CHECK(decide(policy, *certificate_key("by-rsa")) ==
          "certificate signed with an algorithm that is not accepted");
    policy.min_rsa_bits = 3072;
    CHECK(decide(policy, *certificate_key("by-rsa-sha1")) == "RSA key too short");
    policy = policy_of();
    policy.min_rsa_bits = 3072;
    CHECK(decide(policy, *certificate_key("user-rsa")) == "RSA key too short");
}

TEST_CASE("a forged certificate is refused by its signature", "[keys][certificate]") {
    // Signed by another authority, but naming ours.
    Bytes blob = to_bytes(certificate_key("user-ed25519")->blob());
    blob.back() ^= 1;
    const auto forged = botan_provider().public_key(blob);
    REQUIRE(forged.has_value());
    CHECK(decide(policy_of(), **forged) == "signature of a certificate is wrong");
}

TEST_CASE("damaged options are refused", "[keys][certificate]") {
    const auto critical = [](const char* name, Bytes data) {
        return decide(policy_of(), *made([&](Certificate& c) {
                          c.critical_options = {{name, std::move(data)}};
                      }));
    };
    CHECK(critical("force-command", {}) == "certificate with a damaged option");
    CHECK(critical("force-command", Bytes{0, 0, 0, 1, 'a', 'b'}) ==
          "certificate with a damaged option");
    CHECK(critical("verify-required", Bytes{0}) == "certificate with a damaged option");
    for (const char* list : {"", ",", "192.0.2.0/24,", "192.0.2.1/24", "host", "*", "192.0.2.0/33",
                             "192.0.2.0/", "!192.0.2.0/24", "192.0.2.0/24/1", "::1%eth0"}) {
        CAPTURE(list);
        CHECK(critical("source-address", option_text(list)) ==
              "certificate with a damaged source-address");
    }
    CHECK(critical("source-address", option_text("10.0.0.0/8,192.0.2.7")) == "accepted");
    CHECK(decide(policy_of(), *made([](Certificate& c) {
                     c.extensions = {{"permit-pty", Bytes{1}}};
                 })) == "certificate with a damaged extension");
}

TEST_CASE("a certificate says what its login may do", "[keys][certificate]") {
    auto policy = policy_of();
    policy.authorities[0].options.restrictions.touch_required = false;
    const auto of = [&](const char* name) {
        auto decided = decide_user_certificate(
            policy, *certificate_key(name), use_of("alice", "192.0.2.7", kNow), botan_provider());
        REQUIRE(decided.has_value());
        return *std::move(decided);
    };
    CHECK(of("user-ed25519") == LoginRestrictions{});
    LoginRestrictions limited;
    limited.force_command = "internal-sftp -R";
    limited.agent_forwarding = limited.port_forwarding = limited.x11_forwarding = false;
    limited.user_rc = limited.touch_required = false;
    limited.verify_required = true;
    CHECK(of("limited") == limited);
    // What the authority's line forbids stays forbidden.
    policy.authorities[0].options.restrictions.pty = false;
    policy.authorities[0].options.restrictions.touch_required = true;
    CHECK_FALSE(of("limited").pty);
    CHECK(of("limited").touch_required);
    policy.authorities[0].options.restrictions.force_command = "other";
    CHECK(decide(policy, *certificate_key("limited")) == "two different forced commands");
}

TEST_CASE("authorized principals stand in for the user's name", "[keys][certificate]") {
    auto policy = policy_of();
    KeyOptions no_pty, elsewhere;
    no_pty.restrictions.pty = false;
    elsewhere.from = {"198.51.100.*"};
    policy.authorities[0].principals.emplace();
    CHECK(decide(policy, *certificate_key("user-ed25519")) ==
          "certificate names no authorized principal");
    policy.authorities[0].principals->push_back({"bob", no_pty});
    policy.authorities[0].principals->push_back({"alice", {}});
    const auto decided =
        decide_user_certificate(policy, *certificate_key("user-ed25519"),
                                use_of("somebody", "192.0.2.7", kNow), botan_provider());
    REQUIRE(decided.has_value());
    CHECK_FALSE(decided->pty);
    CHECK(decide(policy, *certificate_key("nobody")) == "certificate without principals");
    policy.authorities[0].principals->front().options = elsewhere;
    CHECK(decide(policy, *certificate_key("user-ed25519")) == elsewhere.refusal(kUse.origin));
    CHECK(decide(policy, *certificate_key("user-ed25519"), use_of("alice", "198.51.100.3", kNow)) ==
          "accepted");
    policy.authorities[0].options = elsewhere;
    policy.authorities[0].principals.reset();
    CHECK(decide(policy, *certificate_key("user-ed25519")) == elsewhere.refusal(kUse.origin));
}

TEST_CASE("a cert-authority line names its principals", "[keys][certificate]") {
    const auto keys = parse_authorized_keys("cert-authority,no-pty,principals=\"carol,bob\" " +
                                            test::key_file("certificates/ca-ed25519.pub") +
                                            "cert-authority,no-touch-required " +
                                            test::key_file("certificates/ca-rsa.pub"));
    REQUIRE(keys.has_value());
    REQUIRE(keys->keys.size() == 2);
    CertificatePolicy policy;
    for (const AuthorizedKey& line : keys->keys) policy.authorities.push_back(user_authority(line));
    const auto decided = decide_user_certificate(policy, *certificate_key("user-ed25519"),
                                                 use_of("dora", "::1", kNow), botan_provider());
    REQUIRE(decided.has_value());
    CHECK_FALSE(decided->pty);
    CHECK(decide(policy, *certificate_key("limited")) ==
          "certificate names no authorized principal");
    CHECK(decide(policy, *certificate_key("by-rsa")) == "accepted");
    CHECK(decide(policy, *certificate_key("by-rsa"), use_of("bob", "::1", kNow)) ==
          "certificate does not name the user");
}

TEST_CASE("a host's certificate must name it", "[keys][certificate]") {
    const auto check = [](const PublicKey& key, std::string_view host) -> std::string {
        const auto valid =
            check_host_certificate(key, use_of(host, {}, kNow), {}, botan_provider());
        return valid ? "accepted" : valid.error().what;
    };
    const auto host = certificate_key("host");
    CHECK(check(*host, "host.example") == "accepted");
    CHECK(check(*host, "a.wild.example") == "accepted");
    CHECK(check(*host, "wild.example") == "certificate does not name the host");
    CHECK(check(*host, "other.example") == "certificate does not name the host");
    CHECK(check(*certificate_key("host-nobody"), "host.example") ==
          "certificate without principals");
    CHECK(check(*certificate_key("user-ed25519"), "alice") ==
          "certificate of a user, not of a host");
    const auto with = [&](auto change) {
        return check(*made([&](Certificate& c) {
            c.kind = CertificateKind::host;
            change(c);
        }),
                     "alice");
    };
    CHECK(with([](Certificate&) {}) == "accepted");
    CHECK(with([](Certificate& c) { c.valid_before = kNow; }) == "certificate expired");
    CHECK(with([](Certificate& c) { c.valid_after = kNow + 1; }) == "certificate not yet valid");
    CHECK(with([](Certificate& c) {
              c.critical_options = {{"force-command", option_text("x")}};
          }) == "certificate of a host with a critical option");
}

}  // namespace
}  // namespace nacre
