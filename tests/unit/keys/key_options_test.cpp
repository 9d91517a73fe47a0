#include <nacre/keys/key_options.hpp>

#include <catch2/catch_all.hpp>

#include <cstdlib>
#include <ctime>

namespace nacre {
namespace {

Result<KeyOptions> read(std::string_view text) {
    const auto options = parse_key_options(text);
    REQUIRE(options);
    return read_key_options(*options);
}

std::chrono::system_clock::time_point at(std::time_t seconds) {
    return std::chrono::system_clock::from_time_t(seconds);
}

LoginOrigin from(std::string_view address, std::time_t now = 1'700'000'000) {
    return {address, {}, at(now)};
}

TEST_CASE("key options: each flag, and restrict with what is given back", "[keys]") {
    using R = LoginRestrictions;
    struct Case {
        const char* name;
        bool R::*member;
    };
    for (const Case& c : {Case{"agent-forwarding", &R::agent_forwarding},
                          Case{"port-forwarding", &R::port_forwarding}, Case{"pty", &R::pty},
                          Case{"user-rc", &R::user_rc}, Case{"X11-forwarding", &R::x11_forwarding},
                          Case{"touch-required", &R::touch_required},
                          Case{"verify-required", &R::verify_required}}) {
        INFO(c.name);
        const std::string name = c.name;
        CHECK(read(name).value().restrictions.*c.member);
        CHECK_FALSE(read("no-" + name).value().restrictions.*c.member);
        CHECK(read("no-" + name + "," + name).value().restrictions.*c.member);
        R other = read("No-" + name).value().restrictions;
        other.*c.member = R{}.*c.member;
        CHECK(other == R{});
        CHECK_FALSE(read(name + "=\"yes\""));
    }
    const auto restricted = read("restrict,pty").value().restrictions;
    CHECK(restricted.pty);
    CHECK_FALSE(restricted.agent_forwarding);
    CHECK_FALSE(restricted.port_forwarding);
    CHECK_FALSE(restricted.user_rc);
    CHECK_FALSE(restricted.x11_forwarding);
    CHECK(restricted.touch_required);
    CHECK_FALSE(read("pty,restrict").value().restrictions.pty);
}

TEST_CASE("key options: values", "[keys]") {
    const auto all = read(R"(command="echo \"hi\"",environment="A=1,2",environment="_b9=",)"
                          R"(environment="A=other",permitopen="localhost:80",permitopen="[::1]:*",)"
                          R"(permitlisten="8080",permitlisten="localhost:*",tunnel="3")")
                         .value()
                         .restrictions;
    CHECK(all.force_command == R"(echo "hi")");
    CHECK(all.environment ==
          std::vector<std::pair<std::string, std::string>>{{"A", "1,2"}, {"_b9", ""}});
    CHECK(all.permit_open == std::vector<std::string>{"localhost:80", "[::1]:*"});
    CHECK(all.permit_listen == std::vector<std::string>{"*:8080", "localhost:*"});
    CHECK(all.tunnel == 3U);
    CHECK_FALSE(read(R"(tunnel="any")").value().restrictions.tunnel);

