/// \file
/// Reads DER and, as PKCS#12 and PKCS#7 files need it, the BER of indefinite lengths (X.690), with
/// a sticky fault that knows its place.
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/base/secret.hpp>
#include <nacre/keys/key_fault.hpp>

#include <string>

namespace nacre::detail {

namespace der {
constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kBitString = 0x03;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kNull = 0x05;
constexpr std::uint8_t kOid = 0x06;
constexpr std::uint8_t kUtf8String = 0x0c;
constexpr std::uint8_t kBmpString = 0x1e;
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kSet = 0x31;
constexpr std::uint8_t kConstructed = 0x20;

/// The tag of `[n]` around another element or, without kConstructed, instead of its tag.
constexpr std::uint8_t context(std::uint8_t n) noexcept {
    return static_cast<std::uint8_t>(0xa0 | n);
}

constexpr int kMaxNesting = 16;              ///< of indefinite lengths and of strings in parts
constexpr std::size_t kMaxOid = 64;          ///< bytes of an encoded object identifier
constexpr std::size_t kMaxMagnitude = 2048;  ///< bytes of an INTEGER: numbers of 16384 bits
}  // namespace der

class DerReader;

/// The bytes that readers walk over, and the first fault that one of them found. Borrows the bytes;
/// outlives its readers.
class DerDocument {
  public:
    explicit DerDocument(ByteView bytes) noexcept : bytes_(bytes) {}
    DerDocument(const DerDocument&) = delete;
    DerDocument& operator=(const DerDocument&) = delete;

    DerReader reader() noexcept;
    bool ok() const noexcept { return fault_ == KeyFault::none; }
    /// The fault: damaged with the text `what`, or truncated, with its offset in these bytes; or
    /// over_limit, when a number was too long.
    /// Precondition: a reader may have failed or not; where none has, the offset is left out.
    Error error(const char* what) const noexcept;

  private:
    friend class DerReader;
    void fail(KeyFault fault, const std::uint8_t* at) noexcept;

    ByteView bytes_;
    KeyFault fault_ = KeyFault::none;
    std::size_t offset_ = 0;
    bool whole_ = false;  // the first element is all there
};

/// The elements of one constructed element, or of the document. After the first fault in the
/// document every read of every reader yields something empty. All views are borrowed.
class DerReader {
  public:
    DerReader(ByteView contents, DerDocument& document) noexcept
        : rest_(contents), document_(&document) {}

    /// The tag of the next element; 0 when there is none.
    std::uint8_t tag() const noexcept { return more() ? rest_[0] : std::uint8_t{0}; }
    bool more() const noexcept { return ok() && !rest_.empty(); }
    bool ok() const noexcept { return document_->ok(); }
    Error error(const char* what) const noexcept { return document_->error(what); }

    /// The contents of the next element, which has the tag `tag`.
    ByteView take(std::uint8_t tag) noexcept;
    /// The elements in the next element.
    DerReader enter(std::uint8_t tag) noexcept { return {take(tag), *document_}; }
    DerReader sequence() noexcept { return enter(der::kSequence); }
    /// The elements in `contents`, which take() or octets() of this document gave.
    DerReader within(ByteView contents) const noexcept { return {contents, *document_}; }
    /// The next element with its tag and length.
    ByteView element() noexcept;

    /// The magnitude of a non-negative INTEGER, without leading zeros; empty is zero. More than
    /// kMaxMagnitude bytes are over_limit.
    ByteView magnitude() noexcept;
    /// A non-negative INTEGER below 2^32.
    std::uint32_t number() noexcept;
    ByteView octets() noexcept { return take(der::kOctetString); }
    /// An OCTET STRING in one piece or, as BER allows, in parts. `tag` is that of the one piece.
    SecretBytes octets_in_parts(std::uint8_t tag = der::kOctetString);
    /// A BIT STRING of whole bytes.
    ByteView bits() noexcept;
    /// An object identifier in dotted decimals.
    std::string oid();

    void skip_rest() noexcept { rest_ = {}; }
    /// Fails when something is left.
    void end() noexcept;
    /// Makes the document damaged here.
    void fail() noexcept { document_->fail(KeyFault::damaged, rest_.data()); }

  private:
    struct Header {
        std::size_t size = 0;      // of tag and length
        std::size_t contents = 0;  // bytes
        std::size_t trailer = 0;   // the end-of-contents mark behind an indefinite length
    };
    Header header(ByteView bytes, int nesting) noexcept;
    Header indefinite(ByteView bytes, int nesting) noexcept;
    void gather(SecretBuffer& parts, int nesting);
    void too_short() noexcept;

    ByteView rest_;
    DerDocument* document_;
};

inline DerReader DerDocument::reader() noexcept {
    return {bytes_, *this};
}

/// AlgorithmIdentifier (RFC 5280 s4.1.1.2).
struct DerAlgorithm {
    std::string oid;
    DerReader parameters;  ///< what stands behind the OID
};
inline DerAlgorithm take_algorithm(DerReader& from) {
    DerReader inner = from.sequence();
    std::string oid = inner.oid();
    return {std::move(oid), inner};
}

}  // namespace nacre::detail
