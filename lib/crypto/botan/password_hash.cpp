#include "crypto/botan/guard.hpp"

#include <nacre/base/secret.hpp>
#include <nacre/crypto/password_hash.hpp>

#include <botan/base64.h>
#include <botan/bcrypt.h>
#include <botan/pwdhash.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace nacre {
namespace {

constexpr std::size_t kKibPerMib = 1024;

// What hash_password() makes.
constexpr std::size_t kMemory = 64 * kKibPerMib;  // KiB
constexpr std::size_t kPasses = 3;
constexpr std::size_t kLanes = 1;
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kHashSize = 32;

// What check_password() is ready to do.
constexpr std::size_t kMaxMemory = 1024 * kKibPerMib;  // KiB
constexpr std::size_t kMaxPasses = 10;
constexpr std::size_t kMaxLanes = 16;
constexpr std::size_t kMaxSaltSize = 64;
constexpr std::size_t kMinHashSize = 16;
constexpr std::size_t kMaxHashSize = 64;
constexpr unsigned kMaxBcryptCost = 15;  // about two seconds

constexpr std::string_view kArgon2Prefix = "$argon2id$v=19$";
constexpr std::string_view kBcryptAlphabet =
    "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

Error unsupported(const char* what) noexcept {
    return {Errc::unsupported, Disconnect::none, 0, what};
}

struct Argon2Hash {
    std::size_t memory = 0;  // KiB
    std::size_t passes = 0;
    std::size_t lanes = 0;
    Bytes salt;
    Bytes hash;
};

/// Cuts `text` after the first `separator` and returns what was in front of it.
std::optional<std::string_view> take_until(std::string_view& text, char separator) noexcept {
    const std::size_t at = text.find(separator);
    if (at == std::string_view::npos) return std::nullopt;
    const std::string_view taken = text.substr(0, at);
    text.remove_prefix(at + 1);
    return taken;
}

/// `name`=number, without sign or leading zero, within 1..max.
std::optional<std::size_t> parse_parameter(std::string_view text, std::string_view name,
                                           std::size_t max) noexcept {
    if (text.substr(0, name.size()) != name) return std::nullopt;
    text.remove_prefix(name.size());
    if (text.empty() || text.front() == '0') return std::nullopt;
    std::size_t value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{} || end != text.data() + text.size() || value > max)
        return std::nullopt;
    return value;
}

/// Base64 without padding, which decodes to min..max bytes.
std::optional<Bytes> parse_base64(std::string_view text, std::size_t min, std::size_t max) {
    if (text.size() > (max * 4 + 2) / 3 || text.find('=') != std::string_view::npos)
        return std::nullopt;
    std::string padded(text);
    while (padded.size() % 4 != 0) padded += '=';
    Bytes bytes(Botan::base64_decode_max_output(padded.size()));
    bytes.resize(Botan::base64_decode(bytes.data(), padded, false));
    if (bytes.size() < min || bytes.size() > max) return std::nullopt;
    return bytes;
}

std::string format_base64(ByteView bytes) {
    std::string text = Botan::base64_encode(bytes);
    text.resize(text.find_last_not_of('=') + 1);
    return text;
}

/// $argon2id$v=19$m=KiB,t=passes,p=lanes$salt$hash
std::optional<Argon2Hash> parse_argon2(std::string_view text) {
    text.remove_prefix(kArgon2Prefix.size());
    const auto memory = take_until(text, ',');
    const auto passes = take_until(text, ',');
    const auto lanes = take_until(text, '$');
    const auto salt = take_until(text, '$');
    if (!memory || !passes || !lanes || !salt) return std::nullopt;
    const auto m = parse_parameter(*memory, "m=", kMaxMemory);
    const auto t = parse_parameter(*passes, "t=", kMaxPasses);
    const auto p = parse_parameter(*lanes, "p=", kMaxLanes);
    if (!m || !t || !p || *m < 8 * *p) return std::nullopt;
    auto salt_bytes = parse_base64(*salt, 8, kMaxSaltSize);
    auto hash_bytes = parse_base64(text, kMinHashSize, kMaxHashSize);
    if (!salt_bytes || !hash_bytes) return std::nullopt;
    return Argon2Hash{*m, *t, *p, std::move(*salt_bytes), std::move(*hash_bytes)};
}

void argon2id(const Argon2Hash& parameters, std::string_view password, ByteSpan out) {
    Botan::PasswordHashFamily::create_or_throw("Argon2id")
        ->from_params(parameters.memory, parameters.passes, parameters.lanes)
        ->hash(out, password, parameters.salt);
}

/// $2b$cost$ and 53 characters.
bool is_bcrypt(std::string_view text) noexcept {
    constexpr std::size_t kHeader = 7;
    if (text.size() != 60 || text.substr(0, 2) != "$2" || text[3] != '$' || text[6] != '$')
        return false;
    if (text[2] != 'a' && text[2] != 'b' && text[2] != 'y') return false;
    return text.find_first_not_of(kBcryptAlphabet, kHeader) == std::string_view::npos;
}

bool bcrypt_cost_allowed(std::string_view text) noexcept {
    unsigned cost = 0;
    const auto [end, failed] = std::from_chars(text.data() + 4, text.data() + 6, cost);
    return failed == std::errc{} && end == text.data() + 6 && cost >= 4 && cost <= kMaxBcryptCost;
}

}  // namespace

Result<std::string> hash_password(std::string_view password, Rng& rng) noexcept {
    return detail::guarded([&]() -> Result<std::string> {
        Argon2Hash made{kMemory, kPasses, kLanes, Bytes(kSaltSize), Bytes(kHashSize)};
        rng.fill(made.salt);
        argon2id(made, password, made.hash);
        return std::string(kArgon2Prefix) + "m=" + std::to_string(kMemory) +
               ",t=" + std::to_string(kPasses) + ",p=" + std::to_string(kLanes) + "$" +
               format_base64(made.salt) + "$" + format_base64(made.hash);
    });
}

Result<bool> check_password(std::string_view password, std::string_view hash) noexcept {
    return detail::guarded([&]() -> Result<bool> {
        if (hash.substr(0, kArgon2Prefix.size()) == kArgon2Prefix) {
            const auto stored = parse_argon2(hash);
            if (!stored) return unsupported("argon2id hash is malformed or over a limit");
            SecretBytes computed(stored->hash.size());
            argon2id(*stored, password, computed.span());
            return same_secret(computed, stored->hash);
        }
        if (is_bcrypt(hash)) {
            if (!bcrypt_cost_allowed(hash))
                return unsupported("cost of bcrypt hash is over a limit");
            return Botan::check_bcrypt(password, hash);
        }
        return unsupported("unknown form of password hash");
    });
}

}  // namespace nacre
