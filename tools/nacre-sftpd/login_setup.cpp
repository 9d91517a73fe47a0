#include "setup.hpp"

#include <nacre/base/random.hpp>
#include <nacre/crypto/password_hash.hpp>

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace nacre::sftpd {

namespace {

constexpr std::string_view kPlain = "plain:";

/// The first line, without its end.
std::string_view first_line(std::string_view text) {
    text = text.substr(0, text.find('\n'));
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    return text;
}

/// Easy to read and to type; 32^16 of them.
std::string make_password(Rng& rng) {
    static constexpr std::string_view kLetters = "abcdefghijkmnpqrstuvwxyz23456789";
    static_assert(kLetters.size() == 32);
    std::array<std::uint8_t, 16> random{};
    rng.fill(random);
    std::string password;
    for (std::size_t i = 0; i < random.size(); ++i) {
        if (i != 0 && i % 4 == 0) password += '-';
        password += kLetters[random[i] % kLetters.size()];
    }
    return password;
}

/// What is wrong with the file, or nothing.
std::string read_password_file(const std::string& option, const StrictModes& strict,
                               LoginRules& rules) {
    if (option.substr(0, kPlain.size()) == kPlain) {
        // In clear it is as secret as a private key.
        const auto text = read_host_key_file(option.substr(kPlain.size()));
        if (!text) return text.refusal().text();
        const auto line = first_line(as_text(*text));
        if (line.empty()) return option + ": no password in the first line";
        rules.plain_password.emplace(as_bytes(line));
        return {};
    }
    const auto text = read_authorized_keys_file(option, strict);
    if (!text) return text.refusal().text();
    rules.password_hash = first_line(*text);
    // A form that is not understood would refuse everybody, later and silently.
    if (const auto tried = check_password("", *rules.password_hash); !tried)
        return option + ": " + tried.error().what;
    return {};
}

/// What is wrong, or nothing.
std::string take_certificates(const Options& options, const StrictModes& strict,
                              const Provider& provider, const LogSink& sink, LoginRules& rules) {
    CertificatePolicy policy;
    policy.min_rsa_bits = options.required_rsa_size;
    if (!options.ca_signature_algorithms.empty()) {
        std::vector<AlgorithmInfo> known;
        for (const auto& info : provider.algorithms(Algorithm::host_key))
            if (!is_certificate_name(info.name) && find_x509_algorithm(info.name) == nullptr)
                known.push_back(info);
        auto wrong = take_list("ca-signature-algorithms", options.ca_signature_algorithms, known,
                               sink, policy.ca_signature_algorithms);
        if (!wrong.empty()) return wrong;
    }
    const CertificateFiles::Names names{options.trusted_user_ca_keys, options.authorized_principals,
                                        options.revoked_keys};
    if (names.authorities.empty() && !names.principals.empty())
        return "--authorized-principals is of use only with --trusted-user-ca-keys";
    rules.certificates = std::make_shared<CertificateFiles>(
        names, strict, std::move(policy), provider,
        [sink](const std::string& text) { sink(LogLevel::warning, text); });
    if (!options.x509_trust.empty()) {
        std::vector<X509User> users;
        for (const auto& user : options.x509_users) users.push_back({user.first, user.second});
        rules.certificates->accept_x509(std::make_unique<X509Files>(
            options.x509_trust, options.x509_crl, std::move(users), strict));
    }
    return rules.certificates->check();
}

}  // namespace

CurrentUser current_user() {
    CurrentUser user;
    const passwd* entry = ::getpwuid(::geteuid());
    const char* home = std::getenv("HOME");
    if (entry != nullptr) user = {entry->pw_name, entry->pw_dir};
    if (home != nullptr && *home == '/') user.home = home;
    if (const char* name = std::getenv("USER"); user.name.empty() && name != nullptr)
        user.name = name;
    if (user.name.empty()) user.name = "user";
    return user;
}

std::variant<std::string, SetupError> read_text_file(const std::string& path, std::size_t limit) {
    const auto failed = [&](int error) { return SetupError{path + ": " + std::strerror(error)}; };
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return failed(errno);
    std::string text;
    for (;;) {
        std::array<char, 16 * 1024> part{};
        const ssize_t n = ::read(fd, part.data(), part.size());
        if (n < 0 && errno == EINTR) continue;
        const int error = n < 0 ? errno : 0;
        if (n > 0) text.append(part.data(), static_cast<std::size_t>(n));
        if (n > 0 && text.size() <= limit) continue;
        ::close(fd);
        if (error != 0) return failed(error);
        if (text.size() > limit)
            return SetupError{path + ": more than " + std::to_string(limit) + " bytes"};
        return text;
    }
}

std::variant<std::shared_ptr<const LoginRules>, SetupError> make_login_rules(
    const Options& options, const Provider& provider, const LogSink& sink,
    std::string& random_password) {
    const CurrentUser self = current_user();
    const StrictModes strict{::geteuid(), self.home};
    auto rules = std::make_shared<LoginRules>();
    rules->user = options.user.empty() ? self.name : options.user;
    rules->require = options.require;

    std::string keys = options.authorized_keys;
    if (keys.empty() && !self.home.empty()) {
        const std::string usual = self.home + "/.ssh/authorized_keys";
        struct stat st {};
        // With a password file or authorities the keys must be named: one way in is not two.
        if (options.password_file.empty() && options.trusted_user_ca_keys.empty() &&
            options.x509_trust.empty() && ::stat(usual.c_str(), &st) == 0)
            keys = usual;
    }
    if (!keys.empty()) {
        rules->keys = std::make_shared<AuthorizedKeyFile>(
            keys, strict, [sink](const std::string& text) { sink(LogLevel::warning, text); });
        const auto now = rules->keys->read();
        if (!now) return SetupError{now.refusal().text()};
        if ((*now)->keys.empty())
            sink(LogLevel::warning, keys + ": no key in it can be used to log in");
    }
    auto wrong_files = take_certificates(options, strict, provider, sink, *rules);
    if (!wrong_files.empty()) return SetupError{std::move(wrong_files)};
    if (!options.password_file.empty()) {
        const auto wrong = read_password_file(options.password_file, strict, *rules);
        if (!wrong.empty()) return SetupError{wrong};
    }
    for (const auto method : rules->require)
        if (method == AuthMethod::publickey && rules->keys == nullptr &&
            !rules->certificates->has_authorities())
            return SetupError{"--require asks for publickey, but there is no --authorized-keys"};
    if (rules->keys == nullptr && !rules->certificates->has_authorities() &&
        options.password_file.empty()) {
        if (options.inetd) return SetupError{"--inetd needs --authorized-keys or --password-file"};
        random_password = make_password(system_rng());
        rules->plain_password.emplace(as_bytes(random_password));
    }
    return std::shared_ptr<const LoginRules>(std::move(rules));
}

}  // namespace nacre::sftpd
