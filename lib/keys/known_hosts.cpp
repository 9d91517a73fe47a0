#include "keys/base64.hpp"
#include "keys/pattern.hpp"
#include "keys/text.hpp"

#include <nacre/keys/certificate_policy.hpp>
#include <nacre/keys/known_hosts.hpp>
#include <nacre/keys/public_key.hpp>

#include <algorithm>
#include <array>

namespace nacre {
namespace {

constexpr std::uint16_t kDefaultPort = 22;
constexpr std::string_view kHashMagic = "|1|";
/// Longest list of names in one line, and most patterns in it.

constexpr std::size_t kSha1Size = 20;
constexpr std::size_t kSha1Block = 64;
using Sha1Digest = std::array<std::uint8_t, kSha1Size>;

/// RFC 2104. Neither input is a secret here.
Result<Sha1Digest> hmac_sha1(const Provider& provider, ByteView key, std::string_view text) {
    NACRE_TRY(const auto hash, provider.hash("SHA-1"));
    std::array<std::uint8_t, kSha1Block> block{};
    if (key.size() > block.size()) return malformed("salt of a hashed host name too long");
    std::copy(key.begin(), key.end(), block.begin());
    Sha1Digest digest{};
    for (auto& byte : block) byte ^= 0x36;
    hash->update(block);
    hash->update(as_bytes(text));
    hash->finish(digest);
    for (auto& byte : block) byte ^= 0x36 ^ 0x5c;
    hash->update(block);
    hash->update(digest);
    hash->finish(digest);
    return digest;
}

/// How a host stands in the file.
std::string name_in_file(std::string_view host, std::uint16_t port) {
    const std::string name = detail::lower(host);
    return port == kDefaultPort ? name : "[" + name + "]:" + std::to_string(port);
}

bool matches_hashed(std::string_view hashed, const std::string& name, const Provider& provider) {
    const auto bar = hashed.find('|');
    if (bar == std::string_view::npos) return false;
    const auto salt = detail::decode_base64(hashed.substr(0, bar), detail::Blanks::refused);
    const auto wanted = detail::decode_base64(hashed.substr(bar + 1), detail::Blanks::refused);
    if (!salt || !wanted) return false;
    const auto digest = hmac_sha1(provider, salt->view(), name);
    return digest && same_bytes(*digest, wanted->view());
}

/// A negated pattern that matches outweighs all others.
bool matches_names(std::string_view names, const std::string& name, const Provider& provider) {
    if (names.starts_with(kHashMagic))
        return matches_hashed(names.substr(kHashMagic.size()), name, provider);
    bool matched = false;
    while (!names.empty()) {
        const auto comma = names.find(',');
        std::string_view pattern = names.substr(0, comma);
        names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
        const bool negated = pattern.starts_with('!');
        if (negated) pattern.remove_prefix(1);
        if (!detail::matches_pattern(name, detail::lower(pattern))) continue;
        if (negated) return false;
        matched = true;
    }
    return matched;
}

/// What a line says of its key.
enum class Marker { none, authority, revoked };

/// Calls f(key, marker) for each line of the host.
template <class F>
void for_each_key(std::string_view text, std::string_view host, std::uint16_t port,
                  const Provider& provider, F f) {
    const std::string name = name_in_file(host, port);
    const std::string plain = detail::lower(host);
    detail::Lines lines(text);
    while (const auto line = lines.next()) {
        std::string_view rest = detail::trimmed(*line);
        if (rest.empty() || rest.front() == '#') continue;
        Marker marker = Marker::none;
        if (rest.front() == '@') {
            const auto word = detail::take_word(rest);
            if (word != "@revoked" && word != "@cert-authority") continue;
            marker = word == "@revoked" ? Marker::revoked : Marker::authority;
        }
        const auto names = detail::take_word(rest);
        // An authority vouches for a host at whatever port, as in ssh, and what is revoked is so at
        // every port.
        if (!matches_names(names, name, provider) &&
            (marker == Marker::none || !matches_names(names, plain, provider)))
            continue;
        if (const auto key = parse_public_key_line(rest)) f(*key, marker);
    }
}

}  // namespace

KnownHost check_known_host(std::string_view text, std::string_view host, std::uint16_t port,
                           ByteView key, const Provider& provider) {
    if (text.size() > kMaxKnownHostsFile) return KnownHost::too_large;
    bool any = false;
    bool same = false;
    bool same_revoked = false;
    for_each_key(text, host, port, provider, [&](const PublicKeyText& known, Marker marker) {
        const bool equal = same_bytes(known.blob, key);
        if (marker == Marker::revoked) {
            same_revoked |= equal;
        } else if (marker == Marker::none) {
            any = true;
            same |= equal;
        }
    });
    if (same_revoked) return KnownHost::revoked;
    if (same) return KnownHost::trusted;
    return any ? KnownHost::changed : KnownHost::unknown;
}

HostKeyVerdict check_host_key(std::string_view text, std::string_view host, std::uint16_t port,
                              const PublicKey& key, std::chrono::system_clock::time_point now,
                              std::span<const std::string> ca_signature_algorithms,
                              const Provider& provider) {
    const Certificate* certificate = key.certificate();
    if (certificate == nullptr)
        return {check_known_host(text, host, port, key.blob(), provider), ""};
    if (text.size() > kMaxKnownHostsFile) return {KnownHost::too_large, ""};
    bool vouched = false;
    bool revoked = false;
    for_each_key(text, host, port, provider, [&](const PublicKeyText& known, Marker marker) {
        const bool same = known.blob == certificate->authority;
        vouched |= same && marker == Marker::authority;
        revoked |= marker == Marker::revoked && (same || same_bytes(known.blob, key.blob()));
    });
    const KnownHost plain = check_known_host(text, host, port, certificate->key, provider);
    if (revoked || plain == KnownHost::revoked) return {KnownHost::revoked, ""};
    // Nothing is known of the authority: then the certificate says nothing, and the key is one like
    // any other.
    if (!vouched) return {plain, ""};
    const std::string name = detail::lower(host);
    const auto valid =
        check_host_certificate(key, {name, {{}, {}, now}}, ca_signature_algorithms, provider);
    if (valid) return {KnownHost::trusted, ""};
    return {KnownHost::bad_certificate, valid.error().what};
}

std::vector<std::string> known_host_types(std::string_view text, std::string_view host,
                                          std::uint16_t port, const Provider& provider) {
    std::vector<std::string> types;
    if (text.size() > kMaxKnownHostsFile) return types;
    const auto add = [&](std::string type) {
        if (std::find(types.begin(), types.end(), type) == types.end())
            types.push_back(std::move(type));
    };
    for_each_key(text, host, port, provider, [&](const PublicKeyText& known, Marker marker) {
        if (marker == Marker::none) add(known.type);
        if (marker != Marker::authority) return;
        // An authority may sign keys of every type.
        for (const AlgorithmInfo& info : provider.algorithms(Algorithm::host_key))
            if (is_certificate_name(info.name)) add(key_type_of(info.name));
    });
    return types;
}

std::string known_host_line(std::string_view host, std::uint16_t port, std::string_view type,
                            ByteView key) {
    return name_in_file(host, port) + " " + public_key_line(type, key, "");
}

}  // namespace nacre
