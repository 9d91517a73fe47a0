#include "../terminal.hpp"
#include "commands.hpp"
#include "facts.hpp"
#include "files.hpp"
#include "key_list.hpp"
#include "krl.hpp"
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

/// What is wrong with the keys in a file.
struct Faults {
    std::vector<std::string> texts;
    bool revoked = false;

    void add(std::string text) { texts.push_back(std::move(text)); }
};

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
    if (std::find(faults.texts.begin(), faults.texts.end(), fault) == faults.texts.end())
        faults.add(std::move(fault));
}

void check_certificate(const PublicKey& key, const Wanted& wanted, Faults& faults) {
    const Certificate& certificate = *key.certificate();
    if (const auto good = check_certificate_signature(key, {}, botan_provider()); !good)
        faults.add(good.error().what);
    if (wanted.at < certificate.valid_after)
        faults.add("certificate: not valid yet");
    else if (wanted.at >= certificate.valid_before)
        faults.add("certificate: expired");
    if (wanted.authority && *wanted.authority != certificate.authority)
        faults.add("certificate: of another authority");
    if (const auto bits = rsa_bits(certificate.authority); bits != 0 && bits < wanted.min_rsa_bits)
        faults.add("certificate: the authority's RSA key has too few bits");
    if (const auto good = check_certificate_options(certificate); !good)
        faults.add(good.error().what);
    if (!wanted.principal) return;
    if (certificate.kind == CertificateKind::host) {
        check_host(key, wanted, faults);
    } else if (std::find(certificate.principals.begin(), certificate.principals.end(),
                         *wanted.principal) == certificate.principals.end()) {
        faults.add("certificate: not for that principal");
    }
}

void check_public(const PublicKeyText& text, const Wanted& wanted, Faults& faults) {
    const auto key = botan_provider().public_key(text.blob);
    if (!key) {
        faults.add(key.error().what);
        return;
    }
    if (plain_name(text.type) == "ssh-dss") faults.add("DSA keys are weak");
    if (const auto bits = rsa_bits(text.blob); bits != 0 && bits < wanted.min_rsa_bits)
        faults.add("RSA key of only " + std::to_string(bits) + " bits");
    if ((*key)->certificate() != nullptr)
        check_certificate(**key, wanted, faults);
    else if (wanted.authority || wanted.principal)
        faults.add("is no certificate");
    if (wanted.revoked && wanted.revoked->revokes(**key, botan_provider())) {
        // A file may have many.
        faults.add("revoked: " + fingerprint_sha256(plain_blob(**key)));
        faults.revoked = true;
    }
}

void check_mode(const std::string& path, Faults& faults) {
    if (may_be_read_by_others(path))
        faults.add("group or others may read, write or execute the private key");
}

/// Whether FILE.pub, if there is one, is of the same key.
void check_companion(const std::string& path, const PrivateKey& key, Faults& faults) {
    struct stat found {};
    const std::string companion = path + ".pub";
    if (path == "-" || ::stat(companion.c_str(), &found) != 0) return;
    const auto file = read_file(companion, kMaxPublicKeyFile);
    if (!file) {
        faults.add(file.why().text);
        return;
    }
    const auto half = load_public_key(*file);
    if (!half || half->public_keys.front().blob != key.public_blob)
        faults.add(companion + " is not the public half of the key");
}

Faults only(const Refusal& why) {
    Faults faults;
    faults.add(why.text);
    return faults;
}

Faults check_file(const std::string& path, const Wanted& wanted, const Passphrase& passphrase) {
    Faults faults;
    const auto file = read_file(path, kMaxRevokedKeysFile);
    if (!file) return only(file.why());
    // Of these only whether they can be read, as what lies in them is no key to be used.
    if (is_krl(*file)) {
        const auto revoked = parse_revoked_keys(*file);
        return revoked ? faults : only(refusal(path, revoked.error()));
    }
    // Reading has checked that the halves belong together.
    if (is_list(read_key_list(as_text(*file)))) {
        const auto keys = every_public_key(path, *file);
        if (!keys) return only(keys.why());
        for (const PublicKeyText& key : *keys) check_public(key, wanted, faults);
        for (std::string& fault : faults.texts) fault = path + ": " + fault;
        return faults;
    }
    if (const auto one = holds_one_block(path, as_text(*file)); !one) return only(one.why());
    const auto loaded = load_key(*file, passphrase.asker(path));
    if (!loaded) return only(key_refusal(path, loaded.error()));
    if (loaded->is_private()) {
        check_mode(path, faults);
        check_companion(path, loaded->private_keys.front(), faults);
    }
    for (const PrivateKey& key : loaded->private_keys)
        if (const auto signer = botan_provider().signer(key);
            !signer && signer.error().code != Errc::unsupported)
            faults.add(signer.error().what);
    for (const PublicKeyText& key : loaded->public_keys) check_public(key, wanted, faults);
    for (std::string& fault : faults.texts)
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
        const bool good = faults.texts.empty();
        all.push_back({{"file", path}, {"ok", good}, {"faults", faults.texts}});
        // What is not known to be revoked may not have been asked for.
        if (faults.revoked) all.back()["revoked"] = true;
        if (!good) status = kFailed;
        for (const std::string& fault : faults.texts) complain({fault});
        if (good && !arguments.has(kJson.name)) print_text(safe_line(path) + ": ok\n");
    }
    if (arguments.has(kJson.name)) print_json(all);
    return status;
}

}  // namespace

Command check_command() {
    return {"check",
            "FILE...",
            "Tells whether keys are sound, strong and well kept, and certificates valid.\nThe exit "
            "status is 0 only if all is well. Lists of revoked keys (KRL) are only read. X.509 "
            "certificates are not checked.",
            {kJson, kPassphraseFile, kMinRsaBits, kCa, kPrincipal, kAt, kKrl},
            1,
            kMaxWords,
            run};
}

}  // namespace nacre::tools
