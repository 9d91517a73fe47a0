#include "crypto/null_cipher.hpp"
#include "packet_cipher_harness.hpp"
#include "support/alloc_count.hpp"
#include "support/hex.hpp"

#include <nacre/crypto/packet_cipher.hpp>

#include <algorithm>

using namespace nacre;
using namespace nacre::test;

TEST_CASE("packet_cipher: what is sealed can be opened", "[crypto][cipher]") {
    DetRng rng(21);
    for (const Suite& suite : cipher_mac_pairs()) {
        INFO(suite.cipher << " " << suite.mac);
        const KeyBytes keys = make_keys(suite, rng);
        const auto sealer = make_sealer(suite, keys);
        const auto opener = make_opener(suite, keys);
        const std::size_t tag = sealer->shape().tag;
        std::uint32_t seq = 0xfffffff0;  // the sequence number wraps, the key stream goes on
        for (std::size_t size = 0; size <= 600; size += size < 40 ? 1 : 7, ++seq) {
            INFO("payload " << size);
            const Bytes plain = make_packet(sealer->shape(), size, rng);
            Bytes packet = seal(*sealer, seq, plain);
            REQUIRE(packet.size() >= opener->shape().length_needs);
            REQUIRE_FALSE(std::equal(plain.begin() + 5, plain.end(), packet.begin() + 5));
            REQUIRE(opener->length(seq, packet) == plain.size() - 4);
            REQUIRE(opener->open(seq, packet));
            packet.resize(packet.size() - tag);
            REQUIRE(packet == plain);
        }
    }
}

TEST_CASE("packet_cipher: large packets", "[crypto][cipher]") {
    DetRng rng(22);
    for (const Suite& suite : cipher_mac_pairs()) {
        INFO(suite.cipher << " " << suite.mac);
        const KeyBytes keys = make_keys(suite, rng);
        const auto sealer = make_sealer(suite, keys);
        const auto opener = make_opener(suite, keys);
        std::uint32_t seq = 0;
        for (const std::size_t size : {32768u, 262144u, 100001u}) {
            const Bytes plain = make_packet(sealer->shape(), size, rng);
            Bytes packet = seal(*sealer, seq, plain);
            REQUIRE(opener->open(seq++, packet));
            REQUIRE(std::equal(plain.begin(), plain.end(), packet.begin()));
        }
    }
}

TEST_CASE("packet_cipher: length() can be asked again and leaves the packet alone",
          "[crypto][cipher]") {
    DetRng rng(23);
    for (const Suite& suite : cipher_mac_pairs()) {
        INFO(suite.cipher << " " << suite.mac);
        const KeyBytes keys = make_keys(suite, rng);
        const auto sealer = make_sealer(suite, keys);
        const auto opener = make_opener(suite, keys);
        for (std::uint32_t seq = 0; seq < 3; ++seq) {
            const Bytes plain = make_packet(sealer->shape(), 50, rng);
            Bytes packet = seal(*sealer, seq, plain);
            const Bytes before = packet;
            const ByteView head = ByteView(packet).first(opener->shape().length_needs);
            CHECK(opener->length(seq, head) == plain.size() - 4);
            const Bytes elsewhere = to_bytes(head);
            CHECK(opener->length(seq, elsewhere) == plain.size() - 4);
            CHECK(opener->length(seq, packet) == plain.size() - 4);
            CHECK(packet == before);
            REQUIRE(opener->open(seq, packet));
            CHECK(std::equal(plain.begin(), plain.end(), packet.begin()));
        }
    }
}

TEST_CASE("packet_cipher: a flipped bit in any byte is found", "[crypto][cipher]") {
    DetRng rng(24);
    for (const Suite& suite : cipher_mac_pairs()) {
        INFO(suite.cipher << " " << suite.mac);
        const KeyBytes keys = make_keys(suite, rng);
        const auto sealer = make_sealer(suite, keys);
        const Bytes plain = make_packet(sealer->shape(), 45, rng);
        const Bytes packet = seal(*sealer, 5, plain);
        for (std::size_t at = 0; at < packet.size(); ++at) {
            INFO("byte " << at);
            Bytes changed = packet;
            changed[at] ^= static_cast<std::uint8_t>(1U << rng.below(8));
            const auto opener = make_opener(suite, keys);
            if (at % 2 == 0) static_cast<void>(opener->length(5, changed));
            REQUIRE_FALSE(opener->open(5, changed));
        }
        auto opener = make_opener(suite, keys);
        Bytes shorter(packet.begin(), packet.end() - sealer->shape().block);
        CHECK_FALSE(opener->open(5, shorter));
        opener = make_opener(suite, keys);
        Bytes intact = packet;
        CHECK(opener->open(5, intact));
    }
}

