// Lists made by ssh-keygen -k, with what ssh-keygen -Q says of each certificate; ours read by it.
#include "support/det_rng.hpp"
#include "unit/keys/certificate_fixture.hpp"

#include <nacre/keys/revoked_keys.hpp>
#include <nacre/wire/writer.hpp>

#include <catch2/catch_all.hpp>

#include <limits>
#include <set>
#include <sstream>

namespace nacre {
namespace {

using test::certificate_key;
using test::key_file;
using test::public_half;

constexpr const char* kLists[] = {"krl-empty",  "krl-serials", "krl-range", "krl-bitmap",
                                  "krl-ids",    "krl-ids-any", "krl-key",   "krl-sha1",
                                  "krl-sha256", "krl-hash",    "krl-ca"};
// No provider is needed to read the lists, but one must know the type to make a key of it.
constexpr const char* kCertificates[] = {
    "user-ed25519", "user-ecdsa256", "user-ecdsa384", "user-ecdsa521", "user-rsa",
    "host",         "limited",       "by-ecdsa",      "by-rsa",        "no-serial"};

std::string file_of(const std::string& list) {
    return key_file("certificates/" + list);
}

bool revokes(const RevokedKeys& revoked, const std::string& name) {
    return revoked.revokes(*certificate_key(name), botan_provider());
}

/// "list certificate" of all that ssh-keygen found revoked.
std::set<std::string> revoked_by_ssh_keygen() {
    std::set<std::string> lines;
    std::istringstream text(file_of("revoked"));
    for (std::string line; std::getline(text, line);) lines.insert(line);
    return lines;
}

Bytes header(std::uint32_t version = 1) {
    Bytes list = to_bytes(as_bytes(std::string_view("SSHKRL\n\0", 8)));
    Writer(list).u32(version).u64(1).u64(2).u64(0).string(ByteView()).string("a comment");
    return list;
}

Errc refused(const Bytes& list) {
    const auto revoked = parse_revoked_keys(list);
    return revoked ? Errc{} : revoked.error().code;
}

/// A list of one section that holds one section of certificates.
Bytes of_certificates(std::uint8_t kind, ByteView data) {
    Bytes inner, list = header();
    Writer(inner).string(ByteView()).string(ByteView()).u8(kind).string(data);
    Writer(list).u8(1).string(ByteView(inner));
    return list;
}

Bytes numbers(std::initializer_list<std::uint64_t> values) {
    Bytes data;
    for (const auto value : values) Writer(data).u64(value);
    return data;
}

TEST_CASE("lists revoke what ssh-keygen says they do", "[keys][revoked]") {
    const auto expected = revoked_by_ssh_keygen();
    REQUIRE(expected.size() > 50);
    for (const std::string list : kLists) {
        const auto revoked = parse_revoked_keys(as_bytes(file_of(list)));
        REQUIRE(revoked.has_value());
        for (const std::string name : kCertificates) {
            CAPTURE(list, name);
            CHECK(revokes(*revoked, name) == (expected.count(list + " " + name) != 0));
        }
    }
}

TEST_CASE("plain keys are found by blob and digest, authorities too", "[keys][revoked]") {
    const auto key = botan_provider().public_key(public_half("openssh-ed25519").blob);
    const auto other = botan_provider().public_key(public_half("openssh-rsa").blob);
    for (const char* list : {"krl-key", "krl-sha1", "krl-sha256", "krl-hash", "list-keys"}) {
        CAPTURE(list);
        const auto revoked = parse_revoked_keys(as_bytes(file_of(list)));
        REQUIRE(revoked.has_value());
        CHECK(revoked->revokes(**key, botan_provider()));
        CHECK_FALSE(revoked->revokes(**other, botan_provider()));
    }
    // A plain list holds ecdsa256 too; a certificate of the key is revoked with it.
    const auto listed = parse_revoked_keys(as_bytes(file_of("list-keys")));
    REQUIRE(listed.has_value());
    for (const std::string name : kCertificates)
        CHECK(revokes(*listed, name) ==
              (plain_blob(*certificate_key(name)).size() == plain_blob(**key).size() ||
               name == "user-ecdsa256"));
    const std::string authority = file_of("ca-ed25519.pub");
    const auto without_authority = parse_revoked_keys(as_bytes(authority));
    REQUIRE(without_authority.has_value());
    CHECK(revokes(*without_authority, "user-rsa"));
    CHECK_FALSE(revokes(*without_authority, "by-rsa"));
    // Only a certificate has a serial number.
    const auto serials = parse_revoked_keys(as_bytes(file_of("krl-serials")));
    REQUIRE(serials.has_value());
    CHECK(serials->version == 7);
    CHECK(serials->generated > 1'700'000'000);
    CHECK_FALSE(serials->revokes(**key, botan_provider()));
}

TEST_CASE("our lists are read by ssh-keygen and by us", "[keys][revoked]") {
    const auto expected = revoked_by_ssh_keygen();
    for (const std::string list : kLists) {
        CAPTURE(list);
        const auto revoked = parse_revoked_keys(as_bytes(file_of(list)));
        REQUIRE(revoked.has_value());
        const Bytes written = write_revoked_keys(*revoked);
        const auto again = parse_revoked_keys(written);
        REQUIRE(again.has_value());
        CHECK(write_revoked_keys(*again) == written);
        CHECK(again->version == revoked->version);
        CHECK(again->comment == revoked->comment);
        for (const std::string name : {"user-ed25519", "user-rsa", "user-ecdsa521"}) {
            CAPTURE(name);
            const bool wanted = expected.count(list + " " + name) != 0;
            CHECK(revokes(*again, name) == wanted);
            const auto said =
                test::ssh_keygen("-Q -f", as_text(written),
                                 test::tests_dir() + "/keys/certificates/" + name + "-cert.pub");
            if (said.empty()) continue;
            CAPTURE(said);
            CHECK((said.find("REVOKED") != std::string::npos) == wanted);
            CHECK((said.find("ok") != std::string::npos) == !wanted);
        }
    }
}

TEST_CASE("serial numbers are joined", "[keys][revoked]") {
    using Ranges = std::map<std::uint64_t, std::uint64_t>;
    constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
    SerialNumbers numbers;
    numbers.add(10, 20);
    numbers.add(30, 40);
    CHECK(numbers.ranges() == Ranges{{10, 20}, {30, 40}});
    numbers.add(21, 21);
    numbers.add(9, 9);
    CHECK(numbers.ranges() == Ranges{{9, 21}, {30, 40}});
    numbers.add(12, 15);
    numbers.add(22, 29);
    CHECK(numbers.ranges() == Ranges{{9, 40}});
    numbers.add(kMax, kMax);
    numbers.add(1, 1);
    CHECK(numbers.ranges() == Ranges{{1, 1}, {9, 40}, {kMax, kMax}});
    CHECK_FALSE(numbers.contains(0));
    CHECK(numbers.contains(1));
    CHECK_FALSE(numbers.contains(8));
    CHECK(numbers.contains(9));
    CHECK(numbers.contains(40));
    CHECK_FALSE(numbers.contains(41));
    CHECK(numbers.contains(kMax));
    numbers.add(0, kMax);
    CHECK(numbers.ranges() == Ranges{{0, kMax}});

    // The same as a set of single numbers, in whatever order they come.
    test::DetRng rng(3);
    for (int round = 0; round < 50; ++round) {
        SerialNumbers joined;
        std::set<std::uint64_t> single;
        for (int i = 0; i < 20; ++i) {
            const std::uint64_t first = rng.below(60), last = first + rng.below(6);
            joined.add(first, last);
            for (auto n = first; n <= last; ++n) single.insert(n);
        }
        for (std::uint64_t n = 0; n < 70; ++n) CHECK(joined.contains(n) == (single.count(n) != 0));
        std::uint64_t before = 0;
        bool any = false;
        for (const auto& [first, last] : joined.ranges()) {
            CHECK(first <= last);
            if (any) CHECK(first > before + 1);
            before = last;
            any = true;
        }
    }
}

TEST_CASE("what is not understood spoils the list", "[keys][revoked]") {
    CHECK(refused(header()) == Errc{});
    CHECK(refused(header(2)) == Errc::unsupported);
    Bytes list = header();
    Writer(list).u8(6).string("x");
    CHECK(refused(list) == Errc::unsupported);
    CHECK(refused(of_certificates(0x24, {})) == Errc::unsupported);
    CHECK(refused(of_certificates(0x20, numbers({1, 5, 9}))) == Errc{});
    CHECK(refused(of_certificates(0x20, numbers({0}))) == Errc::peer_malformed);
    CHECK(refused(of_certificates(0x21, numbers({2, 3}))) == Errc{});
    CHECK(refused(of_certificates(0x21, numbers({3, 2}))) == Errc::peer_malformed);
    CHECK(refused(of_certificates(0x21, numbers({2, 3, 4}))) == Errc::peer_malformed);
    Bytes bitmap = numbers({~std::uint64_t{0}});
    Writer(bitmap).mpint(Bytes{3});
    CHECK(refused(of_certificates(0x22, bitmap)) == Errc::peer_malformed);
    bitmap = numbers({~std::uint64_t{0}});
    Writer(bitmap).mpint(Bytes{1});
    CHECK(refused(of_certificates(0x22, bitmap)) == Errc{});
    Bytes digest;
    Writer(digest).string(ByteView(Bytes(19)));
    list = header();
    Writer(list).u8(3).string(ByteView(digest));
    CHECK(refused(list) == Errc::peer_malformed);
    CHECK(refused(to_bytes(as_bytes("ssh-ed25519 AAAA\n"))) == Errc::peer_malformed);
    CHECK(refused(to_bytes(as_bytes("# nothing\n\n"))) == Errc{});
    CHECK(refused(Bytes(kMaxRevokedKeysFile + 1)) == Errc::peer_limit);

    for (const bool critical : {false, true}) {
        Bytes extension;
        Writer(extension).string("x@nacre.example").boolean(critical).string("contents");
        list = header();
        Writer(list).u8(255).string(ByteView(extension));
        const Errc wanted = critical ? Errc::unsupported : Errc{};
        CHECK(refused(list) == wanted);
        CHECK(refused(of_certificates(0x39, extension)) == wanted);
    }
    // A signature is passed over, and what follows is not.
    list = header();
    Writer(list).u8(4).string("key").string("signature").u8(6).string("x");
    CHECK(refused(list) == Errc::unsupported);
    list.resize(list.size() - 6);
    CHECK(refused(list) == Errc{});
}

TEST_CASE("truncated and flipped lists do no harm", "[keys][revoked]") {
    test::DetRng rng(5);
    for (const std::string list : kLists) {
        const std::string text = file_of(list);
        if (!text.starts_with("SSHKRL")) continue;
        const Bytes whole = to_bytes(as_bytes(text));
        const std::size_t head = header().size() - std::string_view("a comment").size();
        for (std::size_t cut = 0; cut < whole.size(); ++cut) {
            const auto revoked = parse_revoked_keys(ByteView(whole).first(cut));
            // A list that ends after its head or a section is a whole one.
            if (cut != 0 && cut < head) REQUIRE_FALSE(revoked.has_value());
        }
        for (int round = 0; round < 200; ++round) {
            Bytes bad = whole;
            const std::size_t bit = rng.below(8 * bad.size());
            bad[bit / 8] = static_cast<std::uint8_t>(bad[bit / 8] ^ (1U << (bit % 8)));
            const auto revoked = parse_revoked_keys(bad);
            if (revoked) CHECK(parse_revoked_keys(write_revoked_keys(*revoked)).has_value());
        }
    }
}

}  // namespace
}  // namespace nacre
