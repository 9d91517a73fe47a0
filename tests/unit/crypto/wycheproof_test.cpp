// Wycheproof's vectors, as Botan's source has them, through our encodings: what is refused, and
// that nothing else is.
#include "kex_harness.hpp"
#include "support/botan_vectors.hpp"
#include "support/hex.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/keys/load_key.hpp>

#include <algorithm>
#include <filesystem>
#include <optional>

namespace nacre {
namespace {

using test::BotanVector;
using test::for_each_botan_vector;
using test::from_hex;

void need_vectors() {
    if (!std::filesystem::exists(test::botan_vectors_dir()))
        SKIP("Botan is the system's: its vectors are not here");
}

/// What has become of the vectors of a file.
struct Count {
    std::size_t valid = 0, refused = 0;
    std::size_t no_key = 0;    ///< refused before there was a signature to look at
    std::size_t left_out = 0;  ///< wrong in an encoding that SSH does not have
};

Bytes blob_of(std::string_view algorithm, ByteView data) {
    Bytes blob;
    Writer(blob).string(algorithm).string(data);
    return blob;
}

/// What is asked: whether the signature is that of the key.
struct Question {
    Bytes key;
    std::string algorithm;
    Bytes message, signature;
};

void check(const Question& asked, bool wanted, const std::string& where, Count& count) {
    INFO(where);
    const auto key = botan_provider().public_key(asked.key);
    const bool got = key && (*key)->verify(asked.algorithm, asked.message,
                                           blob_of(asked.algorithm, asked.signature));
    CHECK(got == wanted);
    if (!key) ++count.no_key;
    ++(got ? count.valid : count.refused);
}

bool says_valid(const BotanVector& vector) {
    return vector.at("Valid") == "1";
}

// ---- ECDSA: from DER to the mpints of RFC 5656 s3.1.2
// --------------------------------------------

/// The contents of an INTEGER at the front of `der`, which it is taken from; nullopt for what is
/// not DER. An mpint has the same contents, but none for zero.
std::optional<ByteView> der_integer(ByteView& der) {
    if (der.size() < 3 || der[0] != 2 || der[1] == 0 || der[1] >= 0x80) return std::nullopt;
    const std::size_t size = der[1];
    if (der.size() - 2 < size) return std::nullopt;
    ByteView contents = der.subspan(2, size);
    der = der.subspan(2 + size);
    const auto sign = [](std::uint8_t byte) { return (byte & 0x80) != 0; };
    if (size > 1 &&
        ((contents[0] == 0 && !sign(contents[1])) || (contents[0] == 0xff && sign(contents[1]))))
        return std::nullopt;
    if (size == 1 && contents[0] == 0) contents = {};
    return contents;
}

/// SEQUENCE { INTEGER r, INTEGER s } and nothing after it.
std::optional<Bytes> mpints_of(ByteView der) {
    if (der.size() < 2 || der[0] != 0x30) return std::nullopt;
    std::size_t size = der[1], header = 2;
    if (size == 0x81) {
        if (der.size() < 3 || der[2] < 0x80) return std::nullopt;
        size = der[2], header = 3;
    } else if (size > 0x80) {
        return std::nullopt;
    }
    if (der.size() != header + size) return std::nullopt;
    der = der.subspan(header);
    const auto r = der_integer(der);
    if (!r) return std::nullopt;
    const auto s = der_integer(der);
    if (!s || !der.empty()) return std::nullopt;
    Bytes mpints;
    Writer(mpints).string(*r).string(*s);
    return mpints;
}

struct Curve {
    const char *group, *hash, *name;
    std::size_t field;
};
constexpr Curve kCurves[] = {{"secp256r1", "SHA-256", "nistp256", 32},
                             {"secp384r1", "SHA-384", "nistp384", 48},
                             {"secp521r1", "SHA-512", "nistp521", 66}};

Bytes ecdsa_blob(const Curve& curve, const BotanVector& vector, const std::string& algorithm) {
    Bytes point{4};
    for (const char* coordinate : {"Px", "Py"}) {
        const Bytes padded = from_hex(vector.at(coordinate));
        ByteView bytes = padded;
        while (bytes.size() > curve.field && bytes[0] == 0) bytes = bytes.subspan(1);
        REQUIRE(bytes.size() <= curve.field);
        point.resize(point.size() + curve.field - bytes.size());
        append(point, bytes);
    }
    Bytes blob;
    Writer(blob).string(algorithm).string(std::string_view(curve.name)).string(point);
    return blob;
}

}  // namespace

TEST_CASE("wycheproof: ECDSA signatures", "[wycheproof]") {
    need_vectors();
    Count count;
    for_each_botan_vector(
        "ecdsa_wycheproof.vec", "Valid",
        [&](const std::string&, const BotanVector& vector, const std::string& where) {
            for (const Curve& curve : kCurves) {
                if (vector.at("Group") != curve.group || vector.at("Hash") != curve.hash) continue;
                const auto mpints = mpints_of(from_hex(vector.at("Signature")));
                INFO(where);
                if (!mpints) {
                    CHECK(vector.at("Valid") == "0");
                    ++count.left_out;
                    continue;
                }
                const std::string algorithm = std::string("ecdsa-sha2-") + curve.name;
                check({ecdsa_blob(curve, vector, algorithm), algorithm, from_hex(vector.at("Msg")),
                       *mpints},
                      says_valid(vector), where, count);
            }
        });
    // Botan may add some.
    CHECK(count.valid >= 827);
    CHECK(count.refused >= 452);
    CHECK(count.no_key == 0);
    CHECK(count.left_out < count.valid);
}

struct EddsaFile {
    const char *file, *algorithm, *key;
    const char* valid;  ///< of files that do not say
    std::size_t least_valid, least_refused, no_key;
};

TEST_CASE("wycheproof: EdDSA signatures", "[wycheproof]") {
    need_vectors();
    const auto file =
        GENERATE(EddsaFile{"ed25519.vec", "ssh-ed25519", "Pubkey", "1", 709, 0, 0},
                 EddsaFile{"ed25519_verify.vec", "ssh-ed25519", "Pubkey", "", 0, 62, 0},
                 EddsaFile{"ed448.vec", "ssh-ed448", "PublicKey", "", 17, 70, 0});
    Count count;
    for_each_botan_vector(
        file.file, "Signature",
        [&](const std::string& section, BotanVector vector, const std::string& where) {
            if (section != "Pure") return;
            vector.try_emplace("Valid", file.valid);
            check({blob_of(file.algorithm, from_hex(vector.at(file.key))), file.algorithm,
                   from_hex(vector.at("Msg")), from_hex(vector.at("Signature"))},
                  says_valid(vector), where, count);
        });
    CHECK(count.valid >= file.least_valid);
    CHECK(count.refused >= file.least_refused);
    CHECK(count.no_key == file.no_key);
}

TEST_CASE("wycheproof: RSA signatures", "[wycheproof]") {
    need_vectors();
    const std::string kSection = "PKCS1v15(SHA-256)", kAlgorithm = "rsa-sha2-256";
    Count count;
    const auto use = [&](const char* key, bool valid) {
        return [&count, &kSection, &kAlgorithm, key, valid](const std::string& section,
                                                            const BotanVector& vector,
                                                            const std::string& where) {
            if (section != kSection) return;
            if (vector.at("E") != "65537") return;
            Bytes blob;
            Writer(blob).string("ssh-rsa").mpint(Bytes{1, 0, 1}).mpint(from_hex(vector.at("N")));
            check({blob, kAlgorithm, from_hex(vector.at("Msg")), from_hex(vector.at(key))}, valid,
                  where, count);
        };
    };
    for_each_botan_vector("rsa_verify.vec", "Signature", use("Signature", true));
    for_each_botan_vector("rsa_invalid.vec", "InvalidSignature", use("InvalidSignature", false));
    CHECK(count.valid >= 1);
    CHECK(count.refused >= 141);
    CHECK(count.no_key == 0);
}

TEST_CASE("wycheproof: key agreement on Montgomery curves", "[wycheproof]") {
    need_vectors();
    const auto [method, file] = GENERATE(table<std::string, std::string>(
        {{"curve25519-sha256", "x25519.vec"}, {"curve448-sha512", "x448.vec"}}));
    const std::string name = method;
    Count count;
    for_each_botan_vector(
        file, "K", [&](const std::string&, const BotanVector& vector, const std::string& where) {
            INFO(where);
            test::FixedRng rng(vector.at("Secret"));
            const auto server = test::make_kex(name, Role::server, rng);
            REQUIRE(server->start());
            Bytes body, k;
            Writer(body).string(from_hex(vector.at("CounterKey")));
            const auto step = server->step(30, body);
            const Bytes shared = from_hex(vector.at("K"));
            const bool zero =
                std::all_of(shared.begin(), shared.end(), [](auto b) { return b == 0; });
            // RFC 8731 s3: a result of zeros ends the exchange.
            CHECK(step.has_value() == !zero);
            ++(step ? count.valid : count.refused);
            if (!step) {
                CHECK(step.error().code == Errc::peer_misbehaved);
                return;
            }
            Writer(k).mpint(shared);
            CHECK(test::to_hex(step->done->shared_secret) == test::to_hex(k));
        });
    CHECK(count.valid >= 70);
    CHECK(count.refused >= 10);
}

// Sound or changed, as those of Wycheproof: RFC 5480 s2.1.1 allows names only.
TEST_CASE("wycheproof: public keys over a curve that is given by numbers", "[wycheproof]") {
    need_vectors();
    std::size_t refused = 0;
    for_each_botan_vector(
        "ecc_invalid.vec", "SubjectPublicKey",
        [&](const std::string&, const BotanVector& vector, const std::string& where) {
            INFO(where);
            CHECK_FALSE(load_public_key(from_hex(vector.at("SubjectPublicKey"))));
            ++refused;
        });
    CHECK(refused >= 5);
}

}  // namespace nacre
