#include "setup.hpp"

#include "../algorithm_list.hpp"
#include "exec_program.hpp"
#include "folders.hpp"
#include "host_keys.hpp"
#include "limits_setup.hpp"

#include <nacre/crypto/certificate.hpp>
#include <nacre/crypto/file_hash.hpp>
#include <nacre/crypto/moduli.hpp>
#include <nacre/crypto/x509.hpp>
#include <nacre/server/sftp_service.hpp>

#include <algorithm>

namespace nacre::sftpd {

namespace {

constexpr std::size_t kMaxModuliFile = 16 * 1024 * 1024;

/// Names of key algorithms. Who gives the files that X.509 needs wants it used: then its names are
/// among the defaults.
std::string take_key_list(const char* option, const std::string& list, bool x509,
                          const Provider& provider, const LogSink& sink,
                          std::vector<std::string>& names) {
    const auto plain = provider.algorithms(Algorithm::host_key);
    const auto known =
        x509 ? tools::with_x509(provider) : std::vector<AlgorithmInfo>(plain.begin(), plain.end());
    if (x509 && list.empty()) names = tools::default_names(known);
    return take_list(option, list, known, sink, names);
}

std::string take_algorithms(const Options& options, const Provider& provider, const LogSink& sink,
                            server::Config& config) {
    auto& lists = config.transport.algorithms;
    struct Row {
        const char* option;
        const std::string& list;
        std::span<const AlgorithmInfo> known;
        std::vector<std::string>& names;
    };
    const Row rows[] = {
        {"kex", options.kex, provider.algorithms(Algorithm::kex), lists.kex},
        {"ciphers", options.ciphers, provider.algorithms(Algorithm::cipher), lists.ciphers},
        {"macs", options.macs, provider.algorithms(Algorithm::mac), lists.macs},
        {"compression", options.compression, tools::compression_methods(), lists.compression},
    };
    for (const auto& row : rows) {
        auto wrong = take_list(row.option, row.list, row.known, sink, row.names);
        if (!wrong.empty()) return wrong;
    }
    auto wrong =
        take_key_list("pubkey-algorithms", options.pubkey_algorithms, !options.x509_trust.empty(),
                      provider, sink, config.auth.pubkey_algorithms);
    if (!wrong.empty()) return wrong;
    config.transport.user_key_algorithms = config.auth.pubkey_algorithms;
    return tools::fault_of_pair(lists.ciphers, lists.macs, provider);
}

std::string take_moduli(const Options& options, server::Config& config) {
    if (options.moduli.empty()) return {};
    const auto text = read_text_file(options.moduli, kMaxModuliFile);
    if (const auto* wrong = std::get_if<SetupError>(&text)) return wrong->text;
    auto groups = load_moduli(*std::get_if<std::string>(&text));
    if (!groups) return options.moduli + ": " + groups.error().what;
    config.transport.dh_groups = std::make_shared<const std::vector<DhGroup>>(std::move(*groups));
    return {};
}

void take_sftp(const Options& options, const Provider& provider, sftp::ServerConfig& config) {
    config.read_only = options.read_only;
    config.max_handles = options.max_handles;
    config.max_version = options.sftp_version;
    config.newline = options.newline;
    config.max_entries = options.listing_entries;
    config.unix_dates = !options.iso_dates;
    config.omitted_extensions = options.omit_extensions;
    config.make_hash = [&provider](std::string_view name) {
        return make_file_hash(provider, name);
    };
}

/// What all connections share.
struct Shared {
    std::shared_ptr<const LoginRules> rules;
    std::shared_ptr<Folders> folders = std::make_shared<Folders>();
    nacre::sftp::ServerConfig sftp;
    bool allow_exec = false;
    bool permit_user_environment = false;
    LogSink sink;
};

/// What SftpService::programs wants.
std::function<std::unique_ptr<SessionPrograms>(const SessionInfo&, server::Loop&)> exec_programs(
    std::shared_ptr<ConnectionLog> log, std::string directory) {
    return [log = std::move(log), directory = std::move(directory)](const SessionInfo&,
                                                                    server::Loop& loop) {
        return make_exec_programs(
            directory, loop, [log](std::string_view command, const Error* error) {
                log->started("exec", command);
                if (error != nullptr)
                    log->line(LogLevel::warning, std::string("exec failed: ") + error->what);
            });
    };
}

server::Service make_service(const Shared& shared, const server::Peer& peer, server::Loop& loop) {
    auto log = std::make_shared<ConnectionLog>(peer.number, shared.sink);
    log->accepted(peer);
    auto sftp = std::make_shared<server::SftpService>();
    sftp->config = shared.sftp;
    sftp->filesystem = [log, folders = shared.folders](const SessionInfo&, server::Loop& on) {
        auto filesystem = folders->filesystem(on);
        if (!filesystem)
            log->line(LogLevel::error, std::string("sftp not started: ") + filesystem.error().what +
                                           ", errno " + std::to_string(filesystem.error().detail));
        log->started("subsystem", "sftp");
        return filesystem;
    };
    sftp->observer = [log](const SessionInfo&) { return make_sftp_log(log); };
    sftp->permit_user_environment = shared.permit_user_environment;
    if (shared.allow_exec) sftp->programs = exec_programs(log, shared.folders->root());
    server::Service service;
    sftp->on_refused = [log](const SessionInfo&, const Error& error) {
        log->line(LogLevel::warning, std::string("not started: ") + error.what);
    };
    service.auth = make_login(shared.rules, loop.logins(), peer.address,
                              [log](const AuthAttempt& attempt) { log->attempt(attempt); });
    service.connection = server::make_sftp_handler(std::move(sftp), loop);
    service.observer = std::move(log);
    return service;
}

}  // namespace

std::string take_list(const char* option, const std::string& list,
                      std::span<const AlgorithmInfo> known, const LogSink& sink,
                      std::vector<std::string>& names) {
    if (list.empty()) return {};
    auto selected = tools::select_algorithms(list, known);
    if (const auto* wrong = std::get_if<std::string>(&selected))
        return std::string("--") + option + ": " + *wrong;
    names = std::move(*std::get_if<0>(&selected));
    for (const auto& name : tools::insecure_names(names, known))
        sink(LogLevel::warning,
             std::string("--") + option + ": " + name + " is not secure any more");
    return {};
}

std::variant<Setup, SetupError> make_setup(const Options& options, const Provider& provider,
                                           LogSink sink) {
    Setup setup;
    auto shared = std::make_shared<Shared>();
    shared->sink = sink;
    take_sftp(options, provider, shared->sftp);
    shared->allow_exec = options.allow_exec;
    shared->permit_user_environment = options.permit_user_environment;
    setup.config.transport.min_rsa_bits = options.required_rsa_size;
    setup.config.auth.min_rsa_bits = options.required_rsa_size;
    setup.config.auth.touch_required = options.touch_required;
    setup.config.auth.verify_required = options.verify_required;
    std::string wrong = take_algorithms(options, provider, sink, setup.config);
    if (wrong.empty()) wrong = shared->folders->take(options);
    if (wrong.empty()) wrong = take_moduli(options, setup.config);
    if (wrong.empty()) wrong = take_limits(options, sink, setup.config);
    if (!wrong.empty()) return SetupError{wrong};
    auto rules = make_login_rules(options, provider, sink, setup.random_password);
    if (auto* refused = std::get_if<SetupError>(&rules)) return std::move(*refused);
    shared->rules = std::move(*std::get_if<0>(&rules));
    wrong = take_host_keys(options, provider, setup);
    if (wrong.empty()) wrong = take_host_certificates(options, provider, setup);
    if (!wrong.empty()) return SetupError{wrong};
    auto& offered = setup.config.transport;
    const bool x509 =
        std::any_of(offered.host_keys.begin(), offered.host_keys.end(),
                    [](const auto& key) { return find_x509_algorithm(key->type()) != nullptr; });
    wrong = take_key_list("host-key-algorithms", options.host_key_algorithms, x509, provider, sink,
                          offered.algorithms.host_key);
    if (!wrong.empty()) return SetupError{wrong};

    setup.user = shared->rules->user;
    setup.listen = options.listen;
    if (setup.listen.empty()) setup.listen.push_back({"127.0.0.1", 2022});
    auto& config = setup.config;
    config.provider = &provider;
    config.threads = options.threads;
    config.transport.strict_kex = options.strict_kex;
    config.transport.rekey.bytes = options.rekey_bytes;
    config.transport.software_version = options.software_version;
    config.transport.version_comment = options.version_comment;
    config.service = [shared](const server::Peer& peer, server::Loop& loop) {
        return make_service(*shared, peer, loop);
    };
    config.on_refused = [sink](const server::Peer& peer, const char* reason) {
        ConnectionLog(peer.number, sink)
            .line(LogLevel::info, "refused " + escaped(peer.address) + " port " +
                                      std::to_string(peer.port) + ": " + reason);
    };
    if (options.allow_exec)
        sink(LogLevel::warning,
             "--allow-exec: users can run every command as the user of this server");
    return setup;
}

}  // namespace nacre::sftpd
