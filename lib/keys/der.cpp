#include "keys/der.hpp"

#include <algorithm>

namespace nacre::detail {

namespace {

constexpr std::uint8_t kIndefinite = 0x80;
constexpr std::size_t kEndMark = 2;  // 00 00

ByteView without_zeros(ByteView number) noexcept {
    while (!number.empty() && number.front() == 0) number = number.subspan(1);
    return number;
}

}  // namespace

Error DerDocument::error(const char* what) const noexcept {
    if (ok()) return key_error(KeyFault::damaged, what);
    if (fault_ == KeyFault::truncated)
        return key_error(fault_, "the key ends before its encoding does", offset_);
    if (fault_ == KeyFault::over_limit)
        return key_error(fault_, "a number of more than 16384 bits in the key");
    return key_error(fault_, what, offset_);
}

void DerDocument::fail(KeyFault fault, const std::uint8_t* at) noexcept {
    if (!ok()) return;
    fault_ = fault;
    // A reader whose contents are empty may stand nowhere.
    const bool inside = at != nullptr && std::greater_equal<>()(at, bytes_.data()) &&
                        std::less_equal<>()(at, bytes_.data() + bytes_.size());
    offset_ = inside ? static_cast<std::size_t>(at - bytes_.data()) : bytes_.size();
}

// More bytes are announced than there are. In front of the end of the first element that is a
// document that was cut off; behind it, a length that does not fit that of the element around it.
void DerReader::too_short() noexcept {
    if (document_->whole_) return fail();
    document_->fail(KeyFault::truncated, document_->bytes_.data() + document_->bytes_.size());
}

DerReader::Header DerReader::header(ByteView bytes, int nesting) noexcept {
    if (!ok()) return {};
    if (bytes.size() < 2) {
        too_short();
        return {};
    }
    // Tags of more than one byte occur in none of the formats.
    if ((bytes[0] & 0x1f) == 0x1f || nesting > der::kMaxNesting) {
        fail();
        return {};
    }
    if (bytes[1] < kIndefinite) {
        if (bytes[1] > bytes.size() - 2) too_short();
        return {2, bytes[1], 0};
    }
    if (bytes[1] == kIndefinite) return indefinite(bytes, nesting);
    const std::size_t count = bytes[1] & 0x7f;
    if (count > 4) {
        fail();
        return {};
    }
    if (count > bytes.size() - 2) {
        too_short();
        return {};
    }
    std::size_t length = 0;
    for (std::size_t i = 0; i < count; ++i) length = length << 8 | bytes[2 + i];
    if (length > bytes.size() - 2 - count) too_short();
    return {2 + count, length, 0};
}

// X.690 s8.1.3.6: the elements follow, and then the mark of their end.
DerReader::Header DerReader::indefinite(ByteView bytes, int nesting) noexcept {
    if ((bytes[0] & der::kConstructed) == 0) {
        fail();
        return {};
    }
    std::size_t at = 2;
    while (ok()) {
        const ByteView left = bytes.subspan(at);
        if (left.size() < kEndMark) {
            too_short();
            break;
        }
        if (left[0] == 0 && left[1] == 0) return {2, at - 2, kEndMark};
        const Header inner = header(left, nesting + 1);
        at += inner.size + inner.contents + inner.trailer;
    }
    return {};
}

ByteView DerReader::take(std::uint8_t tag) noexcept {
    if (!ok()) return {};
    if (!rest_.empty() && rest_[0] != tag) fail();
    const Header found = header(rest_, 0);
    if (!ok()) return {};
    document_->whole_ = true;
    const ByteView contents = rest_.subspan(found.size, found.contents);
    rest_ = rest_.subspan(found.size + found.contents + found.trailer);
    return contents;
}

ByteView DerReader::element() noexcept {
    const Header found = header(rest_, 0);
    if (!ok()) return {};
    document_->whole_ = true;
    const std::size_t size = found.size + found.contents + found.trailer;
    const ByteView whole = rest_.first(size);
    rest_ = rest_.subspan(size);
    return whole;
}

ByteView DerReader::magnitude() noexcept {
    const DerReader here = *this;
    const ByteView number = take(der::kInteger);
    if (ok() && (number.empty() || (number[0] & 0x80) != 0)) DerReader(here).fail();
    if (ok() && without_zeros(number).size() > der::kMaxMagnitude)
        document_->fail(KeyFault::over_limit, here.rest_.data());
    return ok() ? without_zeros(number) : ByteView();
}

std::uint32_t DerReader::number() noexcept {
    const DerReader here = *this;
    std::uint32_t value = 0;
    const ByteView bytes = magnitude();
    if (bytes.size() > sizeof value) DerReader(here).fail();
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    return ok() ? value : 0;
}

SecretBytes DerReader::octets_in_parts(std::uint8_t tag) {
    if (this->tag() != (tag | der::kConstructed)) return SecretBytes(take(tag));
    SecretBuffer parts;
    enter(tag | der::kConstructed).gather(parts, 1);
    return SecretBytes(parts.view());
}

void DerReader::gather(SecretBuffer& parts, int nesting) {
    if (nesting > der::kMaxNesting) fail();
    while (more()) {
        if (tag() == (der::kOctetString | der::kConstructed)) {
            enter(der::kOctetString | der::kConstructed).gather(parts, nesting + 1);
        } else {
            parts.append(octets());
        }
    }
}

ByteView DerReader::bits() noexcept {
    const DerReader here = *this;
    const ByteView contents = take(der::kBitString);
    if (!ok()) return {};
    if (contents.empty() || contents[0] != 0) {
        DerReader(here).fail();
        return {};
    }
    return contents.subspan(1);
}

std::string DerReader::oid() {
    const DerReader here = *this;
    const ByteView contents = take(der::kOid);
    if (!ok()) return {};
    const bool bounded = !contents.empty() && contents.size() <= der::kMaxOid;
    if (!bounded || (contents.back() & 0x80) != 0) {
        DerReader(here).fail();
        return {};
    }
    std::string text;
    std::uint64_t arc = 0;
    for (const std::uint8_t byte : contents) {
        if (arc >> 56 != 0) {
            DerReader(here).fail();
            return {};
        }
        arc = arc << 7 | (byte & 0x7f);
        if ((byte & 0x80) != 0) continue;
        if (text.empty()) {
            // X.690 s8.19.4: the first two arcs are one number.
            const std::uint64_t first = std::min<std::uint64_t>(arc / 40, 2);
            text = std::to_string(first);
            arc -= first * 40;
        }
        text.append(".").append(std::to_string(arc));
        arc = 0;
    }
    return text;
}

void DerReader::end() noexcept {
    if (more()) fail();
}

}  // namespace nacre::detail
