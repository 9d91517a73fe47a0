#include "certificate_fields.hpp"

#include "times.hpp"

#include <nacre/keys/certificate_policy.hpp>

#include <algorithm>
#include <iterator>
#include <limits>

namespace nacre::tools {

namespace {

constexpr OptionRow kId{"id", "TEXT", "names the certificate in logs; must be given"};
constexpr OptionRow kHost{"host", "", "for a host, not for users"};
constexpr OptionRow kPrincipals{"principals", "A,B", "the users or hosts it is good for"};
constexpr OptionRow kValid{"valid", "FROM:TO",
                           "+52w, 20260101:20270101, always:forever "
                           "(default); as ssh-keygen -V"};
constexpr OptionRow kSerial{"serial", "N", "default 0, which is none"};
constexpr OptionRow kOption{"option", "K[=V]",
                            "a critical option: force-command, source-address, "
                            "verify-required, or own:K[=V] for another; may be repeated"};
constexpr OptionRow kExtension{"extension", "K[=V]",
                               "in place of the usual ones; own:K[=V] for another; may be "
                               "repeated"};
constexpr OptionRow kNoExtensions{"no-extensions", "", "without the usual ones"};

/// What ssh-keygen allows users unless told otherwise.
constexpr std::string_view kUsual[] = {"permit-X11-forwarding", "permit-agent-forwarding",
                                       "permit-port-forwarding", "permit-pty", "permit-user-rc"};

CertificateOption option_of(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return {text, {}};
    return {text.substr(0, equals), option_text(std::string_view(text).substr(equals + 1))};
}

/// What a server may not know is put in only when it is written `own:NAME`.
constexpr std::string_view kOwn = "own:";

/// Options or extensions, those that no server of ours knows apart.
struct Named {
    std::vector<CertificateOption> known, own;
    std::vector<CertificateOption> all() const {
        auto both = known;
        both.insert(both.end(), own.begin(), own.end());
        return both;
    }
};

Outcome<Named> options_of(const std::vector<std::string>& texts, std::string_view name) {
    Named options;
    for (const std::string& text : texts) {
        const bool own = text.starts_with(kOwn);
        const CertificateOption option = option_of(own ? text.substr(kOwn.size()) : text);
        if (option.name.empty())
            return wrong_usage("--" + std::string(name) + " wants NAME or NAME=VALUE");
        (own ? options.own : options.known).push_back(option);
    }
    return options;
}

bool is_known_extension(const CertificateOption& extension) {
    return extension.name == "no-touch-required" ||
           std::find(std::begin(kUsual), std::end(kUsual), extension.name) != std::end(kUsual);
}

/// What is wrong with options that servers should know.
Status check_options(const Named& critical, const Named& extensions, CertificateKind kind) {
    if (kind == CertificateKind::host && !(critical.known.empty() && extensions.known.empty()))
        return wrong_usage("a host's certificate has no options or extensions");
    for (const CertificateOption& extension : extensions.known)
        if (!is_known_extension(extension))
            return wrong_usage("no extension " + extension.name + " (own:" + extension.name +
                               " is one of your own)");
    Certificate certificate;
    certificate.kind = kind;
    certificate.critical_options = critical.known;
    certificate.extensions = extensions.known;
    if (const auto good = check_certificate_options(certificate); !good)
        return wrong_usage(std::string(good.error().what) + " (--option, --extension)");
    return kDone;
}

Outcome<std::vector<std::string>> split(std::string_view list) {
    std::vector<std::string> names;
    while (true) {
        const auto comma = list.find(',');
        names.emplace_back(list.substr(0, comma));
        if (names.back().empty()) return wrong_usage("--principals has an empty name");
        if (names.back().front() == ' ' || names.back().back() == ' ')
            return wrong_usage("--principals has a blank beside a name");
        if (comma == std::string_view::npos) return names;
        list.remove_prefix(comma + 1);
    }
}

}  // namespace

std::vector<OptionRow> certificate_options() {
    return {kId, kHost, kPrincipals, kValid, kSerial, kOption, kExtension, kNoExtensions};
}

Outcome<Certificate> read_certificate_fields(const Arguments& arguments, std::uint64_t now) {
    Certificate fields;
    const auto id = arguments.value(kId.name);
    if (!id) return wrong_usage("--id must be given");
    if (id->empty()) return wrong_usage("--id is empty");
    fields.key_id = *id;
    if (arguments.has(kHost.name)) fields.kind = CertificateKind::host;
    // Without names it would be good for nobody; some programs have taken that for everybody.
    const auto names = arguments.value(kPrincipals.name);
    if (!names) return wrong_usage("--principals must be given");
    auto principals = split(*names);
    if (!principals) return principals.why();
    fields.principals = *std::move(principals);
    const auto valid = parse_validity(arguments.value(kValid.name).value_or("always:forever"), now);
    if (!valid) return valid.why();
    fields.valid_after = valid->after;
    fields.valid_before = valid->before;
    const auto serial =
        arguments.number(kSerial.name, 0, std::numeric_limits<std::uint64_t>::max());
    if (!serial) return serial.why();
    fields.serial = serial->value_or(0);
    const auto critical = options_of(arguments.values(kOption.name), kOption.name);
    if (!critical) return critical.why();
    const auto extensions = options_of(arguments.values(kExtension.name), kExtension.name);
    if (!extensions) return extensions.why();
    if (const auto good = check_options(*critical, *extensions, fields.kind); !good)
        return good.why();
    fields.critical_options = critical->all();
    fields.extensions = extensions->all();
    if (arguments.has(kNoExtensions.name)) {
        if (!fields.extensions.empty()) return wrong_usage("--extension and --no-extensions");
    } else if (fields.extensions.empty() && fields.kind == CertificateKind::user) {
        for (const std::string_view name : kUsual)
            fields.extensions.push_back({std::string(name), {}});
    }
    return fields;
}

}  // namespace nacre::tools
