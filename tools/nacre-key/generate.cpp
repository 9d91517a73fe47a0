#include "../terminal.hpp"
#include "commands.hpp"
#include "facts.hpp"
#include "files.hpp"
#include "writing.hpp"

#include <nacre/crypto/botan.hpp>

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

namespace nacre::tools {

namespace {

struct Kind {
    std::string_view name, type;
    bool insecure = false;
};
constexpr Kind kKinds[] = {
    {"ed25519", "ssh-ed25519"},
    {"ecdsa-256", "ecdsa-sha2-nistp256"},
    {"ecdsa-384", "ecdsa-sha2-nistp384"},
    {"ecdsa-521", "ecdsa-sha2-nistp521"},
    {"rsa", "ssh-rsa"},
    {"ed448", "ssh-ed448"},
    {"dss", "ssh-dss", true},
};
constexpr std::uint64_t kDefaultRsaBits = 3072;
constexpr std::uint64_t kLeastRsaBits = 2048;
constexpr std::uint64_t kMostRsaBits = 16384;

constexpr OptionRow kBits{"bits", "N", "of an RSA key, 2048 to 16384 (default 3072)"};
constexpr OptionRow kComment{"comment", "TEXT", "default: user@host"};
constexpr OptionRow kTo{"to", "FORMAT", "openssh (default), pkcs8, ppk, ppk2 (weak), jwk"};
constexpr OptionRow kInsecure{"insecure", "", "allow dss, which is weak"};

std::string default_comment() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
    const passwd* user = ::getpwuid(::getuid());
    return std::string(user == nullptr ? "user" : user->pw_name) + "@" + host.data();
}

Status run(const Arguments& arguments) {
    const bool named = arguments.words().size() == 2;
    const std::string name = named ? arguments.words()[0] : "ed25519";
    const std::string& out = arguments.words().back();
    const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                   [&](const Kind& k) { return k.name == name; });
    if (kind == std::end(kKinds)) return wrong_usage("no type of key " + name);
    const bool names_type = std::any_of(std::begin(kKinds), std::end(kKinds),
                                        [&](const Kind& k) { return k.name == out; });
    if (!named && names_type) return wrong_usage(out + " is a type: generate wants OUT too");
    if (kind->insecure && !arguments.has(kInsecure.name))
        return wrong_usage(name + " is weak: --insecure makes it all the same");
    const auto bits = arguments.number(kBits.name, kLeastRsaBits, kMostRsaBits);
    if (!bits) return bits.why();
    if (*bits && kind->type != "ssh-rsa") return wrong_usage(name + " has no --bits");
    const auto target = parse_target(arguments.value(kTo.name).value_or("openssh"));
    if (!target || !is_private(*target)) return wrong_usage("--to wants a private format");
    if (out == "-") return wrong_usage("private keys are not written to standard output");
    const Existing replace = existing(arguments);
    const std::string out_public = out + ".pub";
    for (const std::string& path : {out, out_public})
        if (const auto free = may_write(path, replace); !free) return free.why();
    // The private key there would be lost before its public half cannot be written.
    for (const std::string& path : {out, out_public})
        if (std::error_code none; std::filesystem::is_directory(path, none))
            return refusal(path, std::string("is a folder"));
    const auto writing = read_writing(*target, arguments);
    if (!writing) return writing.why();

    auto key = botan_provider().generate(
        kind->type, static_cast<std::uint32_t>(bits->value_or(kDefaultRsaBits)), system_rng());
    if (!key) return refusal(name, key.error());
    key->comment = arguments.value(kComment.name).value_or(default_comment());
    const auto file = write_key(*key, *writing);
    if (!file) return refusal(out, file.error());
    if (auto done = write_secret(out, *file, replace); !done) return done;
    const PublicKeyText half{key->type, key->public_blob, key->comment};
    const std::string line = public_key_line(half.type, half.blob, half.comment);
    if (auto done = write_public(out_public, as_bytes(line), replace); !done) return done;
    print_text(key_line(half, arguments) + "\n");
    return kDone;
}

}  // namespace

Command generate_command() {
    std::vector<OptionRow> options{kBits, kComment, kTo, kInsecure};
    for (const OptionRow& row : writing_options()) options.push_back(row);
    options.push_back(kForce);
    return {"generate",
            "[TYPE] OUT",
            "Makes a key, and its public half in OUT.pub.\nTypes: ed25519 (default), ecdsa-256, "
            "ecdsa-384, ecdsa-521, rsa, ed448; dss with --insecure.",
            std::move(options),
            1,
            2,
            run};
}

}  // namespace nacre::tools