    const auto ca = read(R"(cert-authority,principals="joe, ann")").value();
    CHECK(ca.cert_authority);
    CHECK(ca.principals == std::vector<std::string>{"joe", "ann"});
}

TEST_CASE("key options: what is wrong is named by its place", "[keys]") {
    struct Case {
        const char* text;
        std::uint32_t which;
    };
    for (const Case& c : {Case{"made-up@example.com", 0},
                          Case{"no-restrict", 0},
                          Case{"no-cert-authority", 0},
                          Case{"pty,ptyy", 1},
                          Case{"no-no-pty", 0},
                          Case{"command", 0},
                          Case{"from", 0},
                          Case{R"(command="a",command="b")", 1},
                          Case{R"(from="a",from="b")", 1},
                          Case{R"(principals="a",principals="b")", 1},
                          Case{R"(principals="")", 0},
                          Case{R"(environment="A")", 0},
                          Case{R"(environment="=1")", 0},
                          Case{R"(environment="A-B=1")", 0},
                          Case{R"(permitopen="80")", 0},
                          Case{R"(permitopen="a:0")", 0},
                          Case{R"(permitopen="a:65536")", 0},
                          Case{R"(permitopen=":80")", 0},
                          Case{R"(permitopen="::1:80")", 0},
                          Case{R"(permitlisten="x")", 0},
                          Case{R"(tunnel="x")", 0},
                          Case{R"(tunnel="")", 0},
                          Case{R"(from="")", 0},
                          Case{R"(from="a,,b")", 0},
                          Case{R"(from="!")", 0},
                          Case{R"(from="192.0.2.1/24")", 0},
                          Case{R"(from="192.0.2.0/33")", 0},
                          Case{R"(from="host/24")", 0},
                          Case{R"(expiry-time="2026")", 0},
                          Case{R"(expiry-time="20261301")", 0},
                          Case{R"(expiry-time="20260231")", 0},
                          Case{R"(expiry-time="202601012400")", 0},
                          Case{R"(expiry-time="2026 101")", 0},
                          Case{R"(expiry-time="+2026101")", 0},
                          Case{R"(expiry-time="")", 0}}) {
        INFO(c.text);
        const auto options = read(c.text);
        REQUIRE_FALSE(options);
        CHECK(options.error().detail == c.which);
    }
}

TEST_CASE("key options: lists have limits", "[keys]") {
    const auto many = [](const std::string& option, std::size_t count) {
        std::vector<KeyOption> options;
        for (std::size_t i = 0; i < count; ++i)
            options.push_back({option, option == "environment" ? "V" + std::to_string(i) + "=x"
                                                               : std::string("a:1")});
        return read_key_options(options).has_value();
    };
    CHECK(many("environment", kMaxKeyEnvironment));
    CHECK_FALSE(many("environment", kMaxKeyEnvironment + 1));
    CHECK(many("permitopen", kMaxKeyPermits));
    CHECK_FALSE(many("permitopen", kMaxKeyPermits + 1));
    CHECK(many("permitlisten", kMaxKeyPermits));
    CHECK_FALSE(many("permitlisten", kMaxKeyPermits + 1));
    std::string patterns = "a";
    for (std::size_t i = 1; i < kMaxFromPatterns; ++i) patterns += ",a";
    CHECK(read_key_options({{"from", patterns}}));
    CHECK_FALSE(read_key_options({{"from", patterns + ",a"}}));
}

TEST_CASE("key options: from= takes networks, wildcards and exceptions", "[keys]") {
    const auto comes = [](const char* list, std::string_view address, std::string_view name = {}) {
        const auto options = read_key_options({{"from", list}}).value();
        const char* why = options.refusal({address, name, at(0)});
        if (why != nullptr) CHECK(why == std::string_view("not an address the key may come from"));
        return why == nullptr;
    };
    CHECK(comes("192.0.2.1", "192.0.2.1"));
    CHECK_FALSE(comes("192.0.2.1", "192.0.2.10"));
    CHECK(comes("192.0.2.0/24", "192.0.2.255"));
    CHECK_FALSE(comes("192.0.2.0/24", "192.0.3.0"));
    CHECK(comes("192.0.2.*", "192.0.2.77"));
    CHECK(comes("192.0.2.?", "192.0.2.7"));
    CHECK_FALSE(comes("192.0.2.?", "192.0.2.77"));
    CHECK(comes("10.0.0.0/8,192.0.2.0/24", "192.0.2.1"));
    CHECK_FALSE(comes("192.0.2.0/24,!192.0.2.1", "192.0.2.1"));
    CHECK_FALSE(comes("!192.0.2.1,192.0.2.0/24", "192.0.2.1"));
    CHECK(comes("!192.0.2.1,192.0.2.0/24", "192.0.2.2"));
    CHECK_FALSE(comes("!192.0.2.1", "192.0.2.2"));
    CHECK(comes("2001:db8::/32", "2001:db8::1"));
    CHECK(comes("2001:DB8:0::1", "2001:db8::1"));
    CHECK(comes("192.0.2.0/24", "::ffff:192.0.2.9"));
    CHECK(comes("192.0.2.*", "::ffff:192.0.2.9"));
    CHECK_FALSE(comes("192.0.2.*", "stdio"));
    CHECK(comes("*", "stdio"));
    CHECK_FALSE(comes("*.example.com", "192.0.2.1"));
    CHECK(comes("*.example.com", "192.0.2.1", "a.example.com"));
    CHECK_FALSE(comes("!*.example.com,192.0.2.1", "192.0.2.1", "a.example.com"));
}

TEST_CASE("key options: a key is good to its last second", "[keys]") {
    const auto options = read(R"(expiry-time="20231114221320Z")").value();
    CHECK(options.expires == at(1'700'000'000));
    CHECK(options.refusal(from("stdio", 1'700'000'000)) == nullptr);
    REQUIRE(options.refusal(from("stdio", 1'700'000'001)) != nullptr);
    CHECK(read(R"(expiry-time="20231114Z")").value().expires == at(1'699'920'000));
    CHECK(read(R"(expiry-time="202311142213Z")").value().expires == at(1'699'999'980));
    // The earliest counts.
    CHECK(read(R"(expiry-time="20231114Z",expiry-time="20991231Z")").value().expires ==
          at(1'699'920'000));
    CHECK(read(R"(expiry-time="20240229Z")"));
    CHECK_FALSE(read(R"(expiry-time="20230229Z")"));

    // Without the Z it is local time.
    std::tm local{};
    local.tm_year = 123;
    local.tm_mon = 10;
    local.tm_mday = 14;
    local.tm_hour = 22;
    local.tm_isdst = -1;
    CHECK(read(R"(expiry-time="202311142200")").value().expires == at(std::mktime(&local)));
}

TEST_CASE("key options: principals are for authorities", "[keys]") {
    CHECK(read(R"(principals="joe")").value().refusal(from("192.0.2.1")) != nullptr);
    CHECK(read(R"(cert-authority,principals="joe")").value().refusal(from("192.0.2.1")) == nullptr);
}

}  // namespace
}  // namespace nacre

TEST_CASE("a negated pattern cannot be got around by spelling", "[keys][options]") {
    const auto now = std::chrono::system_clock::now();
    CHECK_FALSE(
        nacre::comes_from({"!evil.example.com", "*"}, {"192.0.2.9", "Evil.Example.com", now}));
    CHECK_FALSE(
        nacre::comes_from({"!EVIL.example.com", "*"}, {"192.0.2.9", "evil.example.com", now}));
    CHECK(nacre::comes_from({"!evil.example.com", "*"}, {"192.0.2.9", "good.example.com", now}));
    for (const char* address : {"192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"})
        CHECK_FALSE(nacre::comes_from({"!192.0.2.*", "*"}, {address, {}, now}));
    CHECK(nacre::comes_from({"2001:DB8::*"}, {"2001:db8:0:0::1", {}, now}));
}
