// known_hosts: plain names, patterns, and names hashed by ssh-keygen -H.
#include "unit/keys/certificate_fixture.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/keys/known_hosts.hpp>
#include <nacre/keys/public_key.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;

namespace {

constexpr char kKey1[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID111OzAGYcc8S8MEKD02VfZgznmfxytUUZSKuuUMWwh";
constexpr char kKey2[] =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIAbnlkB4tobEZRbzNjDuMlcOAjJT8LMEzrl8UuCVyUN";
constexpr char kKey3[] =
    "ecdsa-sha2-nistp256 "
    "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBAdCmTSPYd7dG9W3mO6VR3dtuoW8TY3fKSTiKzRi"
    "4YyhyNpByesmWqyfYuwUft0e1qdpqEv7ATscriU8dsIdwIg=";

/// Written by ssh-keygen -H for host.example and [host.example]:2022.
const std::string kHashed =
    std::string("|1|IuG39hDIKwKG2/E7hR6R+P8lr+8=|0OPbSUiHK1X0ZuyC0OAIsdilgKw= ") + kKey1 +
    " \n|1|kvlzExIb4nFOnRqWLimNdgwRhIo=|wTOOlYhwLytMf9KalCwJwwArWAA= " + kKey2 + " \n";

Bytes blob(const char* line) {
    const auto key = parse_public_key_line(line);
    REQUIRE(key.has_value());
    return key->blob;
}

KnownHost check(const std::string& text, std::string_view host, std::uint16_t port,
                const char* key) {
    return check_known_host(text, host, port, blob(key), botan_provider());
}

}  // namespace

TEST_CASE("hashed names are found", "[keys]") {
    CHECK(check(kHashed, "host.example", 22, kKey1) == KnownHost::trusted);
    CHECK(check(kHashed, "HOST.example", 22, kKey1) == KnownHost::trusted);
    CHECK(check(kHashed, "host.example", 2022, kKey2) == KnownHost::trusted);
    CHECK(check(kHashed, "host.example", 22, kKey2) == KnownHost::changed);
    CHECK(check(kHashed, "host.example", 23, kKey1) == KnownHost::unknown);
    CHECK(check(kHashed, "other.example", 22, kKey1) == KnownHost::unknown);
}

TEST_CASE("plain names, lists and patterns are found", "[keys]") {
    const std::string text = std::string("# a comment\n\nhost,192.0.2.1,*.example,!bad.example ") +
                             kKey1 + " joe@home\n[host]:2022\t" + kKey2 + "\nhost " + kKey3;
    CHECK(check(text, "host", 22, kKey1) == KnownHost::trusted);
    CHECK(check(text, "192.0.2.1", 22, kKey1) == KnownHost::trusted);
    CHECK(check(text, "a.example", 22, kKey1) == KnownHost::trusted);
    CHECK(check(text, "bad.example", 22, kKey1) == KnownHost::unknown);
    CHECK(check(text, "host", 2022, kKey2) == KnownHost::trusted);
    CHECK(check(text, "host", 2022, kKey1) == KnownHost::changed);
    CHECK(check(text, "host", 22, kKey3) == KnownHost::trusted);
    CHECK(check(text, "a.example", 22, kKey3) == KnownHost::changed);
    CHECK(known_host_types(text, "host", 22, botan_provider()) ==
          std::vector<std::string>{"ssh-ed25519", "ecdsa-sha2-nistp256"});
}

TEST_CASE("a revoked key stays revoked, and authorities are no hosts", "[keys]") {
    const std::string plain = std::string("host ") + kKey1 + "\n";
    CHECK(check(plain + "@revoked * " + kKey1, "host", 22, kKey1) == KnownHost::revoked);
    CHECK(check("@revoked * " + std::string(kKey2) + "\n" + plain, "host", 22, kKey1) ==
          KnownHost::trusted);
    CHECK(check("@cert-authority * " + std::string(kKey1), "host", 22, kKey1) ==
          KnownHost::unknown);
}

TEST_CASE("lines that cannot be read are passed over", "[keys]") {
    for (const char* line : {"host", "host ssh-ed25519", "host ssh-ed25519 !!!", "|1|",
                             "|1|a|b c d", "|1||  ", "@revoked", "@", ",", "host ssh-ed25519 AAAA"})
        CHECK(check(std::string(line) + "\n", "host", 22, kKey1) == KnownHost::unknown);
}

TEST_CASE("patterns of many stars cost little", "[keys]") {
    std::string stars;
    for (int i = 0; i < 2000; ++i) stars += "*a";
    const std::string host(255, 'a');
    CHECK(check(stars + "b " + kKey1, host, 22, kKey1) == KnownHost::unknown);
}

TEST_CASE("a line made here is found again", "[keys]") {
    for (const auto port : {std::uint16_t{22}, std::uint16_t{2022}}) {
        const std::string line = known_host_line("Host", port, "ssh-ed25519", blob(kKey1));
        CHECK(line.back() == '\n');
        CHECK(check(line, "host", port, kKey1) == KnownHost::trusted);
    }
}

TEST_CASE("a host's certificate counts where its authority is known", "[keys][certificate]") {
    const auto kNow = std::chrono::system_clock::from_time_t(1'700'000'000);
    const auto judge = [&](const std::string& text, std::string_view host, std::uint16_t port = 22,
                           const char* name = "host") {
        return check_host_key(text, host, port, *test::certificate_key(name), kNow, {},
                              botan_provider());
    };
    const std::string authority = test::key_file("certificates/ca-ed25519.pub");
    const std::string plain = test::key_file("openssh-ed25519.pub");
    const std::string marked = "@cert-authority *.example " + authority;
    CHECK(judge(marked, "host.example").known == KnownHost::trusted);
    CHECK(judge(marked, "HOST.Example").known == KnownHost::trusted);
    CHECK(judge(marked, "host.example", 2022).known == KnownHost::trusted);
    const auto bad = judge(marked, "other.example");
    CHECK(bad.known == KnownHost::bad_certificate);
    CHECK(bad.reason == std::string_view("certificate does not name the host"));
    // Also when the key in it is known: the authority has the say.
    CHECK(judge("* " + plain + marked, "other.example").known == KnownHost::bad_certificate);
    CHECK(judge(marked, "host.example", 22, "user-ed25519").known == KnownHost::bad_certificate);
    CHECK(judge(marked, "host.example", 22, "host-nobody").known == KnownHost::bad_certificate);

    // Without the authority the key counts.
    CHECK(judge("", "host.example").known == KnownHost::unknown);
    CHECK(judge("@cert-authority *.org " + authority, "host.example").known == KnownHost::unknown);
    CHECK(judge("@cert-authority * " + test::key_file("certificates/ca-rsa.pub"), "host.example")
              .known == KnownHost::unknown);
    CHECK(judge("@other * " + authority, "host.example").known == KnownHost::unknown);
    CHECK(judge("host.example " + plain, "host.example").known == KnownHost::trusted);
    CHECK(judge("host.example " + std::string(kKey1) + "\n", "host.example").known ==
          KnownHost::changed);
    CHECK(judge("* " + authority, "host.example").known == KnownHost::changed);

    CHECK(judge("@revoked * " + authority + marked, "host.example").known == KnownHost::revoked);
    CHECK(judge(marked + "@revoked * " + plain, "host.example").known == KnownHost::revoked);
    CHECK(
        judge(marked + "@revoked * " + test::key_file("certificates/host-cert.pub"), "host.example")
            .known == KnownHost::revoked);
    // As an authority counts at every port, so does its revocation.
    for (const std::uint16_t port : {std::uint16_t{22}, std::uint16_t{2222}})
        CHECK(judge(marked + "@revoked host.example " + authority, "host.example", port).known ==
              KnownHost::revoked);
}

TEST_CASE("what cannot be read to its end trusts nothing", "[keys][known_hosts]") {
    const auto key = botan_provider().public_key(parse_public_key_line(kKey1)->blob);
    REQUIRE(key);
    std::string text = "host.example " + std::string(kKey1) + "\n";
    const auto known = [&] {
        return check_known_host(text, "host.example", 22, (*key)->blob(), botan_provider());
    };
    CHECK(known() == KnownHost::trusted);
    text += "@revoked " + std::string(9000, 'x') + ",host.example " + std::string(kKey1) + "\n";
    CHECK(known() == KnownHost::revoked);
    text.insert(0, kMaxKnownHostsFile, '\n');
    CHECK(known() == KnownHost::too_large);
    CHECK(known_host_types(text, "host.example", 22, botan_provider()).empty());
}

TEST_CASE("a line of an authority asks for certificates", "[keys][certificate]") {
    const std::string marked =
        "@cert-authority *.example " + test::key_file("certificates/ca-ed25519.pub");
    const auto types = known_host_types(marked, "a.example", 22, botan_provider());
    for (const char* type : {"ssh-ed25519-cert-v01@openssh.com", "ssh-rsa-cert-v01@openssh.com"})
        CHECK(std::count(types.begin(), types.end(), type) == 1);
    CHECK(std::count(types.begin(), types.end(), "ssh-ed25519") == 0);
    CHECK(known_host_types(marked, "a.org", 22, botan_provider()).empty());
}
