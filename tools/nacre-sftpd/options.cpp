#include "options.hpp"

#include "option_row.hpp"

#include <nacre/keys/x509_trust.hpp>

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
constexpr std::size_t kMaxX509Users = 256;
/// RFC 4253 s4.2: the whole identification string has at most 255 bytes with CR LF.
constexpr std::size_t kMaxVersionComment = 200;
constexpr std::size_t kMaxSoftwareVersion = 40;
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

/// A file for each host key.
template <std::vector<std::string> Options::*kField>
std::string add_file(Options& options, const std::string& value) {
    if (value.empty()) return "is empty";
    if ((options.*kField).size() == kMaxHostKeys) return "given too often";
    (options.*kField).push_back(value);
    return {};
}

std::string add_x509_user(Options& options, const std::string& value) {
    const auto equals = value.find('=');
    const std::string field = value.substr(0, equals);
    if (equals == std::string::npos || equals + 1 == value.size() || !X509Identity::is_field(field))
        return "not FIELD=VALUE with subject, cn, email, upn, dns or fingerprint: " + quoted(value);
    auto normal = X509Identity::normalized(field, std::string_view(value).substr(equals + 1));
    if (!normal) return quoted(value) + ": " + normal.error().what;
    if (options.x509_users.size() == kMaxX509Users) return "given too often";
    options.x509_users.emplace_back(field, *std::move(normal));
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

std::string set_pubkey_auth_options(Options& options, const std::string& value) {
    options.touch_required = options.verify_required = false;
    if (value == "none") return {};
    return for_each_part(value, [&](std::string_view part) -> std::string {
        if (part == "touch-required") {
            options.touch_required = true;
        } else if (part == "verify-required") {
            options.verify_required = true;
        } else {
            return "not none, touch-required or verify-required: " + quoted(part);
        }
        return {};
    });
}

std::string set_strict_kex(Options& options, const std::string& value) {
    static constexpr std::array<std::pair<std::string_view, StrictKex>, 4> kModes{{
        {"off", StrictKex::off},
        {"on", StrictKex::on},
        {"filter", StrictKex::filter},
        {"require", StrictKex::require},
    }};
    return set_choice(options.strict_kex, value, kModes);
}

std::string set_log_level(Options& options, const std::string& value) {
    static constexpr std::array<std::pair<std::string_view, LogLevel>, 5> kLevels{{
        {"debug", LogLevel::debug},
        {"info", LogLevel::info},
        {"warning", LogLevel::warning},
        {"error", LogLevel::error},
        {"off", LogLevel::off},
    }};
    return set_choice(options.log_level, value, kLevels);
}

std::string set_rekey_bytes(Options& options, const std::string& value) {
    const auto bytes = parse_size(value);
    if (!bytes) return "not a number of bytes (K, M and G may follow): " + quoted(value);
    if (*bytes != 0 && *bytes < kMinRekeyBytes)
        return "less than " + std::to_string(kMinRekeyBytes) + ": " + quoted(value);
    options.rekey_bytes = *bytes;
    return {};
}

std::string set_version_comment(Options& options, const std::string& value) {
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (value.size() > kMaxVersionComment || !std::all_of(value.begin(), value.end(), printable))
        return "not up to " + std::to_string(kMaxVersionComment) + " printable ASCII characters";
    options.version_comment = value;
    return {};
}

std::string set_software_version(Options& options, const std::string& value) {
    const auto allowed = [](char c) { return c > ' ' && c <= '~' && c != '-'; };
    if (value.empty() || value.size() > kMaxSoftwareVersion ||
        !std::all_of(value.begin(), value.end(), allowed))
        return "not 1 to " + std::to_string(kMaxSoftwareVersion) +
               " printable ASCII characters without blanks and '-'";
    options.software_version = value;
    return {};
}

constexpr OptionRow kOptions[] = {
    {{"listen", "ADDR:PORT", true,
      "Where to listen; [::]:2022 for IPv6, port 0 picks one. Default 127.0.0.1:2022"},
     set_listen},
    {{"port-file", "FILE", false, "Write the ports listened on there, one a line"},
     set_text<&Options::port_file>},
    {{"root", "DIR", false, "The folder to serve. Default: the current one"},
     set_text<&Options::root>},
    {{"host-key", "FILE", true,
      "A private host key, or pkcs11:... for those in a token. Default: keys that are made and "
      "kept in the state folder"},
     add_file<&Options::host_keys>},
    {{"host-key-agent", "PATH", false,
      "An agent that has the host keys; --host-key may then name public keys. SSH_AUTH_SOCK: the "
      "agent that the environment names"},
     set_text<&Options::host_key_agent>},
    {{"host-certificate", "FILE", true,
      "A certificate of one of the host keys: OpenSSH's, or X.509 with its authorities (PEM)"},
     add_file<&Options::host_certificates>},
    {{"authorized-keys", "FILE", false,
      "Public keys that may log in. Default: ~/.ssh/authorized_keys, if there is one"},
     set_text<&Options::authorized_keys>},
    {{"trusted-user-ca-keys", "FILE", false,
      "Public keys of authorities whose certificates may log in"},
     set_text<&Options::trusted_user_ca_keys>},
    {{"authorized-principals", "FILE", false,
      "Names that these certificates may have. Default: the user's name"},
     set_text<&Options::authorized_principals>},
    {{"revoked-keys", "FILE", false,
      "Keys and certificates that may not log in: a list by ssh-keygen -k, or public keys"},
     set_text<&Options::revoked_keys>},
    {{"ca-signature-algorithms", "LIST", false, "How authorities may sign certificates"},
     set_text<&Options::ca_signature_algorithms>},
    {{"x509-trust", "FILE", false,
      "X.509 certificates (PEM) of authorities whose certificates may log in"},
     set_text<&Options::x509_trust>},
    {{"x509-crl", "FILE", false,
      "Their CRLs (PEM), one at least; then none may be missing or too old"},
     set_text<&Options::x509_crl>},
    {{"x509-user", "FIELD=VALUE", true,
      "Whose X.509 certificate may log in: subject, cn, email, upn, dns or fingerprint"},
     add_x509_user},
    {{"user", "NAME", false, "The user who may log in. Default: the current one"},
     set_text<&Options::user>},
    {{"password-file", "FILE", false,
      "The password, as an argon2id or bcrypt hash; plain:FILE: in clear"},
     set_text<&Options::password_file>},
    {{"require", "METHODS", false, "Login methods that are all needed, as in publickey,password"},
     set_require},
    {{"kex", "LIST", false, "Key exchange methods; +, - or ^ in front change the defaults"},
     set_text<&Options::kex>},
    {{"ciphers", "LIST", false, "Ciphers"}, set_text<&Options::ciphers>},
    {{"macs", "LIST", false, "MACs"}, set_text<&Options::macs>},
    {{"host-key-algorithms", "LIST", false, "Signature algorithms of the host keys"},
     set_text<&Options::host_key_algorithms>},
    {{"pubkey-algorithms", "LIST", false, "Signature algorithms of users' keys"},
     set_text<&Options::pubkey_algorithms>},
    {{"compression", "LIST", false, "none, zlib@openssh.com, zlib"},
     set_text<&Options::compression>},
    {{"pubkey-auth-options", "LIST", false,
      "touch-required, verify-required: of all security keys, whatever their line waives"},
     set_pubkey_auth_options},
    {{"required-rsa-size", "BITS", false,
      "RSA keys of fewer bits are refused, users' and our own. Default: 2048"},
     set_number<&Options::required_rsa_size, 1024, 16384>},
    {{"moduli", "FILE", false, "Groups for diffie-hellman-group-exchange, as in moduli(5)"},
     set_text<&Options::moduli>},
    {{"strict-kex", "MODE", false, "off, on, filter or require. Default: on"}, set_strict_kex},
    {{"rekey-bytes", "N", false, "New keys after so many bytes (K, M, G) in a direction"},
     set_rekey_bytes},
    {{"read-only", nullptr, false, "Nothing that is served can be changed"},
     set_flag<&Options::read_only>},
    {{"allow-devices", nullptr, false, "Serve character devices too"},
     set_flag<&Options::allow_devices>},
    {{"allow-exec", nullptr, false,
      "Run commands of users by /bin/sh, as the server's user: they leave the folder"},
     set_flag<&Options::allow_exec>},
    {{"permit-user-environment", nullptr, false,
      "With --allow-exec: environment= in authorized_keys counts"},
     set_flag<&Options::permit_user_environment>},
    {{"inetd", nullptr, false, "Serve one connection on standard input and output"},
     set_flag<&Options::inetd>},
    {{"hash-password", nullptr, false, "Read a password, print its hash, and end"},
     set_flag<&Options::hash_password>},
    {{"log-level", "LEVEL", false, "debug, info, warning, error or off. Default: info"},
     set_log_level},
    {{"threads", "N", false, "Threads that serve connections. Default: 1"},
     set_number<&Options::threads, 1, kMaxThreads>},
    {{"pid-file", "FILE", false, "Write the process id there"}, set_text<&Options::pid_file>},
    {{"software-version", "TEXT", false,
      "Stands first in the identification string. Default: Nacre_ and the version"},
     set_software_version},
    {{"version-comment", "TEXT", false, "Stands in the identification string"},
     set_version_comment},
};

}  // namespace

