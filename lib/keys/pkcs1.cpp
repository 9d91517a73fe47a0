#include "keys/pkcs1.hpp"

#include "keys/botan_guard.hpp"
#include "keys/dek_info.hpp"
#include "keys/private_fields.hpp"

#include <botan/ber_dec.h>
#include <botan/bigint.h>

namespace nacre::detail {

namespace {

constexpr Error kDamaged = key_error(KeyFault::damaged, "damaged RSA private key");

Botan::secure_vector<std::uint8_t> magnitude(const Botan::BigInt& number) {
    return number.serialize<Botan::secure_vector<std::uint8_t>>();
}

}  // namespace

Result<PrivateKey> read_pkcs1_der(ByteView der) noexcept {
    return guarded(kDamaged, [&]() -> Result<PrivateKey> {
        std::size_t version = 0;
        Botan::BigInt n, e, d, p, q, d_mod_p, d_mod_q, iqmp;
        Botan::BER_Decoder(der)
            .start_sequence()
            .decode(version)
            .decode(n)
            .decode(e)
            .decode(d)
            .decode(p)
            .decode(q)
            .decode(d_mod_p)
            .decode(d_mod_q)
            .decode(iqmp)
            .discard_remaining()  // version 1: more primes
            .end_cons()
            .verify_end();
        if (version != 0)
            return key_error(KeyFault::unsupported, "RSA key with more than two primes");
        const auto n_bytes = magnitude(n), e_bytes = magnitude(e), d_bytes = magnitude(d);
        const auto p_bytes = magnitude(p), q_bytes = magnitude(q), c_bytes = magnitude(iqmp);
        return rsa_private_key({n_bytes, e_bytes, d_bytes, c_bytes, p_bytes, q_bytes});
    });
}

Result<PrivateKey> read_pkcs1_key(const Pem& pem, const AskPassphrase& ask) {
    if (!is_dek_encrypted(pem)) return read_pkcs1_der(pem.body);
    NACRE_TRY(const SecretBytes der, open_dek(pem, ask));
    return blame_passphrase(read_pkcs1_der(der));
}

}  // namespace nacre::detail
