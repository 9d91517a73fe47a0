#include <nacre/wire/numbers.hpp>

#include <catch2/catch_all.hpp>

#include <map>
#include <string>

using namespace nacre;

TEST_CASE("every message number has the RFC's name") {
    // RFC 4250 s4.1.2, RFC 8308 s4, and ping@openssh.com.
    const std::map<int, std::string> names{
        {1, "DISCONNECT"},
        {2, "IGNORE"},
        {3, "UNIMPLEMENTED"},
        {4, "DEBUG"},
        {5, "SERVICE_REQUEST"},
        {6, "SERVICE_ACCEPT"},
        {7, "EXT_INFO"},
        {8, "NEWCOMPRESS"},
        {20, "KEXINIT"},
        {21, "NEWKEYS"},
        {50, "USERAUTH_REQUEST"},
        {51, "USERAUTH_FAILURE"},
        {52, "USERAUTH_SUCCESS"},
        {53, "USERAUTH_BANNER"},
        {80, "GLOBAL_REQUEST"},
        {81, "REQUEST_SUCCESS"},
        {82, "REQUEST_FAILURE"},
        {90, "CHANNEL_OPEN"},
        {91, "CHANNEL_OPEN_CONFIRMATION"},
        {92, "CHANNEL_OPEN_FAILURE"},
        {93, "CHANNEL_WINDOW_ADJUST"},
        {94, "CHANNEL_DATA"},
        {95, "CHANNEL_EXTENDED_DATA"},
        {96, "CHANNEL_EOF"},
        {97, "CHANNEL_CLOSE"},
        {98, "CHANNEL_REQUEST"},
        {99, "CHANNEL_SUCCESS"},
        {100, "CHANNEL_FAILURE"},
        {192, "PING"},
        {193, "PONG"},
    };
    for (int n = 0; n < 256; ++n) {
        INFO(n);
        const auto known = names.find(n);
        std::string expected = "unassigned";
        if (known != names.end()) {
            expected = known->second;
        } else if (n >= 30 && n <= 49) {
            expected = "KEX_METHOD";
        } else if (n >= 60 && n <= 79) {
            expected = "USERAUTH_METHOD";
        }
        CHECK(msg::name_of(static_cast<std::uint8_t>(n)) == expected);
    }
}
