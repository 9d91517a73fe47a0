#include "options.hpp"

#include "limit_options.hpp"
#include "numbers.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace nacre::sftpd {

namespace {

constexpr unsigned kMaxThreads = 256;
constexpr std::size_t kMaxListen = 64;
constexpr std::size_t kMaxHostKeys = 16;
/// RFC 4253 s4.2: the whole identification string has at most 255 bytes with CR LF.
constexpr std::size_t kMaxVersionComment = 200;
/// Less would spend more on key exchanges than on data.
constexpr std::uint64_t kMinRekeyBytes = 4096;

bool is_numeric_address(const std::string& address) {
    std::array<unsigned char, sizeof(in6_addr)> binary{};
    // A zone ("fe80::1%eth0") is for the resolver to judge.
    const std::string bare = address.substr(0, address.find('%'));
    return ::inet_pton(AF_INET, address.c_str(), binary.data()) == 1 ||
           ::inet_pton(AF_INET6, bare.c_str(), binary.data()) == 1;
}

std::string set_listen(Options& options, const std::string& value) {
    const std::size_t colon = value.rfind(':');
    const std::string wanted = "not ADDR:PORT with a numeric address: " + quoted(value);
    if (colon == std::string::npos) return wanted;
    std::string address = value.substr(0, colon);
    const bool bracketed = address.size() > 2 && address.front() == '[' && address.back() == ']';
    if (bracketed) address = address.substr(1, address.size() - 2);
    if (!is_numeric_address(address)) return wanted;
    const bool v6 = address.find(':') != std::string::npos;
    if (v6 != bracketed) return wanted + " (IPv6 addresses stand in brackets)";
    const auto port = parse_number<std::uint16_t>(std::string_view(value).substr(colon + 1));
    if (!port) return wanted;
    if (options.listen.size() == kMaxListen) return "given too often";
    options.listen.push_back({address, *port});
    return {};
}

std::string set_host_key(Options& options, const std::string& value) {
    if (value.empty()) return "is empty";
    if (options.host_keys.size() == kMaxHostKeys) return "given too often";
    options.host_keys.push_back(value);
    return {};
}

std::string set_require(Options& options, const std::string& value) {
    options.require.clear();
    std::size_t begin = 0;
    while (begin <= value.size()) {
        const std::size_t end = std::min(value.find(',', begin), value.size());
        const std::string_view name = std::string_view(value).substr(begin, end - begin);
        std::optional<AuthMethod> method;
        for (const auto m :
             {AuthMethod::publickey, AuthMethod::password, AuthMethod::keyboard_interactive})
            if (name == name_of(m)) method = m;
        if (!method) return "unknown method " + quoted(name);
        const auto& known = options.require;
        if (std::find(known.begin(), known.end(), *method) != known.end())
            return "method named twice: " + quoted(name);
        options.require.push_back(*method);
        begin = end + 1;
    }
    return {};
}

std::string set_strict_kex(Options& options, const std::string& value) {
    static constexpr std::array<std::pair<std::string_view, StrictKex>, 4> kModes{{
        {"off", StrictKex::off},
        {"on", StrictKex::on},
        {"filter", StrictKex::filter},
        {"require", StrictKex::require},
    }};
    for (const auto& [name, mode] : kModes) {
        if (value != name) continue;
        options.strict_kex = mode;
        return {};
    }
    return "not off, on, filter or require: " + quoted(value);
}

std::string set_log_level(Options& options, const std::string& value) {
    static constexpr std::array<std::pair<std::string_view, LogLevel>, 5> kLevels{{
        {"debug", LogLevel::debug},
        {"info", LogLevel::info},
        {"warning", LogLevel::warning},
        {"error", LogLevel::error},
        {"off", LogLevel::off},
    }};
    for (const auto& [name, level] : kLevels) {
        if (value != name) continue;
        options.log_level = level;
        return {};
    }
    return "not debug, info, warning, error or off: " + quoted(value);
}

std::string set_rekey_bytes(Options& options, const std::string& value) {
    std::string_view digits = value;
    unsigned shift = 0;
    if (!digits.empty()) {
        const auto unit = std::string_view("KMG").find(digits.back());
        if (unit != std::string_view::npos) {
            shift = 10 * (static_cast<unsigned>(unit) + 1);
            digits.remove_suffix(1);
        }
    }
    const auto number = parse_number<std::uint64_t>(digits);
    if (!number || *number > (std::numeric_limits<std::uint64_t>::max() >> shift))
        return "not a number of bytes (K, M and G may follow): " + quoted(value);
    const std::uint64_t bytes = *number << shift;
    if (bytes != 0 && bytes < kMinRekeyBytes)
        return "less than " + std::to_string(kMinRekeyBytes) + ": " + quoted(value);
    options.rekey_bytes = bytes;
    return {};
}

std::string set_threads(Options& options, const std::string& value) {
    const auto number = parse_number<unsigned>(value);
    if (!number || *number == 0 || *number > kMaxThreads)
        return "not a number from 1 to " + std::to_string(kMaxThreads) + ": " + quoted(value);
    options.threads = *number;
    return {};
}

std::string set_version_comment(Options& options, const std::string& value) {
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (value.size() > kMaxVersionComment || !std::all_of(value.begin(), value.end(), printable))
        return "not up to " + std::to_string(kMaxVersionComment) + " printable ASCII characters";
    options.version_comment = value;
    return {};
}

/// Any text but an empty one.
template <std::string Options::*kField>
std::string set_text(Options& options, const std::string& value) {
    if (value.empty()) return "is empty";
    if (value.find('\0') != std::string::npos) return "contains a NUL byte";
    options.*kField = value;
    return {};
}

template <bool Options::*kField>
std::string set_flag(Options& options, const std::string& value) {
    if (value != "true" && value != "false") return "not true or false: " + quoted(value);
    options.*kField = value == "true";
    return {};
}

using Setter = std::string (*)(Options&, const std::string&);

// Two arrays of the same order, so that the public one shows no functions.
constexpr std::array kTable{
    OptionInfo{"listen", "ADDR:PORT", true,
               "Where to listen; [::]:2022 for IPv6, port 0 picks one. Default 127.0.0.1:2022"},
    OptionInfo{"port-file", "FILE", false, "Write the ports listened on there, one a line"},
    OptionInfo{"root", "DIR", false, "The folder to serve. Default: the current one"},
    OptionInfo{"host-key", "FILE", true,
               "A private host key. Default: keys that are made and kept in the state folder"},
    OptionInfo{"authorized-keys", "FILE", false,
               "Public keys that may log in. Default: ~/.ssh/authorized_keys, if there is one"},
    OptionInfo{"user", "NAME", false, "The user who may log in. Default: the current one"},
    OptionInfo{"password-file", "FILE", false,
               "The password, as an argon2id or bcrypt hash; plain:FILE: in clear"},
    OptionInfo{"require", "METHODS", false,
               "Login methods that are all needed, as in publickey,password"},
    OptionInfo{"kex", "LIST", false,
               "Key exchange methods; +, - or ^ in front change the defaults"},
    OptionInfo{"ciphers", "LIST", false, "Ciphers"},
    OptionInfo{"macs", "LIST", false, "MACs"},
    OptionInfo{"host-key-algorithms", "LIST", false, "Signature algorithms of the host keys"},
    OptionInfo{"pubkey-algorithms", "LIST", false, "Signature algorithms of users' keys"},
    OptionInfo{"compression", "LIST", false, "none, zlib@openssh.com, zlib"},
    OptionInfo{"moduli", "FILE", false,
               "Groups for diffie-hellman-group-exchange, as in moduli(5)"},
    OptionInfo{"strict-kex", "MODE", false, "off, on, filter or require. Default: on"},
    OptionInfo{"rekey-bytes", "N", false, "New keys after so many bytes (K, M, G) in a direction"},
    OptionInfo{"max-startups", "N", false,
               "Connections not yet logged in, as BEGIN:RATE:FULL or off. Default: 10:30:100"},
    OptionInfo{"login-grace-time", "TIME", false,
               "For the login, in seconds (s, m, h); 0: no limit. Default: 120"},
    OptionInfo{"max-auth-tries", "N", false, "Failed logins that end a connection. Default: 6"},
    OptionInfo{"max-sessions", "N", false, "Sessions open in a connection. Default: 10"},
    OptionInfo{"read-only", nullptr, false, "Nothing that is served can be changed"},
    OptionInfo{"allow-devices", nullptr, false, "Serve character devices too"},
    OptionInfo{"allow-exec", nullptr, false,
               "Run commands of users by /bin/sh, as the server's user: they leave the folder"},
    OptionInfo{"inetd", nullptr, false, "Serve one connection on standard input and output"},
    OptionInfo{"hash-password", nullptr, false, "Read a password, print its hash, and end"},
    OptionInfo{"log-level", "LEVEL", false, "debug, info, warning, error or off. Default: info"},
    OptionInfo{"threads", "N", false, "Threads that serve connections. Default: 1"},
    OptionInfo{"pid-file", "FILE", false, "Write the process id there"},
    OptionInfo{"version-comment", "TEXT", false, "Stands in the identification string"},
};
constexpr std::array<Setter, kTable.size()> kSetters{
    set_listen,
    set_text<&Options::port_file>,
    set_text<&Options::root>,
    set_host_key,
    set_text<&Options::authorized_keys>,
    set_text<&Options::user>,
    set_text<&Options::password_file>,
    set_require,
    set_text<&Options::kex>,
    set_text<&Options::ciphers>,
    set_text<&Options::macs>,
    set_text<&Options::host_key_algorithms>,
    set_text<&Options::pubkey_algorithms>,
    set_text<&Options::compression>,
    set_text<&Options::moduli>,
    set_strict_kex,
    set_rekey_bytes,
    set_max_startups,
    set_login_grace_time,
    set_max_auth_tries,
    set_max_sessions,
    set_flag<&Options::read_only>,
    set_flag<&Options::allow_devices>,
    set_flag<&Options::allow_exec>,
    set_flag<&Options::inetd>,
    set_flag<&Options::hash_password>,
    set_log_level,
    set_threads,
    set_text<&Options::pid_file>,
    set_version_comment,
};

}  // namespace

std::span<const OptionInfo> option_table() noexcept {
    return kTable;
}

std::string set_option(Options& options, const NamedValue& option) {
    for (std::size_t i = 0; i < kTable.size(); ++i) {
        if (option.name != kTable[i].name) continue;
        const std::string wrong = kSetters[i](options, option.value);
        return wrong.empty() ? wrong : "--" + option.name + ": " + wrong;
    }
    return "unknown option " + quoted(option.name);
}

std::string check_options(const Options& options) {
    if (options.inetd && !options.listen.empty()) return "--inetd and --listen exclude each other";
    if (options.inetd && !options.port_file.empty())
        return "--inetd and --port-file exclude each other";
    const auto needs = [&](AuthMethod method) {
        return std::find(options.require.begin(), options.require.end(), method) !=
               options.require.end();
    };
    if ((needs(AuthMethod::password) || needs(AuthMethod::keyboard_interactive)) &&
        options.password_file.empty())
        return "--require asks for a password, but there is no --password-file";
    return {};
}

}  // namespace nacre::sftpd
