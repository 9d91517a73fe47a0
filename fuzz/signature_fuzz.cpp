// Target functions: Provider::public_key, PublicKey::verify, check_certificate_signature.
// An input takes one of the good signatures and changes it, its key, its message, the name of its
// algorithm, or takes one of these from another. A signature is right when, and only when, key,
// algorithm and message are those that it was made with and it says what the good one says.
#include "crypto/x509_signature.hpp"
#include "fuzz.hpp"
#include "signed_messages.hpp"
#include "support/hex.hpp"
#include "value_changes.hpp"

#include <optional>

using namespace nacre;
using fuzz::SignedMessage;

namespace {

constexpr std::size_t kMostChanges = 4;

const std::vector<SignedMessage>& good() {
    return fuzz::SignedMessages::get().all;
}

/// What an algorithm comes down to: the algorithm of the key alone and the name in signatures.
struct Underlying {
    std::string algorithm, name;
    bool operator==(const Underlying&) const = default;
};

Underlying underlying(std::string_view algorithm) {
    const auto* x509 = find_x509_algorithm(algorithm);
    return {x509 == nullptr ? plain_name(algorithm) : std::string(x509->algorithm),
            signature_name(algorithm)};
}

/// The order of the group that (r, s) are numbers in; empty: signatures are no such pair.
Bytes order_of(std::string_view algorithm) {
    // FIPS 186-4 D.1.2.
    static const std::pair<std::string_view, Bytes> kCurves[] = {
        {"nistp256",
         test::from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")},
        {"nistp384", test::from_hex("ffffffffffffffffffffffffffffffffffffffffffffffff"
                                    "c7634d81f4372ddf581a0db248b0a77aecec196accc52973")},
        {"nistp521",
         test::from_hex("01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa"
                        "51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409")}};
    for (const auto& [curve, order] : kCurves)
        if (algorithm.find(curve) != std::string_view::npos) return order;
    if (algorithm != "ssh-dss") return {};
    static const Bytes kQ = [] {
        for (const SignedMessage& one : good()) {
            if (one.algorithm != "ssh-dss") continue;
            Reader reader(one.key->blob());
            reader.string(), reader.mpint();
            return to_bytes(reader.mpint());
        }
        return Bytes();
    }();
    return kQ;
}

Bytes without_zeros(ByteView number) {
    while (!number.empty() && number[0] == 0) number = number.subspan(1);
    return to_bytes(number);
}

/// Of s and n - s the smaller: (r, s) and (r, n - s) are right or wrong together. nullopt: s is not
/// below n.
std::optional<Bytes> smaller_of_both(ByteView s, const Bytes& n) {
    Bytes padded(n.size() - std::min(n.size(), s.size()), 0);
    append(padded, s);
    if (padded.size() != n.size() || padded >= n) return {};
    return std::min(padded, fuzz::subtract_numbers(n, padded));
}

/// What a signature says, for all the ways to say the same: right or wrong is a matter of this.
/// Signatures that say nothing in any of these ways stand for themselves.
Bytes meaning(std::string_view algorithm, ByteView signature) {
    const auto* x509 = find_x509_algorithm(algorithm);
    std::optional<Bytes> plain = to_bytes(signature);
    if (x509 != nullptr) plain = detail::plain_signature(*x509, signature);
    Bytes as_it_is(1, 0);  // a first byte that the others do not have
    append(as_it_is, signature);
    if (!plain) return as_it_is;
    const std::string base = underlying(algorithm).algorithm;
    Reader reader(*plain);
    const auto name = reader.string();
    const auto data = reader.string();
    const auto rest = reader.rest();
    if (!reader.ok()) return as_it_is;

    Bytes said;
    Writer writer(said);
    writer.u8(0xff).string(name);
    const Bytes order = order_of(base);
    if (base.starts_with("rsa-") || base == "ssh-rsa") {
        // Some signers drop leading zeros, so they need not be there.
        const std::size_t width = without_zeros(data).size();
        if (data.size() > 256 || width == 0) return as_it_is;
        writer.string(without_zeros(data)).bytes(rest);
        return said;
    }
    // Of DSA, too, as g^-k is another number; of a curve's points -P has the x of P.
    if (order.empty() || base == "ssh-dss") {
        writer.string(data).bytes(rest);
        return said;
    }
    Reader pair(data);
    const auto r = pair.mpint(), s = pair.mpint();
    if (!pair.done()) return as_it_is;
    const auto smaller = smaller_of_both(s, order);
    if (!smaller) return as_it_is;
    writer.string(r).string(*smaller).bytes(rest);
    return said;
}

/// The same number in another form, or one that is as good by arithmetic alone.
Bytes twist_number(std::string_view algorithm, Bytes data, std::uint8_t which) {
    // RFC 8032 s5.1: the order of the base point, little-endian.
    static const Bytes kEd25519Order = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                        0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                        0,    0,    0,    0,    0,    0,    0,    0,
                                        0,    0,    0,    0,    0,    0,    0,    0x10};
    const std::string base = underlying(algorithm).algorithm;
    const Bytes order = order_of(base);
    if (!order.empty() && base == "ssh-dss" && data.size() == 2 * order.size()) {
        const auto half = data.begin() + static_cast<std::ptrdiff_t>(order.size());
        Bytes s(half, data.end());
        s = which % 2 == 0 ? fuzz::subtract_numbers(order, s) : fuzz::add_numbers(s, order);
        std::copy(s.begin(), s.end(), half);
    } else if (!order.empty()) {
        Reader pair(data);
        Bytes r = to_bytes(pair.mpint()), s = to_bytes(pair.mpint());
        Bytes wide(1 + order.size() - std::min(order.size(), s.size()), 0);
        append(wide, s);
        Bytes padded_order(1, 0);
        append(padded_order, order);
        switch (which % 4) {
            case 0:
            case 1:
                wide = fuzz::subtract_numbers(padded_order, wide);
                break;
            case 2:
                wide = fuzz::add_numbers(wide, order);
                break;
            default:
                wide = Bytes(which / 4 % 2, 1), r = Bytes(which / 8 % 2, 1);
                break;
        }
        data.clear();
        Writer(data).mpint(r).mpint(wide);
    } else if (base.find("ed25519") != std::string::npos && data.size() == 64) {
        Bytes s(data.rbegin(), data.rbegin() + 32);
        s = fuzz::add_numbers(s, Bytes(kEd25519Order.rbegin(), kEd25519Order.rend()));
        std::copy(s.rbegin(), s.rend(), data.begin() + 32);
    } else if (which % 2 == 0) {
        data.insert(data.begin(), 0);
    } else if (!data.empty()) {
        data.erase(data.begin());
    }
    return data;
}

struct Claim {
    std::string algorithm;
    Bytes blob, text, signature;
};

void change_blob(Bytes& blob, fuzz::FuzzInput& in) {
    auto fields = fuzz::split_strings(blob);
    const std::uint8_t where = in.u8();
    const auto edge = [](std::uint8_t which) {
        return Bytes(which % 34, static_cast<std::uint8_t>(which < 128 ? 0 : 0xff));
    };
    if (where % 4 == 0 || fields.empty()) return fuzz::change(blob, in, edge);
    fuzz::change(fields[where / 4 % fields.size()], in, edge);
    blob = fuzz::join_strings(fields);
}

void change_signature(Claim& claim, fuzz::FuzzInput& in) {
    const std::uint8_t where = in.u8();
    Reader reader(claim.signature);
    Bytes name = to_bytes(reader.string()), data = to_bytes(reader.string());
    const Bytes rest = to_bytes(reader.rest());
    const auto twist = [&](std::uint8_t which) {
        return twist_number(claim.algorithm, data, which);
    };
    if (where % 4 == 0 || !reader.ok()) {
        return fuzz::change(claim.signature, in,
                            [&](std::uint8_t which) { return Bytes(which % 96, 0); });
    }
    auto numbers = fuzz::split_strings(data);
    if (where % 4 == 1) {
        fuzz::change(name, in, [&](std::uint8_t which) {
            return to_bytes(as_bytes(signature_name(good()[which % good().size()].algorithm)));
        });
    } else if (where % 4 == 2 && numbers.size() == 2) {
        fuzz::change(numbers[where / 4 % 2], in,
                     [](std::uint8_t which) { return Bytes(1, which); });
        data = fuzz::join_strings(numbers);
    } else {
        fuzz::change(data, in, twist);
    }
    claim.signature.clear();
    Writer(claim.signature).string(name).string(data).bytes(rest);
}

void change_claim(Claim& claim, fuzz::FuzzInput& in) {
    const SignedMessage& other = good()[in.u8() % good().size()];
    switch (in.u8() % 9) {
        case 0:
        case 1:
        case 2:
            return change_signature(claim, in);
        case 3:
        case 4:
            return change_blob(claim.blob, in);
        case 5:
            return fuzz::change(claim.text, in, [](std::uint8_t n) { return Bytes(n, 0); });
        case 6:
            claim.algorithm = other.algorithm;
            return;
        case 7:
            claim.signature = other.signature;
            return;
        default:
            claim.blob = to_bytes(other.key->blob());
            return;
    }
}

/// Whether there is a good signature that says this.
bool is_right(const PublicKey& key, const Claim& claim) {
    const auto names = key.algorithms();
    if (std::find(names.begin(), names.end(), claim.algorithm) == names.end()) return false;
    if (as_text(claim.text) != fuzz::kSignedText) return false;
    static const std::vector<Bytes> kMeanings = [] {
        std::vector<Bytes> all;
        for (const SignedMessage& one : good())
            all.push_back(meaning(one.algorithm, one.signature));
        return all;
    }();
    const Underlying wanted = underlying(claim.algorithm);
    const Bytes said = meaning(claim.algorithm, claim.signature);
    for (std::size_t i = 0; i < good().size(); ++i) {
        const SignedMessage& one = good()[i];
        if (kMeanings[i] == said && underlying(one.algorithm) == wanted &&
            same_bytes(plain_blob(*one.key), plain_blob(key)))
            return true;
    }
    return false;
}

/// Whether somebody who is no holder of our keys may have made this key so that it takes a
/// signature: there are points whose signatures can be written without a private key.
bool is_made_up(const PublicKey& key) {
    for (const SignedMessage& one : good())
        if (same_bytes(plain_blob(*one.key), plain_blob(key))) return false;
    return key.type().find("-ed") != std::string_view::npos;
}

void check_authority(const PublicKey& key) {
    const Certificate* certificate = key.certificate();
    if (certificate == nullptr || certificate->authority != fuzz::SignedMessages::get().authority)
        return;
    bool ours = false;
    for (const SignedMessage& one : good()) ours = ours || same_bytes(one.key->blob(), key.blob());
    NACRE_FUZZ_CHECK(check_certificate_signature(key, {}, botan_provider()).has_value() == ours);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::FuzzInput in(data, size);
    const SignedMessage& start = good()[in.u8() % good().size()];
    Claim claim{start.algorithm, to_bytes(start.key->blob()), to_bytes(as_bytes(fuzz::kSignedText)),
                start.signature};
    for (std::size_t i = 0; i < kMostChanges && !in.empty(); ++i) change_claim(claim, in);

    std::shared_ptr<const PublicKey> key = start.key;
    if (!same_bytes(claim.blob, key->blob())) {
        const auto parsed = botan_provider().public_key(claim.blob);
        if (!parsed) return 0;
        key = *parsed;
        check_authority(*key);
    }
    NACRE_FUZZ_CHECK(same_bytes(key->blob(), claim.blob));
    const bool verified = key->verify(claim.algorithm, claim.text, claim.signature);
    if (!verified || !is_made_up(*key)) NACRE_FUZZ_CHECK(verified == is_right(*key, claim));
    if (!verified) return 0;

    // Whatever is taken names what it was made with.
    Reader reader(claim.signature);
    NACRE_FUZZ_CHECK(reader.text() == signature_name(claim.algorithm));
    const auto told = key->authenticator(claim.signature);
    NACRE_FUZZ_CHECK(told.has_value() == (key->type().substr(0, 3) == "sk-"));
    if (told) NACRE_FUZZ_CHECK(told->user_present && !told->user_verified && told->counter == 7);
    return 0;
}
