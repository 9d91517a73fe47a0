#include "trust.hpp"

#include "../algorithm_list.hpp"

#include <nacre/crypto/certificate.hpp>
#include <nacre/keys/known_hosts.hpp>
#include <nacre/keys/public_key.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <optional>

namespace nacre::tools {

namespace {

constexpr Error kNotTrusted{Errc::peer_refused, Disconnect::host_key_not_verifiable, 0,
                            "host key is not trusted"};

/// Nothing: it cannot be read, as a folder cannot.
std::optional<std::string> file_text(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    std::string text;
    std::array<char, 64 * 1024> part;
    while (file.read(part.data(), part.size()) || file.gcount() > 0)
        text.append(part.data(), static_cast<std::size_t>(file.gcount()));
    if (!file.eof()) return {};
    return text;
}

}  // namespace

Trust::Trust(const ClientOptions& options, const Provider& provider)
    : options_(options), provider_(provider) {
    auto text = file_text(options.known_hosts);
    // A file that is there and says nothing must not look like one that knows nobody.
    unreadable_ = !text && ::access(options.known_hosts.c_str(), F_OK) == 0;
    if (text) known_ = *std::move(text);
}

std::string Trust::take_x509() {
    if (options_.x509_trust.empty())
        return options_.x509_crl.empty() ? "" : "--x509-crl is of use only with --x509-trust";
    std::optional<std::string> crls;
    if (!options_.x509_crl.empty()) {
        crls = file_text(options_.x509_crl);
        if (!crls) return options_.x509_crl + " cannot be read";
    }
    const auto anchors = file_text(options_.x509_trust);
    if (!anchors) return options_.x509_trust + " cannot be read";
    auto made = make_x509_trust(*anchors, crls);
    if (!made) return "--x509-trust: " + std::string(made.error().what);
    x509_ = *std::move(made);
    return {};
}

std::vector<std::string> Trust::algorithms() const {
    auto names = x509_ != nullptr ? default_names(with_x509(provider_))
                                  : default_names(provider_.algorithms(Algorithm::host_key));
    const auto known = known_host_types(known_, options_.host, options_.port, provider_);
    std::stable_partition(names.begin(), names.end(), [&](const std::string& name) {
        return std::find(known.begin(), known.end(), key_type_of(name)) != known.end();
    });
    return names;
}

void Trust::verify(const PublicKey& key, Reply<void> reply) {
    // A certificate has the fingerprint of its key, as in ssh-keygen.
    const std::string fingerprint = fingerprint_sha256(plain_blob(key));
    if (!options_.fingerprint.empty()) {
        if (fingerprint == options_.fingerprint) return reply(Result<void>());
        std::fprintf(stderr, "nacre-sftp: the host key is %s, not the one asked for\n",
                     fingerprint.c_str());
        return reply(kNotTrusted);
    }
    if (unreadable_) {
        std::fprintf(stderr, "nacre-sftp: %s cannot be read\n", options_.known_hosts.c_str());
        return reply(kNotTrusted);
    }
    if (key.x509() != nullptr) return verify_x509(key, std::move(reply));
    std::string fault;
    const auto verdict = check_host_key(known_, options_.host, options_.port, key,
                                        std::chrono::system_clock::now(), {}, provider_);
    switch (verdict.known) {
        case KnownHost::trusted:
            return reply(Result<void>());
        case KnownHost::unknown:
            if (options_.accept_new && remember(key)) return reply(Result<void>());
            fault = "is not known";
            break;
        case KnownHost::changed:
            fault = "has CHANGED: somebody may be in between";
            break;
        case KnownHost::revoked:
            fault = "is REVOKED";
            break;
        case KnownHost::too_large:
            fault = "cannot be looked up: the file is too large";
            break;
        case KnownHost::bad_certificate:
            fault = std::string("is not vouched for: ") + verdict.reason;
            break;
    }
    std::fprintf(stderr, "nacre-sftp: the host key of %s %s (%s, %s)\n", options_.host.c_str(),
                 fault.c_str(), fingerprint.c_str(), options_.known_hosts.c_str());
    reply(kNotTrusted);
}

void Trust::verify_x509(const PublicKey& key, Reply<void> reply) const {
    const auto refuse = [&](const char* why) {
        std::fprintf(stderr, "nacre-sftp: the host key of %s is not vouched for: %s\n",
                     options_.host.c_str(), why);
        reply(kNotTrusted);
    };
    if (x509_ == nullptr) return refuse("an X.509 certificate, and there is no --x509-trust");
    // Known or not does not matter here, unless somebody said that a key must not be trusted.
    const auto revoked = [&](ByteView blob) {
        const auto known = check_known_host(known_, options_.host, options_.port, blob, provider_);
        return known == KnownHost::revoked;
    };
    if (known_.size() > kMaxKnownHostsFile)
        return refuse("the file of known hosts, which may revoke it, is too large");
    if (revoked(plain_blob(key)) || revoked(key.blob()))
        return refuse("the key is marked @revoked");
    const auto identity =
        x509_->check(key, {X509Purpose::server, options_.host, std::chrono::system_clock::now()});
    if (!identity) return refuse(identity.error().what);
    for (const Bytes& authority : identity->authority_keys)
        if (revoked(authority)) return refuse("the key of an authority is marked @revoked");
    reply(Result<void>());
}

bool Trust::remember(const PublicKey& key) const {
    std::ofstream file(options_.known_hosts, std::ios::binary | std::ios::app);
    if (!known_.empty() && known_.back() != '\n') file << '\n';
    file << known_host_line(options_.host, options_.port, plain_name(key.type()), plain_blob(key));
    file.close();
    if (!file) {
        std::fprintf(stderr, "nacre-sftp: %s cannot be written\n", options_.known_hosts.c_str());
        return false;
    }
    std::fprintf(stderr, "nacre-sftp: added the key of %s to %s\n", options_.host.c_str(),
                 options_.known_hosts.c_str());
    return true;
}

}  // namespace nacre::tools
