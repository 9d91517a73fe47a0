/// \file
/// Public keys as text: the one-line form of OpenSSH, RFC 4716 and PEM files, fingerprints.
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace nacre {

class Provider;

constexpr std::size_t kMaxPublicKeyFile = 64 * 1024;  ///< bytes in a public key file or line

/// A public key as it stands in a file. The blob is well-formed for its type, but whether the point
/// is on the curve and the like is for Provider::public_key to say.
struct PublicKeyText {
    std::string type;     ///< "ssh-ed25519", ...; the same as in the blob
    Bytes blob;           ///< RFC 4253 s6.6
    std::string comment;  ///< may be empty; any bytes but line ends
};

/// The key type that a blob names, or an error when the blob is malformed: a known type whose
/// fields are not exactly those of the type, an unknown one without fields. The text is borrowed
/// from `blob`. Errors: peer_malformed.
Result<std::string_view> public_blob_type(ByteView blob) noexcept;

/// Bits of the modulus in the blob of an RSA key or of its certificate; 0 for other and malformed
/// blobs.
std::uint32_t rsa_bits(ByteView blob) noexcept;

/// The same, of the RSA key in X.509 certificates too, which `provider` parses.
std::uint32_t rsa_bits(ByteView blob, const Provider& provider) noexcept;

/// Whether a key type is that of an OpenSSH certificate.
bool is_certificate_type(std::string_view type) noexcept;

/// `type base64 [comment]`, blanks or tabs between, a line end at the end or not. Errors:
/// peer_malformed, over_limit.
Result<PublicKeyText> parse_public_key_line(std::string_view line);

/// A file that holds one public key in the one-line form (after empty lines and comments), or in
/// that of RFC 4716. Errors: peer_malformed, over_limit.
Result<PublicKeyText> parse_public_key_file(std::string_view text);

/// The one-line form, with a line end. Control characters of the comment become '?', so that one
/// key stays one line.
std::string public_key_line(std::string_view type, ByteView blob, std::string_view comment);

/// The RFC 4716 form; Comment is quoted, 72 bytes to the line.
std::string rfc4716_public_key(ByteView blob, std::string_view comment);

/// The PEM form, a SubjectPublicKeyInfo: `PUBLIC KEY`. Types ssh-rsa, ssh-dss,
/// ecdsa-sha2-nistp256/384/521, ssh-ed25519 and ssh-ed448. Errors: peer_malformed, unsupported,
/// out_of_memory.
Result<std::string> pem_public_key(ByteView blob);

/// "SHA256:" and base64 without padding, as `ssh-keygen -l` prints it. Empty when memory is
/// exhausted.
std::string fingerprint_sha256(ByteView blob);

/// The same of SHA-1: "SHA1:", as `ssh-keygen -l -E sha1` prints it.
std::string fingerprint_sha1(ByteView blob);

/// "MD5:" and sixteen hexadecimal bytes with colons, as `ssh-keygen -l -E md5` prints it. Empty
/// when memory is exhausted.
std::string fingerprint_md5(ByteView blob);

enum class FingerprintHash : std::uint8_t { md5, sha1, sha256 };

/// The fingerprint as hexadecimal bytes with colons and nothing in front, as programs other than
/// OpenSSH show it. Empty when memory is exhausted.
std::string fingerprint_hex(ByteView blob, FingerprintHash hash);

/// The short name people know: "ED25519", "ECDSA", "RSA", "ED448", "DSA", "ED25519-SK", "ECDSA-SK";
/// the type itself for others.
std::string_view short_type_name(std::string_view type) noexcept;

}  // namespace nacre
