#include <nacre/base/ip_network.hpp>

#include <catch2/catch_all.hpp>

using nacre::IpAddress;
using nacre::IpNetwork;

TEST_CASE("numeric addresses are read, everything else is not", "[base][ip]") {
    for (const char* text : {"0.0.0.0", "192.0.2.1", "::", "::1", "2001:db8::1", "fe80::1%eth0",
                             "::ffff:192.0.2.1", "2001:db8:1:2:3:4:5:6"})
        CHECK(IpAddress::parse(text).has_value());
    for (const char* text : {"", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ",
                             "1.2.3.4%eth0", "::1%", "localhost", "2001:db8::1::2", "[::1]",
                             "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc"})
        CHECK_FALSE(IpAddress::parse(text).has_value());
    CHECK_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)).has_value());
}

TEST_CASE("an IPv4 address mapped into IPv6 is the IPv4 address", "[base][ip]") {
    CHECK(*IpAddress::parse("::ffff:192.0.2.1") == *IpAddress::parse("192.0.2.1"));
    CHECK(IpAddress::parse("::ffff:127.0.0.1")->is_loopback());
    CHECK(*IpAddress::parse("::192.0.2.1") != *IpAddress::parse("192.0.2.1"));
}

TEST_CASE("loopback", "[base][ip]") {
    for (const char* text : {"127.0.0.1", "127.255.3.4", "::1"})
        CHECK(IpAddress::parse(text)->is_loopback());
    for (const char* text : {"128.0.0.1", "126.0.0.1", "::", "::2", "1::1", "0.0.0.1"})
        CHECK_FALSE(IpAddress::parse(text)->is_loopback());
}

TEST_CASE("an address is masked to the bit", "[base][ip]") {
    const auto masked = [](const char* text, unsigned bits) {
        return IpAddress::parse(text)->masked(bits);
    };
    CHECK(masked("192.0.2.255", 32) == *IpAddress::parse("192.0.2.255"));
    CHECK(masked("192.0.2.255", 25) == *IpAddress::parse("192.0.2.128"));
    CHECK(masked("192.0.2.255", 8) == *IpAddress::parse("192.0.0.0"));
    CHECK(masked("192.0.2.255", 0) == *IpAddress::parse("0.0.0.0"));
    CHECK(masked("2001:db8:1:2:3::1", 64) == *IpAddress::parse("2001:db8:1:2::"));
    CHECK(masked("2001:db8:ffff::", 33) == *IpAddress::parse("2001:db8:8000::"));
}

TEST_CASE("networks hold what begins with their bits", "[base][ip]") {
    const auto holds = [](const char* network, const char* address) {
        return IpNetwork::parse(network)->contains(*IpAddress::parse(address));
    };
    CHECK(holds("192.0.2.0/24", "192.0.2.0"));
    CHECK(holds("192.0.2.0/24", "192.0.2.255"));
    CHECK(holds("192.0.2.0/24", "::ffff:192.0.2.7"));
    CHECK_FALSE(holds("192.0.2.0/24", "192.0.3.0"));
    CHECK_FALSE(holds("0.0.0.0/0", "::1"));
    CHECK(holds("0.0.0.0/0", "203.0.113.9"));
    CHECK(holds("192.0.2.7", "192.0.2.7"));
    CHECK_FALSE(holds("192.0.2.7", "192.0.2.8"));
    CHECK(holds("2001:db8::/32", "2001:db8:ffff::1"));
    CHECK_FALSE(holds("2001:db8::/32", "2001:db9::"));
    CHECK_FALSE(holds("::/0", "127.0.0.1"));
}

TEST_CASE("what is no network is refused", "[base][ip]") {
    for (const char* text : {"", "/24", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1",
                             "192.0.2.0/+8", "192.0.2.0/8x", "192.0.2.1/24", "2001:db8::1/32",
                             "::/129", "fe80::%eth0/64", "192.0.2.0/24/8", "192.0.2.0/99999999999"})
        CHECK_FALSE(IpNetwork::parse(text).has_value());
}
