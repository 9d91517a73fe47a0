#include "json.hpp"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

namespace nacre::bench {

using Json = nlohmann::ordered_json;

namespace {

Json of_facts(const Facts& facts) {
    Json object = Json::object();
    for (const auto& [name, value] : facts) object[name] = value;
    return object;
}

Facts to_facts(const Json& object) {
    Facts facts;
    for (const auto& [name, value] : object.items())
        facts.emplace_back(name, value.get<std::string>());
    return facts;
}

Json of_row(const Row& row) {
    const Summary summary = row.summary();
    Json more = Json::object();
    for (const Figure& figure : row.more) more[figure.unit] = figure.value;
    return {{"name", row.name},
            {"parameters", of_facts(row.parameters)},
            {"unit", row.unit},
            {"samples", row.samples},
            {"median", summary.median},
            {"min", summary.min},
            {"max", summary.max},
            {"cpu_user_s", row.cpu.user},
            {"cpu_system_s", row.cpu.system},
            {"more", std::move(more)}};
}

Row to_row(const Json& object) {
    Row row;
    object.at("name").get_to(row.name);
    row.parameters = to_facts(object.at("parameters"));
    object.at("unit").get_to(row.unit);
    object.at("samples").get_to(row.samples);
    object.at("cpu_user_s").get_to(row.cpu.user);
    object.at("cpu_system_s").get_to(row.cpu.system);
    for (const auto& [unit, value] : object.at("more").items())
        row.more.push_back({unit, value.get<double>()});
    return row;
}

}  // namespace

std::string to_json(const Report& report) {
    Json rows = Json::array();
    for (const Row& row : report.rows) rows.push_back(of_row(row));
    const Json whole = {
        {"machine", of_facts(report.machine)}, {"command", report.command}, {"rows", rows}};
    // A file name in the command may be no UTF-8.
    return whole.dump(1, '\t', false, Json::error_handler_t::replace) + "\n";
}

std::optional<Report> from_json(std::string_view text) {
    try {
        const Json whole = Json::parse(text);
        Report report;
        report.machine = to_facts(whole.at("machine"));
        whole.at("command").get_to(report.command);
        for (const Json& row : whole.at("rows")) report.rows.push_back(to_row(row));
        return report;
    } catch (const Json::exception&) {
        return {};
    }
}

std::optional<Report> read_report(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        std::fprintf(stderr, "nacre-bench: %s: %s\n", path.c_str(), std::strerror(errno));
        return {};
    }
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    auto report = from_json(text);
    if (!report) std::fprintf(stderr, "nacre-bench: %s is no report\n", path.c_str());
    return report;
}

bool write_file(const std::string& path, std::string_view text) {
    std::ofstream file(path, std::ios::binary);
    file.write(text.data(), static_cast<std::streamsize>(text.size()));
    file.close();
    if (file) return true;
    std::fprintf(stderr, "nacre-bench: cannot write %s\n", path.c_str());
    return false;
}

}  // namespace nacre::bench
