// The shape of public key blobs (RFC 4253 s6.6, RFC 5656 s3.1, RFC 8709 s4, OpenSSH PROTOCOL.u2f).
#include <nacre/crypto/x509.hpp>
#include <nacre/keys/public_key.hpp>
#include <nacre/wire/reader.hpp>

#include <algorithm>
#include <bit>

namespace nacre {

namespace {

constexpr Error bad_blob(const char* what) noexcept {
    return {Errc::peer_malformed, Disconnect::none, 0, what};
}

struct Curve {
    std::string_view type;
    std::string_view name;
    std::size_t point;  // bytes of an uncompressed point
};
constexpr Curve kCurves[] = {
    {"ecdsa-sha2-nistp256", "nistp256", 1 + 2 * 32},
    {"ecdsa-sha2-nistp384", "nistp384", 1 + 2 * 48},
    {"ecdsa-sha2-nistp521", "nistp521", 1 + 2 * 66},
};

constexpr std::size_t kMaxTypeName = 64;  // RFC 4251 s6

// RFC 4251 s6, and fit to be the first word of a line: no '#' of a comment, no "----" of a header.
bool is_type_name(std::string_view name) noexcept {
    const auto letter_or_digit = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && letter_or_digit(name.front()) && name.size() <= kMaxTypeName &&
           std::all_of(name.begin(), name.end(),
                       [](char c) { return c > ' ' && c < '\x7f' && c != ',' && c != '"'; });
}

// `count` numbers, none of them zero.
bool numbers_fit(std::size_t count, Reader& fields) noexcept {
    for (std::size_t i = 0; i < count; ++i)
        if (fields.mpint().empty()) return false;
    return true;
}

// string curve, string point
bool point_fits(const Curve& curve, Reader& fields) noexcept {
    const bool named = fields.text() == curve.name;
    const auto point = fields.string();
    // RFC 5656 s3.1 allows compressed points; nobody sends them and OpenSSH refuses them.
    return named && point.size() == curve.point && point[0] == 4;
}

bool fields_fit(std::string_view type, Reader& fields) noexcept {
    if (type == "ssh-ed25519") return fields.string().size() == 32 && fields.done();
    if (type == "ssh-ed448") return fields.string().size() == 57 && fields.done();
    if (type == "ssh-rsa") return numbers_fit(2, fields) && fields.done();
    if (type == "ssh-dss") return numbers_fit(4, fields) && fields.done();
    // Security keys: the application is last.
    if (type == "sk-ssh-ed25519@openssh.com") {
        const bool fits = fields.string().size() == 32;
        fields.text();
        return fits && fields.done();
    }
    if (type == "sk-ecdsa-sha2-nistp256@openssh.com") {
        const bool fits = point_fits(kCurves[0], fields);
        fields.text();
        return fits && fields.done();
    }
    for (const Curve& curve : kCurves)
        if (type == curve.type) return point_fits(curve, fields) && fields.done();
    return fields.remaining() != 0;
}

}  // namespace

Result<std::string_view> public_blob_type(ByteView blob) noexcept {
    Reader reader(blob);
    const auto type = reader.text();
    if (!reader.ok() || !is_type_name(type)) return bad_blob("public key without a key type");
    if (!fields_fit(type, reader)) return bad_blob("public key with damaged fields");
    return type;
}

std::uint32_t rsa_bits(ByteView blob) noexcept {
    Reader reader(blob);
    const auto type = reader.text();
    const bool certificate = type == "ssh-rsa-cert-v01@openssh.com";
    if (type != "ssh-rsa" && !certificate) return 0;
    if (certificate) reader.string();  // nonce
    reader.mpint();
    const auto n = reader.mpint();
    if (!reader.ok() || n.empty()) return 0;
    return static_cast<std::uint32_t>(8 * n.size()) -
           static_cast<std::uint32_t>(std::countl_zero(n[0]));
}

std::uint32_t rsa_bits(ByteView blob, const Provider& provider) noexcept {
    const bool bare = !blob.empty() && blob[0] == 0x30;
    if (!bare && find_x509_algorithm(Reader(blob).text()) == nullptr) return rsa_bits(blob);
    const auto key = provider.public_key(blob);
    return key && (*key)->x509() != nullptr ? rsa_bits((*key)->x509()->key) : 0;
}

bool is_certificate_type(std::string_view type) noexcept {
    // The second form is that of draft-ietf-sshm-cert.
    return type.ends_with("-cert-v01@openssh.com") || type.ends_with("-cert");
}

std::string_view short_type_name(std::string_view type) noexcept {
    if (type == "ssh-ed25519") return "ED25519";
    if (type == "ssh-ed448") return "ED448";
    if (type == "ssh-rsa") return "RSA";
    if (type == "ssh-dss") return "DSA";
    if (type == "sk-ssh-ed25519@openssh.com") return "ED25519-SK";
    if (type == "sk-ecdsa-sha2-nistp256@openssh.com") return "ECDSA-SK";
    if (type.starts_with("ecdsa-sha2-nistp")) return "ECDSA";
    return type;
}

}  // namespace nacre
