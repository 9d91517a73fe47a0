// Whether X.509 certificates are believed. The files are of 2026, for ten years; authorities are
// good for a hundred.
#include "unit/keys/x509_fixture.hpp"

#include <nacre/keys/x509_trust.hpp>

using namespace nacre;
using namespace nacre::test;

namespace {

using Time = std::chrono::system_clock::time_point;
constexpr auto kYear = std::chrono::hours(24) * 365;
constexpr const char* kType = "x509v3-ecdsa-sha2-nistp256";

Time in_year(int year) {
    return Time() + (year - 1970) * kYear + std::chrono::hours(24) * 200;
}

std::string pem(const std::string& name) {
    return key_file("x509/" + name + ".pem");
}

std::shared_ptr<const X509Trust> trust(const std::string& anchors,
                                       std::optional<std::string_view> crls = std::nullopt) {
    auto made = make_x509_trust(anchors, crls);
    INFO((made ? "" : made.error().what));
    REQUIRE(made.has_value());
    return *std::move(made);
}

/// The rule that refuses a chain, or "".
std::string refusal(const X509Trust& trust, const std::vector<Bytes>& chain,
                    const X509Use& use = {X509Purpose::client, {}, in_year(2030)},
                    const std::vector<Bytes>& responses = {}, const char* type = kType) {
    const auto identity = trust.check(*x509_key(type, chain, responses), use);
    if (identity) return {};
    CHECK(identity.error().code == Errc::peer_refused);
    return identity.error().what;
}

std::string refusal(const X509Trust& trust, const std::string& leaf) {
    return refusal(trust, x509_chain({leaf, "authority"}));
}

}  // namespace

TEST_CASE("x509 trust: users of every type, and who they are", "[keys][x509]") {
    const auto root = trust("a text\n" + pem("stranger") + pem("root"));
    for (const X509Algorithm& algorithm : x509_algorithms()) {
        INFO(algorithm.name);
        const auto chain = x509_certificates("user-" + key_name(algorithm));
        const auto key = x509_key(algorithm.name, chain);
        const X509Use use{X509Purpose::client, {}, in_year(2030)};
        // A bare certificate comes without its authority, which must be an anchor then.
        const auto identity =
            (algorithm.bare ? trust(pem("root") + pem("authority")) : root)->check(*key, use);
        INFO((identity ? "" : identity.error().what));
        REQUIRE(identity.has_value());
        CHECK(identity->subject == "O=\"Nacre\",CN=\"alice\"");
        CHECK(identity->issuer == "O=\"Nacre\",CN=\"authority\"");
        CHECK(identity->common_names == std::vector<std::string>{"alice"});
        CHECK(identity->emails == std::vector<std::string>{"alice@users.example"});
        CHECK(identity->principal_names == std::vector<std::string>{"alice@ad.example"});
        CHECK(identity->dns_names.empty());
        CHECK(identity->serial.size() == 4);
        CHECK(identity->fingerprint.size() == 32 * 3 - 1);
        CHECK(identity->not_before.starts_with("2026-"));
        CHECK(identity->not_after.starts_with("2036-"));
        CHECK(identity->not_after.size() == std::string_view("2036-01-31T23:59:59Z").size());
        CHECK(identity->not_after[10] == 'T');
        CHECK(identity->not_after.ends_with('Z'));
        CHECK(identity->purposes.size() == 1);
        CHECK(identity->has("subject", identity->subject));
        CHECK(identity->has("fingerprint", identity->fingerprint));
        CHECK(identity->has("cn", "alice"));
        CHECK(identity->has("email", "alice@users.example"));
        CHECK(identity->has("upn", "alice@ad.example"));
        CHECK_FALSE(identity->has("cn", "alic"));
        CHECK_FALSE(identity->has("cn", "Alice"));
        CHECK_FALSE(identity->has("dns", ""));
        CHECK_FALSE(identity->has("serial", identity->serial));
    }
    CHECK(X509Identity::is_field("upn"));
    CHECK_FALSE(X509Identity::is_field("serial"));
}

