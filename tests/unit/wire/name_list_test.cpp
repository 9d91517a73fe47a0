#include <nacre/wire/name_list.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;

TEST_CASE("the names of a list come in order") {
    const NameList list("zlib,none,zlib@openssh.com");
    CHECK(list.names() == std::vector<std::string>{"zlib", "none", "zlib@openssh.com"});
    CHECK(list.first() == "zlib");
    CHECK(NameList("none").first() == "none");
    CHECK(NameList("none").names() == std::vector<std::string>{"none"});
    CHECK(NameList().names().empty());
    CHECK(NameList().first().empty());
    CHECK(NameList().empty());
    CHECK_FALSE(list.empty());
    CHECK(list.text() == "zlib,none,zlib@openssh.com");
}

TEST_CASE("contains looks for whole names") {
    const NameList list("aes128-ctr,aes256-ctr,none");
    CHECK(list.contains("aes128-ctr"));
    CHECK(list.contains("aes256-ctr"));
    CHECK(list.contains("none"));
    CHECK_FALSE(list.contains("aes128"));
    CHECK_FALSE(list.contains("non"));
    CHECK_FALSE(list.contains("aes128-ctr,aes256-ctr"));
    CHECK_FALSE(list.contains(""));
    CHECK_FALSE(NameList().contains(""));
    CHECK_FALSE(NameList().contains("none"));
}

TEST_CASE("any_of stops at the first hit") {
    int seen = 0;
    CHECK(NameList("a,b,c").any_of([&](std::string_view name) {
        ++seen;
        return name == "b";
    }));
    CHECK(seen == 2);
    CHECK_FALSE(NameList().any_of([](std::string_view) { return true; }));
}

TEST_CASE("the examples of RFC 4251 s5 are well-formed") {
    CHECK(NameList("").well_formed());
    CHECK(NameList("zlib").well_formed());
    CHECK(NameList("zlib,none").well_formed());
}

TEST_CASE("names are 1 to 256 printable characters") {
    CHECK(NameList("!~@.-_").well_formed());
    CHECK(NameList(std::string(256, 'a') + ",b").well_formed());
    CHECK_FALSE(NameList(std::string(257, 'a')).well_formed());
    CHECK_FALSE(NameList("b," + std::string(257, 'a')).well_formed());
    CHECK_FALSE(NameList(",").well_formed());
    CHECK_FALSE(NameList(",a").well_formed());
    CHECK_FALSE(NameList("a,,b").well_formed());
    CHECK_FALSE(NameList("a,,").well_formed());
    for (const int c : {0, 1, 9, 10, 13, 31, 32, 127, 128, 160, 255}) {
        INFO(c);
        const std::string name{'a', static_cast<char>(c), 'b'};
        CHECK_FALSE(NameList(name).well_formed());
    }
}

// libssh 0.10.6 of Debian 12 offers "...,aes192-ctr,aes128-ctr,": what it was built without left
// the comma behind.
TEST_CASE("a comma at the end is no name") {
    const NameList list("aes192-ctr,aes128-ctr,");
    CHECK(list.well_formed());
    CHECK(list.names() == std::vector<std::string>{"aes192-ctr", "aes128-ctr"});
    CHECK(list.contains("aes128-ctr"));
    CHECK_FALSE(list.contains(""));
    CHECK(NameList("a,").well_formed());
    CHECK(NameList("a,").first() == "a");
}

TEST_CASE("joining is the reverse of names") {
    CHECK(join_names({}) == "");
    CHECK(join_names({"a"}) == "a");
    CHECK(join_names({"a", "b", "c"}) == "a,b,c");
    CHECK(NameList(join_names({"x", "y"})).names() == std::vector<std::string>{"x", "y"});
}
