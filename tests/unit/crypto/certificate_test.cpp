// Certificates made by ssh-keygen (tests/keys/generate_certificates), and ours read by it.
#include "support/det_rng.hpp"
#include "unit/keys/certificate_fixture.hpp"

#include <nacre/wire/writer.hpp>

#include <catch2/catch_all.hpp>

#include <algorithm>

namespace nacre {
namespace {

using test::certificate_blob;
using test::certificate_key;
using test::public_half;
using test::signer_of;

Bytes made(Certificate fields, Signer& authority, std::string_view algorithm = {}) {
    Bytes blob;
    test::DetRng rng(7);
    sign_certificate(std::move(fields), authority, algorithm, rng,
                     Reply<Bytes>::from([&](Result<Bytes>&& answer) {
                         REQUIRE(answer.has_value());
                         blob = *std::move(answer);
                     }));
    return blob;
}

Errc refusal(Certificate fields, Signer& authority, std::string_view algorithm = {}) {
    Errc code{};
    test::DetRng rng(7);
    sign_certificate(std::move(fields), authority, algorithm, rng,
                     Reply<Bytes>::from([&](Result<Bytes>&& answer) {
                         code = answer ? Errc::internal : answer.error().code;
                     }));
    return code;
}

Certificate fields_for(const std::string& name) {
    Certificate fields;
    fields.key = public_half(name).blob;
    fields.key_id = "one of ours";
    fields.principals = {"alice"};
    return fields;
}

TEST_CASE("certificate names follow from the plain ones", "[crypto][certificate]") {
    for (const auto& info : botan_provider().algorithms(Algorithm::host_key)) {
        CHECK(is_certificate_name(info.name) == (plain_name(info.name) != info.name));
        const auto plain = plain_name(info.name);
        CHECK((info.name == plain || info.name == certificate_name(plain)));
        const auto* base = find_algorithm(botan_provider(), Algorithm::host_key, plain);
        REQUIRE(base != nullptr);
        CHECK(base->by_default == info.by_default);
        CHECK(base->insecure == info.insecure);
    }
    CHECK(certificate_name("rsa-sha2-512") == "rsa-sha2-512-cert-v01@openssh.com");
    CHECK(certificate_name("sk-ssh-ed25519@openssh.com") == "sk-ssh-ed25519-cert-v01@openssh.com");
    CHECK(plain_name("sk-ssh-ed25519-cert-v01@openssh.com") == "sk-ssh-ed25519@openssh.com");
    CHECK_FALSE(is_certificate_name(kCertificateSuffix));
}

TEST_CASE("certificates of every type are taken apart", "[crypto][certificate]") {
    const std::pair<const char*, const char*> types[] = {
        {"user-ed25519", "ssh-ed25519"},
        {"user-ecdsa256", "ecdsa-sha2-nistp256"},
        {"user-ecdsa384", "ecdsa-sha2-nistp384"},
        {"user-ecdsa521", "ecdsa-sha2-nistp521"},
        {"user-rsa", "ssh-rsa"},
        {"user-dsa", "ssh-dss"},
        {"user-sk-ed25519", "sk-ssh-ed25519@openssh.com"},
        {"user-sk-ecdsa256", "sk-ecdsa-sha2-nistp256@openssh.com"}};
    const Bytes authority = public_half("certificates/ca-ed25519").blob;
    std::uint64_t serial = 0;
    for (const auto& [name, type] : types) {
        CAPTURE(name);
        const Bytes blob = certificate_blob(name);
        const auto certificate = parse_certificate(blob);
        REQUIRE(certificate.has_value());
        CHECK(certificate->type == certificate_name(type));
        CHECK(as_text(certificate->key).substr(4).starts_with(type));
        CHECK(certificate->nonce.size() == 32);
        CHECK(certificate->serial == ++serial);
        CHECK(certificate->kind == CertificateKind::user);
        CHECK(certificate->key_id == std::string("user ") + (name + 5));
        CHECK(certificate->principals == std::vector<std::string>{"alice", "bob"});
        CHECK(certificate->valid_after == 0);
        CHECK(certificate->valid_before == kForever);
        CHECK(certificate->critical_options.empty());
        CHECK(certificate->extensions.size() == 5);
        CHECK(certificate->extension("permit-pty") != nullptr);
        CHECK(certificate->authority == authority);
        CHECK(certificate->signed_size + 4 + certificate->signature.size() == blob.size());
        for (std::size_t cut = 0; cut < blob.size(); ++cut)
            REQUIRE_FALSE(parse_certificate(ByteView(blob).first(cut)).has_value());
        Bytes longer = blob;
        longer.push_back(0);
        CHECK_FALSE(parse_certificate(longer).has_value());
    }
    for (const char* plain : {"ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa"}) {
        const auto certificate = parse_certificate(certificate_blob(std::string("user-") + plain));
        REQUIRE(certificate.has_value());
        CHECK(certificate->key == public_half(std::string("openssh-") + plain).blob);
    }
}

TEST_CASE("all that a certificate says is read", "[crypto][certificate]") {
    const auto limited = parse_certificate(certificate_blob("limited"));
    REQUIRE(limited.has_value());
    CHECK(limited->serial == 103);
    CHECK(limited->valid_after == 1577934245);
    CHECK(limited->valid_before == 1893553445);
    REQUIRE(limited->critical_options.size() == 3);
    REQUIRE(limited->critical_option("force-command") != nullptr);
    CHECK(limited->critical_option("force-command")->data == option_text("internal-sftp -R"));
    CHECK(limited->critical_option("verify-required")->data.empty());
    CHECK(limited->extensions.size() == 2);
    CHECK(limited->extension("permit-user-rc") == nullptr);
    const auto host = parse_certificate(certificate_blob("host"));
    REQUIRE(host.has_value());
    CHECK(host->kind == CertificateKind::host);
    CHECK(host->principals.size() == 2);
    CHECK(parse_certificate(certificate_blob("nobody"))->principals.empty());
}

TEST_CASE("a signature of the authority is checked, and its algorithm", "[crypto][certificate]") {
    const auto& provider = botan_provider();
    const auto check = [&](const char* name, std::vector<std::string> algorithms = {}) {
        return check_certificate_signature(*certificate_key(name), algorithms, provider)
            .has_value();
    };
    for (const char* name : {"user-ed25519", "user-rsa", "by-ecdsa", "by-rsa", "host", "limited"})
        CHECK(check(name));
    CHECK_FALSE(check("by-rsa-sha1"));
    CHECK(check("by-rsa-sha1", {"ssh-rsa"}));
    CHECK_FALSE(check("by-rsa", {"rsa-sha2-256"}));
    CHECK_FALSE(check("user-ed25519", {"rsa-sha2-512", "ecdsa-sha2-nistp256"}));
    const auto plain = provider.public_key(public_half("openssh-ed25519").blob);
    CHECK(check_certificate_signature(**plain, {}, provider).error().code == Errc::local_misuse);
}

TEST_CASE("no flipped bit of a certificate goes unnoticed", "[crypto][certificate]") {
    const Bytes blob = certificate_blob("user-ecdsa256");
    test::DetRng rng(11);
    std::size_t parsed = 0;
    for (int round = 0; round < 2000; ++round) {
        Bytes bad = blob;
        const std::size_t bit = rng.below(8 * bad.size());
        bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << (bit % 8)));
        const auto key = botan_provider().public_key(bad);
        if (!key) continue;
        ++parsed;
        REQUIRE((*key)->certificate() != nullptr);
        REQUIRE_FALSE(check_certificate_signature(**key, {}, botan_provider()).has_value());
    }
    CHECK(parsed > 100);
}

