#include "writing.hpp"

#include "passphrases.hpp"

#include <nacre/keys/jwk.hpp>
#include <nacre/keys/ppk.hpp>

#include <algorithm>
#include <iterator>

namespace nacre::tools {

namespace {

constexpr OptionRow kCipher{"cipher", "NAME",
                            "of openssh: aes256-ctr (default), aes192-ctr, "
                            "aes128-ctr; of the others: aes256-cbc"};
constexpr OptionRow kRounds{"rounds", "N",
                            "cost of the passphrase: rounds of bcrypt (openssh, "
                            "default 24), passes of Argon2id (ppk, default 21)"};
constexpr OptionRow kKdf{"kdf", "NAME",
                         "of pkcs8: pbkdf2 (default) or scrypt; of openssh: bcrypt; "
                         "of ppk: argon2id"};

/// What there is to choose in a private format.
struct Row {
    std::string_view name;
    Target target;
    std::string_view ciphers, kdfs;  ///< with blanks between; empty: it is never encrypted
    std::uint32_t most_rounds = 0;   ///< 0: no choice
};

constexpr std::uint32_t kMaxPasses = 1024;

constexpr Row kRows[] = {
    {"openssh", Target::openssh, "aes256-ctr aes192-ctr aes128-ctr", "bcrypt", kMaxBcryptRounds},
    {"pkcs8", Target::pkcs8, "aes256-cbc", "pbkdf2 scrypt", 0},
    {"ppk", Target::ppk, "aes256-cbc", "argon2id", kMaxPasses},
    {"ppk2", Target::ppk2, "aes256-cbc", "sha1", 0},
    {"jwk", Target::jwk, "", "", 0},
    {"public", Target::public_line, "", "", 0},
    {"rfc4716", Target::rfc4716, "", "", 0},
    {"pem-public", Target::pem_public, "", "", 0},
    {"jwk-public", Target::jwk_public, "", "", 0},
};

const Row& row_of(Target target) noexcept {
    return *std::find_if(std::begin(kRows), std::end(kRows),
                         [&](const Row& row) { return row.target == target; });
}

bool has_word(std::string_view words, std::string_view word) {
    return !word.empty() && word.find(' ') == std::string_view::npos &&
           (" " + std::string(words) + " ").find(" " + std::string(word) + " ") !=
               std::string::npos;
}

}  // namespace

std::optional<Target> parse_target(std::string_view name) {
    const auto row = std::find_if(std::begin(kRows), std::end(kRows),
                                  [&](const Row& r) { return r.name == name; });
    return row == std::end(kRows) ? std::nullopt : std::optional(row->target);
}

bool is_private(Target target) noexcept {
    return target <= Target::jwk;
}

std::vector<OptionRow> writing_options() {
    return {kCipher, kRounds, kKdf, kNewPassphraseFile, kNoPassphrase};
}

Outcome<Writing> read_writing(Target target, const Arguments& arguments) {
    const Row& row = row_of(target);
    const std::string what = "--to " + std::string(row.name);
    Writing writing;
    writing.target = target;
    writing.cipher = arguments.value(kCipher.name).value_or("aes256-ctr");
    if (const auto cipher = arguments.value(kCipher.name);
        cipher && !has_word(row.ciphers, *cipher))
        return wrong_usage(what + " has no cipher " + *cipher);
    const auto kdf = arguments.value(kKdf.name);
    if (kdf && !has_word(row.kdfs, *kdf)) return wrong_usage(what + " has no --kdf " + *kdf);
    writing.scrypt = kdf == "scrypt";
    if (arguments.has(kRounds.name)) {
        if (row.most_rounds == 0) return wrong_usage(what + " has no --rounds");
        const auto rounds = arguments.number(kRounds.name, 1, row.most_rounds);
        if (!rounds) return rounds.why();
        writing.cost = static_cast<std::uint32_t>(**rounds);
    }
    const bool encrypts = arguments.has(kNewPassphraseFile.name);
    if (arguments.has(kNoPassphrase.name))
        for (const OptionRow& choice : {kCipher, kRounds, kKdf})
            if (arguments.has(choice.name))
                return wrong_usage("--no-passphrase and --" + std::string(choice.name));
    if (!is_private(target)) {
        if (encrypts) return wrong_usage(what + " is never encrypted");
        return writing;
    }
    if (row.ciphers.empty()) {
        // A key that was encrypted shall not become one in clear unasked.
        if (encrypts || !arguments.has(kNoPassphrase.name))
            return wrong_usage(what + " is written in clear: --no-passphrase");
        return writing;
    }
    auto passphrase = new_passphrase(arguments);
    if (!passphrase) return passphrase.why();
    writing.passphrase = *std::move(passphrase);
    return writing;
}

Result<SecretBytes> write_key(const PrivateKey& key, const Writing& writing) {
    const SecretBytes* passphrase = writing.passphrase ? &*writing.passphrase : nullptr;
    Rng& rng = system_rng();
    if (writing.target == Target::pkcs8)
        return write_pkcs8_private_key(key, passphrase, rng,
                                       writing.scrypt ? Pkcs8Kdf::scrypt : Pkcs8Kdf::pbkdf2);
    if (writing.target == Target::ppk) {
        PpkCost cost;
        cost.passes = writing.cost.value_or(cost.passes);
        return write_ppk(key, passphrase, rng, cost);
    }
    if (writing.target == Target::ppk2) return write_ppk_v2(key, passphrase);
    if (writing.target == Target::jwk) return write_jwk(key);
    return write_openssh_private_key(key, passphrase, rng,
                                     writing.cost.value_or(kDefaultBcryptRounds), writing.cipher);
}

Result<std::string> write_public_half(const PublicKeyText& key, Target target) {
    if (target == Target::rfc4716) return rfc4716_public_key(key.blob, key.comment);
    if (target == Target::pem_public) return pem_public_key(key.blob);
    if (target == Target::jwk_public) return write_public_jwk(key.blob, key.comment);
    return public_key_line(key.type, key.blob, key.comment);
}

}  // namespace nacre::tools
