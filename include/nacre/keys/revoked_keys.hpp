/// \file
/// Keys and certificates that are no longer to be believed: OpenSSH's binary lists (OpenSSH
/// PROTOCOL.krl) and plain lists of public keys.
#pragma once
#include <nacre/crypto/certificate.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace nacre {

constexpr std::size_t kMaxRevokedKeysFile = 16 * 1024 * 1024;  ///< bytes
/// Ranges of serial numbers kept of one file, over all its authorities.
constexpr std::size_t kMaxRevokedSerialRanges = 2 * 1024 * 1024;

/// Serial numbers as ranges that neither overlap nor touch.
class SerialNumbers {
  public:
    /// Precondition: first <= last.
    void add(std::uint64_t first, std::uint64_t last);
    bool contains(std::uint64_t serial) const noexcept;
    /// First and last of each range, in order.
    const std::map<std::uint64_t, std::uint64_t>& ranges() const noexcept { return ranges_; }

  private:
    std::map<std::uint64_t, std::uint64_t> ranges_;
};

/// What is revoked of one authority's certificates.
struct RevokedCertificates {
    /// Zero is no number: it stands in certificates that have none.
    SerialNumbers serials;
    std::set<std::string> key_ids;
};

struct RevokedKeys {
    std::uint64_t version = 0;    ///< of the list; the program counts
    std::uint64_t generated = 0;  ///< seconds since 1970
    std::string comment;
    std::set<Bytes> keys;          ///< blobs, RFC 4253 s6.6, none of a certificate
    std::set<Bytes> sha1, sha256;  ///< digests of such blobs
    /// By the authority's blob; an empty one stands for every authority.
    std::map<Bytes, RevokedCertificates> certificates;

    /// Whether `key` is revoked: itself, alone or in a certificate, its certificate, or the
    /// authority of that. A digest that cannot be computed is taken for a revoked one.
    bool revokes(const PublicKey& key, const Provider& provider) const;
    /// The same of a plain key's blob.
    bool revokes_blob(ByteView blob, const Provider& provider) const;
};

/// Reads a file of either kind. Nothing may be passed over: one key that cannot be read spoils the
/// file, and the program should then believe no key. Signatures are passed over, as in OpenSSH.
/// Errors: peer_malformed, peer_limit; unsupported for a format version, section or critical
/// extension that is not known.
Result<RevokedKeys> parse_revoked_keys(ByteView file);

/// The binary list, without signature.
Bytes write_revoked_keys(const RevokedKeys& revoked);

}  // namespace nacre