TEST_CASE("malformed certificates are refused", "[crypto][certificate]") {
    const auto authority = signer_of("certificates/ca-ed25519");
    Certificate fields = fields_for("openssh-ed25519");
    const auto with = [&](auto change) {
        Certificate changed = fields;
        change(changed);
        return refusal(changed, *authority);
    };
    const auto numbered = [](std::size_t count) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < count; ++i) names.push_back("p" + std::to_string(i));
        return names;
    };
    fields.principals = numbered(kMaxCertificatePrincipals);
    CHECK(parse_certificate(made(fields, *authority))->principals == fields.principals);
    CHECK(with([&](Certificate& c) { c.principals = numbered(kMaxCertificatePrincipals + 1); }) ==
          Errc::peer_limit);
    CHECK(with([](Certificate& c) { c.principals = {std::string("a\0b", 3)}; }) ==
          Errc::local_misuse);
    CHECK(with([](Certificate& c) { c.key_id = std::string("a\0b", 3); }) == Errc::local_misuse);
    CHECK(with([](Certificate& c) {
              c.extensions = {{"a", {}}, {"a", {}}};
          }) == Errc::local_misuse);
    CHECK(with([](Certificate& c) { c.reserved.resize(kMaxCertificate); }) == Errc::peer_limit);
    CHECK(with([](Certificate& c) { c.kind = static_cast<CertificateKind>(3); }) ==
          Errc::local_misuse);
    CHECK(with([](Certificate& c) { c.key = certificate_blob("host"); }) == Errc::unsupported);
    CHECK(refusal(fields, *authority, "ssh-rsa") == Errc::unsupported);
    // A certificate cannot sign one.
    const auto chained =
        make_certificate_signer(signer_of("openssh-ed25519"), certificate_blob("user-ed25519"));
    REQUIRE(chained.has_value());
    CHECK(refusal(fields, **chained) == Errc::local_misuse);
    // The order of options: those of `limited` with two exchanged.
    Bytes blob = certificate_blob("limited");
    const std::string_view names[] = {"force-command", "zorce-command"};
    const auto at = std::search(blob.begin(), blob.end(), names[0].begin(), names[0].end());
    REQUIRE(at != blob.end());
    *at = 'z';
    CHECK(parse_certificate(blob).error().code == Errc::peer_malformed);
}

