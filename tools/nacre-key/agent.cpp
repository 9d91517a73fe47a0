#include "../terminal.hpp"
#include "commands.hpp"
#include "facts.hpp"
#include "files.hpp"
#include "key_list.hpp"
#include "passphrases.hpp"

#include <nacre/agent/client.hpp>

#include <limits>

namespace nacre::tools {

namespace {

constexpr OptionRow kSocket{"socket", "PATH", "the agent's (default: $SSH_AUTH_SOCK)"};
constexpr OptionRow kLifetime{"lifetime", "SECONDS", "add: the agent forgets the key after that"};
constexpr OptionRow kConfirm{"confirm", "", "add: each use of the key is to be confirmed"};
constexpr OptionRow kCertificate{"certificate", "FILE", "add: also a certificate of the key"};
constexpr OptionRow kAll{"all", "", "remove: all keys"};

using ClientOf = Outcome<std::shared_ptr<agent::Client>>;

ClientOf connect(const Arguments& arguments) {
    agent::ClientConfig config;
    config.path = arguments.value(kSocket.name).value_or(agent::agent_path());
    if (config.path.empty()) return Refusal{"no agent: SSH_AUTH_SOCK is not set"};
    auto client = agent::Client::connect(config);
    if (!client) return refusal(config.path, client.error());
    return *std::move(client);
}

Status list(agent::Client& client, const Arguments& arguments) {
    const auto identities = client.identities();
    if (!identities) return Refusal{std::string("agent: ") + identities.error().what};
    Json all{{"keys", Json::array()}};
    for (const agent::Identity& identity : *identities) {
        const auto type = public_blob_type(identity.blob);
        const PublicKeyText key{type ? std::string(*type) : std::string("?"), identity.blob,
                                identity.comment};
        all["keys"].push_back(key_facts(key));
        if (!arguments.has(kJson.name)) print_text(key_line(key, arguments) + "\n");
    }
    if (arguments.has(kJson.name)) print_json(all);
    return kDone;
}

/// The blob of a certificate in a file, if it is one of the key.
Outcome<Bytes> certificate_of(const PrivateKey& key, const std::string& path) {
    const auto text = read_file(path, kMaxPublicKeyFile);
    if (!text) return text.why();
    auto certificate = only_public_key(path, *text);
    if (!certificate) return certificate.why();
    const auto parsed = parse_certificate(certificate->blob);
    if (!parsed) return refusal(path, parsed.error());
    if (parsed->key != key.public_blob)
        return refusal(path, std::string("is not a certificate of the key"));
    return std::move(certificate->blob);
}

Status add(agent::Client& client, const std::string& path, const Arguments& arguments) {
    agent::Constraints constraints;
    const auto lifetime =
        arguments.number(kLifetime.name, 1, std::numeric_limits<std::uint32_t>::max());
    if (!lifetime) return lifetime.why();
    if (*lifetime) constraints.lifetime = static_cast<std::uint32_t>(**lifetime);
    constraints.confirm = arguments.has(kConfirm.name);
    // As in ssh-add: such a key is no secret any more.
    if (may_be_read_by_others(path))
        return refusal(path, std::string("may be read by group or others"));
    const auto passphrase = Passphrase::from(arguments);
    if (!passphrase) return passphrase.why();
    const auto file = read_file(path, kMaxKeyFile);
    if (!file) return file.why();
    const auto loaded = load_key(*file, passphrase->asker(path));
    if (!loaded) return key_refusal(path, loaded.error());
    if (!loaded->is_private()) return refusal(path, std::string("holds no private key"));
    const PrivateKey& key = loaded->private_keys.front();
    const auto beside = arguments.value(kCertificate.name);
    const auto certificate = beside ? certificate_of(key, *beside) : Outcome<Bytes>(Bytes());
    if (!certificate) return certificate.why();
    if (const auto done = client.add(key, constraints); !done) return refusal(path, done.error());
    if (!beside) return kDone;
    if (const auto done = client.add(key, constraints, *certificate); !done)
        return refusal(*beside, done.error());
    return kDone;
}

Status remove(agent::Client& client, const std::string& path) {
    const auto file = read_file(path, kMaxKeyFile);
    if (!file) return file.why();
    const auto keys = every_public_key(path, *file);
    if (!keys) return keys.why();
    for (const PublicKeyText& key : *keys)
        if (const auto done = client.remove(key.blob); !done) return refusal(path, done.error());
    return kDone;
}

/// What of an action's options is another one's.
Status check_options(const std::string& what, const Arguments& arguments) {
    struct Row {
        const OptionRow& option;
        std::string_view action;
    };
    const Row rows[] = {{kJson, "list"},       {kMd5, "list"},           {kSha1, "list"},
                        {kHex, "list"},        {kLifetime, "add"},       {kConfirm, "add"},
                        {kCertificate, "add"}, {kPassphraseFile, "add"}, {kAll, "remove"}};
    for (const Row& row : rows)
        if (arguments.has(row.option.name) && row.action != what)
            return wrong_usage("--" + std::string(row.option.name) + " is for agent " +
                               std::string(row.action));
    return kDone;
}

Status run(const Arguments& arguments) {
    const std::string& what = arguments.words().front();
    const std::vector<std::string> files(arguments.words().begin() + 1, arguments.words().end());
    const bool all = arguments.has(kAll.name);
    const bool fits = what == "list"     ? files.empty()
                      : what == "add"    ? !files.empty()
                      : what == "remove" ? files.empty() == all
                                         : false;
    if (!fits) return wrong_usage("agent wants list, add FILE..., remove FILE... or remove --all");
    if (auto good = check_options(what, arguments); !good) return good;
    const auto client = connect(arguments);
    if (!client) return client.why();
    if (what == "list") return list(**client, arguments);
    if (all) {
        if (const auto done = (*client)->remove_all(); !done)
            return Refusal{std::string("agent: ") + done.error().what};
        return kDone;
    }
    for (const std::string& path : files)
        if (auto done = what == "add" ? add(**client, path, arguments) : remove(**client, path);
            !done)
            return done;
    return kDone;
}

}  // namespace

Command agent_command() {
    return {"agent",
            "list|add FILE...|remove FILE...",
            "Lists the keys in an agent, adds and removes keys.",
            {kSocket, kJson, kMd5, kSha1, kHex, kPassphraseFile, kLifetime, kConfirm, kCertificate,
             kAll},
            1,
            kMaxWords,
            run};
}

}  // namespace nacre::tools