TEST_CASE("packet_cipher: packets out of order are refused, and all after them",
          "[crypto][cipher]") {
    DetRng rng(25);
    for (const Suite& suite : cipher_mac_pairs()) {
        INFO(suite.cipher << " " << suite.mac);
        const KeyBytes keys = make_keys(suite, rng);
        const auto sealer = make_sealer(suite, keys);
        const Bytes plain = make_packet(sealer->shape(), 20, rng);
        const Bytes first = seal(*sealer, 0, plain);
        const Bytes second = seal(*sealer, 1, plain);
        CHECK(first != second);

        auto opener = make_opener(suite, keys);
        Bytes packet = second;
        CHECK_FALSE(opener->open(0, packet));
        packet = first;
        CHECK_FALSE(opener->open(0, packet));
        CHECK_FALSE(opener->open(1, packet));

        opener = make_opener(suite, keys);
        packet = first;
        CHECK(opener->open(0, packet));
        packet = first;
        CHECK_FALSE(opener->open(1, packet));

        // GCM counts packets itself; for the others the sequence number must be right.
        const bool gcm = suite.aead && !suite.cipher.starts_with("chacha");
        if (!gcm) {
            opener = make_opener(suite, keys);
            packet = first;
            CHECK_FALSE(opener->open(1, packet));
        }
    }
}

TEST_CASE("packet_cipher: other keys do not open", "[crypto][cipher]") {
    DetRng rng(26);
    for (const Suite& suite : cipher_mac_pairs()) {
        INFO(suite.cipher << " " << suite.mac);
        const KeyBytes keys = make_keys(suite, rng);
        const auto sealer = make_sealer(suite, keys);
        const Bytes plain = make_packet(sealer->shape(), 20, rng);
        const Bytes packet = seal(*sealer, 0, plain);
        for (Bytes KeyBytes::*part : {&KeyBytes::iv, &KeyBytes::key, &KeyBytes::mac_key}) {
            KeyBytes other = keys;
            if ((other.*part).empty()) continue;
            (other.*part)[0] ^= 2;  // the lowest bit is nothing but parity in a key of DES
            Bytes copy = packet;
            const bool opened = make_opener(suite, other)->open(0, copy);
            // With encrypt-then-MAC, only the MAC key authenticates.
            CHECK(opened == (suite.etm && part != &KeyBytes::mac_key));
            if (opened) CHECK_FALSE(std::equal(plain.begin(), plain.end(), copy.begin()));
        }
    }
}

TEST_CASE("packet_cipher: no allocation per packet", "[crypto][cipher]") {
    DetRng rng(27);
    for (const Suite& suite : cipher_mac_pairs()) {
        INFO(suite.cipher << " " << suite.mac);
        const KeyBytes keys = make_keys(suite, rng);
        const auto sealer = make_sealer(suite, keys);
        const auto opener = make_opener(suite, keys);
        Bytes packet = make_packet(sealer->shape(), 20000, rng);
        packet.resize(packet.size() + sealer->shape().tag);
        bool good = true;
        std::size_t allocated = 0;
        for (std::uint32_t seq = 0; seq < 20; ++seq) {
            const AllocCount count;
            good = sealer->seal(seq, packet) && good;
            good = opener->length(seq, packet) != 0 && good;
            good = opener->open(seq, packet) && good;
            if (seq > 0) allocated += count.count();  // the first packet may set things up
        }
        CHECK(good);
        CHECK(allocated == 0);
    }
}

TEST_CASE("packet_cipher: too short packets are refused", "[crypto][cipher]") {
    DetRng rng(28);
    for (const Suite& suite : cipher_mac_pairs()) {
        INFO(suite.cipher << " " << suite.mac);
        const KeyBytes keys = make_keys(suite, rng);
        const std::size_t tag = make_sealer(suite, keys)->shape().tag;
        for (const std::size_t size : {std::size_t{0}, std::size_t{3}, tag, tag + 3}) {
            Bytes packet(size);
            CHECK_FALSE(make_sealer(suite, keys)->seal(0, packet));
            CHECK_FALSE(make_opener(suite, keys)->open(0, packet));
        }
    }
}