TEST_CASE("a key with a certificate verifies under the certificate's names",
          "[crypto][certificate]") {
    for (const std::string type : {"ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "rsa"}) {
        CAPTURE(type);
        const auto plain = signer_of("openssh-" + type);
        const Bytes blob = certificate_blob("user-" + type);
        const auto signer = make_certificate_signer(plain, blob);
        REQUIRE(signer.has_value());
        CHECK((*signer)->type() == certificate_name(plain->type()));
        CHECK(same_bytes((*signer)->public_blob(), blob));
        const auto key = certificate_key("user-" + type);
        CHECK(key->type() == (*signer)->type());
        CHECK(same_bytes(plain_blob(*key), plain->public_blob()));
        CHECK(key->algorithms().size() == plain->algorithms().size());
        for (const auto algorithm : (*signer)->algorithms()) {
            CAPTURE(algorithm);
            CHECK(is_certificate_name(algorithm));
            bool answered = false;
            (*signer)->sign(
                as_bytes("data"), algorithm,
                Reply<Signature>::from([&](Result<Signature>&& answer) {
                    answered = true;
                    REQUIRE(answer.has_value());
                    CHECK(key->verify(algorithm, as_bytes("data"), answer->blob));
                    CHECK_FALSE(key->verify(algorithm, as_bytes("other"), answer->blob));
                    // The plain name is not one of this key's.
                    CHECK_FALSE(key->verify(plain_name(algorithm), as_bytes("data"), answer->blob));
                }));
            CHECK(answered);
        }
        (*signer)->sign(as_bytes("data"), plain->algorithms().front(),
                        Reply<Signature>::from([](Result<Signature>&& answer) {
                            REQUIRE_FALSE(answer.has_value());
                            CHECK(answer.error().code == Errc::unsupported);
                        }));
    }
    CHECK(make_certificate_signer(signer_of("openssh-rsa"), certificate_blob("user-ed25519"))
              .error()
              .code == Errc::local_failed);
    CHECK_FALSE(make_certificate_signer(signer_of("openssh-rsa"), {}).has_value());
}

TEST_CASE("ssh-keygen reads the certificates made here", "[crypto][certificate]") {
    for (const std::string ca : {"certificates/ca-ed25519", "openssh-ecdsa384", "openssh-rsa"}) {
        CAPTURE(ca);
        const auto authority = signer_of(ca);
        Certificate fields = fields_for("openssh-rsa");
        fields.serial = 4711;
        fields.valid_after = 1577934245;
        fields.valid_before = 1893553445;
        fields.critical_options = {{"source-address", option_text("192.0.2.0/24")},
                                   {"force-command", option_text("internal-sftp")}};
        fields.extensions = {{"permit-pty", {}}, {"no-touch-required", {}}};
        const Bytes blob = made(fields, *authority);
        const auto key = botan_provider().public_key(blob);
        REQUIRE(key.has_value());
        CHECK(check_certificate_signature(**key, {}, botan_provider()).has_value());
        CHECK((*key)->certificate()->critical_options.front().name == "force-command");
        const auto said = test::ssh_keygen("-L -f", public_key_line((*key)->type(), blob, ""));
        if (said.empty()) continue;  // there is no ssh-keygen
        for (const char* line :
             {"Key ID: \"one of ours\"", "Serial: 4711", "user certificate", "alice",
              "from 2020-01-02T03:04:05 to 2030-01-02T03:04:05", "force-command internal-sftp",
              "source-address 192.0.2.0/24", "permit-pty", "no-touch-required"}) {
            CAPTURE(said, line);
            CHECK(said.find(line) != std::string::npos);
        }
    }
}

}  // namespace
}  // namespace nacre
