/// \file
/// Keys with an OpenSSH certificate as agents take them: the certificate, then the private fields
/// that are not in it.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/crypto/key.hpp>

#include <string_view>

namespace nacre::agent::detail {

constexpr std::string_view kCertificateSuffix = "-cert-v01@openssh.com";

/// The type of the key in a certificate of `type`, borrowed from it; empty when `type` is none that
/// is handled here (ssh-rsa, ssh-ed25519 and ecdsa-sha2-* with kCertificateSuffix).
std::string_view certified_type(std::string_view type) noexcept;

/// The fields of an ADD_IDENTITY for `key` with `certificate`, a blob. Errors: local_misuse, when
/// that is no certificate for a key of this type.
Result<SecretBytes> certificate_fields(const PrivateKey& key, ByteView certificate);

struct CertifiedKey {
    PrivateKey key;
    Bytes certificate;  ///< the blob
};

/// The way back: from type and fields of an ADD_IDENTITY. That the halves belong together has been
/// checked. Errors: peer_malformed, unsupported, those of read_private_fields().
Result<CertifiedKey> read_certified_key(std::string_view type, ByteView fields);

}  // namespace nacre::agent::detail
