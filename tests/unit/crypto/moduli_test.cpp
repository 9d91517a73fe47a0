#include "support/hex.hpp"

#include <nacre/crypto/moduli.hpp>

#include <botan/dl_group.h>
#include <catch2/catch_all.hpp>

namespace nacre {
namespace {

std::string hex_prime(std::uint32_t bits) {
    return test::to_hex(
        Botan::DL_Group::from_name("modp/ietf/" + std::to_string(bits)).get_p().serialize<Bytes>());
}

std::string line(const std::string& size, const std::string& g, const std::string& p) {
    return "20240101000000 2 6 100 " + size + " " + g + " " + p + "\n";
}

TEST_CASE("moduli: groups come ascending, whatever the order of lines") {
    const auto groups = load_moduli("# Time Type Tests Tries Size Generator Modulus\n\n" +
                                    line("3071", "5", hex_prime(3072)) + "  # indented\r\n" +
                                    line("2047", "2", hex_prime(2048)));
    REQUIRE(groups);
    REQUIRE(groups->size() == 2);
    CHECK((*groups)[0].bits == 2048);
    CHECK((*groups)[0].g == Bytes{2});
    CHECK(test::to_hex((*groups)[0].p) == hex_prime(2048));
    CHECK((*groups)[1].bits == 3072);
    CHECK((*groups)[1].g == Bytes{5});
}

TEST_CASE("moduli: at most kMaxGroupsPerSize of a size, and the last line may lack its end") {
    std::string text;
    for (std::size_t i = 0; i < kMaxGroupsPerSize + 2; ++i) {
        text += line("2047", "2", hex_prime(2048));
    }
    text.pop_back();
    const auto groups = load_moduli(text);
    REQUIRE(groups);
    CHECK(groups->size() == kMaxGroupsPerSize);
}

TEST_CASE("moduli: other types, untested candidates and other sizes are skipped") {
    const auto p = hex_prime(2048);
    const auto good = line("2047", "2", p);
    for (const std::string& skipped :
         {"20240101 4 6 100 2047 2 " + p, "20240101 2 0 100 2047 2 " + p,
          "20240101 2 7 100 2047 2 " + p, "20240101 2 6 0 2047 2 " + p,
          std::string("20240101 2 6 100 1023 2 FF"), std::string("20240101 2 6 100 9000 2 FF"),
          std::string("20240101 2 6 100 4294967295 2 FF")}) {
        const auto groups = load_moduli(skipped + "\n" + good);
        REQUIRE(groups);
        CHECK(groups->size() == 1);
        CHECK_FALSE(load_moduli(skipped));  // nothing left
    }
}

TEST_CASE("moduli: malformed lines and wrong primes are errors that name the line") {
    auto composite = hex_prime(2048);
    composite[100] = composite[100] == '0' ? '1' : '0';
    for (const std::string& wrong :
         {std::string("x"), std::string("20240101 2 6 100 2047 2"), line("2047", "2", "xyz"),
          line("2047", "2", hex_prime(3072)), line("3071", "2", hex_prime(2048)),
          line("2047", "2", composite), line("2047", "0", hex_prime(2048)),
          line("2047", "1", hex_prime(2048)), line("2047", "2 3", hex_prime(2048)),
          line("-1", "2", hex_prime(2048)), line("2047x", "2", hex_prime(2048)),
          line("2047", "2", std::string(20000, 'f'))}) {
        const auto groups = load_moduli("# first\n" + wrong);
        REQUIRE_FALSE(groups);
        CHECK(groups.error().code == Errc::local_failed);
        CHECK(groups.error().detail == 2);
    }
    CHECK_FALSE(load_moduli(""));
}

TEST_CASE("moduli: p with an even (p - 1) / 2 is refused") {
    // 2^2047 + 1: (p - 1) / 2 is even.
    const auto p = Botan::BigInt::power_of_2(2047) + 1;
    const auto groups = load_moduli(line("2047", "2", test::to_hex(p.serialize<Bytes>())));
    REQUIRE_FALSE(groups);
    CHECK(groups.error().code == Errc::local_failed);
}

TEST_CASE("moduli: too many lines are refused") {
    const auto groups = load_moduli(std::string(kMaxModuliLines + 1, '\n'));
    REQUIRE_FALSE(groups);
    CHECK(groups.error().code == Errc::local_limit);
}

}  // namespace
}  // namespace nacre
