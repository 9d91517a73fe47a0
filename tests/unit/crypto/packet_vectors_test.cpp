#include "packet_cipher_harness.hpp"
#include "support/hex.hpp"
#include "support/vec_file.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::test;

TEST_CASE("packet_cipher: packets made with OpenSSL", "[crypto][cipher]") {
    for (const auto& vector : load_vec("packets.vec")) {
        INFO("line " << vector.line());
        const Suite suite{vector.text("cipher"), vector.text("mac")};
        const KeyBytes keys{vector.bytes("iv"), vector.bytes("key"), vector.bytes("mac_key")};
        const auto seq = static_cast<std::uint32_t>(vector.number("seq"));

        const auto sealer = make_sealer(suite, keys);
        CHECK(to_hex(seal(*sealer, seq - 1, vector.bytes("first"))) == vector.text("sealed_first"));
        CHECK(to_hex(seal(*sealer, seq, vector.bytes("plain"))) == vector.text("sealed"));

        const auto opener = make_opener(suite, keys);
        Bytes packet = vector.bytes("sealed_first");
        CHECK(opener->open(seq - 1, packet));
        packet = vector.bytes("sealed");
        CHECK(opener->open(seq, packet));
        packet.resize(packet.size() - opener->shape().tag);
        CHECK(to_hex(packet) == vector.text("plain"));
    }
}

TEST_CASE("packet_cipher: the packet of the chacha20-poly1305 draft", "[crypto][cipher]") {
    const Suite suite{"chacha20-poly1305@openssh.com", "none"};
    for (const auto& vector : load_vec("chacha20_poly1305.vec")) {
        const KeyBytes keys{{}, vector.bytes("key"), {}};
        const auto seq = static_cast<std::uint32_t>(vector.number("seq"));
        const auto sealer = make_sealer(suite, keys);
        CHECK(seal(*sealer, seq, vector.bytes("plain")) == vector.bytes("sealed"));

        const auto opener = make_opener(suite, keys);
        Bytes packet = vector.bytes("sealed");
        CHECK(opener->length(seq, packet) == 72);
        CHECK(opener->open(seq, packet));
        packet.resize(packet.size() - opener->shape().tag);
        CHECK(packet == vector.bytes("plain"));
    }
}

TEST_CASE("packet_cipher: counter mode of SP 800-38A, F.5", "[crypto][cipher]") {
    const Bytes blocks = from_hex(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
    const Bytes iv = from_hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
    const struct {
        const char* cipher;
        const char* key;
        const char* sealed;
    } known[] = {
        {"aes128-ctr", "2b7e151628aed2a6abf7158809cf4f3c",
         "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
         "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee"},
        {"aes192-ctr", "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
         "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e94"
         "1e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050"},
        {"aes256-ctr", "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
         "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
         "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6"},
    };
    for (const auto& vector : known) {
        INFO(vector.cipher);
        // The length field is not encrypted, so the counter begins behind it.
        const Suite suite{vector.cipher, "hmac-sha2-256-etm@openssh.com"};
        const KeyBytes keys{iv, from_hex(vector.key), Bytes(32)};
        Bytes packet(4);
        append(packet, blocks);
        const Bytes sealed = seal(*make_sealer(suite, keys), 0, packet);
        CHECK(to_hex(ByteView(sealed).subspan(4, blocks.size())) == vector.sealed);
    }
}
