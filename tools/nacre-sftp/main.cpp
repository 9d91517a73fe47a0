// An SFTP client: one command or many, one session.
#include "batch.hpp"
#include "commands.hpp"
#include "link.hpp"
#include "login.hpp"
#include "options.hpp"
#include "remote.hpp"
#include "terminal.hpp"
#include "trust.hpp"

#include <nacre/connection/handler.hpp>
#include <nacre/crypto/botan.hpp>
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

int run(const ClientOptions& options) {
    const Provider& provider = botan_provider();
    Link link(provider);
    if (const auto fault = link.connect(options.host, options.port); !fault.empty())
        return no_session(options, fault);

    Remote remote(link);
    const auto trust = std::make_shared<Trust>(options, provider);
    auto transport = std::make_shared<TransportConfig>();
    transport->algorithms.host_key = trust->algorithms();
    transport->host_key_verifier = trust;

    sftp::ClientConfig config;
    config.max_version = options.sftp_version;
    config.on_refused = [&](sftp::Status, std::string_view words) {
        remote.words = safe_line(words);
    };
    const auto ready = remote.get_started([&](Reply<void> reply) -> Result<void> {
        auto channel = sftp::make_client(std::move(config), std::move(reply));
        remote.client = channel.client;
        AuthClientConfig auth;
        auth.user = options.user;
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
