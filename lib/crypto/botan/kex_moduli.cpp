#include "crypto/botan/guard.hpp"
#include "crypto/botan/kex_dh.hpp"
#include "crypto/botan/kex_dh_group.hpp"

#include <nacre/crypto/moduli.hpp>

#include <botan/bigint.h>
#include <botan/dl_group.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace nacre {
namespace {

constexpr Error bad(const char* what, std::size_t line) noexcept {
    return {Errc::local_failed, Disconnect::none, static_cast<std::uint32_t>(line), what};
}

// moduli(5)
constexpr unsigned kTypeSafePrime = 2;
constexpr unsigned kTestsComposite = 1;

enum Field : std::size_t { time, type, tests, tries, size, generator, modulus, field_count };
using Fields = std::array<std::string_view, field_count>;

std::optional<Fields> split(std::string_view line) noexcept {
    Fields fields;
    for (auto& field : fields) {
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        if (line.empty()) return std::nullopt;
        field = line.substr(0, line.find_first_of(" \t"));
        line.remove_prefix(field.size());
    }
    if (line.find_first_not_of(" \t") != std::string_view::npos) return std::nullopt;
    return fields;
}

std::optional<std::uint32_t> number(std::string_view text, int base = 10) noexcept {
    std::uint32_t value = 0;
    const auto end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
}

std::optional<Bytes> hex_bytes(std::string_view text) {
    Bytes bytes;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t digits = (text.size() - at) % 2 == 0 ? 2 : 1;
        const auto value = number(text.substr(at, digits), 16);
        if (!value) return std::nullopt;
        bytes.push_back(static_cast<std::uint8_t>(*value));
        at += digits;
    }
    return bytes;
}

/// Base-2 tests of p and of (p - 1) / 2. They do not convict a composite that was made to pass, but
/// the file is the administrator's own: they find damage and lines that are not what they say.
bool is_safe_prime(const Botan::BigInt& p) {
    const Botan::BigInt q = (p - 1) / 2, two = Botan::BigInt::from_word(2);
    if (p.is_even() || q.is_even()) return false;
    const auto power = [&](const Botan::BigInt& modulus, const Botan::BigInt& exponent) {
        return Botan::DL_Group(modulus, two).power_g_p(exponent, exponent.bits());
    };
    const auto root = power(p, q);
    return (root == 1 || root == p - 1) && power(q, q - 1) == 1;
}

/// The group on a line, or nothing when the line is to be skipped.
Result<std::optional<DhGroup>> parse_line(std::string_view line, std::size_t line_number) {
    const auto fields = split(line);
    if (!fields) return bad("moduli line has not seven fields", line_number);
    const auto& f = *fields;
    const auto type_number = number(f[type]), tests_number = number(f[tests]),
               tries_number = number(f[tries]), size_number = number(f[size]),
               generator_number = number(f[generator], 16);
    if (!type_number || !tests_number || !tries_number || !size_number || !generator_number) {
        return bad("moduli line has a field that is not a number", line_number);
    }
    if (*type_number != kTypeSafePrime || *tests_number == 0 ||
        (*tests_number & kTestsComposite) != 0 || *tries_number == 0) {
        return std::optional<DhGroup>();
    }
    const std::uint64_t bits = std::uint64_t{*size_number} + 1;  // the file counts one less
    if (bits < detail::kMinGroupBits || bits > detail::kMaxGroupBits) {
        return std::optional<DhGroup>();
    }
    if (f[modulus].size() > 2 * (bits / 8 + 1)) {
        return bad("modulus is longer than its line says", line_number);
    }
    const auto p_bytes = hex_bytes(f[modulus]);
    if (!p_bytes) return bad("modulus is not a hexadecimal number", line_number);
    const Botan::BigInt p(*p_bytes);
    if (p.bits() != bits) return bad("modulus has not the size that its line says", line_number);
    if (*generator_number < 2) return bad("generator is less than 2", line_number);
    const auto g = Botan::BigInt::from_u64(*generator_number);
    return std::optional<DhGroup>(DhGroup{static_cast<std::uint32_t>(bits), detail::magnitude_of(p),
                                          detail::magnitude_of(g)});
}

Result<std::vector<DhGroup>> parse_moduli(std::string_view text) {
    std::vector<DhGroup> groups;
    std::size_t line_number = 0;
    while (!text.empty()) {
        if (++line_number > kMaxModuliLines) {
            return Error{Errc::local_limit, Disconnect::none, kMaxModuliLines,
                         "moduli file has too many lines"};
        }
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        const auto first = line.find_first_not_of(" \t");
        if (first == std::string_view::npos || line[first] == '#') continue;
        NACRE_TRY(auto group, parse_line(line, line_number));
        if (!group) continue;
        const auto same_size =
            std::count_if(groups.begin(), groups.end(),
                          [&](const DhGroup& other) { return other.bits == group->bits; });
        if (static_cast<std::size_t>(same_size) == kMaxGroupsPerSize) continue;
        if (!is_safe_prime(Botan::BigInt(group->p))) {
            return bad("modulus is not a safe prime", line_number);
        }
        groups.push_back(std::move(*group));
    }
    if (groups.empty()) return bad("no usable group in the moduli file", 0);
    std::stable_sort(groups.begin(), groups.end(),
                     [](const DhGroup& a, const DhGroup& b) { return a.bits < b.bits; });
    return groups;
}

}  // namespace

Result<std::vector<DhGroup>> load_moduli(std::string_view text) noexcept {
    return detail::guarded(bad("moduli file could not be checked", 0),
                           [&] { return parse_moduli(text); });
}

}  // namespace nacre
