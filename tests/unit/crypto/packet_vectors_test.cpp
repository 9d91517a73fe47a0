#include "packet_cipher_harness.hpp"
#include "support/hex.hpp"
#include "support/vec_file.hpp"

#include <catch2/catch_all.hpp>

#include <set>

using namespace nacre;
using namespace nacre::test;

TEST_CASE("packet_cipher: packets made with OpenSSL and with asyncssh", "[crypto][cipher]") {
    const auto* file = GENERATE("packets.vec", "packets_legacy.vec");
    for (const auto& vector : load_vec(file)) {
        INFO(file << " line " << vector.line());
        const Suite suite{vector.text("cipher"), vector.text("mac")};
        const KeyBytes keys{vector.bytes("iv"), vector.bytes("key"), vector.bytes("mac_key")};
        const auto seq = static_cast<std::uint32_t>(vector.number("seq"));

        const auto sealer = make_sealer(suite, keys);
        CHECK(to_hex(seal(*sealer, seq - 1, vector.bytes("first"))) == vector.text("sealed_first"));
        CHECK(to_hex(seal(*sealer, seq, vector.bytes("plain"))) == vector.text("sealed"));

        const auto opener = make_opener(suite, keys);
        Bytes packet = vector.bytes("sealed_first");
        CHECK(opener->length(seq - 1, packet) == packet.size() - 4 - opener->shape().tag);
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

TEST_CASE("packet_cipher: every cipher and MAC has a packet made by others", "[crypto][cipher]") {
    std::set<std::string> seen{"chacha20-poly1305@openssh.com", "chacha20-poly1305"};
    for (const auto* file : {"packets.vec", "packets_legacy.vec"}) {
        for (const auto& vector : load_vec(file)) {
            seen.insert(vector.text("cipher"));
            seen.insert(vector.text("mac"));
        }
    }
    for (const auto kind : {Algorithm::cipher, Algorithm::mac}) {
        for (const auto& info : botan_provider().algorithms(kind)) {
            INFO(info.name);
            CHECK(seen.count(std::string(info.name)) == 1);
        }
    }
}

namespace {

/// What one packet, of which the length is not encrypted, becomes, without length and tag.
std::string text_of(const char* cipher, const char* iv, const char* key, ByteView plain) {
    const Suite suite{cipher, "hmac-sha2-256-etm@openssh.com"};
    const KeyBytes keys{from_hex(iv), from_hex(key), Bytes(32)};
    Bytes packet(4);
    append(packet, plain);
    return to_hex(ByteView(seal(*make_sealer(suite, keys), 0, packet)).subspan(4, plain.size()));
}

}  // namespace

TEST_CASE("packet_cipher: CBC of SP 800-38A, F.2", "[crypto][cipher]") {
    const Bytes blocks = from_hex(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
    const char* const iv = "000102030405060708090a0b0c0d0e0f";
    const char* const key256 = "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4";
    const char* const sealed256 =
        "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d"
        "39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b";
    CHECK(text_of("aes128-cbc", iv, "2b7e151628aed2a6abf7158809cf4f3c", blocks) ==
          "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
          "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7");
    CHECK(text_of("aes192-cbc", iv, "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", blocks) ==
          "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a"
          "571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd");
    CHECK(text_of("aes256-cbc", iv, key256, blocks) == sealed256);
    CHECK(text_of("rijndael-cbc@lysator.liu.se", iv, key256, blocks) == sealed256);
}

TEST_CASE("packet_cipher: arcfour of RFC 6229, from the first byte and from byte 1536",
          "[crypto][cipher]") {
    const Bytes zeros(16);
    const char* const key128 = "0102030405060708090a0b0c0d0e0f10";
    CHECK(text_of("arcfour", "", key128, zeros) == "9ac7cc9a609d1ef7b2932899cde41b97");
    CHECK(text_of("arcfour128", "", key128, zeros) == "ffa0b514647ec04f6306b892ae661181");
    CHECK(text_of("arcfour256", "",
                  "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20",
                  zeros) == "3e34135c79db010200767651cf263073");
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
