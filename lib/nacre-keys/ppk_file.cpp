#include "nacre-keys/ppk_file.hpp"

#include "keys/base64.hpp"
#include "keys/botan_guard.hpp"
#include "keys/text.hpp"

#include <nacre/keys/key_fault.hpp>
#include <nacre/keys/ppk.hpp>

#include <botan/hex.h>

#include <charconv>

namespace nacre::detail {

namespace {

constexpr Error kDamaged = key_error(KeyFault::damaged, "damaged PuTTY private key file");
constexpr std::string_view kMagic = "PuTTY-User-Key-File-";
constexpr std::size_t kLineLength = 64;
constexpr std::uint32_t kMaxLines = kMaxKeyFile / kLineLength;

// "name: value"; the order of the lines is fixed.
Result<std::string_view> take_header(Lines& lines, std::string_view name) noexcept {
    const auto line = lines.next();
    if (!line || !line->starts_with(name) || !line->substr(name.size()).starts_with(": "))
        return kDamaged;
    return line->substr(name.size() + 2);
}

Result<std::uint32_t> take_number(Lines& lines, std::string_view name) noexcept {
    NACRE_TRY(const std::string_view text, take_header(lines, name));
    std::uint32_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return kDamaged;
    return number;
}

Result<Bytes> take_hex(Lines& lines, std::string_view name) {
    NACRE_TRY(const std::string_view text, take_header(lines, name));
    return guarded(kDamaged,
                   [&]() -> Result<Bytes> { return Botan::hex_decode(text, /*ignore_ws=*/false); });
}

Result<SecretBytes> take_blob(Lines& lines, std::string_view name) {
    NACRE_TRY(const std::uint32_t count, take_number(lines, name));
    if (count > kMaxLines) return kDamaged;
    const std::string_view body = lines.rest();
    for (std::uint32_t i = 0; i < count; ++i)
        if (!lines.next()) return kDamaged;
    const auto text = body.substr(0, body.size() - lines.rest().size());
    auto blob = decode_base64(text, Blanks::skipped);
    if (!blob && blob.error().code != Errc::out_of_memory) return kDamaged;
    return blob;
}

Result<PpkArgon2> take_argon2(Lines& lines) {
    PpkArgon2 argon2;
    NACRE_TRY(const std::string_view flavour, take_header(lines, "Key-Derivation"));
    for (const std::string_view known : {"Argon2id", "Argon2i", "Argon2d"})
        if (known == flavour) argon2.flavour = known;
    if (argon2.flavour.empty())
        return key_error(KeyFault::unsupported, "key derivation of the file not supported");
    NACRE_TRY(argon2.memory, take_number(lines, "Argon2-Memory"));
    NACRE_TRY(argon2.passes, take_number(lines, "Argon2-Passes"));
    NACRE_TRY(argon2.parallelism, take_number(lines, "Argon2-Parallelism"));
    NACRE_TRY(argon2.salt, take_hex(lines, "Argon2-Salt"));
    if (argon2.memory > kMaxPpkMemory || argon2.parallelism > kMaxPpkParallelism ||
        std::uint64_t{argon2.memory} * argon2.passes > kMaxPpkWork)
        return key_error(KeyFault::over_limit, "key derivation takes too much memory or time");
    // RFC 9106 s3.1
    if (argon2.passes == 0 || argon2.parallelism == 0 || argon2.memory < 8 * argon2.parallelism)
        return kDamaged;
    return argon2;
}

Result<int> take_version(Lines& lines, std::string& type) {
    const auto line = lines.next();
    if (!line || !line->starts_with(kMagic))
        return key_error(KeyFault::not_a_key, "not a PuTTY private key file");
    const auto rest = line->substr(kMagic.size());
    if (rest.size() < 3 || rest.substr(1, 2) != ": ") return kDamaged;
    if (rest[0] == '1')
        return key_error(KeyFault::unsupported,
                         "PuTTY key file of version 1, which has no sound check: save it again "
                         "with a newer PuTTYgen");
    if (rest[0] != '2' && rest[0] != '3')
        return key_error(KeyFault::unsupported, "version of the PuTTY key file not supported");
    type = rest.substr(3);
    return rest[0] - '0';
}

constexpr std::size_t mac_size(int version) noexcept {
    return version == 2 ? 20 : 32;
}

Result<PpkFile> take_file(Lines& lines) {
    PpkFile file;
    NACRE_TRY(file.version, take_version(lines, file.type));
    NACRE_TRY(const std::string_view encryption, take_header(lines, "Encryption"));
    file.encrypted = encryption == kPpkAes;
    if (!file.encrypted && encryption != kPpkNoEncryption)
        return key_error(KeyFault::unsupported, "cipher of the PuTTY key file not supported");
    NACRE_TRY(file.comment, take_header(lines, "Comment"));
    NACRE_TRY(const SecretBytes public_blob, take_blob(lines, "Public-Lines"));
    file.public_blob = to_bytes(public_blob);
    if (file.version == 3 && file.encrypted) {
        NACRE_TRY(file.argon2, take_argon2(lines));
    }
    NACRE_TRY(file.private_blob, take_blob(lines, "Private-Lines"));
    NACRE_TRY(file.mac, take_hex(lines, "Private-MAC"));
    if (file.mac.size() != mac_size(file.version) || !trimmed(lines.rest()).empty())
        return kDamaged;
    return file;
}

// The place of an error in the line that `lines` has just passed, or behind the last.
Error located(const Error& error, std::string_view text, const Lines& lines) noexcept {
    if (fault_of(error) != KeyFault::damaged) return error;
    const std::string_view passed = text.substr(0, text.size() - lines.rest().size());
    const bool last = passed.find("\nPrivate-MAC: ") != std::string_view::npos;
    if (lines.rest().empty() && !(last && text.ends_with('\n')))
        return key_error(KeyFault::truncated, "the PuTTY private key file ends too early",
                         text.size());
    const auto line = passed.substr(0, passed.empty() ? 0 : passed.size() - 1).rfind('\n');
    return key_error(KeyFault::damaged, error.what, line == std::string_view::npos ? 0 : line + 1);
}

void append_text(SecretBuffer& to, std::string_view text) {
    to.append(as_bytes(text));
}

Result<void> append_blob(SecretBuffer& to, std::string_view name, ByteView blob) {
    NACRE_TRY(const SecretBytes lines, encode_base64_lines(blob, kLineLength));
    const auto text = as_text(lines);
    const auto count = std::count(text.begin(), text.end(), '\n');
    append_text(to, std::string(name) + ": " + std::to_string(count) + "\n");
    append_text(to, text);
    return {};
}

}  // namespace

Result<PpkFile> parse_ppk(std::string_view text) {
    if (text.size() > kMaxKeyFile)
        return key_error(KeyFault::over_limit, "private key file too large");
    Lines lines(text);
    auto file = take_file(lines);
    if (!file) return located(file.error(), text, lines);
    return file;
}

bool is_ppk(std::string_view text) noexcept {
    return text.starts_with(kMagic);
}

Result<SecretBytes> format_ppk(const PpkFile& file) {
    SecretBuffer out;
    append_text(out, std::string(kMagic) + std::to_string(file.version) + ": " + file.type +
                         "\nEncryption: ");
    append_text(out, file.encrypted ? kPpkAes : kPpkNoEncryption);
    append_text(out, "\nComment: " + file.comment + "\n");
    NACRE_CHECK(append_blob(out, "Public-Lines", file.public_blob));
    if (file.encrypted && file.version == 3) {
        const PpkArgon2& argon2 = file.argon2;
        append_text(out, "Key-Derivation: " + std::string(argon2.flavour) + "\n");
        append_text(out, "Argon2-Memory: " + std::to_string(argon2.memory) + "\n");
        append_text(out, "Argon2-Passes: " + std::to_string(argon2.passes) + "\n");
        append_text(out, "Argon2-Parallelism: " + std::to_string(argon2.parallelism) + "\n");
        append_text(out, "Argon2-Salt: " + Botan::hex_encode(argon2.salt, false) + "\n");
    }
    NACRE_CHECK(append_blob(out, "Private-Lines", file.private_blob));
    append_text(out, "Private-MAC: " + Botan::hex_encode(file.mac, false) + "\n");
    return SecretBytes(out.view());
}

}  // namespace nacre::detail
