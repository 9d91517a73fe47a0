#include "../terminal.hpp"
#include "commands.hpp"
#include "facts.hpp"
#include "files.hpp"
#include "key_list.hpp"
#include "krl.hpp"
#include "passphrases.hpp"
#include "times.hpp"
#include "x509_facts.hpp"

#include <nacre/crypto/botan.hpp>

namespace nacre::tools {

namespace {

/// What a file is, both ways.
struct Shown {
    Json json;
    std::string text;
};

std::string line(std::string_view title, const std::string& value) {
    return "        " + std::string(title) + ": " + value + "\n";
}

std::string encryption_text(const KeyEncryption& how) {
    std::string text = std::string(how.cipher) + ", " + std::string(how.kdf);
    if (!how.prf.empty()) text += " with " + std::string(how.prf);
    text += ", cost " + std::to_string(how.cost);
    if (how.memory != 0) text += ", " + std::to_string(how.memory) + " KiB";
    if (how.parallelism != 0) text += ", " + std::to_string(how.parallelism) + " lanes";
    return text;
}

void add_key(Shown& shown, const PublicKeyText& key, const Arguments& arguments) {
    Json facts = key_facts(key);
    if (const auto certificate = parse_certificate(key.blob)) {
        facts["certificate"] = certificate_facts(*certificate);
        shown.text += certificate_text(*certificate, arguments);
    } else {
        shown.text += line("Type", key.type);
        shown.text += line("Bits", std::to_string(facts["bits"].get<std::uint32_t>()));
        shown.text += line("Fingerprint", fingerprints_text(key.blob, arguments));
        if (!key.comment.empty()) shown.text += line("Comment", safe_line(key.comment));
    }
    if (facts.contains("fault")) shown.text += line("Fault", facts["fault"].get<std::string>());
    shown.json["keys"].push_back(std::move(facts));
}

Shown show_key(const LoadedKey& loaded, const std::optional<KeyEncryption>& encryption,
               bool is_private, const Arguments& arguments) {
    Shown shown;
    shown.json["kind"] = is_private ? "private_key" : "public_key";
    shown.json["format"] = name_of(loaded.format);
    const bool bare_certificate = loaded.format == KeyFormat::openssh_line &&
                                  is_certificate_type(loaded.public_keys.front().type);
    // The line in front of a certificate would not be there in ssh-keygen -L.
    if (!bare_certificate)
        shown.text += line(
            "Format", std::string(name_of(loaded.format)) + (is_private ? ", private key" : ""));
    if (encryption) {
        shown.json["encryption"] = encryption_facts(*encryption);
        shown.text += line("Encryption", encryption_text(*encryption));
    } else if (is_private) {
        shown.json["encryption"] = nullptr;
        shown.text += line("Encryption", "none");
    }
    shown.json["keys"] = Json::array();
    for (const PublicKeyText& key : loaded.public_keys) add_key(shown, key, arguments);
    if (!loaded.certificates.empty()) shown.json["x509_certificates"] = Json::array();
    for (const Bytes& der : loaded.certificates) {
        Json facts = x509_facts(der);
        shown.text += x509_text(facts);
        shown.json["x509_certificates"].push_back(std::move(facts));
    }
    if (loaded.left_out != nullptr) {
        shown.json["left_out"] = loaded.left_out;
        shown.text += line("Left out", loaded.left_out);
    }
    return shown;
}

/// All that can be said when nobody knows the passphrase.
Shown show_sealed(const KeyEncryption& encryption) {
    Shown shown;
    shown.json["kind"] = "encrypted";
    shown.json["encryption"] = encryption_facts(encryption);
    shown.json["keys"] = Json::array();
    shown.text = line("Encryption", encryption_text(encryption)) +
                 line("Key", "not shown without its passphrase");
    return shown;
}

Shown show_list(const KeyList& list, const Arguments& arguments) {
    const bool hosts = list.kind == ListKind::known_hosts;
    Shown shown;
    shown.json["kind"] = hosts                                    ? "known_hosts"
                         : list.kind == ListKind::authorized_keys ? "authorized_keys"
                                                                  : "public_keys";
    shown.json["keys"] = Json::array();
    for (const ListedKey& listed : list.keys) {
        Json facts{{"line", listed.line}};
        std::string text = "        " + std::to_string(listed.line) + ": ";
        if (!listed.marker.empty()) {
            facts["marker"] = listed.marker;
            text += safe_line(listed.marker) + " ";
        }
        if (!listed.before.empty()) {
            facts[hosts ? "hosts" : "options"] = listed.before;
            text += safe_line(listed.before) + " ";
        }
        facts.update(key_facts(listed.key));
        text += key_line(listed.key, arguments);
        if (!listed.fault.empty()) {
            facts["fault"] = listed.fault;
            text += ": " + safe_line(listed.fault);
        }
        shown.json["keys"].push_back(std::move(facts));
        shown.text += text + "\n";
    }
    shown.json["unreadable_lines"] = list.unreadable;
    for (const std::uint32_t number : list.unreadable)
        shown.text += "        " + std::to_string(number) + ": no key\n";
    return shown;
}

/// Of a file whose public half is in clear.
bool holds_private_key(ByteView file) {
    const auto loaded = load_key(file);
    return loaded ? loaded->is_private() : fault_of(loaded.error()) == KeyFault::needs_passphrase;
}

Outcome<Shown> show_file(const std::string& path, const Passphrase& passphrase,
                         const Arguments& arguments) {
    const auto file = read_file(path, kMaxRevokedKeysFile);
    if (!file) return file.why();
    if (is_krl(*file)) {
        const auto revoked = parse_revoked_keys(*file);
        if (!revoked) return refusal(path, revoked.error());
        Shown shown;
        shown.json = krl_facts(*revoked);
        shown.text = krl_text(*revoked, arguments);
        return shown;
    }
    const auto encryption = key_file_encryption(*file);
    const KeyList list = read_key_list(as_text(*file));
    if (is_list(list) && (list.kind != ListKind::keys || list.keys.size() > 1))
        return show_list(list, arguments);
    if (auto one = holds_one_block(path, as_text(*file)); !one) return one.why();
    const auto half = load_public_key(*file);
    if (half) return show_key(*half, encryption, holds_private_key(*file), arguments);
    if (!list.keys.empty()) return show_list(list, arguments);
    if (fault_of(half.error()) != KeyFault::needs_passphrase)
        return key_refusal(path, half.error());
    // The public half is encrypted too.
    const auto loaded = load_key(*file, passphrase.asker(path));
    if (!loaded && encryption && fault_of(loaded.error()) == KeyFault::needs_passphrase)
        return show_sealed(*encryption);
    if (!loaded) return key_refusal(path, loaded.error());
    return show_key(*loaded, encryption, loaded->is_private(), arguments);
}

Status run(const Arguments& arguments) {
    const auto passphrase = Passphrase::from(arguments);
    if (!passphrase) return passphrase.why();
    Json all = Json::array();
    int status = kDone;
    for (const std::string& path : arguments.words()) {
        auto shown = show_file(path, *passphrase, arguments);
        Json entry{{"file", path}};
        if (shown) {
            entry.update(shown->json);
        } else {
            status = kFailed;
            complain(shown.why());
            entry["error"] = shown.why().text;
        }
        all.push_back(std::move(entry));
        if (shown && !arguments.has(kJson.name)) print_text(safe_line(path) + ":\n" + shown->text);
    }
    if (arguments.has(kJson.name)) print_json(all);
    return status;
}

Status run_fingerprint(const Arguments& arguments) {
    const auto passphrase = Passphrase::from(arguments);
    if (!passphrase) return passphrase.why();
    Json all = Json::array();
    for (const std::string& path : arguments.words()) {
        const auto file = read_file(path, kMaxRevokedKeysFile);
        if (!file) return file.why();
        std::vector<PublicKeyText> keys;
        KeyList list = read_key_list(as_text(*file));
        if (auto one = holds_one_block(path, as_text(*file)); !one) return one.why();
        auto loaded = load_public_key(*file);
        if (loaded && !is_list(list)) {
            keys = std::move(loaded->public_keys);
        } else {
            for (ListedKey& listed : list.keys) keys.push_back(std::move(listed.key));
            if (keys.empty() && fault_of(loaded.error()) == KeyFault::needs_passphrase) {
                loaded = load_key(*file, passphrase->asker(path));
                if (loaded) keys = std::move(loaded->public_keys);
            }
            if (keys.empty()) return key_refusal(path, loaded.error());
        }
        Json entry{{"file", path}, {"keys", Json::array()}};
        for (const PublicKeyText& key : keys) {
            entry["keys"].push_back(key_facts(key));
            if (!arguments.has(kJson.name)) print_text(key_line(key, arguments) + "\n");
        }
        all.push_back(std::move(entry));
    }
    if (arguments.has(kJson.name)) print_json(all);
    return kDone;
}

}  // namespace

Command show_command() {
    return {"show",
            "FILE...",
            "Tells what is in files of keys, certificates or revoked keys.\n"
            "Also in authorized_keys and known_hosts; - is standard input. Private parts are "
            "never shown.",
            {kJson, kMd5, kSha1, kHex, kPassphraseFile},
            1,
            kMaxWords,
            run};
}

Command fingerprint_command() {
    return {"fingerprint",
            "FILE...",
            "Prints the fingerprints of keys, a line for each, as ssh-keygen -l.",
            {kJson, kMd5, kSha1, kHex, kPassphraseFile},
            1,
            kMaxWords,
            run_fingerprint};
}

}  // namespace nacre::tools
