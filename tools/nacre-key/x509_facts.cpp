#include "x509_facts.hpp"

#include "../terminal.hpp"

#include <nacre/keys/x509_trust.hpp>

namespace nacre::tools {

namespace {

struct Purpose {
    std::string_view oid, name;
};
/// RFC 5280 s4.2.1.12, RFC 6187 s2.2.2.
constexpr Purpose kPurposes[] = {
    {"1.3.6.1.5.5.7.3.1", "serverAuth"},         {"1.3.6.1.5.5.7.3.2", "clientAuth"},
    {"1.3.6.1.5.5.7.3.3", "codeSigning"},        {"1.3.6.1.5.5.7.3.4", "emailProtection"},
    {"1.3.6.1.5.5.7.3.21", "secureShellClient"}, {"1.3.6.1.5.5.7.3.22", "secureShellServer"},
    {"2.5.29.37.0", "anyExtendedKeyUsage"},
};

std::string name_of_purpose(const std::string& oid) {
    for (const Purpose& known : kPurposes)
        if (known.oid == oid) return std::string(known.name);
    return oid;
}

/// SHA-256 of a certificate's DER, as other programs print it.
std::string digest_of(ByteView der) {
    std::string text;
    for (const char digit : fingerprint_hex(der, FingerprintHash::sha256)) {
        if (digit == ':') continue;
        if (text.size() % 3 == 2) text += ':';
        text += digit >= 'a' && digit <= 'f' ? static_cast<char>(digit - 'a' + 'A') : digit;
    }
    return text;
}

}  // namespace

Json x509_facts(ByteView der) {
    Json facts{{"sha256", digest_of(der)}};
    const auto identity = read_x509_identity(der);
    if (!identity) {
        facts["fault"] = identity.error().what;
        return facts;
    }
    facts["subject"] = identity->subject;
    facts["issuer"] = identity->issuer;
    facts["serial"] = identity->serial;
    facts["not_before"] = identity->not_before;
    facts["not_after"] = identity->not_after;
    facts["purposes"] = Json::array();
    for (const std::string& oid : identity->purposes)
        facts["purposes"].push_back(name_of_purpose(oid));
    return facts;
}

std::string x509_text(const Json& facts) {
    const std::string indent(8, ' ');
    std::string text;
    const auto line = [&](std::string_view title, const std::string& value) {
        text += indent + indent + std::string(title) + ": " + safe_line(value) + "\n";
    };
    const auto of = [&](const char* name) { return facts[name].get<std::string>(); };
    text += indent + "X.509 certificate: SHA-256 " + of("sha256") + "\n";
    if (facts.contains("fault")) {
        line("Fault", of("fault"));
        return text;
    }
    line("Subject", of("subject"));
    line("Issuer", of("issuer"));
    line("Serial", of("serial"));
    line("Valid", "from " + of("not_before") + " to " + of("not_after"));
    std::string purposes;
    for (const Json& purpose : facts["purposes"])
        purposes += (purposes.empty() ? "" : ", ") + purpose.get<std::string>();
    line("Purposes", purposes.empty() ? "any" : purposes);
    return text;
}

}  // namespace nacre::tools
