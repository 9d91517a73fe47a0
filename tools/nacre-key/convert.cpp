#include "commands.hpp"
#include "files.hpp"
#include "passphrases.hpp"
#include "writing.hpp"

#include <nacre/keys/jwk.hpp>

namespace nacre::tools {

namespace {

constexpr OptionRow kTo{"to", "FORMAT",
                        "openssh, pkcs8, ppk, ppk2 (weak), jwk; public, rfc4716, pem-public, "
                        "jwk-public"};
constexpr OptionRow kComment{"comment", "TEXT", "in place of the key's own"};
constexpr OptionRow kIndex{"index", "N", "which key of a file that holds many, from 1"};

/// The key that --index names, or the only one.
template <class T>
Outcome<T*> chosen(std::vector<T>& keys, const std::string& path, const Arguments& arguments) {
    const auto index = arguments.number(kIndex.name, 1, kMaxJwkSet);
    if (!index) return index.why();
    if (!*index && keys.size() > 1)
        return refusal(path, "holds " + std::to_string(keys.size()) + " keys: --index says which");
    const std::size_t place = index->value_or(1) - 1;
    if (place >= keys.size())
        return refusal(path, "holds only " + std::to_string(keys.size()) + " keys");
    return &keys[place];
}

/// Says so when the comment is lost.
void tell_of_comment(const std::string& path, const std::string& comment, Target target) {
    const bool jwk = target == Target::jwk || target == Target::jwk_public;
    if (jwk && !is_jwk_comment(comment))
        complain(refusal(path, std::string("the comment cannot be in a JWK and is left out")));
}

Status convert_public(LoadedKey& loaded, Target target, const Arguments& arguments) {
    const std::string& in = arguments.words()[0];
    // None of its choices is there for a public half.
    if (const auto writing = read_writing(target, arguments); !writing) return writing.why();
    const auto key = chosen(loaded.public_keys, in, arguments);
    if (!key) return key.why();
    if (const auto comment = arguments.value(kComment.name)) (*key)->comment = *comment;
    const auto text = write_public_half(**key, target);
    if (!text) return key_refusal(in, text.error());
    tell_of_comment(in, (*key)->comment, target);
    return write_public(arguments.words()[1], as_bytes(*text), existing(arguments));
}

Status convert_private(LoadedKey& loaded, Target target, const Arguments& arguments) {
    const std::string& in = arguments.words()[0];
    if (!loaded.is_private()) return refusal(in, std::string("holds no private key"));
    const auto key = chosen(loaded.private_keys, in, arguments);
    if (!key) return key.why();
    if (const auto comment = arguments.value(kComment.name)) (*key)->comment = *comment;
    const auto writing = read_writing(target, arguments);
    if (!writing) return writing.why();
    const auto file = write_key(**key, *writing);
    if (!file) return key_refusal(in, file.error());
    tell_of_comment(in, (*key)->comment, target);
    return write_secret(arguments.words()[1], *file, existing(arguments));
}

Status run(const Arguments& arguments) {
    const std::string& in = arguments.words()[0];
    const std::string& out = arguments.words()[1];
    const auto to = arguments.value(kTo.name);
    if (!to) return wrong_usage("convert wants --to FORMAT");
    const auto target = parse_target(*to);
    if (!target) return wrong_usage("no format " + *to);
    if (is_private(*target) && out == "-")
        return wrong_usage("private keys are not written to standard output");
    if (auto free = may_write(out, existing(arguments)); !free && out != "-") return free.why();
    if (in == "-" && arguments.value(kPassphraseFile.name) == "-")
        return wrong_usage("the key and its passphrase cannot both come from standard input");
    const auto passphrase = Passphrase::from(arguments);
    if (!passphrase) return passphrase.why();
    const auto file = read_file(in, kMaxKeyFile);
    if (!file) return file.why();
    auto loaded =
        is_private(*target) ? load_key(*file, passphrase->asker(in)) : load_public_key(*file);
    // Some formats encrypt the public half too.
    if (!loaded && !is_private(*target) && fault_of(loaded.error()) == KeyFault::needs_passphrase)
        loaded = load_key(*file, passphrase->asker(in));
    if (!loaded) return key_refusal(in, loaded.error());
    return is_private(*target) ? convert_private(*loaded, *target, arguments)
                               : convert_public(*loaded, *target, arguments);
}

}  // namespace

Command convert_command() {
    std::vector<OptionRow> options{kTo, kComment, kIndex, kPassphraseFile};
    for (const OptionRow& row : writing_options()) options.push_back(row);
    options.push_back(kForce);
    return {"convert",
            "IN OUT",
            "Writes a key in another format.\nPrivate files get mode 0600. IN may be -, and for "
            "public formats OUT too.",
            std::move(options),
            2,
            2,
            run};
}

}  // namespace nacre::tools
