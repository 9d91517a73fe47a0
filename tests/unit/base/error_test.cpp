#include <nacre/base/error.hpp>

#include <catch2/catch_all.hpp>

#include <set>
#include <string>

using namespace nacre;

TEST_CASE("every error code has a name of its own") {
    std::set<std::string> names;
    for (unsigned n = 1; n <= static_cast<unsigned>(Errc::internal); ++n)
        names.insert(name_of(static_cast<Errc>(n)));
    CHECK(names.size() == static_cast<unsigned>(Errc::internal));
    CHECK(names.count("unknown") == 0);
    CHECK(name_of(Errc::peer_malformed) == std::string("peer_malformed"));
    CHECK(name_of(static_cast<Errc>(999)) == std::string("unknown"));
}

TEST_CASE("every disconnect reason has a name of its own") {
    std::set<std::string> names;
    for (unsigned n = 0; n <= 15; ++n) names.insert(name_of(static_cast<Disconnect>(n)));
    CHECK(names.size() == 16);
    CHECK(names.count("unknown") == 0);
    CHECK(name_of(Disconnect::mac_error) == std::string("mac_error"));
    CHECK(name_of(static_cast<Disconnect>(16)) == std::string("unknown"));
}

TEST_CASE("errors say whose fault it is and what to tell the peer") {
    CHECK(malformed("x", 94) == Error{Errc::peer_malformed, Disconnect::protocol_error, 94, "y"});
    CHECK(misbehaved("x").code == Errc::peer_misbehaved);
    CHECK(over_limit("x").code == Errc::peer_limit);
    CHECK(kex_failed("x").disconnect == Disconnect::key_exchange_failed);
    CHECK_FALSE(malformed("x", 1) == malformed("x", 2));
}
