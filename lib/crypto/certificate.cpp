#include <nacre/crypto/certificate.hpp>
#include <nacre/crypto/x509.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <algorithm>

namespace nacre {

namespace {

constexpr std::string_view kDomain = "@openssh.com";

/// Key types that there are certificates of, and how many fields follow the type in their blobs.
/// Every field is a string or an mpint, so that it can be skipped without knowing which.
struct KeyFields {
    std::string_view type;
    unsigned count;
};
constexpr KeyFields kKeyFields[] = {
    {"ssh-ed25519", 1},
    {"ecdsa-sha2-nistp256", 2},
    {"ecdsa-sha2-nistp384", 2},
    {"ecdsa-sha2-nistp521", 2},
    {"sk-ssh-ed25519@openssh.com", 2},
    {"sk-ecdsa-sha2-nistp256@openssh.com", 3},
    {"ssh-rsa", 2},
    {"ssh-ed448", 1},
    {"ssh-dss", 4},
    {"ssh-mldsa44-ed25519@openssh.com", 1},
};

unsigned key_fields_of(std::string_view plain_type) noexcept {
    for (const KeyFields& row : kKeyFields)
        if (row.type == plain_type) return row.count;
    return 0;
}

bool has_nul(std::string_view text) noexcept {
    return text.find('\0') != std::string_view::npos;
}

Result<std::vector<std::string>> parse_principals(ByteView packed) {
    std::vector<std::string> principals;
    Reader reader(packed);
    while (reader.remaining() != 0) {
        if (principals.size() == kMaxCertificatePrincipals)
            return over_limit("too many principals in a certificate");
        const auto name = reader.text();
        if (!reader.ok() || has_nul(name)) return malformed("certificate with damaged principals");
        principals.emplace_back(name);
    }
    return principals;
}

//= OpenSSH PROTOCOL.certkeys
//# Options must be lexically ordered by "name" if they appear in the sequence. Each named option
//# may only appear once in a certificate.
Result<std::vector<CertificateOption>> parse_options(ByteView packed) {
    std::vector<CertificateOption> options;
    Reader reader(packed);
    while (reader.remaining() != 0) {
        if (options.size() == kMaxCertificateOptions)
            return over_limit("too many options in a certificate");
        const auto name = reader.text();
        const auto data = reader.string();
        if (!reader.ok() || has_nul(name)) return malformed("certificate with damaged options");
        if (!options.empty() && name <= options.back().name)
            return malformed("options of a certificate not in order");
        options.push_back({std::string(name), to_bytes(data)});
    }
    return options;
}

const CertificateOption* find(const std::vector<CertificateOption>& options,
                              std::string_view name) noexcept {
    for (const CertificateOption& option : options)
        if (option.name == name) return &option;
    return nullptr;
}

}  // namespace

const CertificateOption* Certificate::critical_option(std::string_view name) const noexcept {
    return find(critical_options, name);
}

const CertificateOption* Certificate::extension(std::string_view name) const noexcept {
    return find(extensions, name);
}

std::string certificate_name(std::string_view plain) {
    if (plain.ends_with(kDomain)) plain.remove_suffix(kDomain.size());
    return std::string(plain).append(kCertificateSuffix);
}

std::string plain_name(std::string_view name) {
    if (!is_certificate_name(name)) return std::string(name);
    name.remove_suffix(kCertificateSuffix.size());
    std::string plain(name);
    // Names of OpenSSH's own keep their domain, those of an RFC have none.
    for (const std::string_view own : {"sk-", "webauthn-", "ssh-mldsa"})
        if (name.starts_with(own)) return plain.append(kDomain);
    return plain;
}

std::string key_type_of(std::string_view algorithm) {
    constexpr std::string_view kWebauthn = "webauthn-";
    std::string type = plain_name(algorithm);
    if (type.starts_with("rsa-sha2-")) type = "ssh-rsa";
    if (type.starts_with(kWebauthn)) type.erase(0, kWebauthn.size());
    return is_certificate_name(algorithm) ? certificate_name(type) : type;
}

bool is_key_of(ByteView blob, std::string_view algorithm) {
    // The draft that became RFC 6187 has a bare certificate as blob: a DER sequence.
    constexpr std::uint8_t kSequence = 0x30;
    if (algorithm.starts_with("x509v3-sign-")) return !blob.empty() && blob[0] == kSequence;
    Reader reader(blob);
    const auto type = reader.text();
    return reader.ok() && type == key_type_of(algorithm);
}

ByteView plain_blob(const PublicKey& key) noexcept {
    if (const Certificate* certificate = key.certificate()) return certificate->key;
    if (const X509Chain* chain = key.x509()) return chain->key;
    return key.blob();
}

Result<Certificate> parse_certificate(ByteView blob) {
    if (blob.size() > kMaxCertificate) return over_limit("certificate too large");
    Certificate certificate;
    Reader reader(blob);
    certificate.type = reader.text();
    const std::string plain = plain_name(certificate.type);
    unsigned fields = is_certificate_name(certificate.type) ? key_fields_of(plain) : 0;
    if (fields == 0)
        return Error{Errc::unsupported, Disconnect::none, 0, "unknown type of certificate"};
    certificate.nonce = to_bytes(reader.string());
    Writer key(certificate.key);
    key.string(plain);
    for (; fields != 0; --fields) key.string(reader.string());
    certificate.serial = reader.u64();
    const std::uint32_t kind = reader.u32();
    const auto key_id = reader.text();
    const auto principals = reader.string();
    certificate.valid_after = reader.u64();
    certificate.valid_before = reader.u64();
    const auto critical = reader.string();
    const auto extensions = reader.string();
    certificate.reserved = to_bytes(reader.string());
    const auto authority = reader.string();
    certificate.signed_size = blob.size() - reader.remaining();
    const auto signature = reader.string();
    if (!reader.done()) return malformed("certificate with damaged fields");

    if (kind != static_cast<std::uint32_t>(CertificateKind::user) &&
        kind != static_cast<std::uint32_t>(CertificateKind::host))
        return malformed("certificate neither of a user nor of a host");
    certificate.kind = static_cast<CertificateKind>(kind);
    if (has_nul(key_id)) return malformed("certificate with a damaged key id");
    certificate.key_id = key_id;
    NACRE_TRY(certificate.principals, parse_principals(principals));
    NACRE_TRY(certificate.critical_options, parse_options(critical));
    NACRE_TRY(certificate.extensions, parse_options(extensions));
    const auto authority_type = Reader(authority).text();
    if (authority_type.empty()) return malformed("certificate without an authority");
    if (is_certificate_name(authority_type))
        return malformed("certificate signed by a certificate");
    certificate.authority = to_bytes(authority);
    certificate.signature = to_bytes(signature);
    return certificate;
}

Result<void> check_certificate_signature(const PublicKey& key,
                                         std::span<const std::string> algorithms,
                                         const Provider& provider) {
    const Certificate* certificate = key.certificate();
    if (certificate == nullptr)
        return Error{Errc::local_misuse, Disconnect::none, 0, "not a certificate"};
    const auto algorithm = Reader(certificate->signature).text();
    const AlgorithmInfo* known = find_algorithm(provider, Algorithm::host_key, algorithm);
    const bool enabled = algorithms.empty() ? known != nullptr && known->by_default
                                            : std::find(algorithms.begin(), algorithms.end(),
                                                        algorithm) != algorithms.end();
    if (!enabled)
        return Error{Errc::crypto_failed, Disconnect::none, 0,
                     "certificate signed with an algorithm that is not accepted"};
    NACRE_TRY(const auto authority, provider.public_key(certificate->authority));
    if (!authority->verify(algorithm, key.blob().first(certificate->signed_size),
                           certificate->signature))
        return Error{Errc::crypto_failed, Disconnect::none, 0,
                     "signature of a certificate is wrong"};
    return {};
}

}  // namespace nacre
