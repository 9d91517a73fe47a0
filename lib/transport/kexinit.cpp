#include "transport/kexinit.hpp"

#include <nacre/keys/public_key.hpp>

#include <algorithm>

namespace nacre {

namespace marker {
bool is_marker(std::string_view name) noexcept {
    return name == kStrictClient || name == kStrictServer || name == kStrictClientDraft ||
           name == kStrictServerDraft || name == kExtInfoClient || name == kExtInfoServer;
}
}  // namespace marker

namespace {

constexpr std::string_view kCompressions[] = {"none", "zlib@openssh.com", "zlib"};
constexpr std::string_view kDefaultCompression = "none,zlib@openssh.com";

Error misuse(const char* what) noexcept {
    return {Errc::local_misuse, Disconnect::none, 0, what};
}

void add(std::string& list, std::string_view name) {
    if (!list.empty()) list += ',';
    list += name;
}

Result<std::string> list_of(const std::vector<std::string>& named, const Provider& provider,
                            Algorithm kind, const char* unknown) {
    std::string list;
    if (named.empty()) {
        for (const AlgorithmInfo& a : provider.algorithms(kind))
            if (a.by_default) add(list, a.name);
    }
    for (const std::string& name : named) {
        if (find_algorithm(provider, kind, name) == nullptr) return misuse(unknown);
        add(list, name);
    }
    return list;
}

// A server offers only what it has a key for.
std::string with_keys(const std::string& list, const TransportConfig& config) {
    std::string kept;
    NameList(list).any_of([&](std::string_view name) {
        const bool have =
            std::any_of(config.host_keys.begin(), config.host_keys.end(), [&](const auto& signer) {
                const auto algorithms = signer->algorithms();
                return std::find(algorithms.begin(), algorithms.end(), name) != algorithms.end();
            });
        if (have) add(kept, name);
        return false;
    });
    return kept;
}

/// The first name of the client's list that is also in the server's.
std::string choose(NameList client, NameList server) {
    std::string chosen;
    client.any_of([&](std::string_view name) {
        if (!server.contains(name)) return false;
        chosen = name;
        return true;
    });
    return chosen;
}

bool is_aead(const Provider& provider, std::string_view cipher) noexcept {
    const AlgorithmInfo* info = find_algorithm(provider, Algorithm::cipher, cipher);
    return info != nullptr && info->aead;
}

//= RFC 5647 s5.1
//# If AES-GCM is selected as the encryption algorithm for a given tunnel, AES-GCM MUST also be
//# selected as the Message Authentication Code (MAC) algorithm. Conversely, if AES-GCM is selected
//# as the MAC algorithm, it MUST also be selected as the encryption algorithm.
/// Whether `name` is one of those that stand for a cipher and a MAC. OpenSSH's names do not.
bool is_cipher_and_mac(const Provider& provider, std::string_view name) noexcept {
    const AlgorithmInfo* info = find_algorithm(provider, Algorithm::mac, name);
    return info != nullptr && info->aead;
}

bool all_named_twice(NameList names, NameList other, const Provider& provider) {
    return !names.any_of([&](std::string_view name) {
        return is_cipher_and_mac(provider, name) && !other.contains(name);
    });
}

/// The MAC that goes with `cipher`; empty when it needs none.
Result<std::string> choose_mac(const Provider& provider, std::string_view cipher, NameList client,
                               NameList server) {
    const bool both = is_cipher_and_mac(provider, cipher);
    if (!both && is_aead(provider, cipher)) return std::string();
    std::string mac = choose(client, server);
    if (both && mac != cipher)
        return kex_failed("cipher AEAD_AES_GCM was agreed on, but not as MAC too (RFC 5647)");
    if (mac.empty()) return kex_failed("no common MAC");
    if (!both && is_cipher_and_mac(provider, mac))
        return kex_failed("MAC AEAD_AES_GCM was agreed on, but not as cipher too (RFC 5647)");
    return mac;
}

}  // namespace

Result<Offer> make_offer(const TransportConfig& config, const Provider& provider, Role role) {
    const AlgorithmLists& named = config.algorithms;
    Offer offer;
    NACRE_TRY(offer.kex, list_of(named.kex, provider, Algorithm::kex,
                                 "unknown key exchange method in the configuration"));
    NACRE_TRY(offer.host_key, list_of(named.host_key, provider, Algorithm::host_key,
                                      "unknown host key algorithm in the configuration"));
    NACRE_TRY(offer.ciphers, list_of(named.ciphers, provider, Algorithm::cipher,
                                     "unknown cipher in the configuration"));
    NACRE_TRY(offer.macs,
              list_of(named.macs, provider, Algorithm::mac, "unknown MAC in the configuration"));
    // The name in one list alone can only make negotiations fail.
    const NameList ciphers(offer.ciphers), macs(offer.macs);
    if (!all_named_twice(ciphers, macs, provider) || !all_named_twice(macs, ciphers, provider))
        return misuse("AEAD_AES_*_GCM must be named among the ciphers and among the MACs");
    if (named.compression.empty()) offer.compression = kDefaultCompression;
    for (const std::string& name : named.compression) {
        if (std::find(std::begin(kCompressions), std::end(kCompressions), name) ==
            std::end(kCompressions))
            return misuse("unknown compression in the configuration");
        add(offer.compression, name);
    }
    if (role == Role::server) {
        if (config.host_keys.empty()) return misuse("a server needs a host key");
        for (const auto& key : config.host_keys) {
            const auto rsa = rsa_bits(key->public_blob(), provider);
            if (rsa != 0 && rsa < config.min_rsa_bits)
                return misuse("an RSA host key is too short");
        }
        offer.host_key = with_keys(offer.host_key, config);
        if (offer.host_key.empty()) return misuse("no host key for any host key algorithm");
    }
    return offer;
}

bool names_insecure(const TransportConfig& config, const Provider& provider) {
    const auto any = [&](const std::vector<std::string>& names, Algorithm kind) {
        return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
            const AlgorithmInfo* info = find_algorithm(provider, kind, name);
            return info != nullptr && info->insecure;
        });
    };
    const AlgorithmLists& named = config.algorithms;
    return any(named.kex, Algorithm::kex) || any(named.host_key, Algorithm::host_key) ||
           any(named.ciphers, Algorithm::cipher) || any(named.macs, Algorithm::mac) ||
           any(config.user_key_algorithms, Algorithm::host_key);
}

