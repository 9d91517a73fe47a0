#include "keys/text.hpp"

#include <nacre/keys/public_key.hpp>
#include <nacre/keys/revoked_keys.hpp>
#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

#include <algorithm>
#include <iterator>
#include <limits>

namespace nacre {

namespace {

constexpr std::uint8_t kMagic[] = {'S', 'S', 'H', 'K', 'R', 'L', '\n', 0};
constexpr std::uint32_t kFormatVersion = 1;
constexpr std::size_t kSha1Size = 20;
constexpr std::size_t kSha256Size = 32;

enum Section : std::uint8_t {
    certificates = 1,
    explicit_key = 2,
    fingerprint_sha1 = 3,
    signature = 4,
    fingerprint_sha256 = 5,
    extension = 255,
};

enum CertificateSection : std::uint8_t {
    serial_list = 0x20,
    serial_range = 0x21,
    serial_bitmap = 0x22,
    key_id = 0x23,
    certificate_extension = 0x39,
};

constexpr Error unsupported(const char* what) noexcept {
    return {Errc::unsupported, Disconnect::none, 0, what};
}
constexpr Error kDamaged{Errc::peer_malformed, Disconnect::none, 0,
                         "list of revoked keys is damaged"};

/// Reads the binary form.
class ListReader {
  public:
    Result<RevokedKeys> read(ByteView list) {
        Reader reader(list);
        if (reader.u32() != kFormatVersion)
            return unsupported("list of revoked keys has an unknown version");
        revoked_.version = reader.u64();
        revoked_.generated = reader.u64();
        reader.u64();     // flags: none is defined
        reader.string();  // reserved
        revoked_.comment = reader.text();
        while (reader.remaining() != 0) {
            const auto type = reader.u8();
            const auto data = reader.string();
            if (!reader.ok()) break;
            if (type == Section::signature) {
                // Another string follows. Who could change the file could also leave this out.
                reader.string();
                continue;
            }
            NACRE_CHECK(section(type, data));
        }
        if (!reader.done()) return kDamaged;
        return std::move(revoked_);
    }

  private:
    Result<void> section(std::uint8_t type, ByteView data) {
        switch (type) {
            case Section::certificates:
                return certificate_section(data);
            case Section::explicit_key:
                return blobs(data, revoked_.keys, 0);
            case Section::fingerprint_sha1:
                return blobs(data, revoked_.sha1, kSha1Size);
            case Section::fingerprint_sha256:
                return blobs(data, revoked_.sha256, kSha256Size);
            case Section::extension:
                return extension_section(data);
            default:
                return unsupported("list of revoked keys has an unknown section");
        }
    }

    /// `size` 0: any but nothing.
    static Result<void> blobs(ByteView data, std::set<Bytes>& to, std::size_t size) {
        Reader reader(data);
        while (reader.remaining() != 0) {
            const auto blob = reader.string();
            if (blob.empty() || (size != 0 && blob.size() != size)) return kDamaged;
            to.insert(to_bytes(blob));
        }
        return done(reader);
    }

    static Result<void> extension_section(ByteView data) {
        Reader reader(data);
        reader.string();
        const bool critical = reader.boolean();
        reader.string();
        if (!reader.done()) return kDamaged;
        if (critical) return unsupported("list of revoked keys has an unknown critical extension");
        return {};
    }

    Result<void> certificate_section(ByteView data) {
        Reader reader(data);
        auto& of_authority = revoked_.certificates[to_bytes(reader.string())];
        reader.string();  // reserved
        while (reader.remaining() != 0) {
            const auto type = reader.u8();
            Reader part(reader.string());
            if (!reader.ok()) break;
            switch (type) {
                case CertificateSection::serial_list:
                    while (part.remaining() != 0) {
                        const auto serial = part.u64();
                        NACRE_CHECK(add(of_authority, serial, serial));
                    }
                    break;
                case CertificateSection::serial_range: {
                    const auto first = part.u64();
                    const auto last = part.u64();
                    NACRE_CHECK(add(of_authority, first, last));
                    break;
                }
                case CertificateSection::serial_bitmap:
                    NACRE_CHECK(bitmap(of_authority, part));
                    break;
                case CertificateSection::key_id:
                    while (part.remaining() != 0) of_authority.key_ids.emplace(part.text());
                    break;
                case CertificateSection::certificate_extension:
                    NACRE_CHECK(extension_section(part.rest()));
                    break;
                default:
                    return unsupported("list of revoked keys has an unknown kind of certificates");
            }
            if (!part.done()) return kDamaged;
        }
        return done(reader);
    }

    /// An offset, and a number whose bit n stands for the serial number n behind the offset.
    Result<void> bitmap(RevokedCertificates& of_authority, Reader& part) {
        const auto offset = part.u64();
        const auto bits = part.mpint();
        if (!part.done()) return kDamaged;
        const std::size_t count = 8 * bits.size();
        for (std::size_t n = 0; n < count; ++n) {
            if ((bits[bits.size() - 1 - n / 8] >> (n % 8) & 1) == 0) continue;
            if (offset > std::numeric_limits<std::uint64_t>::max() - n) return kDamaged;
            NACRE_CHECK(add(of_authority, offset + n, offset + n));
        }
        return {};
    }

    Result<void> add(RevokedCertificates& of_authority, std::uint64_t first, std::uint64_t last) {
        if (first == 0 || first > last) return kDamaged;
        const auto before = of_authority.serials.ranges().size();
        of_authority.serials.add(first, last);
        ranges_ += of_authority.serials.ranges().size() - before;
        if (ranges_ > kMaxRevokedSerialRanges)
            return Error{Errc::peer_limit, Disconnect::none, 0, "too many revoked serial numbers"};
        return {};
    }

