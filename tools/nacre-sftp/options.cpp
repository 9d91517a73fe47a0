#include "options.hpp"

#include "../numbers.hpp"
#include "commands.hpp"

#include <getopt.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

namespace nacre::tools {

namespace {

constexpr char kHelp[] =
    "Usage: nacre-sftp [OPTION...] [USER@]HOST [COMMAND [ARGUMENT...]]\n"
    "\n"
    "Without a command, commands are read from standard input.\n"
    "\n"
    "  -P PORT                           the server's port (default 22)\n"
    "  -i FILE                           a private key; may be given several times\n"
    "                                    (default: id_ed25519, id_ecdsa and id_rsa in ~/.ssh)\n"
    "                                    A key that the agent has is used there; FILE may then be\n"
    "                                    the public key\n"
    "                                    pkcs11:token=...?module-path=...: keys in a token\n"
    "  --identity-agent PATH             the agent's socket (default: $SSH_AUTH_SOCK); none: no "
    "agent\n"
    "  --identities-only                 of the agent's keys use those that -i names\n"
    "                                    FILE-cert.pub beside it is its certificate\n"
    "  --certificate FILE                a certificate of one of the keys; may be given several "
    "times\n"
    "                                    (OpenSSH's, or X.509 with its authorities as PEM)\n"
    "  --x509-trust FILE                 X.509 authorities (PEM) that vouch for hosts\n"
    "  --x509-crl FILE                   their CRLs (PEM); then none may be missing\n"
    "  -o HostKeyFingerprint=SHA256:...  the host key must have this fingerprint\n"
    "  --known-hosts FILE                instead of ~/.ssh/known_hosts\n"
    "  --accept-new                      trust a host never seen before, and remember its key\n"
    "  --password-file FILE              take the password from the first line of FILE\n"
    "  -b, --batch FILE                  run the commands in FILE (-: standard input), one a "
    "line,\n"
    "                                    until one fails; -COMMAND may fail, @COMMAND is not "
    "shown\n"
    "  -r                                get and put folders with all that is in them\n"
    "  -p                                keep times and modes\n"
    "  -a                                go on with files that are there in part\n"
    "  -q                                show no progress\n"
    "  --required-rsa-size BITS          refuse RSA keys of fewer bits (default 2048)\n"
    "  --sftp-version N                  speak at most this version of SFTP, 3 to 6 (default 6)\n"
    "  --host-key-algorithms LIST        how the host's key may sign\n"
    "  --pubkey-algorithms LIST          how the user's keys may sign\n"
    "  --kex, --ciphers, --macs LIST     the algorithms to offer: names in order of preference, "
    "or\n"
    "                                    +, - or ^ and names, as OpenSSH takes them\n"
    "  -h, --help                        this text\n"
    "\n"
    "The exit status is 0; 1 if a command failed; 2 for a wrong command line; 255 if there was no\n"
    "session.\n"
    "\n"
    "Commands (patterns of * ? [] stand for the names that fit; -A compares before it goes on "
    "with\n"
    "a file):\n";

int wrong(const std::string& what) {
    std::fprintf(stderr, "nacre-sftp: %s (try --help)\n", what.c_str());
    return kWrongUsage;
}

const passwd* account() {
    return ::getpwuid(::getuid());
}

std::string home_folder() {
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') return home;
    const passwd* entry = account();
    return entry == nullptr ? "/" : entry->pw_dir;
}

std::optional<std::uint16_t> port_number(std::string_view text) {
    const auto port = parse_number<std::uint16_t>(text);
    return port && *port != 0 ? port : std::nullopt;
}

/// What is wrong with the rest of the line, or empty.
std::string take_arguments(ClientOptions& options, int argc, char** argv) {
    if (optind >= argc) return "no host given";
    const std::string_view target = argv[optind++];
    const auto at = target.rfind('@');
    if (at != std::string_view::npos) options.user = target.substr(0, at);
    options.host = target.substr(at == std::string_view::npos ? 0 : at + 1);
    if (options.host.size() > 2 && options.host.front() == '[' && options.host.back() == ']')
        options.host = options.host.substr(1, options.host.size() - 2);
    if (options.host.empty()) return "no host given";
    if (options.user.empty() && at == std::string_view::npos)
        if (const passwd* entry = account()) options.user = entry->pw_name;
    if (options.user.empty()) return "no user given";
    for (; optind < argc; ++optind) {
        // The shell has been at them: a backslash is one.
        std::string word;
        for (const char c : std::string_view(argv[optind]))
            word += c == '\\' ? "\\\\" : std::string(1, c);
        options.command.push_back(std::move(word));
    }
    if (options.command.empty()) return {};
    if (!options.batch.empty()) return "a command and -b";
    return check_command(options.command);
}

}  // namespace

std::variant<ClientOptions, int> read_options(int argc, char** argv) {
    enum : int {
        known_hosts = 256,
        accept_new,
        password_file,
        rsa_size,
        sftp_version,
        kex,
        ciphers,
        macs,
        certificate,
        identity_agent,
        identities_only,
        x509_trust,
        x509_crl,
        host_key_algorithms,
        pubkey_algorithms,
    };
    static const option kLong[] = {
        {"identity-agent", required_argument, nullptr, identity_agent},
        {"identities-only", no_argument, nullptr, identities_only},
        {"known-hosts", required_argument, nullptr, known_hosts},
        {"accept-new", no_argument, nullptr, accept_new},
        {"certificate", required_argument, nullptr, certificate},
        {"password-file", required_argument, nullptr, password_file},
        {"batch", required_argument, nullptr, 'b'},
        {"required-rsa-size", required_argument, nullptr, rsa_size},
        {"sftp-version", required_argument, nullptr, sftp_version},
        {"kex", required_argument, nullptr, kex},
        {"ciphers", required_argument, nullptr, ciphers},
        {"macs", required_argument, nullptr, macs},
        {"x509-trust", required_argument, nullptr, x509_trust},
        {"x509-crl", required_argument, nullptr, x509_crl},
        {"host-key-algorithms", required_argument, nullptr, host_key_algorithms},
        {"pubkey-algorithms", required_argument, nullptr, pubkey_algorithms},
        {"help", no_argument, nullptr, 'h'},
        {nullptr, 0, nullptr, 0},
    };
    constexpr std::string_view kFingerprint = "HostKeyFingerprint=";
    ClientOptions options;
    options.copies.progress = true;
    opterr = 0;
    // '+': a command's arguments are not looked at.
    for (int given = 0;
         (given = ::getopt_long(argc, argv, "+:P:i:o:b:rpaqh", kLong, nullptr)) != -1;) {
        const std::string_view value = optarg == nullptr ? "" : optarg;
        switch (given) {
            case 'P': {
                const auto port = port_number(value);
                if (!port) return wrong("no port number: " + std::string(value));
                options.port = *port;
                break;
            }
            case 'i':
                options.keys.emplace_back(value);
                break;
            case 'o':
                if (!value.starts_with(kFingerprint))
                    return wrong("unknown option -o " + std::string(value));
                options.fingerprint = value.substr(kFingerprint.size());
                if (!options.fingerprint.starts_with("SHA256:"))
                    return wrong("a fingerprint begins with SHA256:");
                break;
            case certificate:
                options.certificates.emplace_back(value);
                break;
            case identity_agent:
                if (value.empty()) return wrong("--identity-agent wants a path or none");
                options.identity_agent = value;
                break;
            case identities_only:
                options.identities_only = true;
                break;
            case known_hosts:
                options.known_hosts = value;
                break;
            case accept_new:
                options.accept_new = true;
                break;
            case password_file:
                options.password_file = value;
                break;
            case rsa_size: {
                const auto bits = parse_number<std::uint32_t>(value);
                if (!bits || *bits < 1024 || *bits > 16384)
                    return wrong("no number of bits from 1024 to 16384: " + std::string(value));
                options.required_rsa_size = *bits;
                break;
            }
            case sftp_version:
                if (value.size() != 1 || value[0] < '3' || value[0] > '6')
                    return wrong("no version of SFTP from 3 to 6: " + std::string(value));
                options.sftp_version = static_cast<std::uint32_t>(value[0] - '0');
                break;
            case kex:
                options.kex = value;
                break;
            case ciphers:
                options.ciphers = value;
                break;
            case macs:
                options.macs = value;
                break;
            case x509_trust:
                options.x509_trust = value;
                break;
            case x509_crl:
                options.x509_crl = value;
                break;
            case host_key_algorithms:
                options.host_key_algorithms = value;
                break;
            case pubkey_algorithms:
                options.pubkey_algorithms = value;
                break;
            case 'b':
                options.batch = value;
                break;
            case 'r':
                options.copies.recursive = true;
                break;
            case 'p':
                options.copies.keep = true;
                break;
            case 'a':
                options.copies.resume = true;
                break;
            case 'q':
                options.copies.progress = false;
                break;
            case 'h':
                std::fputs(kHelp, stdout);
                print_commands();
                return kDone;
            case ':':
                return wrong(std::string("a value must follow ") + argv[optind - 1]);
            default:
                return wrong(std::string("unknown option ") + argv[optind - 1]);
        }
    }
    if (const std::string fault = take_arguments(options, argc, argv); !fault.empty())
        return wrong(fault);
    const std::string folder = home_folder() + "/.ssh/";
    if (options.known_hosts.empty()) options.known_hosts = folder + "known_hosts";
    if (options.keys.empty()) {
        for (const char* name : {"id_ed25519", "id_ecdsa", "id_rsa"})
            if (::access((folder + name).c_str(), F_OK) == 0) options.keys.push_back(folder + name);
    }
    return options;
}

}  // namespace nacre::tools
