// Whether the time and the memory accesses of what computes with secrets depend on them. Run under
// valgrind's memcheck: secrets are marked as not initialised, so that it reports each branch and
// each address that depends on one. What the peer sees anyway is marked as initialised again.
//
// Without argument every check must pass; opening a key may tell whether its passphrase was right.
// With the argument "leak" the program leaks on purpose in the usual ways, and fails unless each of
// them is reported.
#include "crypto/botan/registry.hpp"
#include "crypto/botan/sntrup761.hpp"
#include "key_unwrap.hpp"
#include "secrecy.hpp"
#include "support/det_rng.hpp"

#include <nacre/base/secret.hpp>
#include <nacre/crypto/botan.hpp>

#include <string_view>

namespace {

using namespace nacre;
using namespace nacre::test;
namespace sntrup = nacre::detail::sntrup761;

/// Its bytes are secret.
class SecretRng final : public Rng {
  public:
    void fill(ByteSpan out) noexcept override {
        inner_.fill(out);
        hide(ByteView(out));
    }

  private:
    test::DetRng inner_{1};
};

// ---- checks: nothing of this may be reported ----------------------------------------------------

void encapsulation() {
    test::DetRng rng(2);
    const auto pair = sntrup::make_key_pair(rng);
    SecretRng secret_rng;
    const auto capsule = sntrup::encapsulate(pair.public_key, secret_rng);
    show(capsule.ciphertext);
    const auto again = sntrup::decapsulate(capsule.ciphertext, pair.secret_key);
    require(shown(same_secret(capsule.shared, again)), "encapsulation");
}

void decapsulation() {
    test::DetRng rng(3);
    auto pair = sntrup::make_key_pair(rng);
    const auto capsule = sntrup::encapsulate(pair.public_key, rng);
    hide(pair.secret_key.view());
    // The public key and its hash are parts of the secret key.
    constexpr std::size_t kSeed = 191, kHash = 32;
    const std::size_t end = pair.secret_key.size();
    show(pair.secret_key.view().subspan(end - kHash - kSeed - sntrup::kPublicSize,
                                        sntrup::kPublicSize));
    show(pair.secret_key.view().last(kHash));
    const auto shared = sntrup::decapsulate(capsule.ciphertext, pair.secret_key);
    require(shown(same_secret(shared, capsule.shared)), "decapsulation");
    // One that is rejected takes the same way: its rounded polynomial, and its confirmation.
    for (const std::size_t at : {std::size_t{500}, sntrup::kCiphertextSize - 1}) {
        Bytes changed = capsule.ciphertext;
        changed[at] ^= 1;
        const auto rejected = sntrup::decapsulate(changed, pair.secret_key);
        require(!shown(same_secret(rejected, capsule.shared)), "implicit rejection");
    }
}

/// Key and message are secret, number and length of the packet are not.
void tags() {
    for (const auto& entry : detail::mac_entries()) {
        if (entry.info.aead) continue;
        Bytes key(entry.key_size, 0x5a);
        hide(ByteView(key));
        const auto mac = entry.make(entry, key);
        for (const std::size_t size : {1u, 32u, 33u, 1024u, 1025u, 5000u}) {
            Bytes packet(size, 0xff);
            hide(ByteView(packet));
            Bytes tag(entry.tag_size), again(entry.tag_size);
            mac->compute(7, packet, tag);
            mac->compute(7, packet, again);
            require(shown(same_secret(tag, again)), "a tag twice");
            again[0] = static_cast<std::uint8_t>(again[0] ^ 1);
            require(!shown(same_secret(tag, again)), "another tag");
        }
    }
}

/// Encrypt-and-MAC: what a forged packet decrypts to is secret, only that it is refused is not.
/// With Botan's AES; the older ciphers look up tables.
void refusal() {
    const auto& provider = botan_provider();
    for (const auto* cipher : {"aes128-ctr", "aes256-cbc"}) {
        for (const auto* mac : {"hmac-sha2-256", "hmac-md5-96", "umac-64@openssh.com"}) {
            const auto sizes = provider.key_sizes(cipher, mac);
            require(sizes.has_value(), "sizes of keys");
            Bytes iv(sizes->iv), key(sizes->key), mac_key(sizes->mac_key);
            // Not the IV: where a counter begins is no secret, and Botan branches on its carry.
            for (const Bytes* secret : {&key, &mac_key}) hide(ByteView(*secret));
            const auto opener = provider.opener(cipher, mac, {iv, key, mac_key});
            require(opener.has_value(), "an opener");
            const auto& shape = (*opener)->shape();
            Bytes packet(std::size_t{4} * shape.block + shape.tag, 0x77);
            static_cast<void>((*opener)->length(0, packet));
            require(!shown((*opener)->open(0, packet)), "a forged packet");
            (*opener)->spend(10000);
        }
    }
}

void comparison() {
    for (std::size_t size = 0; size < 70; ++size) {
        Bytes one(size, 1), other(size, 1);
        hide(ByteView(one));
        hide(ByteView(other));
        require(shown(same_secret(one, other)), "equal secrets");
        if (size == 0) continue;
        other[size / 2] = static_cast<std::uint8_t>(other[size / 2] ^ 0x80);
        require(!shown(same_secret(one, other)), "different secrets");
    }
}

// ---- leaks: each of these must be reported ------------------------------------------------------

volatile int observable;

void branch_on_secret() {
    std::uint8_t secret = 5;
    hide(secret);
    if (secret > 3) observable = 1;
}

void lookup_by_secret() {
    static const volatile std::uint8_t kTable[256] = {};
    std::uint8_t secret = 5;
    hide(secret);
    observable = kTable[secret];
}

void early_exit_of_comparison() {
    Bytes tag(16, 1), expected(16, 1);
    hide(ByteView(expected));
    for (std::size_t i = 0; i < tag.size(); ++i)
        if (tag[i] != expected[i]) return;
    observable = 1;
}

constexpr Part kChecks[] = {
    {"sntrup761 encapsulation", encapsulation},
    {"sntrup761 decapsulation", decapsulation},
    {"tags of all MACs", tags},
    {"refusal of a packet", refusal},
    {"comparison of secrets", comparison},
};

constexpr Part kLeaks[] = {
    {"branch on a secret", branch_on_secret, 1, kAnyNumber},
    {"table indexed by a secret", lookup_by_secret, 1, kAnyNumber},
    {"comparison that ends early", early_exit_of_comparison, 1, kAnyNumber},
};

}  // namespace

int main(int argc, char** argv) {
    if (RUNNING_ON_VALGRIND == 0) {
        std::fprintf(stderr, "secrets: must run under valgrind\n");
        return 2;
    }
    if (argc > 1 && std::string_view(argv[1]) == "leak") {
        for (const Part& part : kLeaks) run(part);
    } else {
        for (const Part& part : kChecks) run(part);
        for (const Part& part : key_unwrap_parts()) run(part);
    }
    return failed ? 1 : 0;
}