TEST_CASE("packet_cipher: shapes", "[crypto][cipher]") {
    DetRng rng(29);
    const auto narrow = [](const std::string& cipher) {
        for (const auto* name : {"chacha20", "3des", "blowfish", "cast128", "arcfour"})
            if (cipher.starts_with(name)) return true;
        return false;
    };
    for (const Suite& suite : cipher_mac_pairs()) {
        INFO(suite.cipher << " " << suite.mac);
        const KeyBytes keys = make_keys(suite, rng);
        const auto sealer = make_sealer(suite, keys);
        const auto opener = make_opener(suite, keys);
        const CipherShape& shape = sealer->shape();
        const bool small = narrow(suite.cipher);
        CHECK(shape.block == (small ? 8 : 16));
        CHECK(shape.length_outside_padding == (suite.aead || suite.etm));
        CHECK(shape.length_needs == (suite.aead || suite.etm ? 4 : shape.block));
        const bool cbc = suite.cipher.find("-cbc") != std::string::npos;
        CHECK(shape.hide_errors == (cbc && !suite.etm));
        // RFC 4344 s3.2: a gigabyte, or 2^32 blocks of 16 bytes.
        CHECK(shape.rekey_bytes == std::uint64_t{1} << (small ? 30 : 36));
        CHECK(opener->shape().block == shape.block);
        CHECK(opener->shape().tag == shape.tag);
        CHECK(opener->shape().length_needs == shape.length_needs);
        CHECK(opener->shape().length_outside_padding == shape.length_outside_padding);
    }
}

TEST_CASE("packet_cipher: work in vain ends the opener and costs what is asked for",
          "[crypto][cipher]") {
    DetRng rng(33);
    for (const Suite& suite : cipher_mac_pairs()) {
        if (suite.aead || suite.etm) continue;
        INFO(suite.cipher << " " << suite.mac);
        const KeyBytes keys = make_keys(suite, rng);
        const auto sealer = make_sealer(suite, keys);
        const auto opener = make_opener(suite, keys);
        const Bytes plain = make_packet(sealer->shape(), 20, rng);
        Bytes packet = seal(*sealer, 0, plain);
        packet.back() ^= 1;
        CHECK_FALSE(opener->open(0, packet));
        for (const std::size_t bytes : {0u, 1u, 4095u, 4096u, 70001u}) opener->spend(bytes);
        packet = seal(*sealer, 1, plain);
        CHECK_FALSE(opener->open(1, packet));
    }
}

TEST_CASE("packet_cipher: GCM does not use a nonce twice", "[crypto][cipher]") {
    DetRng rng(30);
    const Suite suite{"aes128-gcm@openssh.com", "none", true, false};
    KeyBytes keys = make_keys(suite, rng);
    std::fill(keys.iv.begin() + 4, keys.iv.end(), std::uint8_t{0xff});
    const auto sealer = make_sealer(suite, keys);
    const auto opener = make_opener(suite, keys);
    Bytes packet = seal(*sealer, 0, make_packet(sealer->shape(), 10, rng));
    CHECK(opener->open(0, packet));
    CHECK_FALSE(sealer->seal(1, packet));
    CHECK_FALSE(opener->open(1, packet));
}

TEST_CASE("packet_cipher: ChaCha20 does not use a nonce twice", "[crypto][cipher]") {
    DetRng rng(31);
    const Suite suite{"chacha20-poly1305@openssh.com", "none", true, false};
    const auto sealer = make_sealer(suite, make_keys(suite, rng));
    Bytes packet = seal(*sealer, 7, make_packet(sealer->shape(), 10, rng));
    CHECK(sealer->seal(8, packet));
    CHECK_FALSE(sealer->seal(7, packet));
    CHECK_FALSE(sealer->seal(9, packet));
}

TEST_CASE("packet_cipher: none", "[crypto][cipher]") {
    DetRng rng(32);
    const auto sealer = make_null_sealer();
    const auto opener = make_null_opener();
    CHECK(sealer->shape().block == 8);
    CHECK(sealer->shape().tag == 0);
    CHECK_FALSE(sealer->shape().length_outside_padding);
    const Bytes plain = make_packet(sealer->shape(), 10, rng);
    Bytes packet = plain;
    CHECK(sealer->seal(0, packet));
    CHECK(opener->length(0, packet) == plain.size() - 4);
    CHECK(opener->open(0, packet));
    CHECK(packet == plain);
}
