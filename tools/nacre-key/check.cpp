#include "../terminal.hpp"
#include "commands.hpp"
#include "facts.hpp"
#include "files.hpp"
#include "key_list.hpp"
#include "passphrases.hpp"
#include "times.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/keys/certificate_policy.hpp>
#include <nacre/keys/revoked_keys.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <chrono>

namespace nacre::tools {

namespace {

constexpr std::uint64_t kDefaultRsaBits = 2048;
constexpr std::uint64_t kMostRsaBits = 16384;
/// The system's clock counts in nanoseconds and ends soon after (in the year 2262).
constexpr std::uint64_t kLastSecond = 9'000'000'000;

constexpr OptionRow kMinRsaBits{"min-rsa-bits", "N", "the least size of RSA keys (default 2048)"};
constexpr OptionRow kCa{"ca", "FILE", "certificates must be of this authority (public key)"};
constexpr OptionRow kPrincipal{"principal", "NAME", "certificates must be good for this name"};
constexpr OptionRow kAt{"at", "TIME",
                        "certificates must be valid then: YYYYMMDD[HHMM[SS]][Z], "
                        "+52w (default: now)"};
constexpr OptionRow kKrl{"krl", "FILE", "keys must not be revoked by this list"};

/// What keys are held against.
struct Wanted {
    std::uint32_t min_rsa_bits = 0;
    std::optional<Bytes> authority;
    std::optional<std::string> principal;
    std::uint64_t at = 0;
    std::optional<RevokedKeys> revoked;
};

using Faults = std::vector<std::string>;

Outcome<Wanted> read_wanted(const Arguments& arguments) {
    Wanted wanted;
    const auto bits = arguments.number(kMinRsaBits.name, 1024, kMostRsaBits);
    if (!bits) return bits.why();
    wanted.min_rsa_bits = static_cast<std::uint32_t>(bits->value_or(kDefaultRsaBits));
    if (const auto path = arguments.value(kCa.name)) {
        const auto file = read_file(*path, kMaxKeyFile);
        if (!file) return file.why();
        auto key = only_public_key(*path, *file);
        if (!key) return key.why();
        wanted.authority = std::move(key->blob);
    }
    wanted.principal = arguments.value(kPrincipal.name);
    const auto at = parse_time(arguments.value(kAt.name).value_or("+0"), time_now());
    if (!at) return wrong_usage("--at wants a time as 20260101, 202601011200Z or +52w");
    wanted.at = *at;
    if (const auto path = arguments.value(kKrl.name)) {
        const auto file = read_file(*path, kMaxRevokedKeysFile);
        if (!file) return file.why();
        auto revoked = parse_revoked_keys(*file);
        if (!revoked) return refusal(*path, revoked.error());
        wanted.revoked = *std::move(revoked);
    }
    return wanted;
}

/// Names of hosts may have wildcards: what decides on them for clients says whether this one fits.
void check_host(const PublicKey& key, const Wanted& wanted, Faults& faults) {
    const Certificate& certificate = *key.certificate();
    // Whether the time is right has been said already.
    const bool timely =
        wanted.at >= certificate.valid_after && wanted.at < certificate.valid_before;
    const std::uint64_t at = std::min(timely ? wanted.at : certificate.valid_after, kLastSecond);
    const CertificateUse use{*wanted.principal,
                             {{},
                              {},
                              std::chrono::system_clock::time_point(
                                  std::chrono::seconds(static_cast<std::int64_t>(at)))}};
    const auto good = check_host_certificate(key, use, {}, botan_provider());
    if (good) return;
    std::string fault = good.error().what;
    if (std::find(faults.begin(), faults.end(), fault) == faults.end())
        faults.push_back(std::move(fault));
}

void check_certificate(const PublicKey& key, const Wanted& wanted, Faults& faults) {
    const Certificate& certificate = *key.certificate();
    if (const auto good = check_certificate_signature(key, {}, botan_provider()); !good)
        faults.emplace_back(good.error().what);
    if (wanted.at < certificate.valid_after)
        faults.emplace_back("certificate: not valid yet");
    else if (wanted.at >= certificate.valid_before)
        faults.emplace_back("certificate: expired");
    if (wanted.authority && *wanted.authority != certificate.authority)
        faults.emplace_back("certificate: of another authority");
    if (const auto bits = rsa_bits(certificate.authority); bits != 0 && bits < wanted.min_rsa_bits)
        faults.emplace_back("certificate: the authority's RSA key has too few bits");
    if (const auto good = check_certificate_options(certificate); !good)
        faults.emplace_back(good.error().what);
    if (!wanted.principal) return;
    if (certificate.kind == CertificateKind::host) {
        check_host(key, wanted, faults);
    } else if (std::find(certificate.principals.begin(), certificate.principals.end(),
                         *wanted.principal) == certificate.principals.end()) {
        faults.emplace_back("certificate: not for that principal");
    }
}

void check_public(const PublicKeyText& text, const Wanted& wanted, Faults& faults) {
    const auto key = botan_provider().public_key(text.blob);
    if (!key) {
        faults.emplace_back(key.error().what);
        return;
    }
    if (plain_name(text.type) == "ssh-dss") faults.emplace_back("DSA keys are weak");
    if (const auto bits = rsa_bits(text.blob); bits != 0 && bits < wanted.min_rsa_bits)
        faults.push_back("RSA key of only " + std::to_string(bits) + " bits");
    if ((*key)->certificate() != nullptr)
        check_certificate(**key, wanted, faults);
    else if (wanted.authority || wanted.principal)
        faults.emplace_back("is no certificate");
    if (wanted.revoked && wanted.revoked->revokes(**key, botan_provider()))
        faults.emplace_back("revoked");
}

void check_mode(const std::string& path, Faults& faults) {
    if (may_be_read_by_others(path))
        faults.emplace_back("group or others may read, write or execute the private key");
}

/// Whether FILE.pub, if there is one, is of the same key.
void check_companion(const std::string& path, const PrivateKey& key, Faults& faults) {
    struct stat found {};
    const std::string companion = path + ".pub";
    if (path == "-" || ::stat(companion.c_str(), &found) != 0) return;
    const auto file = read_file(companion, kMaxPublicKeyFile);
    if (!file) {
        faults.push_back(file.why().text);
        return;
    }
    const auto half = load_public_key(*file);
    if (!half || half->public_keys.front().blob != key.public_blob)
        faults.push_back(companion + " is not the public half of the key");
}

Faults check_file(const std::string& path, const Wanted& wanted, const Passphrase& passphrase) {
    Faults faults;
    const auto file = read_file(path, kMaxKeyFile);
    if (!file) return {file.why().text};
    // Reading has checked that the halves belong together.
    if (is_list(read_key_list(as_text(*file)))) {
        const auto keys = every_public_key(path, *file);
        if (!keys) return {keys.why().text};
        for (const PublicKeyText& key : *keys) check_public(key, wanted, faults);
        for (std::string& fault : faults) fault = path + ": " + fault;
        return faults;
    }
    if (const auto one = holds_one_block(path, as_text(*file)); !one) return {one.why().text};
    const auto loaded = load_key(*file, passphrase.asker(path));
    if (!loaded) return {key_refusal(path, loaded.error()).text};
    if (loaded->is_private()) {
        check_mode(path, faults);
        check_companion(path, loaded->private_keys.front(), faults);
    }
    for (const PrivateKey& key : loaded->private_keys)
        if (const auto signer = botan_provider().signer(key);
            !signer && signer.error().code != Errc::unsupported)
            faults.emplace_back(signer.error().what);
    for (const PublicKeyText& key : loaded->public_keys) check_public(key, wanted, faults);
    for (std::string& fault : faults)
        if (!fault.starts_with(path + ".pub")) fault = path + ": " + fault;
    return faults;
}

Status run(const Arguments& arguments) {
    const auto passphrase = Passphrase::from(arguments);
    if (!passphrase) return passphrase.why();
    const auto wanted = read_wanted(arguments);
    if (!wanted) return wanted.why();
    Json all = Json::array();
    int status = kDone;
    for (const std::string& path : arguments.words()) {
        const Faults faults = check_file(path, *wanted, *passphrase);
        all.push_back({{"file", path}, {"ok", faults.empty()}, {"faults", faults}});
        if (!faults.empty()) status = kFailed;
        for (const std::string& fault : faults) complain({fault});
        if (faults.empty() && !arguments.has(kJson.name)) print_text(safe_line(path) + ": ok\n");
    }
    if (arguments.has(kJson.name)) print_json(all);
    return status;
}

}  // namespace

Command check_command() {
    return {"check",
            "FILE...",
            "Tells whether keys are sound, strong and well kept, and certificates valid.\nThe exit "
            "status is 0 only if all is well. X.509 certificates are not checked.",
            {kJson, kPassphraseFile, kMinRsaBits, kCa, kPrincipal, kAt, kKrl},
            1,
            kMaxWords,
            run};
}

}  // namespace nacre::tools
