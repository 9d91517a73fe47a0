#include "crypto/botan/sntrup761.hpp"

#include "crypto/botan/sntrup761_code.hpp"
#include "support/det_rng.hpp"
#include "support/vec_file.hpp"

#include <botan/block_cipher.h>
#include <botan/hash.h>
#include <catch2/catch_all.hpp>

namespace nacre {
namespace {

namespace ntru = detail::sntrup761;
using test::DetRng;
using test::to_hex;

/// The generator of NIST's known answer tests: CTR_DRBG with AES-256 and no derivation function.
/// Its output depends on how it is divided among calls.
class NistRng final : public Rng {
  public:
    explicit NistRng(ByteView seed) : cipher_(Botan::BlockCipher::create_or_throw("AES-256")) {
        cipher_->set_key(Bytes(32));
        update(seed);
    }
    void fill(ByteSpan out) noexcept override {
        for (std::size_t at = 0; at < out.size(); at += 16) {
            const auto block = next();
            std::memcpy(&out[at], block.data(), std::min<std::size_t>(16, out.size() - at));
        }
        update({});
    }

  private:
    std::array<std::uint8_t, 16> next() {
        for (std::size_t i = 16; i > 0 && ++counter_[i - 1] == 0; --i) {
        }
        auto block = counter_;
        cipher_->encrypt(block.data());
        return block;
    }
    void update(ByteView seed) {
        Bytes state;
        for (int i = 0; i < 3; ++i) append(state, next());
        for (std::size_t i = 0; i < seed.size(); ++i) state[i] ^= seed[i];
        cipher_->set_key(ByteView(state).first(32));
        std::memcpy(counter_.data(), &state[32], 16);
    }

