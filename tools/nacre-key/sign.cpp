#include "../terminal.hpp"
#include "../token_keys.hpp"
#include "certificate_fields.hpp"
#include "commands.hpp"
#include "facts.hpp"
#include "files.hpp"
#include "key_list.hpp"
#include "passphrases.hpp"
#include "times.hpp"

#include <nacre/agent/signer.hpp>
#include <nacre/crypto/botan.hpp>

namespace nacre::tools {

namespace {

constexpr OptionRow kCa{"ca", "KEY",
                        "the authority: a private key, with --agent a public one, or "
                        "pkcs11:..."};
constexpr OptionRow kAgent{"agent", "", "the authority's private key is in the agent"};

using SignerOf = Outcome<std::shared_ptr<Signer>>;

SignerOf token_authority(const std::string& uri) {
    const auto signers = token_signers(
        uri,
        [](const std::string& token) {
            return ask_terminal("PIN of " + safe_line(token) + ": ", false);
        },
        botan_provider());
    if (!signers) return refusal(uri, signers.error());
    if (signers->size() != 1) return refusal(uri, std::string("names more than one key"));
    return signers->front();
}

SignerOf agent_authority(const std::string& path) {
    const auto file = read_file(path, kMaxKeyFile);
    if (!file) return file.why();
    const auto key = load_public_key(*file);
    if (!key) return key_refusal(path, key.error());
    agent::ClientConfig config;
    config.path = agent::agent_path();
    if (config.path.empty()) return Refusal{"no agent: SSH_AUTH_SOCK is not set"};
    const auto client = agent::Client::connect(config);
    if (!client) return refusal(config.path, client.error());
    const auto signers = agent::make_signers(*client, botan_provider());
    if (!signers) return refusal(config.path, signers.error());
    for (const auto& signer : *signers)
        if (same_bytes(signer->public_blob(), key->public_keys.front().blob)) return signer;
    return refusal(path, std::string("the agent does not have this key"));
}

SignerOf file_authority(const std::string& path, const Passphrase& passphrase) {
    const auto file = read_file(path, kMaxKeyFile);
    if (!file) return file.why();
    const auto key = load_key(*file, passphrase.asker(path));
    if (!key) return key_refusal(path, key.error());
    if (!key->is_private()) return refusal(path, std::string("holds no private key"));
    auto signer = botan_provider().signer(key->private_keys.front());
    if (!signer) return refusal(path, signer.error());
    return *std::move(signer);
}

SignerOf authority(const Arguments& arguments, const Passphrase& passphrase) {
    const auto ca = arguments.value(kCa.name);
    if (!ca) return wrong_usage("--ca must be given");
    if (names_token(*ca)) return token_authority(*ca);
    return arguments.has(kAgent.name) ? agent_authority(*ca) : file_authority(*ca, passphrase);
}

Status run(const Arguments& arguments) {
    const std::string& in = arguments.words()[0];
    const std::string& out = arguments.words()[1];
    auto fields = read_certificate_fields(arguments, time_now());
    if (!fields) return fields.why();
    if (auto free = may_write(out, existing(arguments)); !free && out != "-") return free.why();
    const auto file = read_file(in, kMaxKeyFile);
    if (!file) return file.why();
    const auto subject = only_public_key(in, *file);
    if (!subject) return subject.why();
    const PublicKeyText& key = *subject;
    if (is_certificate_type(key.type))
        return refusal(in, std::string("is a certificate, not a key"));
    // An authority vouches for no key that cannot be used.
    if (const auto sound = botan_provider().public_key(key.blob); !sound)
        return refusal(in, sound.error());
    fields->key = key.blob;
    const auto passphrase = Passphrase::from(arguments);
    if (!passphrase) return passphrase.why();
    const auto signer = authority(arguments, *passphrase);
    if (!signer) return signer.why();
    // All of these signers answer inside of the call.
    Result<Bytes> blob = Error{Errc::internal, Disconnect::none, 0, "no answer"};
    sign_certificate(*std::move(fields), **signer, {}, system_rng(),
                     Reply<Bytes>::from([&](Result<Bytes>&& made) { blob = std::move(made); }));
    if (!blob) return refusal(in, blob.error());
    const auto type = public_blob_type(*blob);
    if (!type) return refusal(in, type.error());
    const std::string line = public_key_line(*type, *blob, key.comment);
    return write_public(out, as_bytes(line), existing(arguments));
}

}  // namespace

Command sign_command() {
    std::vector<OptionRow> options{kCa, kAgent};
    for (const OptionRow& row : certificate_options()) options.push_back(row);
    options.push_back(kPassphraseFile);
    options.push_back(kForce);
    return {"sign-certificate",
            "KEY.pub OUT",
            "Signs an OpenSSH certificate for a public key.",
            std::move(options),
            2,
            2,
            run};
}

}  // namespace nacre::tools
