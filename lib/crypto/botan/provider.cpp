#include "crypto/botan/guard.hpp"
#include "crypto/botan/hash.hpp"
#include "crypto/botan/key_x509.hpp"
#include "crypto/botan/registry.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/crypto/certificate.hpp>

#include <deque>
#include <string>
#include <vector>

namespace nacre {
namespace {

constexpr Error unsupported(const char* what) noexcept {
    return {Errc::unsupported, Disconnect::none, 0, what};
}

template <class Entry>
const Entry* find(std::span<const Entry> entries, std::string_view name) noexcept {
    for (const Entry& entry : entries)
        if (entry.info.name == name) return &entry;
    return nullptr;
}

const detail::KeyEntry* find_key(std::string_view type) noexcept {
    for (const detail::KeyEntry& entry : detail::key_entries())
        if (entry.type == type) return &entry;
    return nullptr;
}

template <class Entry>
std::vector<AlgorithmInfo> infos(std::span<const Entry> entries) {
    std::vector<AlgorithmInfo> all;
    for (const Entry& entry : entries) all.push_back(entry.info);
    return all;
}

/// A cipher with the MAC it is used with: nullptr for an AEAD.
struct Suite {
    const detail::CipherEntry* cipher;
    const detail::MacEntry* mac;

    CipherKeySizes sizes() const noexcept {
        return {cipher->iv_size, cipher->key_size, mac == nullptr ? 0 : mac->key_size};
    }
};

Result<Suite> find_suite(std::string_view cipher, std::string_view mac) noexcept {
    Suite suite{find(detail::cipher_entries(), cipher), nullptr};
    if (suite.cipher == nullptr) return unsupported("unknown cipher");
    if (!suite.cipher->info.aead) {
        suite.mac = find(detail::mac_entries(), mac);
        if (suite.mac == nullptr) return unsupported("unknown MAC");
        if (suite.mac->info.aead) return unsupported("MAC that only its own cipher has");
    }
    return suite;
}

/// The suite, when `keys` have its sizes.
Result<Suite> find_suite(std::string_view cipher, std::string_view mac,
                         const CipherKeys& keys) noexcept {
    NACRE_TRY(const Suite suite, find_suite(cipher, mac));
    const CipherKeySizes sizes = suite.sizes();
    if (keys.iv.size() != sizes.iv || keys.key.size() != sizes.key ||
        keys.mac_key.size() != sizes.mac_key)
        return Error{Errc::crypto_failed, Disconnect::none, 0, "key of a wrong size"};
    return suite;
}

class BotanProvider final : public Provider {
  public:
    BotanProvider()
        : kex_(infos(detail::kex_entries())),
          ciphers_(infos(detail::cipher_entries())),
          macs_(infos(detail::mac_entries())) {
        // Certificates first, as OpenSSH has them: each under the rules of its plain algorithm.
        for (const detail::KeyEntry& entry : detail::key_entries()) {
            for (AlgorithmInfo info : entry.algorithms) {
                info.name = certificate_names_.emplace_back(certificate_name(info.name));
                host_keys_.push_back(info);
            }
        }
        for (const detail::KeyEntry& entry : detail::key_entries())
            host_keys_.insert(host_keys_.end(), entry.algorithms.begin(), entry.algorithms.end());
        for (const X509Algorithm& algorithm : x509_algorithms())
            host_keys_.push_back({algorithm.name, false, algorithm.insecure});
    }

    std::span<const AlgorithmInfo> algorithms(Algorithm kind) const noexcept override {
        switch (kind) {
            case Algorithm::kex:
                return kex_;
            case Algorithm::host_key:
                return host_keys_;
            case Algorithm::cipher:
                return ciphers_;
            case Algorithm::mac:
                return macs_;
        }
        return {};
    }

    Result<CipherKeySizes> key_sizes(std::string_view cipher,
                                     std::string_view mac) const noexcept override {
        NACRE_TRY(const Suite suite, find_suite(cipher, mac));
        return suite.sizes();
    }

    Result<std::unique_ptr<PacketSealer>> sealer(std::string_view cipher, std::string_view mac,
                                                 const CipherKeys& keys) const noexcept override {
        NACRE_TRY(const Suite suite, find_suite(cipher, mac, keys));
        return detail::guarded([&]() -> Result<std::unique_ptr<PacketSealer>> {
            return suite.cipher->sealer(*suite.cipher, suite.mac, keys);
        });
    }

    Result<std::unique_ptr<PacketOpener>> opener(std::string_view cipher, std::string_view mac,
                                                 const CipherKeys& keys) const noexcept override {
        NACRE_TRY(const Suite suite, find_suite(cipher, mac, keys));
        return detail::guarded([&]() -> Result<std::unique_ptr<PacketOpener>> {
            return suite.cipher->opener(*suite.cipher, suite.mac, keys);
        });
    }

    Result<std::unique_ptr<KexMethod>> kex(std::string_view name,
                                           const KexContext& context) const noexcept override {
        const detail::KexEntry* entry = find(detail::kex_entries(), name);
        if (entry == nullptr) return unsupported("unknown key exchange method");
        return detail::guarded([&] { return entry->make(entry->info.name, context); });
    }

    Result<std::unique_ptr<Hash>> hash(std::string_view name) const noexcept override {
        return detail::guarded([&] { return detail::make_hash(name); });
    }

    Result<std::shared_ptr<const PublicKey>> public_key(ByteView blob) const noexcept override {
        constexpr std::size_t kLengthField = 4;
        constexpr std::uint8_t kDerSequence = 0x30;  // no type's length begins like this
        if (!blob.empty() && blob[0] == kDerSequence)
            return detail::guarded([&] { return detail::parse_x509_key(blob, *this); });
        if (blob.size() < kLengthField) return malformed("public key blob is cut short");
        const std::size_t size = load_be32(blob.data());
        if (size > blob.size() - kLengthField) return malformed("public key blob is cut short");
        const auto type = as_text(blob.subspan(kLengthField, size));
        if (is_certificate_name(type))
            return detail::guarded([&] { return make_certificate_key(blob, *this); });
        if (find_x509_algorithm(type) != nullptr)
            return detail::guarded([&] { return detail::parse_x509_key(blob, *this); });
        const detail::KeyEntry* entry = find_key(type);
        if (entry == nullptr) return unsupported("unknown type of public key");
        return detail::guarded([&] { return entry->parse(entry->type, blob); });
    }

    Result<std::shared_ptr<Signer>> signer(const PrivateKey& key) const noexcept override {
        const detail::KeyEntry* entry = find_key(key.type);
        if (entry == nullptr) return unsupported("unknown type of private key");
        return detail::guarded([&] { return entry->signer(key); });
    }

    Result<PrivateKey> generate(std::string_view type, std::uint32_t bits,
                                Rng& rng) const noexcept override {
        const detail::KeyEntry* entry = find_key(type);
        if (entry == nullptr) return unsupported("unknown type of key");
        return detail::guarded([&] { return entry->generate(entry->type, bits, rng); });
    }

  private:
    std::deque<std::string> certificate_names_;  ///< that host_keys_ points to
    std::vector<AlgorithmInfo> kex_;
    std::vector<AlgorithmInfo> host_keys_;
    std::vector<AlgorithmInfo> ciphers_;
    std::vector<AlgorithmInfo> macs_;
};

}  // namespace

const Provider& botan_provider() noexcept {
    static const Provider& provider = *new BotanProvider;
    return provider;
}

}  // namespace nacre
