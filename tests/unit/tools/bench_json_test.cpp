#include "nacre-bench/json.hpp"

#include <catch2/catch_all.hpp>

using namespace nacre::bench;

namespace {

Report sample() {
    Report report;
    report.machine = {{"processor", "P \"quoted\""}, {"date", "2026-01-02"}};
    report.command = "seal --runs 3";
    report.rows = {
        {"seal",
         {{"zcipher", "aes"}, {"bytes", "64"}},
         "ns/byte",
         {0.1, 3.25e-9, 12345678.9},
         {1.5, 0.125},
         {{"GB/s", 0.5}, {"allocations/packet", 0}}},
        {"idle", {}, "KiB", {}, {}, {}},
    };
    return report;
}

}  // namespace

TEST_CASE("a report survives the way through JSON", "[bench]") {
    const Report before = sample();
    const auto after = from_json(to_json(before));
    REQUIRE(after);
    CHECK(after->machine == before.machine);
    CHECK(after->command == before.command);
    REQUIRE(after->rows.size() == before.rows.size());
    for (std::size_t i = 0; i < before.rows.size(); ++i) {
        const Row& a = before.rows[i];
        const Row& b = after->rows[i];
        CHECK(a.name == b.name);
        CHECK(a.parameters == b.parameters);
        CHECK(a.unit == b.unit);
        CHECK(a.samples == b.samples);
        CHECK(a.cpu.user == b.cpu.user);
        CHECK(a.cpu.system == b.cpu.system);
        REQUIRE(a.more.size() == b.more.size());
        for (std::size_t j = 0; j < a.more.size(); ++j) {
            CHECK(a.more[j].unit == b.more[j].unit);
            CHECK(a.more[j].value == b.more[j].value);
        }
    }
}

TEST_CASE("JSON tells the summary too, for other readers", "[bench]") {
    const std::string text = to_json(sample());
    CHECK(text.find("\"median\": 0.1") != std::string::npos);
    CHECK(text.find("\"max\": 12345678.9") != std::string::npos);
}

TEST_CASE("what is no report is refused", "[bench]") {
    const std::string text = GENERATE(
        "", "{", "[]", "{}", "null", R"({"machine":{},"command":"x"})",
        R"({"machine":{"a":1},"command":"x","rows":[]})",
        R"({"machine":{},"command":"x","rows":[{"name":"y"}]})",
        R"({"machine":{},"command":"x","rows":[{"name":"y","parameters":{},"unit":"s","samples":["a"],)"
        R"("cpu_user_s":0,"cpu_system_s":0,"more":{}}]})");
    CHECK_FALSE(from_json(text));
}

TEST_CASE("every cut of a report is refused", "[bench]") {
    const std::string text = to_json(sample());
    // Without the last newline it is still whole.
    for (std::size_t n = 0; n + 1 < text.size(); ++n) {
        if (from_json(text.substr(0, n))) FAIL("taken with " << n << " bytes of " << text.size());
    }
}

TEST_CASE("bytes that are no UTF-8 do not stop a report", "[bench]") {
    Report report = sample();
    report.command = "seal --json \xff.json";
    CHECK(from_json(to_json(report)));
}
