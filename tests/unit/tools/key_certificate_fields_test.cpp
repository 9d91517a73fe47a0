#include "nacre-key/certificate_fields.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::tools;

namespace {

constexpr std::uint64_t kNow = 1'800'000'000;

Outcome<Certificate> read(std::vector<std::string> words) {
    const auto rows = certificate_options();
    const auto arguments = Arguments::parse(rows, words);
    if (!arguments) return arguments.why();
    return read_certificate_fields(*arguments, kNow);
}

}  // namespace

TEST_CASE("fields of a user's certificate", "[key]") {
    const auto fields =
        read({"--id", "joe's", "--principals", "joe,root", "--valid", "+1d", "--serial", "7",
              "--option", "force-command=echo a=b", "--option", "verify-required"});
    REQUIRE(fields);
    CHECK(fields->kind == CertificateKind::user);
    CHECK(fields->key_id == "joe's");
    CHECK(fields->principals == std::vector<std::string>{"joe", "root"});
    CHECK(fields->valid_after == kNow - 60);
    CHECK(fields->valid_before == kNow + 86400);
    CHECK(fields->serial == 7);
    REQUIRE(fields->critical_options.size() == 2);
    CHECK(fields->critical_options[0].data == option_text("echo a=b"));
    CHECK(fields->critical_options[1].data.empty());
    CHECK(fields->extensions.size() == 5);
    CHECK(fields->extension("permit-pty") != nullptr);
}

TEST_CASE("extensions of one's own, or none", "[key]") {
    const auto own = read({"--id", "a", "--principals", "b", "--extension", "permit-pty"});
    REQUIRE(own);
    CHECK(own->extensions.size() == 1);
    const auto none = read({"--id", "a", "--principals", "b", "--no-extensions"});
    REQUIRE(none);
    CHECK(none->extensions.empty());
    const auto host = read({"--id", "a", "--principals", "b", "--host"});
    REQUIRE(host);
    CHECK(host->kind == CertificateKind::host);
    CHECK(host->extensions.empty());
    CHECK(host->valid_before == kForever);
}

TEST_CASE("options that no server knows are named as one's own", "[key]") {
    const auto fields = read({"--id", "a", "--principals", "b", "--option", "own:a@b.example=c",
                              "--extension", "own:d@b.example", "--extension", "permit-pty"});
    REQUIRE(fields);
    REQUIRE(fields->critical_options.size() == 1);
    CHECK(fields->critical_options[0].name == "a@b.example");
    CHECK(fields->critical_options[0].data == option_text("c"));
    REQUIRE(fields->extensions.size() == 2);
    CHECK(fields->extension("d@b.example") != nullptr);
}

TEST_CASE("wrong fields of certificates", "[key]") {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"--principals", "a"},
             {"--id", "a"},
             {"--id", "a", "--principals", ""},
             {"--id", "a", "--principals", "b,,c"},
             {"--id", "a", "--principals", "b,"},
             {"--id", "a", "--principals", "b", "--serial", "-1"},
             {"--id", "a", "--principals", "b", "--serial", "18446744073709551616"},
             {"--id", "a", "--principals", "b", "--valid", "tomorrow"},
             {"--id", "a", "--principals", "b", "--option", "=x"},
             {"--id", "", "--principals", "b"},
             {"--id", "a", "--principals", "b ,c"},
             {"--id", "a", "--principals", "b", "--option", "force-comand=ls"},
             {"--id", "a", "--principals", "b", "--option", "force-command"},
             {"--id", "a", "--principals", "b", "--option", "source-address=garbage"},
             {"--id", "a", "--principals", "b", "--option", "verify-required=yes"},
             {"--id", "a", "--principals", "b", "--option", "permit-pty"},
             {"--id", "a", "--principals", "b", "--option", "own:"},
             {"--id", "a", "--principals", "b", "--extension", "permit-pty=yes"},
             {"--id", "a", "--principals", "b", "--extension", "permit-tty"},
             {"--id", "a", "--principals", "b", "--host", "--option", "verify-required"},
             {"--id", "a", "--principals", "b", "--host", "--extension", "permit-pty"},
             {"--id", "a", "--principals", "b", "--no-extensions", "--extension", "permit-pty"}}) {
        const auto fields = read(words);
        REQUIRE_FALSE(fields);
        CHECK(fields.why().status == kWrongUsage);
    }
}
