#include "host_keys.hpp"

#include "../token_keys.hpp"

#include <nacre/agent/signer.hpp>
#include <nacre/crypto/certificate.hpp>
#include <nacre/fs/key_files.hpp>
#include <nacre/keys/load_key.hpp>
#include <nacre/keys/public_key.hpp>
#include <nacre/keys/x509_trust.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

namespace nacre::sftpd {

namespace {

/// Who waits for a signature is a client that has not logged in: an agent must be quick.
constexpr auto kSignLimit = std::chrono::seconds(20);

std::string add_signer(std::shared_ptr<Signer> signer, const std::string& from, Setup& setup) {
    const auto rsa = rsa_bits(signer->public_blob());
    if (rsa != 0 && rsa < setup.config.transport.min_rsa_bits)
        return from + ": an RSA key of " + std::to_string(rsa) + " bits; --required-rsa-size is " +
               std::to_string(setup.config.transport.min_rsa_bits);
    auto& keys = setup.config.transport.host_keys;
    for (const auto& other : keys)
        if (other->type() == signer->type())
            return from + ": a second host key of type " + std::string(other->type());
    setup.fingerprints.push_back(std::string(short_type_name(signer->type())) + " " +
                                 fingerprint_sha256(signer->public_blob()));
    keys.push_back(std::move(signer));
    return {};
}

std::string add_host_key(const PrivateKey& key, const std::string& path, const Provider& provider,
                         Setup& setup) {
    auto signer = provider.signer(key);
    if (!signer) return path + ": " + signer.error().what;
    return add_signer(*std::move(signer), path, setup);
}

/// $XDG_STATE_HOME/nacre or ~/.local/state/nacre; made by load_or_create_host_keys(), but for the
/// folders above it.
std::string state_folder() {
    std::string base;
    if (const char* xdg = std::getenv("XDG_STATE_HOME"); xdg != nullptr && *xdg == '/') {
        base = xdg;
    } else {
        base = current_user().home + "/.local/state";
    }
    std::error_code failure_shows_later;
    std::filesystem::create_directories(base, failure_shows_later);
    return base + "/nacre";
}

/// The keys in the agent of the options.
class AgentKeys {
  public:
    std::string take(const Options& options, const Provider& provider) {
        if (options.host_key_agent.empty()) return {};
        agent::ClientConfig config;
        config.path = options.host_key_agent == "SSH_AUTH_SOCK" ? agent::agent_path()
                                                                : options.host_key_agent;
        config.person_limit = kSignLimit;
        auto client = agent::Client::connect(config);
        if (!client) return "--host-key-agent: " + std::string(client.error().what);
        auto keys = agent::make_signers(*client, provider);
        if (!keys) return "--host-key-agent: " + std::string(keys.error().what);
        keys_ = *std::move(keys);
        return {};
    }

    /// The agent's key whose public half stands in `path` or in `path`.pub, or nullptr.
    std::shared_ptr<Signer> find(const std::string& path) const {
        for (const auto& name : {path, path + ".pub"}) {
            if (keys_.empty()) break;
            const auto text = read_text_file(name, kMaxPublicKeyFile);
            const auto* read = std::get_if<std::string>(&text);
            const auto key = parse_public_key_file(read == nullptr ? std::string_view() : *read);
            if (!key) continue;
            const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const auto& signer) {
                return same_bytes(signer->public_blob(), key->blob);
            });
            if (found != keys_.end()) return *found;
        }
        return nullptr;
    }

  private:
    std::vector<std::shared_ptr<Signer>> keys_;
};

bool has_type(const Setup& setup, std::string_view type) {
    const auto& keys = setup.config.transport.host_keys;
    return std::any_of(keys.begin(), keys.end(),
                       [&](const auto& other) { return other->type() == type; });
}

