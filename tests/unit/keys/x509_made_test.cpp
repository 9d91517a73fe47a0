// Whether X.509 certificates are believed: authorities that change their key, that are for other
// purposes, and that are revoked. Botan makes them here.
#include "unit/keys/x509_made.hpp"

#include <nacre/keys/public_key.hpp>
#include <nacre/keys/revoked_keys.hpp>

using namespace nacre;
using namespace nacre::test;

TEST_CASE("x509 trust: an authority with a new key has a CRL for each", "[keys][x509]") {
    const Holder old_root("Root");
    const Holder new_root("Root");
    const Holder old_user("alice", old_root, false, {kForClients});
    const Holder new_user("bob", new_root, false, {kForClients});
    const std::string anchors = old_root.pem() + new_root.pem();
    for (const bool first : {true, false}) {
        INFO(first);
        const auto crls = first ? old_root.crl() + new_root.crl() : new_root.crl() + old_root.crl();
        const auto both = trust(anchors, crls);
        CHECK(refusal(*both, {&old_user}) == "");
        CHECK(refusal(*both, {&new_user}) == "");
    }
    const auto revoked = trust(anchors, new_root.crl() + old_root.crl(&old_user));
    CHECK(refusal(*revoked, {&old_user}) == "Certificate is revoked");
    CHECK(refusal(*revoked, {&new_user}) == "");
    CHECK(refusal(*trust(anchors, new_root.crl()), {&old_user}) != "");
}

TEST_CASE("x509 trust: an authority for other purposes", "[keys][x509]") {
    const Holder root("Root");
    const Holder web("Web", root, true, {kForWeb});
    const Holder ssh("SSH", root, true, {kForWeb, kForClients});
    const Holder any("Any", root, true, {});
    const auto anchors = trust(root.pem());
    const auto of = [&](const Holder& authority) {
        const Holder user("alice", authority, false, {kForClients});
        return refusal(*anchors, {&user, &authority});
    };
    CHECK(of(web) == "X.509 authority for another purpose");
    CHECK(of(ssh) == "");
    CHECK(of(any) == "");
}

TEST_CASE("x509 trust: the keys of the authorities, for lists of revoked keys", "[keys][x509]") {
    const Holder root("Root");
    const Holder authority("Authority", root, true, {});
    const Holder user("alice", authority, false, {kForClients});
    const auto identity = check(*trust(root.pem()), {&user, &authority});
    REQUIRE(identity.has_value());
    REQUIRE(identity->authority_keys.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        const auto key = botan_provider().public_key(identity->authority_keys[i]);
        REQUIRE(key.has_value());
        CHECK((*key)->type() == "ecdsa-sha2-nistp256");
        const auto& point = (i == 0 ? authority : root).certificate.subject_public_key_bitstring();
        const ByteView blob = (*key)->blob();
        CHECK(same_bytes(blob.last(point.size()), point));
    }
    RevokedKeys revoked;
    revoked.keys.insert(identity->authority_keys[1]);
    CHECK_FALSE(revoked.revokes_blob(identity->authority_keys[0], botan_provider()));
    CHECK(revoked.revokes_blob(identity->authority_keys[1], botan_provider()));
}

TEST_CASE("x509 trust: files of CRLs and anchors that say nothing are refused", "[keys][x509]") {
    const Holder root("Root");
    const Holder authority("Authority", root, true, {});
    const auto fault = [&](const std::string& anchors, std::optional<std::string_view> crls) {
        const auto made = make_x509_trust(anchors, crls);
        return made ? std::string() : std::string(made.error().what);
    };
    CHECK(fault(root.pem(), std::nullopt) == "");
    CHECK(fault(root.pem(), root.crl()) == "");
    const auto der = root.certificate.BER_encode();
    for (const std::string& crls :
         {std::string(), std::string("a text"), root.pem(), std::string(der.begin(), der.end())})
        CHECK(fault(root.pem(), crls) == "no X509 CRL in the file of CRLs");
    CHECK(fault(root.pem(), root.crl(nullptr, "SHA-1")) == "a CRL with a weak signature");
    CHECK(fault(authority.pem(), std::nullopt) ==
          "no self-signed certificate in the file of trust anchors");
    CHECK(fault(authority.pem() + root.pem(), std::nullopt) == "");
}

TEST_CASE("x509 trust: names are asked for as certificates have them", "[keys][x509]") {
    const auto normal = [](std::string_view field, std::string_view value) {
        const auto text = X509Identity::normalized(field, value);
        return text ? *text : "! " + std::string(text.error().what);
    };
    CHECK(normal("subject", "CN=\"Al\"") == "CN=\"Al\"");
    CHECK(normal("cn", "Alice") == "Alice");
    CHECK(normal("email", "Al@EX.org") == "Al@ex.org");
    CHECK(normal("email", "EX.org") == "EX.org");
    CHECK(normal("dns", "Host.EX") == "host.ex");
    std::string digits, colons;
    for (int i = 0; i < 32; ++i) {
        digits += "aB";
        colons += i == 0 ? "AB" : ":AB";
    }
    CHECK(normal("fingerprint", digits) == colons);
    CHECK(normal("fingerprint", colons) == colons);
    for (const std::string& wrong :
         {digits.substr(2), digits + "AB", colons.substr(3), "SHA256:" + digits,
          std::string(64, 'g'), std::string(95, 'A')})
        CHECK(normal("fingerprint", wrong) == "! no SHA-256 fingerprint of an X.509 certificate");
    CHECK(normal("serial", "1").starts_with("!"));
    CHECK(normal("cn", "").starts_with("!"));

    const Holder root("Root");
    const auto identity = read_x509_identity(root.certificate.BER_encode());
    REQUIRE(identity.has_value());
    CHECK(identity->subject == "CN=\"Root\"");
    CHECK(normal("fingerprint", identity->fingerprint) == identity->fingerprint);
    CHECK(identity->purposes.empty());
    CHECK(read_x509_identity(Bytes{1, 2, 3}).error().code == Errc::peer_malformed);
}
