#include "login.hpp"

#include "../terminal.hpp"
#include "../token_keys.hpp"

#include <nacre/crypto/certificate.hpp>
#include <nacre/fs/key_files.hpp>
#include <nacre/keys/load_key.hpp>
#include <nacre/keys/public_key.hpp>
#include <nacre/keys/x509_trust.hpp>

#include <cstdio>
#include <fstream>
#include <iterator>

namespace nacre::tools {

namespace {

constexpr Error kNoAnswer{Errc::unsupported, Disconnect::none, 0, "no password"};
constexpr std::size_t kMaxPasswordFile = 4096;

/// The first line.
Result<SecretBytes> read_password(const std::string& name) {
    const Error unreadable{Errc::local_failed, Disconnect::none, 0, "password file unreadable"};
    std::FILE* file = std::fopen(name.c_str(), "rbe");
    if (file == nullptr) return unreadable;
    // The library's buffer would keep a copy.
    std::setvbuf(file, nullptr, _IONBF, 0);
    SecretBytes text(kMaxPasswordFile);
    std::size_t size = std::fread(text.data(), 1, text.size(), file);
    std::fclose(file);
    if (size == text.size()) return unreadable;
    if (const void* end = std::memchr(text.data(), '\n', size))
        size = static_cast<std::size_t>(static_cast<const std::uint8_t*>(end) - text.data());
    return SecretBytes(text.view().first(size));
}

}  // namespace

// As OpenSSH: what the agent has of the keys named, the agent's others, keys in files.
Login::Login(const ClientOptions& options, const Provider& provider,
             std::function<const SessionInfo&()> session)
    : options_(options), session_(std::move(session)), agent_(options.identity_agent, provider) {
    std::vector<std::string> files;
    for (const auto& file : options.keys) {
        auto taken = agent_.take_for(file);
        if (taken.empty()) files.push_back(file);
        keys_.insert(keys_.end(), taken.begin(), taken.end());
    }
    if (!options.identities_only) {
        auto others = agent_.take_rest();
        keys_.insert(keys_.end(), others.begin(), others.end());
    }
    for (const auto& file : files) read_key(file, provider);
    for (const auto& file : options.keys)
        if (!names_token(file)) read_certificate(file + "-cert.pub", false, provider);
    for (const auto& file : options.certificates) read_certificate(file, true, provider);
}

std::vector<std::shared_ptr<Signer>> Login::keys() {
    agent_.bind(session_());
    return keys_;
}

void Login::use_token(const std::string& uri, const Provider& provider) {
    auto keys = token_signers(
        uri,
        [](const std::string& token) {
            return ask_terminal("PIN of token " + safe_line(token) + ": ", false);
        },
        provider);
    if (!keys) {
        std::fprintf(stderr, "nacre-sftp: %s: %s\n", safe_line(shown_name(uri)).c_str(),
                     keys.error().what);
        return;
    }
    keys_.insert(keys_.end(), (*keys).begin(), (*keys).end());
}

void Login::read_key(const std::string& file, const Provider& provider) {
    if (names_token(file)) return use_token(file, provider);
    const auto bytes = read_host_key_file(file);
    if (!bytes) {
        std::fprintf(stderr, "nacre-sftp: %s\n", safe_line(bytes.refusal().text()).c_str());
        return;
    }
    const auto complain = [&](const char* fault) {
        std::fprintf(stderr, "nacre-sftp: %s: %s\n", safe_line(file).c_str(), fault);
    };
    const auto loaded = load_key((*bytes).view(), [&] {
        return ask_terminal("Passphrase of " + safe_line(file) + ": ", false);
    });
    if (!loaded) return complain(loaded.error().what);
    if (!loaded->is_private()) return complain("no private key in the file");
    for (const auto& key : loaded->private_keys) {
        if (auto signer = provider.signer(key)) {
            keys_.push_back(*std::move(signer));
        } else {
            complain(signer.error().what);
        }
    }
}

const char* Login::take_x509(std::string_view pem, const Provider& provider) {
    const auto certificates = read_x509_certificates(pem);
    if (!certificates) return certificates.error().what;
    const char* fault = "certificate of none of the keys";
    std::vector<std::shared_ptr<Signer>> found;
    for (const X509Algorithm& algorithm : x509_algorithms()) {
        for (const auto& key : keys_) {
            if (key->type() != algorithm.key_type) continue;
            if (auto signer = make_x509_signer(key, algorithm.name, *certificates, provider))
                found.push_back(std::move(*signer));
            else
                fault = signer.error().what;
        }
    }
    keys_.insert(keys_.begin(), found.begin(), found.end());
    return found.empty() ? fault : nullptr;
}

void Login::read_certificate(const std::string& name, bool named, const Provider& provider) {
    std::ifstream file(name, std::ios::binary);
    if (!file && !named) return;
    const std::string text(std::istreambuf_iterator<char>(file), {});
    const char* fault = "certificate of none of the keys";
    if (text.find("-----BEGIN CERTIFICATE-----") != std::string::npos) {
        fault = take_x509(text, provider);
        if (fault == nullptr) return;
    } else if (const auto certificate = parse_public_key_file(text)) {
        const auto had = keys_.size();
        for (std::size_t i = 0; i < had && keys_.size() == had; ++i) {
            if (auto signer = make_certificate_signer(keys_[i], certificate->blob))
                keys_.insert(keys_.begin(), std::move(*signer));
        }
        if (keys_.size() != had) return;
    } else {
        fault = certificate.error().what;
    }
    std::fprintf(stderr, "nacre-sftp: %s: %s\n", safe_line(name).c_str(), fault);
}

Result<SecretBytes> Login::secret(std::uint32_t attempt, const std::string& prompt) {
    if (!options_.password_file.empty()) {
        // The file will not say anything else the second time.
        if (attempt != 0) return kNoAnswer;
        return read_password(options_.password_file);
    }
    auto typed = ask_terminal(prompt, false);
    if (!typed) return kNoAnswer;
    return std::move(*typed);
}

void Login::password(std::uint32_t attempt, Reply<SecretBytes> reply) {
    reply(secret(attempt, options_.user + "@" + options_.host + "'s password: "));
}

void Login::interactive(std::string_view name, std::string_view instruction,
                        std::span<const Prompt> prompts, Reply<std::vector<SecretBytes>> reply) {
    for (const auto text : {name, instruction})
        if (!text.empty()) std::fprintf(stderr, "%s\n", safe_text(text).c_str());
    std::vector<SecretBytes> answers;
    for (const auto& prompt : prompts) {
        // A shown answer is no password, so the file does not have it.
        if (prompt.echo) {
            auto typed = ask_terminal(prompt.text, true);
            if (!typed) return reply(kNoAnswer);
            answers.push_back(std::move(*typed));
            continue;
        }
        auto answer = secret(rounds_++, prompt.text);
        if (!answer) return reply(answer.error());
        answers.push_back(std::move(*answer));
    }
    reply(std::move(answers));
}

void Login::on_banner(std::string_view text) {
    std::fprintf(stderr, "%s", safe_text(text).c_str());
}

}  // namespace nacre::tools
