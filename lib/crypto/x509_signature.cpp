#include "crypto/x509_signature.hpp"

#include <nacre/wire/reader.hpp>
#include <nacre/wire/writer.hpp>

namespace nacre::detail {

namespace {

constexpr std::size_t kHalf = 20;  // bytes of r and of s in a DSA signature
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kInteger = 0x02;

/// Takes the contents of an element with a length of one byte off `from`; empty: there is none.
ByteView take_element(std::uint8_t tag, ByteView& from) noexcept {
    if (from.size() < 2 || from[0] != tag || from[1] >= 0x80 || from[1] > from.size() - 2)
        return {};
    const ByteView contents = from.subspan(2, from[1]);
    from = from.subspan(2 + contents.size());
    return contents;
}

/// DSS-Sig-Value (RFC 3279 s2.2.2) as the 40 bytes that SSH has.
std::optional<Bytes> raw_of(ByteView der) {
    ByteView numbers = take_element(kSequence, der);
    if (!der.empty()) return {};
    Bytes raw(2 * kHalf);
    for (const std::size_t end : {kHalf, 2 * kHalf}) {
        ByteView number = take_element(kInteger, numbers);
        if (number.empty() || number[0] >= 0x80) return {};
        if (number[0] == 0) number = number.subspan(1);
        if (number.size() > kHalf) return {};
        std::copy(number.begin(), number.end(),
                  raw.begin() + static_cast<std::ptrdiff_t>(end - number.size()));
    }
    if (!numbers.empty()) return {};
    return raw;
}

Bytes der_of(ByteView raw) {
    Bytes numbers;
    for (ByteView number : {raw.first(kHalf), raw.last(kHalf)}) {
        while (number.size() > 1 && number[0] == 0) number = number.subspan(1);
        const bool sign = number[0] >= 0x80;
        numbers.push_back(kInteger);
        numbers.push_back(static_cast<std::uint8_t>(number.size() + (sign ? 1 : 0)));
        if (sign) numbers.push_back(0);
        append(numbers, number);
    }
    Bytes der{kSequence, static_cast<std::uint8_t>(numbers.size())};
    append(der, numbers);
    return der;
}

/// Whether signatures are a DSS-Sig-Value: the drafts left open how they look, PKIX-SSH takes
/// either form and makes this one.
bool has_der(const X509Algorithm& algorithm) noexcept {
    return algorithm.bare && algorithm.key_type == "ssh-dss";
}

}  // namespace

std::optional<Bytes> plain_signature(const X509Algorithm& algorithm, ByteView signature) {
    Reader reader(signature);
    const auto name = reader.text();
    const auto data = reader.string();
    if (!reader.done() || name != algorithm.signature_name) return {};
    std::optional<Bytes> raw = to_bytes(data);
    if (has_der(algorithm) && data.size() != 2 * kHalf) raw = raw_of(data);
    if (!raw) return {};
    Bytes plain;
    Writer(plain).string(algorithm.algorithm).string(*raw);
    return plain;
}

Result<Signature> x509_signature(const X509Algorithm& algorithm, Signature plain) {
    if (algorithm.signature_name == algorithm.algorithm) return plain;
    Reader reader(plain.blob);
    const auto name = reader.text();
    const auto data = reader.string();
    const bool der = has_der(algorithm);
    if (!reader.done() || name != algorithm.algorithm || (der && data.size() != 2 * kHalf))
        return Error{Errc::crypto_failed, Disconnect::none, 0, "signature of another algorithm"};
    Signature signature;
    Writer(signature.blob)
        .string(algorithm.signature_name)
        .string(der ? der_of(data) : to_bytes(data));
    return signature;
}

}  // namespace nacre::detail