std::span<const OptionRow> general_options() noexcept {
    return kOptions;
}

std::optional<std::uint64_t> parse_size(std::string_view text) noexcept {
    unsigned shift = 0;
    if (!text.empty()) {
        const auto unit = std::string_view("KMG").find(text.back());
        if (unit != std::string_view::npos) {
            shift = 10 * (static_cast<unsigned>(unit) + 1);
            text.remove_suffix(1);
        }
    }
    const auto number = parse_number<std::uint64_t>(text);
    if (!number || *number > (std::numeric_limits<std::uint64_t>::max() >> shift)) return {};
    return *number << shift;
}

namespace {

const std::vector<OptionRow>& all_options() {
    static const std::vector<OptionRow> all = [] {
        std::vector<OptionRow> rows;
        for (const auto part : {general_options(), limit_options(), sftp_options()})
            rows.insert(rows.end(), part.begin(), part.end());
        return rows;
    }();
    return all;
}

}  // namespace

std::span<const OptionInfo> option_table() {
    static const std::vector<OptionInfo> table = [] {
        std::vector<OptionInfo> infos;
        for (const auto& row : all_options()) infos.push_back(row.info);
        return infos;
    }();
    return table;
}

std::string set_option(Options& options, const NamedValue& option) {
    for (const auto& row : all_options()) {
        if (option.name != row.info.name) continue;
        const std::string wrong = row.set(options, option.value);
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
    if (options.x509_trust.empty() && (!options.x509_crl.empty() || !options.x509_users.empty()))
        return "--x509-crl and --x509-user are of use only with --x509-trust";
    if (options.keep_partial && options.atomic_upload == AtomicUploads::off)
        return "--keep-partial is of use only with --atomic-upload";
    // As limit_options.cpp wants it of one thread.
    constexpr std::uint64_t kMinMemoryOfThread = 16 * 1024 * 1024;
    if (options.max_memory != 0 && options.max_memory / options.threads < kMinMemoryOfThread)
        return "--max-memory is less than 16M for each of the --threads";
    return {};
}

}  // namespace nacre::sftpd
