// An SFTP client: one command or many, one session.
#include "../algorithm_list.hpp"
#include "../terminal.hpp"
#include "batch.hpp"
#include "commands.hpp"
#include "link.hpp"
#include "login.hpp"
#include "options.hpp"
#include "remote.hpp"
#include "trust.hpp"

#include <nacre/connection/handler.hpp>
#include <nacre/crypto/botan.hpp>
#include <nacre/crypto/x509.hpp>
#include <nacre/session/sftp_client.hpp>

#include <cstdio>

namespace {

using namespace nacre;
using namespace nacre::tools;

int no_session(const ClientOptions& options, const std::string& why) {
    std::fprintf(stderr, "nacre-sftp: %s port %u: %s\n", options.host.c_str(),
                 unsigned{options.port}, safe_line(why).c_str());
    return kNoSession;
}

int run_commands(Shell& shell, const ClientOptions& options) {
    if (!options.batch.empty()) return run_batch(shell, options.batch);
    if (options.command.empty()) return run_typed(shell);
    const std::string fault = shell.run(options.command);
    if (fault.empty()) return kDone;
    std::fprintf(stderr, "nacre-sftp: %s\n", safe_line(fault).c_str());
    return kFailed;
}

/// What is wrong with the lists, or nothing. Warns of weak algorithms.
std::string take_algorithms(const ClientOptions& options, const Provider& provider,
                            AlgorithmLists& lists, std::vector<std::string>& user_keys) {
    struct Row {
        const char* option;
        const std::string& list;
        std::span<const AlgorithmInfo> known;
        std::vector<std::string>& names;
    };
    // Who names certificates or trust anchors wants X.509 used.
    const auto keys = provider.algorithms(Algorithm::host_key);
    const auto all = with_x509(provider);
    using Known = std::span<const AlgorithmInfo>;
    const Known host_keys = options.x509_trust.empty() ? keys : Known(all);
    const Known own_keys = options.certificates.empty() ? keys : Known(all);
    const Row rows[] = {
        {"--kex: ", options.kex, provider.algorithms(Algorithm::kex), lists.kex},
        {"--ciphers: ", options.ciphers, provider.algorithms(Algorithm::cipher), lists.ciphers},
        {"--macs: ", options.macs, provider.algorithms(Algorithm::mac), lists.macs},
        {"--host-key-algorithms: ", options.host_key_algorithms, host_keys, lists.host_key},
        {"--pubkey-algorithms: ", options.pubkey_algorithms, own_keys, user_keys},
    };
    for (const Row& row : rows) {
        if (row.list.empty()) continue;
        auto selected = select_algorithms(row.list, row.known);
        if (const auto* wrong = std::get_if<std::string>(&selected)) return row.option + *wrong;
        row.names = std::move(*std::get_if<0>(&selected));
        for (const std::string& name : insecure_names(row.names, row.known))
            std::fprintf(stderr, "nacre-sftp: warning: %s is not secure any more\n", name.c_str());
    }
    return fault_of_pair(lists.ciphers, lists.macs, provider);
}

int run(const ClientOptions& options) {
    const Provider& provider = botan_provider();
    auto transport = std::make_shared<TransportConfig>();
    AuthClientConfig auth;
    if (const auto wrong =
            take_algorithms(options, provider, transport->algorithms, auth.pubkey_algorithms);
        !wrong.empty()) {
        std::fprintf(stderr, "nacre-sftp: %s (try --help)\n", safe_line(wrong).c_str());
        return kWrongUsage;
    }
    const auto trust = std::make_shared<Trust>(options, provider);
    if (const auto wrong = trust->take_x509(); !wrong.empty()) {
        std::fprintf(stderr, "nacre-sftp: %s (try --help)\n", safe_line(wrong).c_str());
        return kWrongUsage;
    }
    auth.user = options.user;
    auth.min_rsa_bits = options.required_rsa_size;
    if (auth.pubkey_algorithms.empty() && !options.certificates.empty())
        auth.pubkey_algorithms = default_names(with_x509(provider));
    Link link(provider);
    if (const auto fault = link.connect(options.host, options.port); !fault.empty())
        return no_session(options, fault);

    Remote remote(link);
    if (transport->algorithms.host_key.empty())
        transport->algorithms.host_key = trust->algorithms();
    transport->host_key_verifier = trust;
    transport->min_rsa_bits = options.required_rsa_size;

    sftp::ClientConfig config;
    config.max_version = options.sftp_version;
    config.on_refused = [&](sftp::Status, std::string_view words) {
        remote.words = safe_line(words);
    };
    const auto ready = remote.get_started([&](Reply<void> reply) -> Result<void> {
        auto channel = sftp::make_client(std::move(config), std::move(reply));
        remote.client = channel.client;
        SessionParts parts;
        parts.config = transport;
        parts.auth = make_auth_client(
            auth, std::make_unique<Login>(options, provider,
                                          [&link]() -> const SessionInfo& { return link.info(); }));
        parts.connection = make_connection_layer({}, make_sftp_client_handler(std::move(channel)));
        return link.start(std::move(parts));
    });
    if (!ready) {
        const auto& why = link.why_ended();
        return no_session(options, why.empty() ? ready.error().what : why);
    }
    Shell shell{remote, provider, options.copies};
    const int status = run_commands(shell, options);
    link.close();
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    const auto given = read_options(argc, argv);
    if (const auto* status = std::get_if<int>(&given)) return *status;
    return run(*std::get_if<ClientOptions>(&given));
}
