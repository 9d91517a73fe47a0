#include "facts.hpp"

#include "../terminal.hpp"
#include "times.hpp"

#include <nacre/crypto/botan.hpp>
#include <nacre/wire/reader.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

namespace nacre::tools {

namespace {

/// The blob whose fingerprint stands for a key: that of the plain key.
Bytes fingerprinted(ByteView blob) {
    if (const auto certificate = parse_certificate(blob)) return certificate->key;
    return to_bytes(blob);
}

/// The text in an option's data, if it is just one.
std::optional<std::string> text_in(ByteView data) {
    Reader reader(data);
    const std::string text(reader.text());
    return reader.done() && !data.empty() ? std::optional(text) : std::nullopt;
}

Json options_facts(const std::vector<CertificateOption>& options) {
    Json facts = Json::object();
    for (const CertificateOption& option : options) {
        if (option.data.empty()) {
            facts[option.name] = true;
        } else if (const auto text = text_in(option.data)) {
            facts[option.name] = *text;
        } else {
            facts[option.name] = {{"hex", hex(option.data)}};
        }
    }
    return facts;
}

std::string short_name(ByteView blob) {
    const auto type = public_blob_type(blob);
    return std::string(type ? short_type_name(*type) : std::string_view("?"));
}

constexpr std::string_view kTexts[] = {"force-command", "source-address"};
constexpr std::string_view kFlags[] = {
    "verify-required", "permit-X11-forwarding", "permit-agent-forwarding", "permit-port-forwarding",
    "permit-pty",      "permit-user-rc",        "no-touch-required"};

template <std::size_t N>
bool is_one_of(std::string_view name, const std::string_view (&names)[N]) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

constexpr std::string_view kIndent = "        ";

std::string options_text(std::string_view title, const std::vector<CertificateOption>& options) {
    std::string text = std::string(kIndent) + std::string(title) + ": ";
    if (options.empty()) return text + "(none)\n";
    text += '\n';
    for (const CertificateOption& option : options) {
        text += std::string(kIndent) + std::string(kIndent) + safe_line(option.name);
        const auto value = text_in(option.data);
        if (is_one_of(option.name, kTexts) && value) {
            text += " " + safe_line(*value);
        } else if (!option.data.empty()) {
            text += " UNKNOWN OPTION: " + hex(option.data) + " (len " +
                    std::to_string(option.data.size()) + ")";
        } else if (!is_one_of(option.name, kFlags)) {
            text += " UNKNOWN FLAG OPTION";
        }
        text += '\n';
    }
    return text;
}

}  // namespace

Json key_facts(const PublicKeyText& key) {
    Json facts{{"type", key.type}};
    facts["name"] = short_type_name(plain_name(key.type));
    const auto checked = botan_provider().public_key(key.blob);
    facts["bits"] = checked ? (*checked)->bits() : 0;
    const Bytes blob = fingerprinted(key.blob);
    facts["fingerprints"] = {{"sha256", fingerprint_sha256(blob)},
                             {"sha1", fingerprint_sha1(blob)},
                             {"md5", fingerprint_md5(blob)}};
    facts["comment"] = key.comment;
    if (!checked) facts["fault"] = checked.error().what;
    return facts;
}

Json certificate_facts(const Certificate& certificate) {
    Json facts{{"type", certificate.type}};
    facts["kind"] = certificate.kind == CertificateKind::user ? "user" : "host";
    facts["key_fingerprint"] = fingerprint_sha256(certificate.key);
    facts["authority_fingerprint"] = fingerprint_sha256(certificate.authority);
    facts["authority_name"] = short_name(certificate.authority);
    facts["key_id"] = certificate.key_id;
    facts["serial"] = certificate.serial;
    facts["valid_after"] = certificate.valid_after;
    facts["valid_before"] =
        certificate.valid_before == kForever ? Json() : Json(certificate.valid_before);
    facts["principals"] = certificate.principals;
    facts["critical_options"] = options_facts(certificate.critical_options);
    facts["extensions"] = options_facts(certificate.extensions);
    return facts;
}

Json encryption_facts(const KeyEncryption& encryption) {
    Json facts{{"cipher", encryption.cipher}, {"kdf", encryption.kdf}};
    if (!encryption.prf.empty()) facts["prf"] = encryption.prf;
    facts["cost"] = encryption.cost;
    if (encryption.memory != 0) facts["memory"] = encryption.memory;
    if (encryption.parallelism != 0) facts["parallelism"] = encryption.parallelism;
    return facts;
}

std::string fingerprints_text(ByteView blob, const Arguments& arguments) {
    struct Row {
        FingerprintHash hash;
        std::string_view name;
        std::string (*text)(ByteView);
        bool wanted;
    };
    const Row rows[] = {
        {FingerprintHash::sha256, "SHA256:", fingerprint_sha256, true},
        {FingerprintHash::sha1, "SHA1:", fingerprint_sha1, arguments.has(kSha1.name)},
        {FingerprintHash::md5, "MD5:", fingerprint_md5, arguments.has(kMd5.name)},
    };
    const Bytes plain = fingerprinted(blob);
    std::string text;
    for (const Row& row : rows) {
        if (!row.wanted) continue;
        if (!text.empty()) text += ' ';
        text += arguments.has(kHex.name) ? std::string(row.name) + fingerprint_hex(plain, row.hash)
                                         : row.text(plain);
    }
    return text;
}

std::string key_line(const PublicKeyText& key, const Arguments& arguments) {
    const auto checked = botan_provider().public_key(key.blob);
    const std::string name(short_type_name(plain_name(key.type)));
    const bool certified = is_certificate_type(key.type);
    return std::to_string(checked ? (*checked)->bits() : 0) + " " +
           fingerprints_text(key.blob, arguments) + " " +
           (key.comment.empty() ? std::string("no comment") : safe_line(key.comment)) + " (" +
           name + (certified ? "-CERT)" : ")");
}

std::string certificate_text(const Certificate& certificate, const Arguments& arguments) {
    const auto line = [](std::string_view title, const std::string& value) {
        return std::string(kIndent) + std::string(title) + ": " + value + "\n";
    };
    const bool user = certificate.kind == CertificateKind::user;
    Reader signature(certificate.signature);
    const std::string algorithm(signature.text());
    std::string text;
    text += line("Type", certificate.type + (user ? " user" : " host") + " certificate");
    text += line("Public key", short_name(certificate.key) + "-CERT " +
                                   fingerprints_text(certificate.key, arguments));
    text += line("Signing CA", short_name(certificate.authority) + " " +
                                   fingerprints_text(certificate.authority, arguments) +
                                   " (using " + safe_line(algorithm) + ")");
    text += line("Key ID", "\"" + safe_line(certificate.key_id) + "\"");
    text += line("Serial", std::to_string(certificate.serial));
    text += line("Valid", validity_text({certificate.valid_after, certificate.valid_before}));
    text += std::string(kIndent) + "Principals: ";
    text += certificate.principals.empty() ? "(none)\n" : "\n";
    for (const std::string& principal : certificate.principals)
        text += std::string(kIndent) + std::string(kIndent) + safe_line(principal) + "\n";
    text += options_text("Critical Options", certificate.critical_options);
    text += options_text("Extensions", certificate.extensions);
    return text;
}

std::string hex(ByteView bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

void print_json(const Json& json) {
    print_text(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void print_text(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

}  // namespace nacre::tools