TEST_CASE("x509 trust: hosts by the names of their certificates", "[keys][x509]") {
    const auto root = trust(pem("root"));
    const auto of = [&](std::string_view host, const std::string& name = "host-ecdsa256") {
        return refusal(*root, x509_chain({name, "authority"}),
                       {X509Purpose::server, host, in_year(2030)});
    };
    for (const char* host : {"host.example", "HOST.example", "any.wild.example", "192.0.2.7",
                             "2001:db8::7", "2001:DB8:0::7"}) {
        INFO(host);
        CHECK(of(host) == "");
    }
    for (const char* host :
         {"", "other.example", "example", "a.host.example", "wild.example", "a.b.wild.example",
          "192.0.2.8", "2001:db8::8", "*.wild.example", "host.example.", "host.example\n"}) {
        INFO(host);
        if (std::string_view(host) != "host.example.")
            CHECK(of(host) == "X.509 certificate of another host");
    }
    // The subject's CN is no name of a host.
    CHECK(of("host.example", "host-no-names") == "X.509 certificate of another host");
    CHECK(of("host.example", "user-ecdsa256") == "X.509 certificate for another purpose");
    CHECK(refusal(*root, "host-ecdsa256") == "X.509 certificate for another purpose");
    CHECK(refusal(*root, x509_certificates("host-rsa"),
                  {X509Purpose::server, "host.example", in_year(2030)}, {},
                  "x509v3-rsa2048-sha256") == "");
}

TEST_CASE("x509 trust: each refusal", "[keys][x509]") {
    const auto root = trust(pem("root"));
    CHECK(refusal(*root, "user-ecdsa256") == "");
    CHECK(refusal(*root, "user-no-extensions") == "");
    CHECK(refusal(*root, "user-any-purpose") == "");
    CHECK(refusal(*root, "user-tls") == "X.509 certificate for another purpose");
    CHECK(refusal(*root, "user-no-signatures") == "X.509 certificate not for signatures");
    CHECK(refusal(*root, "user-sha1") != "");
    CHECK(refusal(*root, "user-critical") == "Unknown critical extension encountered");
    CHECK(refusal(*root, "user-of-stranger") == "X.509 certificates not in order");
    CHECK(refusal(*root, x509_chain({"user-of-stranger", "stranger"})) != "");
    CHECK(refusal(*root, x509_chain({"user-of-stranger"})) == "Certificate issuer not found");
    CHECK(refusal(*root, x509_chain({"user-ecdsa256"})) == "Certificate issuer not found");
    CHECK(refusal(*root, x509_chain({"user-self-signed"})) != "");
    CHECK(refusal(*root, x509_chain({"user-of-weak", "weak"})) ==
          "X.509 authority with a weak key");
    CHECK(refusal(*root, x509_chain({"user-of-user", "user-tls", "authority"})) != "");
    CHECK(refusal(*root, x509_chain({"user-ecdsa256", "authority", "root"})) == "");
    CHECK(refusal(*root, x509_chain({"user-ecdsa256", "authority", "stranger"})) ==
          "X.509 certificates not in order");
    CHECK(refusal(*root, x509_chain({"user-ecdsa256", "authority", "root", "root"})) ==
          "two X.509 certificates of one name");
    CHECK(refusal(*trust(pem("stranger")), "user-ecdsa256") != "");
    // A key that the path does not need is not computed with either.
    CHECK(refusal(*root, x509_chain({"user-ecdsa256", "key-explicit"})) != "");
    // Who is an anchor needs no other.
    CHECK(refusal(*trust(pem("user-self-signed")), x509_chain({"user-self-signed"})) == "");

    for (const int year : {2020, 2025, 2038, 2200}) {
        INFO(year);
        CHECK(refusal(*root, x509_chain({"user-ecdsa256", "authority"}),
                      {X509Purpose::client, {}, in_year(year)}) ==
              (year < 2026 ? "Certificate is not yet valid" : "Certificate has expired"));
    }
    const auto plain = botan_provider().public_key(public_half("openssh-ecdsa256").blob);
    CHECK(root->check(**plain, {}).error().code == Errc::local_misuse);
}

TEST_CASE("x509 trust: a damaged signature anywhere in the path", "[keys][x509]") {
    const auto root = trust(pem("root"));
    for (const std::size_t which : {0u, 1u}) {
        auto chain = x509_chain({"user-ecdsa256", "authority"});
        chain[which].back() = static_cast<std::uint8_t>(chain[which].back() ^ 1u);
        CHECK(refusal(*root, chain) == "Signature error");
    }
}

