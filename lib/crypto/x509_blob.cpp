#include <nacre/crypto/certificate.hpp>
#include <nacre/crypto/x509.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

namespace nacre {

namespace {

// Of the insecure ones all but the last sign with SHA-1, and DSA keys have 1024 bits.
constexpr X509Algorithm kAlgorithms[] = {
    {"x509v3-ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256",
     "ecdsa-sha2-nistp256"},
    {"x509v3-ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384",
     "ecdsa-sha2-nistp384"},
    {"x509v3-ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521",
     "ecdsa-sha2-nistp521"},
    {"x509v3-rsa2048-sha256", "ssh-rsa", "rsa-sha2-256", "rsa2048-sha256"},
    {"x509v3-ssh-rsa", "ssh-rsa", "ssh-rsa", "ssh-rsa", true},
    {"x509v3-ssh-dss", "ssh-dss", "ssh-dss", "ssh-dss", true},
    {"x509v3-sign-rsa", "ssh-rsa", "ssh-rsa", "x509v3-sign-rsa", true, true},
    {"x509v3-sign-dss", "ssh-dss", "ssh-dss", "x509v3-sign-dss", true, true},
};

constexpr std::uint8_t kDerSequence = 0x30;
/// Of a field: its length.
constexpr std::size_t kMinField = 4;

/// `count` fields, none of them empty.
Result<std::vector<Bytes>> take_fields(Reader& reader, std::uint32_t count, std::size_t limit) {
    std::vector<Bytes> fields;
    fields.reserve(count);
    for (; count != 0; --count) {
        const auto field = reader.string();
        if (!reader.ok() || field.empty()) return malformed("X.509 key with damaged fields");
        if (field.size() > limit) return over_limit("certificate in an X.509 key too large");
        fields.push_back(to_bytes(field));
    }
    return fields;
}

}  // namespace

std::span<const X509Algorithm> x509_algorithms() noexcept {
    return kAlgorithms;
}

const X509Algorithm* find_x509_algorithm(std::string_view name) noexcept {
    for (const X509Algorithm& algorithm : kAlgorithms)
        if (algorithm.name == name) return &algorithm;
    return nullptr;
}

std::string signature_name(std::string_view algorithm) {
    const X509Algorithm* x509 = find_x509_algorithm(algorithm);
    return x509 == nullptr ? plain_name(algorithm) : std::string(x509->signature_name);
}

// RFC 6187 s2.1: string name, uint32 count, the certificates, uint32 count, the OCSP responses.
Result<X509Chain> parse_x509_blob(ByteView blob) {
    X509Chain chain;
    // A name of so many bytes that its length begins like this there is not.
    if (!blob.empty() && blob[0] == kDerSequence) {
        if (blob.size() > kMaxX509Certificate) return over_limit("X.509 certificate too large");
        chain.certificates.push_back(to_bytes(blob));
        return chain;
    }
    Reader reader(blob);
    const X509Algorithm* algorithm = find_x509_algorithm(reader.text());
    if (algorithm == nullptr || algorithm->bare)
        return Error{Errc::unsupported, Disconnect::none, 0, "unknown type of X.509 key"};
    chain.type = algorithm->name;
    const std::uint32_t certificates = reader.count(kMinField);
    if (certificates > kMaxX509Certificates)
        return over_limit("too many certificates in an X.509 key");
    if (!reader.ok() || certificates == 0) return malformed("X.509 key without a certificate");
    NACRE_TRY(chain.certificates, take_fields(reader, certificates, kMaxX509Certificate));
    const std::uint32_t responses = reader.count(kMinField);
    // RFC 6187 s2.1: no more of these than there are certificates.
    if (!reader.ok() || responses > certificates)
        return malformed("X.509 key with more OCSP responses than certificates");
    NACRE_TRY(chain.ocsp_responses, take_fields(reader, responses, kMaxX509OcspResponse));
    if (!reader.done()) return malformed("X.509 key with something behind its fields");
    return chain;
}

Bytes x509_blob(const X509Algorithm& algorithm, std::span<const Bytes> certificates,
                std::span<const Bytes> ocsp_responses) {
    if (algorithm.bare) return certificates.front();
    Bytes blob;
    Writer writer(blob);
    writer.string(algorithm.name).u32(static_cast<std::uint32_t>(certificates.size()));
    for (const Bytes& one : certificates) writer.string(one);
    writer.u32(static_cast<std::uint32_t>(ocsp_responses.size()));
    for (const Bytes& one : ocsp_responses) writer.string(one);
    return blob;
}

}  // namespace nacre
