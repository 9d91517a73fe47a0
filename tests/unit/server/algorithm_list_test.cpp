#include "algorithm_list.hpp"

#include <nacre/crypto/botan.hpp>

#include <catch2/catch_all.hpp>

#include <algorithm>
#include <array>

namespace nacre::tools {
namespace {

using Names = std::vector<std::string>;

constexpr std::array<AlgorithmInfo, 4> kKnown{{
    {"one", true, false, false},
    {"two", true, false, false},
    {"two@x", true, false, false},
    {"weak", false, true, false},
}};

TEST_CASE("a list selects algorithms as OpenSSH's do") {
    const auto [list, names] = GENERATE(table<const char*, Names>({
        {"two,weak", {"two", "weak"}},
        {"+weak", {"one", "two", "two@x", "weak"}},
        {"+one", {"one", "two", "two@x"}},
        {"-two", {"one", "two@x"}},
        {"-two*", {"one"}},
        {"-nothing", {"one", "two", "two@x"}},
        {"^weak,two", {"weak", "two", "one", "two@x"}},
    }));
    CAPTURE(list);
    const auto selected = select_algorithms(list, kKnown);
    REQUIRE(std::get_if<Names>(&selected) != nullptr);
    CHECK(*std::get_if<Names>(&selected) == names);
}

TEST_CASE("a wrong list says why") {
    const auto* const list = GENERATE("", "three", "one,,two", "one,one", "-*", "+three", "+", "^");
    CAPTURE(list);
    const auto selected = select_algorithms(list, kKnown);
    REQUIRE(std::get_if<std::string>(&selected) != nullptr);
    CHECK_FALSE(std::get_if<std::string>(&selected)->empty());
}

TEST_CASE("what is weak among the names chosen is found, however it was written") {
    for (const auto* list : {"two,weak", "+weak", "^weak"}) {
        const auto selected = select_algorithms(list, kKnown);
        CHECK(insecure_names(*std::get_if<Names>(&selected), kKnown) == Names{"weak"});
    }
    CHECK(insecure_names({"one", "two"}, kKnown).empty());
    CHECK(insecure_names({}, kKnown).empty());
}

TEST_CASE("with X.509 its names are defaults, but for weak ones, and come first") {
    const auto known = with_x509(botan_provider());
    CHECK(known.size() == botan_provider().algorithms(Algorithm::host_key).size());
    const Names secure{"x509v3-ecdsa-sha2-nistp256", "x509v3-ecdsa-sha2-nistp384",
                       "x509v3-ecdsa-sha2-nistp521", "x509v3-rsa2048-sha256"};
    const Names names = default_names(known);
    REQUIRE(names.size() > secure.size());
    CHECK(std::is_permutation(secure.begin(), secure.end(), names.begin()));
    CHECK(Names(names.begin() + 4, names.end()) ==
          default_names(botan_provider().algorithms(Algorithm::host_key)));
    const auto more = select_algorithms("+x509v3-ssh-rsa", known);
    REQUIRE(std::get_if<Names>(&more) != nullptr);
    CHECK(std::get_if<Names>(&more)->size() == names.size() + 1);
}

TEST_CASE("the names of RFC 5647 stand among ciphers and MACs, or in neither") {
    const auto fault = [](const Names& ciphers, const Names& macs) {
        return fault_of_pair(ciphers, macs, botan_provider());
    };
    const std::string text = "AEAD_AES_128_GCM must be named in --ciphers and in --macs";
    CHECK(fault({"AEAD_AES_128_GCM"}, {}) == text);
    CHECK(fault({}, {"AEAD_AES_128_GCM"}) == text);
    CHECK(fault({"AEAD_AES_256_GCM", "AEAD_AES_128_GCM"}, {"AEAD_AES_256_GCM"}) == text);
    CHECK(fault({"AEAD_AES_128_GCM", "aes128-ctr"}, {"hmac-sha1", "AEAD_AES_128_GCM"}).empty());
    CHECK(fault({"aes128-gcm@openssh.com"}, {}).empty());
    CHECK(fault({}, {}).empty());
}

}  // namespace
}  // namespace nacre::tools