Bytes make_kexinit(const Offer& offer, Role role, bool first, StrictKex strict, Rng& rng) {
    std::string kex = offer.kex;
    if (first) {
        const bool server = role == Role::server;
        add(kex, server ? marker::kExtInfoServer : marker::kExtInfoClient);
        if (strict != StrictKex::off) {
            add(kex, server ? marker::kStrictServerDraft : marker::kStrictClientDraft);
            add(kex, server ? marker::kStrictServer : marker::kStrictClient);
        }
    }
    msg::KexInit m;
    rng.fill(m.cookie);
    m.kex_algorithms = NameList(kex);
    m.server_host_key_algorithms = NameList(offer.host_key);
    m.encryption_client_to_server = m.encryption_server_to_client = NameList(offer.ciphers);
    m.mac_client_to_server = m.mac_server_to_client = NameList(offer.macs);
    m.compression_client_to_server = m.compression_server_to_client = NameList(offer.compression);
    return encode(m);
}

Result<Negotiated> negotiate(const msg::KexInit& client, const msg::KexInit& server, Role our_role,
                             const Provider& provider) {
    Negotiated n;
    n.kex = choose(client.kex_algorithms, server.kex_algorithms);
    if (n.kex.empty()) return kex_failed("no common key exchange method");
    // A marker says something, it is no method; were it the only common name, there is none.
    if (marker::is_marker(n.kex)) return kex_failed("no common key exchange method");
    n.host_key = choose(client.server_host_key_algorithms, server.server_host_key_algorithms);
    if (n.host_key.empty()) return kex_failed("no common host key algorithm");

    n.cipher_c2s = choose(client.encryption_client_to_server, server.encryption_client_to_server);
    n.cipher_s2c = choose(client.encryption_server_to_client, server.encryption_server_to_client);
    if (n.cipher_c2s.empty() || n.cipher_s2c.empty()) return kex_failed("no common cipher");
    NACRE_TRY(n.mac_c2s, choose_mac(provider, n.cipher_c2s, client.mac_client_to_server,
                                    server.mac_client_to_server));
    NACRE_TRY(n.mac_s2c, choose_mac(provider, n.cipher_s2c, client.mac_server_to_client,
                                    server.mac_server_to_client));
    n.compression_c2s =
        choose(client.compression_client_to_server, server.compression_client_to_server);
    n.compression_s2c =
        choose(client.compression_server_to_client, server.compression_server_to_client);
    if (n.compression_c2s.empty() || n.compression_s2c.empty())
        return kex_failed("no common compression");

    const msg::KexInit& peer = our_role == Role::server ? client : server;
    //= RFC 4253 s7
    //# The guess is considered wrong if: the kex algorithm and/or the host key algorithm is guessed
    //# wrong (server and client have different preferred algorithm), or ...
    n.skip_guess =
        peer.first_kex_packet_follows &&
        (client.kex_algorithms.first() != server.kex_algorithms.first() ||
         client.server_host_key_algorithms.first() != server.server_host_key_algorithms.first());
    return n;
}

bool strict_agreed(const msg::KexInit& client, const msg::KexInit& server) noexcept {
    const auto both = [&](std::string_view c, std::string_view s) {
        return client.kex_algorithms.contains(c) && server.kex_algorithms.contains(s);
    };
    return both(marker::kStrictClient, marker::kStrictServer) ||
           both(marker::kStrictClientDraft, marker::kStrictServerDraft);
}

bool offers_strict(const msg::KexInit& peer, Role peer_role) noexcept {
    const NameList& names = peer.kex_algorithms;
    return peer_role == Role::client
               ? names.contains(marker::kStrictClient) || names.contains(marker::kStrictClientDraft)
               : names.contains(marker::kStrictServer) ||
                     names.contains(marker::kStrictServerDraft);
}

bool truncatable(const Negotiated& chosen) noexcept {
    const auto open = [](std::string_view cipher, std::string_view mac) {
        const bool chacha = cipher.starts_with("chacha20-poly1305");
        const bool cbc = cipher.find("-cbc") != std::string_view::npos;
        const bool etm = mac.find("-etm@") != std::string_view::npos;
        return chacha || (cbc && etm);
    };
    return open(chosen.cipher_c2s, chosen.mac_c2s) || open(chosen.cipher_s2c, chosen.mac_s2c);
}

}  // namespace nacre