/// Adds the X.509 certificates in `pem` under every name that they can have; which of them are
/// offered is for the list of algorithms to say.
std::string add_x509(const std::string& path, std::string_view pem, const Provider& provider,
                     Setup& setup) {
    auto& keys = setup.config.transport.host_keys;
    const auto certificates = read_x509_certificates(pem);
    if (!certificates) return path + ": " + certificates.error().what;
    const auto plain = keys;
    const char* wrong = "certificate of none of the host keys";
    bool any = false;
    for (const X509Algorithm& algorithm : x509_algorithms()) {
        for (const auto& key : plain) {
            if (key->type() != algorithm.key_type) continue;
            auto signer = make_x509_signer(key, algorithm.name, *certificates, provider);
            if (!signer) {
                wrong = signer.error().what;
                continue;
            }
            if (has_type(setup, algorithm.name))
                return path + ": a second certificate of type " + std::string(algorithm.name);
            keys.insert(keys.begin(), std::move(*signer));
            any = true;
        }
    }
    return any ? std::string() : path + ": " + wrong;
}

}  // namespace

std::string take_host_keys(const Options& options, const Provider& provider, Setup& setup) {
    AgentKeys agent;
    if (auto wrong = agent.take(options, provider); !wrong.empty()) return wrong;
    if (options.host_keys.empty()) {
        if (!options.host_key_agent.empty())
            return "--host-key-agent: --host-key must name the public keys";
        const std::string folder = state_folder();
        const auto keys = load_or_create_host_keys(folder, provider, system_rng());
        if (!keys) return keys.refusal().text();
        for (const auto& key : *keys) {
            auto wrong = add_host_key(key, folder, provider, setup);
            if (!wrong.empty()) return wrong;
        }
    }
    for (const auto& path : options.host_keys) {
        std::string wrong;
        if (tools::names_token(path)) {
            const std::string name = tools::shown_name(path);
            auto keys = tools::token_signers(path, {}, provider);
            if (!keys) return name + ": " + keys.error().what;
            for (auto& key : *keys)
                if (wrong.empty()) wrong = add_signer(std::move(key), name, setup);
        } else if (auto signer = agent.find(path)) {
            wrong = add_signer(std::move(signer), path, setup);
        } else {
            const auto file = read_host_key_file(path);
            if (!file) return file.refusal().text();
            const auto loaded = load_key(*file);
            if (!loaded) return path + ": " + loaded.error().what;
            if (!loaded->is_private()) return path + ": no private key in the file";
            for (const auto& key : loaded->private_keys)
                if (wrong.empty()) wrong = add_host_key(key, path, provider, setup);
        }
        if (!wrong.empty()) return wrong;
    }
    return {};
}

std::string take_host_certificates(const Options& options, const Provider& provider, Setup& setup) {
    auto& keys = setup.config.transport.host_keys;
    // Only keys of our own are announced to clients for keeping, no certificates.
    setup.config.connection.host_keys = keys;
    for (const auto& path : options.host_certificates) {
        const auto text = read_text_file(path, kMaxPublicKeyFile);
        if (const auto* wrong = std::get_if<SetupError>(&text)) return wrong->text;
        const std::string& content = *std::get_if<std::string>(&text);
        if (content.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
            auto wrong = add_x509(path, content, provider, setup);
            if (!wrong.empty()) return wrong;
            continue;
        }
        const auto certificate = parse_public_key_file(content);
        if (!certificate) return path + ": " + certificate.error().what;
        const auto parsed = parse_certificate(certificate->blob);
        if (!parsed) return path + ": " + parsed.error().what;
        if (parsed->kind != CertificateKind::host) return path + ": not a certificate of a host";
        const auto key = std::find_if(keys.begin(), keys.end(), [&](const auto& signer) {
            return same_bytes(signer->public_blob(), parsed->key);
        });
        if (key == keys.end()) return path + ": certificate of none of the host keys";
        auto signer = make_certificate_signer(*key, certificate->blob);
        if (!signer) return path + ": " + signer.error().what;
        if (has_type(setup, (*signer)->type()))
            return path + ": a second certificate of type " + std::string((*signer)->type());
        keys.insert(keys.begin(), std::move(*signer));
    }
    return {};
}

}  // namespace nacre::sftpd