    static Result<void> done(const Reader& reader) {
        if (!reader.done()) return kDamaged;
        return {};
    }

    RevokedKeys revoked_;
    std::size_t ranges_ = 0;  ///< wraps while ranges are joined, and comes back
};

Result<RevokedKeys> read_plain_list(std::string_view text) {
    RevokedKeys revoked;
    detail::Lines lines(text);
    while (const auto line = lines.next()) {
        const auto content = detail::trimmed(*line);
        if (content.empty() || content.front() == '#') continue;
        NACRE_TRY(PublicKeyText key, parse_public_key_line(content));
        if (is_certificate_name(key.type)) {
            NACRE_TRY(Certificate certificate, parse_certificate(key.blob));
            key.blob = std::move(certificate.key);
        }
        revoked.keys.insert(std::move(key.blob));
    }
    return revoked;
}

void write_section(Bytes& to, std::uint8_t type, ByteView data) {
    if (!data.empty()) Writer(to).u8(type).string(data);
}

Bytes strings(const std::set<Bytes>& blobs) {
    Bytes data;
    for (const Bytes& blob : blobs) Writer(data).string(ByteView(blob));
    return data;
}

Bytes certificate_data(const Bytes& authority, const RevokedCertificates& revoked) {
    Bytes data, single, ids;
    Writer(data).string(ByteView(authority)).string(ByteView());
    for (const auto& [first, last] : revoked.serials.ranges())
        if (first == last) Writer(single).u64(first);
    write_section(data, CertificateSection::serial_list, single);
    for (const auto& [first, last] : revoked.serials.ranges()) {
        if (first == last) continue;
        Bytes range;
        Writer(range).u64(first).u64(last);
        write_section(data, CertificateSection::serial_range, range);
    }
    for (const std::string& id : revoked.key_ids) Writer(ids).string(id);
    write_section(data, CertificateSection::key_id, ids);
    return data;
}

/// Whether the digest of `blob` is one of `digests`.
bool has_digest(const std::set<Bytes>& digests, std::size_t size, std::string_view hash_name,
                ByteView blob, const Provider& provider) {
    if (digests.empty()) return false;
    const auto hash = provider.hash(hash_name);
    if (!hash) return true;
    Bytes digest(size);
    (*hash)->update(blob);
    (*hash)->finish(digest);
    return digests.count(digest) != 0;
}

}  // namespace

void SerialNumbers::add(std::uint64_t first, std::uint64_t last) {
    // From the range that begins before `first` and reaches it, or else the one after.
    auto at = ranges_.upper_bound(first);
    if (at != ranges_.begin()) {
        const auto before = std::prev(at);
        if (before->second >= first || before->second + 1 == first) at = before;
    }
    // All that overlap or touch become one.
    while (at != ranges_.end() && (at->first <= last || at->first - 1 == last)) {
        first = std::min(first, at->first);
        last = std::max(last, at->second);
        at = ranges_.erase(at);
    }
    ranges_.emplace_hint(at, first, last);
}

bool SerialNumbers::contains(std::uint64_t serial) const noexcept {
    const auto after = ranges_.upper_bound(serial);
    return after != ranges_.begin() && std::prev(after)->second >= serial;
}

bool RevokedKeys::revokes_blob(ByteView blob, const Provider& provider) const {
    return keys.count(to_bytes(blob)) != 0 ||
           has_digest(sha1, kSha1Size, "SHA-1", blob, provider) ||
           has_digest(sha256, kSha256Size, "SHA-256", blob, provider);
}

bool RevokedKeys::revokes(const PublicKey& key, const Provider& provider) const {
    if (revokes_blob(plain_blob(key), provider)) return true;
    const Certificate* certificate = key.certificate();
    if (certificate == nullptr) return false;
    if (revokes_blob(certificate->authority, provider)) return true;
    for (const Bytes& authority : {certificate->authority, Bytes()}) {
        const auto of_authority = certificates.find(authority);
        if (of_authority == certificates.end()) continue;
        const RevokedCertificates& revoked = of_authority->second;
        if (revoked.key_ids.count(certificate->key_id) != 0) return true;
        if (certificate->serial != 0 && revoked.serials.contains(certificate->serial)) return true;
    }
    return false;
}

Result<RevokedKeys> parse_revoked_keys(ByteView file) {
    if (file.size() > kMaxRevokedKeysFile)
        return Error{Errc::peer_limit, Disconnect::none, 0, "list of revoked keys too large"};
    if (file.size() < sizeof kMagic || !same_bytes(file.first(sizeof kMagic), kMagic))
        return read_plain_list(as_text(file));
    return ListReader().read(file.subspan(sizeof kMagic));
}

Bytes write_revoked_keys(const RevokedKeys& revoked) {
    Bytes list;
    Writer(list)
        .bytes(kMagic)
        .u32(kFormatVersion)
        .u64(revoked.version)
        .u64(revoked.generated)
        .u64(0)
        .string(ByteView())
        .string(revoked.comment);
    for (const auto& [authority, of_authority] : revoked.certificates)
        write_section(list, Section::certificates, certificate_data(authority, of_authority));
    write_section(list, Section::explicit_key, strings(revoked.keys));
    write_section(list, Section::fingerprint_sha1, strings(revoked.sha1));
    write_section(list, Section::fingerprint_sha256, strings(revoked.sha256));
    return list;
}

}  // namespace nacre
