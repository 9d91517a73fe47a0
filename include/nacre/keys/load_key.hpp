/// \file
/// Reads a key from a file of any format known here, which is found from the contents alone. In
/// library nacre-keys.
#pragma once
#include <nacre/keys/private_key.hpp>
#include <nacre/keys/public_key.hpp>

#include <string>
#include <vector>

namespace nacre {

enum class KeyFormat : std::uint8_t {
    openssh_key_v1,  ///< `OPENSSH PRIVATE KEY`
    pkcs1,           ///< `RSA PRIVATE KEY`
    dsa,             ///< `DSA PRIVATE KEY`
    sec1,            ///< `EC PRIVATE KEY`
    pkcs8,           ///< `PRIVATE KEY`, `ENCRYPTED PRIVATE KEY`
    ppk2,            ///< PuTTY's
    ppk3,
    pkcs12,        ///< .p12, .pfx
    jwk,           ///< RFC 7517, a key or a set; private or public
    xml,           ///< RSAKeyValue, DSAKeyValue; private or public
    openssh_line,  ///< type, base64, comment
    rfc4716,       ///< `SSH2 PUBLIC KEY`
    spki,          ///< `PUBLIC KEY`
    rsa_public,    ///< `RSA PUBLIC KEY`
    certificate,   ///< X.509
    pkcs7,         ///< .p7b: certificates
};

/// The name that people know the format by: "openssh-key-v1", "PKCS#8", ...; a literal.
std::string_view name_of(KeyFormat format) noexcept;

constexpr std::size_t kMaxPemBlocks = 64;     ///< in a file
constexpr std::size_t kMaxPkcs12Bags = 64;    ///< in a file
constexpr std::size_t kMaxCertificates = 64;  ///< in a file
constexpr std::size_t kMaxJwkSet = 64;        ///< keys in a file
constexpr int kMaxJsonDepth = 4;              ///< objects and arrays within each other

/// What a file holds.
struct LoadedKey {
    KeyFormat format = KeyFormat::openssh_key_v1;
    bool pem = false;  ///< whether it stood in a PEM frame; never for formats that have none
    std::optional<KeyEncryption> encryption;  ///< of the private key, if the file was encrypted
    /// The private keys: PKCS#12 and JWK may hold many, of a PEM file only the first is read.
    std::vector<PrivateKey> private_keys;
    /// The public half of every private key, in the same order; in a file without private keys its
    /// public keys, and those of its certificates. Never empty.
    std::vector<PublicKeyText> public_keys;
    /// DER of the X.509 certificates, that of the first key first where there is one.
    std::vector<Bytes> certificates;
    /// What is in the file and could not be read although the key could; nullptr, or a literal.
    const char* left_out = nullptr;

    bool is_private() const noexcept { return !private_keys.empty(); }
    /// That of the first key; may be empty.
    const std::string& comment() const noexcept { return public_keys.front().comment; }
};

/// Reads `file`: all formats of KeyFormat, PEM or DER where both exist. Line ends of any kind, a
/// byte order mark of UTF-8, blanks at the ends of lines, comments and other text in front of PEM
/// frames do no harm. `ask` is asked for a passphrase at most once, and only when something is
/// encrypted (PKCS#12: or has a MAC). Errors: see KeyFault; offset_of() tells where a file is
/// damaged or ends too early, unless that is inside of what was encrypted. unsupported names the
/// cipher, curve or type. out_of_memory.
Result<LoadedKey> load_key(ByteView file, const AskPassphrase& ask = {});

/// Same, with a passphrase at hand; it is not used when the file is in clear.
Result<LoadedKey> load_key(ByteView file, const SecretBytes& passphrase);

/// The same without private keys and, for openssh-key-v1 and PuTTY's files, which have it in front,
/// without a passphrase. That the public half is that of the private one is not known then.
/// Errors: as load_key; needs_passphrase where the public half is encrypted too.
Result<LoadedKey> load_public_key(ByteView file);

/// How the private key in `file` is encrypted, found without its passphrase; of PKCS#12, whose keys
/// may lie within what is encrypted, how the outermost is. nullopt: in clear, or no key file.
std::optional<KeyEncryption> key_file_encryption(ByteView file);

}  // namespace nacre
