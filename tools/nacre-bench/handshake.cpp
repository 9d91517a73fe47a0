// Key exchanges between two sessions in memory, each end's time apart.
#include "commands.hpp"
#include "memory_pair.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/crypto/certificate.hpp>

namespace nacre::bench {

namespace {

struct Plan {
    std::uint64_t runs = 0;
    double seconds = 0;  ///< for each sample, about
    bool login = false;  ///< up to the open channel, not only the keys
};

struct Ends {
    double client = 0;
    double server = 0;
};

Result<Ends> one(const Provider& provider, const PairOptions& options, bool login) {
    MemoryPair pair(provider);
    NACRE_CHECK(pair.start(options));
    while (!(login ? pair.channel_open() : pair.keys_exchanged())) {
        if (!pair.turn())
            return Error{Errc::peer_incompatible, Disconnect::none, 0, "the handshake did not end"};
    }
    return Ends{pair.client.cpu, pair.server.cpu};
}

/// A row for each end.
Result<void> measure(const Provider& provider, const Plan& plan, const PairOptions& options,
                     Report& report) {
    const Facts names{{"kex", options.kex}, {"host key", options.host_key_algorithm}};
    Row client, server;
    for (Row* row : {&client, &server}) {
        row->name = plan.login ? "login" : "handshake";
        row->parameters = names;
        row->parameters.emplace_back("end", row == &client ? "client" : "server");
        row->unit = "CPU-ms";
    }
    if (const auto warm_up = one(provider, options, plan.login); !warm_up) return warm_up.error();
    for (std::uint64_t run = 0; run < plan.runs; ++run) {
        Ends sum;
        double count = 0;
        do {
            NACRE_TRY(const Ends ends, one(provider, options, plan.login));
            sum.client += ends.client;
            sum.server += ends.server;
            ++count;
        } while (sum.client + sum.server < plan.seconds);
        client.samples.push_back(sum.client / count * 1e3);
        server.samples.push_back(sum.server / count * 1e3);
        client.cpu.user += sum.client;
        server.cpu.user += sum.server;
    }
    report.rows.push_back(std::move(client));
    report.rows.push_back(std::move(server));
    return {};
}

}  // namespace

int run_handshake(Arguments& arguments, Report& report) {
    auto kexes = arguments.list("kex", "SSH names (all that are offered by default)");
    auto host_keys = arguments.list("host-key", "signature algorithms (likewise)");
    Plan plan;
    plan.login = arguments.flag("login", "go on: public key of ssh-ed25519, one channel");
    plan.runs = arguments.number("runs", "samples", 5, 1, 1000);
    const auto ms = arguments.number("ms", "CPU time of a sample, milliseconds", 50, 0, 60000);
    plan.seconds = static_cast<double>(ms) * 1e-3;
    if (const auto status = arguments.finish()) return *status;

    const Provider& provider = botan_provider();
    if (kexes.empty()) kexes = default_names(provider, Algorithm::kex);
    if (host_keys.empty()) {
        host_keys = default_names(provider, Algorithm::host_key);
        // There is no authority here, and it would cost no server anything.
        std::erase_if(host_keys, is_certificate_name);
    }
    const auto user_key = make_key(provider, "ssh-ed25519");
    if (!user_key) return failed(arguments, user_key.error());
    for (const std::string& host_key : host_keys) {
        const auto signer = make_key(provider, host_key);
        if (!signer) return failed(arguments, signer.error());
        for (const std::string& kex : kexes) {
            PairOptions options;
            options.kex = kex;
            options.host_key_algorithm = host_key;
            options.host_key = *signer;
            options.user_key = *user_key;
            if (const auto done = measure(provider, plan, options, report); !done)
                return failed(arguments, done.error());
        }
    }
    return kOk;
}

}  // namespace nacre::bench
