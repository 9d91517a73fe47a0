#include "crypto/botan/key_x509.hpp"

#include "crypto/botan/guard.hpp"

#include <nacre/wire/writer.hpp>

#include <botan/ber_dec.h>
#include <botan/bigint.h>
#include <botan/x509cert.h>

#include <iterator>

namespace nacre::detail {
namespace {

constexpr Error kNoCertificate{Errc::peer_malformed, Disconnect::protocol_error, 0,
                               "damaged X.509 certificate in a key"};
constexpr Error kUnknownKey{Errc::unsupported, Disconnect::none, 0,
                            "X.509 certificate with an unsupported type of key"};

constexpr std::string_view kRsa = "1.2.840.113549.1.1.1";
constexpr std::string_view kDsa = "1.2.840.10040.4.1";
constexpr std::string_view kEc = "1.2.840.10045.2.1";
constexpr std::string_view kEd25519 = "1.3.101.112";
constexpr std::string_view kEd448 = "1.3.101.113";

struct Curve {
    std::string_view oid;
    std::string_view type;
    std::string_view id;
};
constexpr Curve kCurves[] = {
    {"1.2.840.10045.3.1.7", "ecdsa-sha2-nistp256", "nistp256"},
    {"1.3.132.0.34", "ecdsa-sha2-nistp384", "nistp384"},
    {"1.3.132.0.35", "ecdsa-sha2-nistp521", "nistp521"},
};

Botan::BER_Decoder der(const std::vector<std::uint8_t>& bytes) {
    return Botan::BER_Decoder(bytes, Botan::BER_Decoder::Limits::DER());
}

/// Whether the bytes are one DER element: Botan's reader of certificates takes PEM too, and does
/// not look behind what it has read.
bool is_one_element(ByteView bytes) noexcept {
    if (bytes.size() < 2 || bytes[0] != 0x30) return false;
    std::size_t header = 2;
    std::size_t size = bytes[1];
    if (size >= 0x80) {
        const std::size_t digits = size - 0x80;
        if (digits == 0 || digits > 3 || bytes.size() < 2 + digits) return false;
        size = 0;
        for (std::size_t i = 0; i < digits; ++i) size = size << 8 | bytes[2 + i];
        header += digits;
    }
    return bytes.size() - header == size;
}

Bytes magnitude(const Botan::BigInt& number) {
    if (number.signum() <= 0) throw Botan::Decoding_Error("not a positive number");
    return number.serialize<Bytes>();
}

Result<Bytes> rsa_blob(const Botan::X509_Certificate& certificate) {
    Botan::BigInt n, e;
    auto bits = der(certificate.subject_public_key_bitstring());
    bits.start_sequence().decode(n).decode(e).end_cons();
    bits.verify_end();
    Bytes blob;
    Writer(blob).string("ssh-rsa").mpint(magnitude(e)).mpint(magnitude(n));
    return blob;
}

Result<Bytes> dsa_blob(const Botan::X509_Certificate& certificate) {
    Botan::BigInt p, q, g, y;
    auto parameters = der(certificate.subject_public_key_algo().parameters());
    parameters.start_sequence().decode(p).decode(q).decode(g).end_cons();
    parameters.verify_end();
    auto bits = der(certificate.subject_public_key_bitstring());
    bits.decode(y);
    bits.verify_end();
    Bytes blob;
    Writer(blob)
        .string("ssh-dss")
        .mpint(magnitude(p))
        .mpint(magnitude(q))
        .mpint(magnitude(g))
        .mpint(magnitude(y));
    return blob;
}

Result<Bytes> ec_blob(const Botan::X509_Certificate& certificate) {
    const auto& parameters = certificate.subject_public_key_algo().parameters();
    // A curve by its numbers is none that SSH has a name for.
    Botan::OID oid;
    auto reader = der(parameters);
    reader.decode(oid);
    reader.verify_end();
    for (const Curve& curve : kCurves) {
        if (oid.to_string() != curve.oid) continue;
        Bytes blob;
        Writer(blob)
            .string(curve.type)
            .string(curve.id)
            .string(ByteView(certificate.subject_public_key_bitstring()));
        return blob;
    }
    return kUnknownKey;
}

Bytes eddsa_blob(std::string_view type, const Botan::X509_Certificate& certificate) {
    Bytes blob;
    Writer(blob).string(type).string(ByteView(certificate.subject_public_key_bitstring()));
    return blob;
}

/// Of a key that SSH has an X.509 name for.
Result<Bytes> user_or_host_blob(const Botan::X509_Certificate& certificate) {
    const std::string oid = certificate.subject_public_key_algo().oid().to_string();
    if (oid == kRsa) return rsa_blob(certificate);
    if (oid == kEc) return ec_blob(certificate);
    if (oid == kDsa) return dsa_blob(certificate);
    return kUnknownKey;
}

}  // namespace

Result<Bytes> x509_key_blob(const Botan::X509_Certificate& certificate) {
    const std::string oid = certificate.subject_public_key_algo().oid().to_string();
    if (oid == kEd25519) return eddsa_blob("ssh-ed25519", certificate);
    if (oid == kEd448) return eddsa_blob("ssh-ed448", certificate);
    return user_or_host_blob(certificate);
}

Result<std::shared_ptr<const PublicKey>> parse_x509_key(ByteView blob, const Provider& provider) {
    NACRE_TRY(X509Chain chain, parse_x509_blob(blob));
    NACRE_TRY(chain.key, guarded(kNoCertificate, [&]() -> Result<Bytes> {
                  Result<Bytes> key = kNoCertificate;
                  for (const Bytes& one : chain.certificates) {
                      if (!is_one_element(one)) return kNoCertificate;
                      const Botan::X509_Certificate certificate(one);
                      if (&one == &chain.certificates.front()) key = user_or_host_blob(certificate);
                  }
                  return key;
              }));
    NACRE_TRY(auto plain, provider.public_key(chain.key));
    if (chain.type.empty()) {
        for (const X509Algorithm& algorithm : x509_algorithms())
            if (algorithm.bare && algorithm.key_type == plain->type()) chain.type = algorithm.name;
        if (chain.type.empty()) return kUnknownKey;
    }
    return make_x509_key(blob, std::move(chain), std::move(plain));
}

}  // namespace nacre::detail
