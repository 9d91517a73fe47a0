#include "keys/pattern.hpp"

#include <nacre/base/ip_network.hpp>
#include <nacre/keys/certificate_policy.hpp>
#include <nacre/keys/public_key.hpp>
#include <nacre/wire/reader.hpp>

#include <algorithm>

namespace nacre {

namespace {

constexpr Error refused(const char* rule) noexcept {
    return {Errc::peer_refused, Disconnect::none, 0, rule};
}

/// What holds of user and host certificates alike.
Result<const Certificate*> check_kind_and_time(const PublicKey& key, CertificateKind kind,
                                               std::chrono::system_clock::time_point time) {
    const auto since = std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
    const auto now = since < 0 ? 0 : static_cast<std::uint64_t>(since);
    const Certificate* certificate = key.certificate();
    if (certificate == nullptr)
        return Error{Errc::local_misuse, Disconnect::none, 0, "not a certificate"};
    if (certificate->kind != kind)
        return refused(kind == CertificateKind::user ? "certificate of a host, not of a user"
                                                     : "certificate of a user, not of a host");
    if (now < certificate->valid_after) return refused("certificate not yet valid");
    if (now >= certificate->valid_before) return refused("certificate expired");
    if (certificate->principals.empty()) return refused("certificate without principals");
    return certificate;
}

Result<void> check_size(ByteView blob, std::uint32_t min_rsa_bits) {
    const auto bits = rsa_bits(blob);
    if (bits != 0 && bits < min_rsa_bits) return refused("RSA key too short");
    return {};
}

bool names(const Certificate& certificate, std::string_view principal) {
    const auto& all = certificate.principals;
    return std::find(all.begin(), all.end(), principal) != all.end();
}

Result<LoginRestrictions> check_options(const KeyOptions& options, const LoginOrigin& origin) {
    if (const char* reason = options.refusal(origin)) return refused(reason);
    return options.restrictions;
}

/// What a login by the authority may do: by the first of its principals that the certificate names,
/// or by the user's own name.
Result<LoginRestrictions> check_principals(const UserAuthority& authority,
                                           const Certificate& certificate,
                                           const CertificateUse& use) {
    NACRE_TRY(const LoginRestrictions granted, check_options(authority.options, use.origin));
    if (!authority.principals) {
        if (!names(certificate, use.name)) return refused("certificate does not name the user");
        return granted;
    }
    for (const AuthorizedPrincipal& principal : *authority.principals) {
        if (!names(certificate, principal.name)) continue;
        NACRE_TRY(const LoginRestrictions by_name, check_options(principal.options, use.origin));
        return narrower(granted, by_name);
    }
    return refused("certificate names no authorized principal");
}

/// By the first of the lines of the certificate's authority that grants the login.
Result<LoginRestrictions> check_authorities(const CertificatePolicy& policy,
                                            const Certificate& certificate,
                                            const CertificateUse& use) {
    Result<LoginRestrictions> granted = refused("certificate of an authority that is not trusted");
    for (const UserAuthority& authority : policy.authorities) {
        if (authority.key != certificate.authority) continue;
        granted = check_principals(authority, certificate, use);
        if (granted) break;
    }
    return granted;
}

/// Whether the address is in a list of networks and addresses; nothing for a malformed list: one
/// wrong entry spoils it, also when another fits.
std::optional<bool> in_networks(std::string_view text, std::string_view list) {
    const auto address = IpAddress::parse(text);
    bool found = false;
    for (bool more = true; more;) {
        const auto comma = list.find(',');
        more = comma != std::string_view::npos;
        const auto entry = list.substr(0, comma);
        list.remove_prefix(more ? comma + 1 : list.size());
        const auto network = IpNetwork::parse(entry);
        if (!network || entry.find('%') != std::string_view::npos) return std::nullopt;
        found |= address && network->contains(*address);
    }
    return found;
}

/// A text alone in an option's data.
Result<std::string_view> text_of(const CertificateOption& option) {
    Reader reader(option.data);
    const auto text = reader.text();
    if (!reader.done() || text.find('\0') != std::string_view::npos)
        return malformed("certificate with a damaged option");
    return text;
}

/// \param from  null: from wherever the login comes
Result<void> take_critical(const CertificateOption& option, const std::string_view* from,
                           LoginRestrictions& allowed) {
    if (option.name == "force-command") {
        NACRE_TRY(const std::string_view command, text_of(option));
        allowed.force_command = std::string(command);
    } else if (option.name == "source-address") {
        NACRE_TRY(const std::string_view networks, text_of(option));
        const auto inside = in_networks(from == nullptr ? "" : *from, networks);
        if (!inside) return malformed("certificate with a damaged source-address");
        if (from != nullptr && !*inside) return refused("certificate not valid from this address");
    } else if (option.name == "verify-required") {
        if (!option.data.empty()) return malformed("certificate with a damaged option");
        allowed.verify_required = true;
    } else {
        return refused("certificate with an unknown critical option");
    }
    return {};
}

struct Permission {
    std::string_view extension;
    bool LoginRestrictions::*field;
    bool value;  ///< with the extension; without it the other
};
constexpr Permission kPermissions[] = {
    {"no-touch-required", &LoginRestrictions::touch_required, false},
    {"permit-X11-forwarding", &LoginRestrictions::x11_forwarding, true},
    {"permit-agent-forwarding", &LoginRestrictions::agent_forwarding, true},
    {"permit-port-forwarding", &LoginRestrictions::port_forwarding, true},
    {"permit-pty", &LoginRestrictions::pty, true},
    {"permit-user-rc", &LoginRestrictions::user_rc, true},
};

Result<LoginRestrictions> allowed_by(const Certificate& certificate, const std::string_view* from) {
    LoginRestrictions allowed;
    for (const CertificateOption& option : certificate.critical_options)
        NACRE_CHECK(take_critical(option, from, allowed));
    for (const Permission& permission : kPermissions) {
        const CertificateOption* found = certificate.extension(permission.extension);
        if (found != nullptr && !found->data.empty())
            return malformed("certificate with a damaged extension");
        allowed.*permission.field = (found != nullptr) == permission.value;
    }
    return allowed;
}

}  // namespace

KeyOptions no_key_options() {
    KeyOptions options;
    options.restrictions.touch_required = false;
    return options;
}

UserAuthority user_authority(const AuthorizedKey& line) {
    UserAuthority authority{line.blob, {}, line.options};
    if (line.options.principals.empty()) return authority;
    authority.principals.emplace();
    for (const std::string& name : line.options.principals)
        authority.principals->push_back({name, no_key_options()});
    return authority;
}

Result<LoginRestrictions> decide_user_certificate(const CertificatePolicy& policy,
                                                  const PublicKey& key, const CertificateUse& use,
                                                  const Provider& provider) {
    NACRE_TRY(const Certificate* certificate,
              check_kind_and_time(key, CertificateKind::user, use.origin.now));
    NACRE_TRY(const LoginRestrictions granted, check_authorities(policy, *certificate, use));
    NACRE_TRY(const LoginRestrictions allowed, allowed_by(*certificate, &use.origin.address));
    NACRE_TRY(LoginRestrictions both, narrower(granted, allowed));
    NACRE_CHECK(check_size(certificate->key, policy.min_rsa_bits));
    NACRE_CHECK(check_size(certificate->authority, policy.min_rsa_bits));
    NACRE_CHECK(check_certificate_signature(key, policy.ca_signature_algorithms, provider));
    return both;
}

Result<void> check_certificate_options(const Certificate& certificate) {
    if (certificate.kind == CertificateKind::user) {
        NACRE_CHECK(allowed_by(certificate, nullptr));
    } else if (!certificate.critical_options.empty()) {
        return refused("certificate of a host with a critical option");
    }
    return {};
}

Result<void> check_host_certificate(const PublicKey& key, const CertificateUse& use,
                                    std::span<const std::string> ca_signature_algorithms,
                                    const Provider& provider, std::uint32_t min_rsa_bits) {
    NACRE_TRY(const Certificate* certificate,
              check_kind_and_time(key, CertificateKind::host, use.origin.now));
    const auto& all = certificate->principals;
    if (std::none_of(all.begin(), all.end(), [&](const std::string& pattern) {
            return detail::matches_pattern(use.name, pattern);
        }))
        return refused("certificate does not name the host");
    NACRE_CHECK(check_certificate_options(*certificate));
    NACRE_CHECK(check_size(certificate->key, min_rsa_bits));
    NACRE_CHECK(check_size(certificate->authority, min_rsa_bits));
    return check_certificate_signature(key, ca_signature_algorithms, provider);
}

}  // namespace nacre
