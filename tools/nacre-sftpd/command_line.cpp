#include "options.hpp"

#include <nacre/base/version.hpp>

#include <CLI/CLI.hpp>

#include <map>

namespace nacre::sftpd {

namespace {

std::string mistake(const std::string& text) {
    return "nacre-sftpd: " + text + "\n";
}

/// The options given on the command line; `config` is set to the file of --config.
std::variant<std::vector<NamedValue>, EarlyExit> read_command_line(int argc,
                                                                   const char* const* argv,
                                                                   std::string& config) {
    CLI::App app{"An SSH server that serves a folder by SFTP."};
    std::map<std::string, std::vector<std::string>> values;
    std::map<std::string, bool> flags;
    app.add_option("--config", config, "A TOML file with these options")->type_name("FILE");
    app.set_version_flag("--version", "nacre-sftpd " + std::string(version()));
    for (const auto& info : option_table()) {
        const std::string dashed = std::string("--") + info.name;
        if (info.value == nullptr) {
            app.add_flag(dashed, flags[info.name], info.help);
            continue;
        }
        auto* option = app.add_option(dashed, values[info.name], info.help);
        option->type_name(info.value)->expected(1);
        option->multi_option_policy(info.repeatable ? CLI::MultiOptionPolicy::TakeAll
                                                    : CLI::MultiOptionPolicy::Throw);
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForVersion&) {
        return EarlyExit{0, app.version() + "\n"};
    } catch (const CLI::CallForHelp&) {
        return EarlyExit{0, app.help()};
    } catch (const CLI::ParseError& error) {
        return EarlyExit{2, mistake(error.what())};
    }
    std::vector<NamedValue> given;
    for (const auto& info : option_table()) {
        for (const auto& value : values[info.name]) given.push_back({info.name, value});
        if (flags[info.name]) given.push_back({info.name, "true"});
    }
    return given;
}

}  // namespace

std::variant<Options, EarlyExit> read_options(int argc, const char* const* argv) {
    std::string config;
    auto parsed = read_command_line(argc, argv, config);
    if (auto* early = std::get_if<EarlyExit>(&parsed)) return std::move(*early);
    const auto& given = *std::get_if<0>(&parsed);

    Options options;
    if (!config.empty()) {
        const auto file = read_config_file(config);
        if (const auto* wrong = std::get_if<std::string>(&file))
            return EarlyExit{2, mistake(*wrong)};
        for (const auto& option : *std::get_if<0>(&file)) {
            const auto same = [&](const NamedValue& other) { return other.name == option.name; };
            if (std::any_of(given.begin(), given.end(), same)) continue;
            const auto wrong = set_option(options, option);
            if (!wrong.empty()) return EarlyExit{2, mistake(config + ": " + wrong)};
        }
    }
    for (const auto& option : given) {
        const auto wrong = set_option(options, option);
        if (!wrong.empty()) return EarlyExit{2, mistake(wrong)};
    }
    const auto wrong = check_options(options);
    if (!wrong.empty()) return EarlyExit{2, mistake(wrong)};
    return options;
}

}  // namespace nacre::sftpd
