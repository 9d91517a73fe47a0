#include <nacre/pkcs11/uri.hpp>

#include <catch2/catch_all.hpp>

namespace nacre::pkcs11 {
namespace {

TEST_CASE("the attributes of a pkcs11: URI", "[pkcs11]") {
    const auto all = parse_uri(
        "pkcs11:token=My%20token;manufacturer=ma;serial=12ab;model=mo;slot-id=7;object=a%3bb;"
        "id=%00%fFz;type=private?module-path=/lib/x.so&pin-source=file:/etc/pin");
    REQUIRE(all.has_value());
    CHECK(all->token == "My token");
    CHECK(all->manufacturer == "ma");
    CHECK(all->serial == "12ab");
    CHECK(all->model == "mo");
    CHECK(all->slot_id == 7U);
    CHECK(all->object == "a;b");
    CHECK(all->id == Bytes{0, 255, 'z'});
    CHECK(all->module_path == "/lib/x.so");
    CHECK(all->pin_file == "/etc/pin");

    const auto nothing = parse_uri("pkcs11:");
    REQUIRE(nothing.has_value());
    CHECK_FALSE(nothing->token);
    CHECK_FALSE(nothing->id);
    CHECK(nothing->module_path.empty());
    CHECK(parse_uri("pkcs11:?pin-source=/p")->pin_file == "/p");
    CHECK(parse_uri("pkcs11:?pin-source=file:///p")->pin_file == "/p");
    CHECK(parse_uri("pkcs11:token=")->token == "");
}

TEST_CASE("URIs that are refused", "[pkcs11]") {
    const auto code = [](std::string_view text) { return parse_uri(text).error().code; };
    for (const char* text : {"",
                             "pkcs11",
                             "PKCS11:",
                             "pkcs11:token",
                             "pkcs11:=x",
                             "pkcs11:token=%",
                             "pkcs11:token=%1",
                             "pkcs11:token=%zz",
                             "pkcs11:token=%00",
                             "pkcs11:slot-id=",
                             "pkcs11:slot-id=-1",
                             "pkcs11:slot-id=1x",
                             "pkcs11:slot-id=18446744073709551616",
                             "pkcs11:token=a;token=a",
                             "pkcs11:id=a;id=b",
                             "pkcs11:slot-id=1;slot-id=1",
                             "pkcs11:object=a;;id=b",
                             "pkcs11:?module-path=",
                             "pkcs11:?module-path=a&module-path=b",
                             "pkcs11:?pin-source=/a&pin-source=/b"}) {
        CAPTURE(text);
        CHECK(code(text) == Errc::peer_malformed);
    }
    CHECK(code("pkcs11:token=a?pin-value=1234") == Errc::local_misuse);
    CHECK(code("pkcs11:x-vendor=a") == Errc::unsupported);
    CHECK(code("pkcs11:type=cert") == Errc::unsupported);
    CHECK(code("pkcs11:?pin-source=%7c/bin/pin") == Errc::unsupported);
    CHECK(code("pkcs11:?pin-source=pin") == Errc::unsupported);
    CHECK(code("pkcs11:?module-name=x") == Errc::unsupported);
    CHECK(code("pkcs11:token=" + std::string(kMaxUri, 'a')) == Errc::peer_limit);
}

}  // namespace
}  // namespace nacre::pkcs11
