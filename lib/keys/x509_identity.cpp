#include "keys/x509_identity.hpp"

#include "keys/text.hpp"

#include <botan/ber_dec.h>
#include <botan/hex.h>
#include <botan/pkix_types.h>

#include <algorithm>

namespace nacre {

namespace {

constexpr std::string_view kPrincipalName = "1.3.6.1.4.1.311.20.2.3";

/// A field of one text, or of several.
struct Field {
    std::string_view name;
    std::string X509Identity::*one;
    std::vector<std::string> X509Identity::*several;
};
constexpr Field kFields[] = {
    {"subject", &X509Identity::subject, nullptr},
    {"fingerprint", &X509Identity::fingerprint, nullptr},
    {"cn", nullptr, &X509Identity::common_names},
    {"email", nullptr, &X509Identity::emails},
    {"upn", nullptr, &X509Identity::principal_names},
    {"dns", nullptr, &X509Identity::dns_names},
};

/// The text in an otherName; empty when it is none.
std::string text_of(std::span<const std::uint8_t> der) {
    try {
        Botan::ASN1_String text;
        Botan::BER_Decoder decoder(der, Botan::BER_Decoder::Limits::DER());
        decoder.decode(text);
        decoder.verify_end();
        return text.value();
    } catch (const Botan::Exception&) {
        return {};
    }
}

/// (The system's clock ends before some certificates do, so no time_point.)
std::string time_text(const Botan::X509_Time& time) {
    // "2026/01/31 23:59:59 UTC"
    std::string text = time.readable_string();
    std::replace(text.begin(), text.end(), '/', '-');
    std::replace(text.begin(), text.end(), ' ', 'T');
    return text.substr(0, text.find("TUTC")) + "Z";
}

/// As X509Identity::fingerprint has it; colons may be left out of `value`, or are all there.
Result<std::string> normalized_fingerprint(std::string_view value) {
    constexpr std::size_t kDigits = 64;
    constexpr Error kNone{Errc::local_misuse, Disconnect::none, 0,
                          "no SHA-256 fingerprint of an X.509 certificate"};
    const bool colons = value.size() == kDigits / 2 * 3 - 1;
    if (!colons && value.size() != kDigits) return kNone;
    std::string normal;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (colons && i % 3 == 2) {
            if (value[i] != ':') return kNone;
            continue;
        }
        const char c = value[i];
        const bool digit = c >= '0' && c <= '9';
        const bool small = c >= 'a' && c <= 'f';
        if (!digit && !small && !(c >= 'A' && c <= 'F')) return kNone;
        if (!normal.empty() && normal.size() % 3 == 2) normal.push_back(':');
        normal.push_back(small ? static_cast<char>(c - 'a' + 'A') : c);
    }
    return normal;
}

}  // namespace

bool X509Identity::has(std::string_view field, std::string_view value) const noexcept {
    if (value.empty()) return false;
    for (const Field& known : kFields) {
        if (known.name != field) continue;
        if (known.one != nullptr) return this->*known.one == value;
        const auto& texts = this->*known.several;
        return std::find(texts.begin(), texts.end(), value) != texts.end();
    }
    return false;
}

bool X509Identity::is_field(std::string_view field) noexcept {
    return std::any_of(std::begin(kFields), std::end(kFields),
                       [&](const Field& known) { return known.name == field; });
}

Result<std::string> X509Identity::normalized(std::string_view field, std::string_view value) {
    constexpr Error kNone{Errc::local_misuse, Disconnect::none, 0,
                          "no value that an X.509 certificate can have there"};
    if (!is_field(field) || value.empty()) return kNone;
    if (field == "fingerprint") return normalized_fingerprint(value);
    const std::size_t lower_from = field == "dns"     ? 0
                                   : field == "email" ? std::min(value.rfind('@'), value.size())
                                                      : value.size();
    return std::string(value.substr(0, lower_from)) + detail::lower(value.substr(lower_from));
}

namespace detail {

X509Identity x509_identity(const Botan::X509_Certificate& certificate) {
    X509Identity identity;
    identity.subject = certificate.subject_dn().to_string();
    identity.issuer = certificate.issuer_dn().to_string();
    identity.serial = Botan::hex_encode(certificate.serial_number());
    identity.fingerprint = certificate.fingerprint("SHA-256");
    identity.not_before = time_text(certificate.not_before());
    identity.not_after = time_text(certificate.not_after());
    for (const Botan::OID& purpose : certificate.extended_key_usage())
        identity.purposes.push_back(purpose.to_string());
    identity.common_names = certificate.subject_dn().get_attribute("CN");
    const auto& names = certificate.subject_alt_name();
    for (const auto& email : names.email_addresses()) identity.emails.push_back(email.to_string());
    for (const auto& name : names.dns_names()) identity.dns_names.push_back(name.to_string());
    for (const auto& other : names.other_name_values()) {
        if (other.oid().to_string() != kPrincipalName) continue;
        if (auto text = text_of(other.value()); !text.empty())
            identity.principal_names.push_back(std::move(text));
    }
    return identity;
}

}  // namespace detail

}  // namespace nacre