TEST_CASE("x509 trust: revoked by a CRL", "[keys][x509]") {
    const auto with = [&](const std::string& crls) { return trust(pem("root"), crls); };
    const auto both = with(pem("crl-authority") + pem("crl-root"));
    CHECK(refusal(*both, "user-ecdsa256") == "");
    CHECK(refusal(*both, "user-revoked") == "Certificate is revoked");
    CHECK(refusal(*trust(pem("root")), "user-revoked") == "");
    CHECK(refusal(*with(pem("crl-authority-empty") + pem("crl-root")), "user-revoked") == "");
    // Where there are CRLs none may be missing, of another authority, or too old.
    CHECK(refusal(*with(pem("crl-authority")), "user-ecdsa256") != "");
    CHECK(refusal(*with(pem("crl-root")), "user-ecdsa256") != "");
    CHECK(refusal(*with(pem("crl-stranger") + pem("crl-root")), "user-ecdsa256") != "");
    CHECK(refusal(*both, x509_chain({"user-no-extensions", "authority"}),
                  {X509Purpose::client, {}, in_year(2040)}) == "CRL has expired");
    CHECK(refusal(*trust(pem("root")), x509_chain({"user-no-extensions", "authority"}),
                  {X509Purpose::client, {}, in_year(2040)}) == "");
}

TEST_CASE("x509 trust: OCSP responses in the blob", "[keys][x509]") {
    const auto root = trust(pem("root"));
    const auto response = [](const char* name) {
        return to_bytes(as_bytes(key_file(std::string("x509/ocsp-") + name + ".der")));
    };
    const auto with = [&](const X509Trust& trust, const char* leaf,
                          const std::vector<Bytes>& responses) {
        return refusal(trust, x509_chain({leaf, "authority"}),
                       {X509Purpose::client, {}, in_year(2030)}, responses);
    };
    CHECK(with(*root, "user-ecdsa256", {response("ecdsa256")}) == "");
    CHECK(with(*root, "user-revoked", {response("revoked")}) == "Certificate is revoked");
    CHECK(with(*root, "user-revoked", {response("ecdsa256"), response("revoked")}) ==
          "Certificate is revoked");
    CHECK(with(*root, "user-revoked", {response("ecdsa256")}) == "");  // says nothing of it
    CHECK(with(*root, "user-ecdsa256", {response("stranger")}) != "");
    CHECK(with(*root, "user-ecdsa256", {Bytes{1, 2, 3}}) == "X.509 certificates damaged");
    // Good enough where a CRL is asked for.
    const auto strict = trust(pem("root"), pem("crl-root"));
    CHECK(with(*strict, "user-ecdsa256", {}) != "");
    CHECK(with(*strict, "user-ecdsa256", {response("ecdsa256")}) == "");
    CHECK(with(*strict, "user-ecdsa256", {response("stranger")}) != "");
}

TEST_CASE("x509 trust: files that cannot be used", "[keys][x509]") {
    const auto code = [](const std::string& anchors,
                         std::optional<std::string_view> crls = std::nullopt) {
        const auto made = make_x509_trust(anchors, crls);
        return made ? Errc::internal : made.error().code;
    };
    const std::string root = pem("root");
    CHECK(code(root) == Errc::internal);
    CHECK(code("") == Errc::local_failed);
    CHECK(code("a text") == Errc::local_failed);
    CHECK(code(pem("crl-root")) == Errc::local_failed);
    CHECK(code(root, "a text") == Errc::local_failed);
    CHECK(code(root.substr(0, root.size() / 2)) == Errc::local_failed);
    std::string wrong = root;
    wrong[100] = wrong[100] == 'A' ? 'B' : 'A';
    wrong[60] = wrong[60] == 'A' ? 'B' : 'A';
    static_cast<void>(code(wrong));  // a flipped bit may leave a certificate
    CHECK(code("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n") ==
          Errc::local_failed);
    CHECK(code(root, "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n") ==
          Errc::local_failed);
    CHECK(code(std::string(kMaxX509TrustText + 1, 'a')) == Errc::local_limit);
    std::string many;
    for (std::size_t i = 0; i <= kMaxX509Crls; ++i) many += pem("crl-root");
    CHECK(code(root, many) == Errc::local_limit);
}