    std::unique_ptr<Botan::BlockCipher> cipher_;
    std::array<std::uint8_t, 16> counter_{};
};

std::string upper_hex(ByteView bytes) {
    auto text = to_hex(bytes);
    for (auto& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

TEST_CASE("sntrup761: known answer of the reference implementation for all three operations") {
    // nistkat-sha256 in PQClean's crypto_kem/sntrup761/META.yml: SHA-256 of the first record of
    // NIST's test in the form that follows.
    Bytes entropy(48), seed(48);
    for (std::size_t i = 0; i < entropy.size(); ++i) entropy[i] = static_cast<std::uint8_t>(i);
    NistRng(entropy).fill(seed);
    NistRng rng(seed);
    const auto pair = ntru::make_key_pair(rng);
    const auto capsule = ntru::encapsulate(pair.public_key, rng);
    const std::string record =
        "count = 0\nseed = " + upper_hex(seed) + "\npk = " + upper_hex(pair.public_key) +
        "\nsk = " + upper_hex(pair.secret_key) + "\nct = " + upper_hex(capsule.ciphertext) +
        "\nss = " + upper_hex(capsule.shared) + "\n";
    const auto sha = Botan::HashFunction::create_or_throw("SHA-256");
    sha->update(record);
    CHECK(to_hex(sha->final_stdvec()) ==
          "afc42c3a5b10f4ef69654250097ebda9b9564570f4086744b24a6daf2bd1f89a");
    CHECK(same_secret(ntru::decapsulate(capsule.ciphertext, pair.secret_key), capsule.shared));
}

TEST_CASE("sntrup761: published decapsulation vectors") {
    for (const auto& vector : test::load_vec("sntrup761.vec")) {
        INFO("line " << vector.line());
        const auto shared = ntru::decapsulate(vector.bytes("ct"), vector.bytes("sk"));
        CHECK(to_hex(shared) == to_hex(vector.bytes("ss")));
    }
}

TEST_CASE("sntrup761: what one encapsulates the other decapsulates") {
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
        DetRng rng(seed);
        INFO("seed " << rng.seed());
        const auto pair = ntru::make_key_pair(rng);
        REQUIRE(pair.public_key.size() == ntru::kPublicSize);
        for (int i = 0; i < 4; ++i) {
            const auto capsule = ntru::encapsulate(pair.public_key, rng);
            REQUIRE(capsule.ciphertext.size() == ntru::kCiphertextSize);
            CHECK(same_secret(ntru::decapsulate(capsule.ciphertext, pair.secret_key),
                              capsule.shared));
        }
    }
}

TEST_CASE("sntrup761: a changed ciphertext gives another secret, always the same") {
    DetRng rng(99);
    const auto pair = ntru::make_key_pair(rng);
    const auto capsule = ntru::encapsulate(pair.public_key, rng);
    for (std::size_t at = 0; at < ntru::kCiphertextSize; at += 47) {
        Bytes changed = capsule.ciphertext;
        changed[at] ^= 1;
        const auto shared = ntru::decapsulate(changed, pair.secret_key);
        CHECK_FALSE(same_secret(shared, capsule.shared));
        CHECK(same_secret(shared, ntru::decapsulate(changed, pair.secret_key)));
    }
    const auto of_zeros = ntru::decapsulate(Bytes(ntru::kCiphertextSize), pair.secret_key);
    CHECK(of_zeros.size() == ntru::kSharedSize);
    CHECK(ntru::decapsulate(Bytes(ntru::kCiphertextSize, 0xFF), pair.secret_key).size() ==
          ntru::kSharedSize);
}

TEST_CASE("sntrup761: any string of the right length is a public key") {
    DetRng rng(5);
    CHECK(ntru::encapsulate(Bytes(ntru::kPublicSize, 0xFF), rng).shared.size() == 32);
    CHECK(ntru::encapsulate(Bytes(ntru::kPublicSize), rng).shared.size() == 32);
}

TEST_CASE("sntrup761: reductions agree with division") {
    const auto centred = [](std::int64_t a, std::int64_t m) {
        const auto rest = ((a % m) + m) % m;
        return rest > (m - 1) / 2 ? rest - m : rest;
    };
    for (std::int64_t a = -40000; a <= 40000; ++a) {
        REQUIRE(ntru::reduce_q(static_cast<std::int32_t>(a)) == centred(a, ntru::kQ));
    }
    for (std::int32_t a = -8192; a <= 8192; ++a) REQUIRE(ntru::reduce_3(a) == centred(a, 3));
    DetRng rng(17);
    for (int i = 0; i < 100000; ++i) {
        const auto a = static_cast<std::int32_t>(rng.u64());
        REQUIRE(ntru::reduce_q(a) == centred(a, ntru::kQ));
    }
    CHECK(ntru::reduce_q(INT32_MAX) == centred(INT32_MAX, ntru::kQ));
    CHECK(ntru::reduce_q(-INT32_MAX) == centred(-INT32_MAX, ntru::kQ));
}

TEST_CASE("sntrup761: inverses, weights and encodings") {
    DetRng rng(23);
    ntru::Small one, f, product;
    one[0] = 1;
    ntru::random_short(f, rng);
    CHECK(ntru::wrong_weight_mask(f) == 0);
    CHECK(ntru::wrong_weight_mask(one) == 0xFFFFFFFF);

    ntru::Rq inverse, back;
    ntru::invert_thrice(inverse, f);
    ntru::multiply(back, inverse, f);
    for (std::size_t i = 0; i < ntru::kP; ++i) REQUIRE(ntru::reduce_q(3 * back[i]) == one[i]);

    int inverted = 0;
    for (int i = 0; i < 20; ++i) {
        ntru::Small g, g_inverse;
        ntru::random_small(g, rng);
        if (!ntru::invert(g_inverse, g)) continue;
        ++inverted;
        ntru::multiply(product, g, g_inverse);
        CHECK(product == one);
    }
    CHECK(inverted > 0);
    CHECK_FALSE(ntru::invert(product, ntru::Small()));

    ntru::Rq decoded;
    Bytes encoded(ntru::kRqSize);
    ntru::encode_rq(encoded, inverse);
    ntru::decode_rq(decoded, encoded);
    CHECK(decoded == inverse);
    ntru::round_to_3(inverse);
    encoded.assign(ntru::kRoundedSize, 0);
    ntru::encode_rounded(encoded, inverse);
    ntru::decode_rounded(decoded, encoded);
    CHECK(decoded == inverse);
}

}  // namespace
}  // namespace nacre
