#include "load_target.hpp"

#include <nacre/fs/key_files.hpp>
#include <nacre/keys/private_key.hpp>

#include <netdb.h>

#include <charconv>
#include <cstring>

namespace nacre::bench {

namespace {

constexpr std::uint64_t kKib = 1024;

/// Trusts every key.
class AnyHostKey final : public HostKeyVerifier {
  public:
    void verify(const PublicKey&, Reply<void> reply) override { reply(Result<void>()); }
};

Result<void> look_up(const LoadOptions& options, Target& target) {
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(options.port);
    if (::getaddrinfo(options.host.c_str(), port.c_str(), &wanted, &found) != 0)
        return Error{Errc::not_found, Disconnect::none, 0, "no such host"};
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
    std::memcpy(&target.address, found->ai_addr, found->ai_addrlen);
    target.address_size = found->ai_addrlen;
    return {};
}

Result<std::shared_ptr<Signer>> read_signer(const std::string& file, const Provider& provider) {
    const auto bytes = read_host_key_file(file);
    if (!bytes)
        return Error{Errc::local_failed, Disconnect::none, 0,
                     "KEY must be a file that its owner may read and nobody else"};
    NACRE_TRY(const auto key, read_private_key((*bytes).view()));
    return provider.signer(key);
}

}  // namespace

LoadOptions take_load_options(Arguments& arguments) {
    LoadOptions options;
    options.algorithms.kex = arguments.list("kex", "key exchange methods to offer");
    options.algorithms.ciphers = arguments.list("cipher", "ciphers to offer");
    options.algorithms.macs = arguments.list("mac", "MACs to offer");
    options.sftp_version = static_cast<std::uint32_t>(
        arguments.number("sftp-version", "the highest version of SFTP to offer", kMaxSftpVersion, 3,
                         kMaxSftpVersion));
    options.window =
        kKib * arguments.number("window", "KiB of the channel's window, fixed; 0: it grows", 0, 0,
                                std::uint64_t{1024} * kKib);
    options.server_pid = static_cast<pid_t>(
        arguments.number("server-pid",
                         "measure this process with its children and theirs; those that end "
                         "count in ticks, which the report then tells as resolution",
                         0, 0, 1U << 30U));
    options.server_cgroup = arguments.text(
        "server-cgroup", "take CPU time from this folder of a control group instead", "");
    return options;
}

void take_server_words(Arguments& arguments, LoadOptions& options) {
    options.host = arguments.word("HOST", "name or address; its host key is not checked");
    const std::string port = arguments.word("PORT", "number");
    options.user = arguments.word("USER", "who logs in");
    options.key_file = arguments.word("KEY", "file of a private key without passphrase");
    // 0 makes the look-up succeed and the connecting fail, with a fault that says so.
    static_cast<void>(std::from_chars(port.data(), port.data() + port.size(), options.port));
}

Result<Target> make_target(const LoadOptions& options, const Provider& provider) {
    Target target;
    NACRE_CHECK(look_up(options, target));
    NACRE_TRY(target.key, read_signer(options.key_file, provider));
    target.user = options.user;
    target.sftp_version = options.sftp_version;
    auto transport = std::make_shared<TransportConfig>();
    transport->algorithms = options.algorithms;
    transport->host_key_verifier = std::make_shared<AnyHostKey>();
    target.transport = std::move(transport);
    if (options.window != 0) {
        target.connection.initial_window = static_cast<std::uint32_t>(options.window);
        target.connection.max_window = static_cast<std::uint32_t>(options.window);
    }
    return target;
}

Facts facts_of(const LoadOptions& options) {
    Facts facts;
    const auto add = [&](const char* name, const std::vector<std::string>& names) {
        std::string text;
        for (const std::string& each : names) text += (text.empty() ? "" : ",") + each;
        if (!text.empty()) facts.emplace_back(name, text);
    };
    add("kex", options.algorithms.kex);
    add("cipher", options.algorithms.ciphers);
    add("mac", options.algorithms.macs);
    if (options.sftp_version != kMaxSftpVersion)
        facts.emplace_back("sftp", std::to_string(options.sftp_version));
    if (options.window != 0)
        facts.emplace_back("window KiB", std::to_string(options.window / kKib));
    return facts;
}

}  // namespace nacre::bench
