#include "transport/ext_info.hpp"

#include "transport/kexinit.hpp"

namespace nacre {

Bytes make_ext_info(Role role, const std::vector<std::string>& user_key_algorithms,
                    const Provider& provider) {
    Bytes entries;
    Writer w(entries);
    std::uint32_t count = 0;
    const auto add = [&](std::string_view name, std::string_view value) {
        w.string(name).string(value);
        ++count;
    };
    if (role == Role::server) {
        std::vector<std::string> algorithms = user_key_algorithms;
        if (algorithms.empty()) {
            for (const AlgorithmInfo& a : provider.algorithms(Algorithm::host_key))
                if (a.by_default) algorithms.emplace_back(a.name);
        }
        add("server-sig-algs", join_names(algorithms));
        add("publickey-hostbound@openssh.com", "0");
    }
    add("ping@openssh.com", "0");
    msg::ExtInfo m;
    m.nr_extensions = count;
    m.extensions.bytes = entries;
    Bytes body;
    write_body(m, body);
    return body;
}

Result<void> read_ext_info(ByteView body, SessionInfo& info) {
    Reader r(body);
    const std::uint32_t n = r.count(8);
    if (n > kMaxExtensions) return over_limit("too many extensions in EXT_INFO", n);
    for (std::uint32_t i = 0; i < n && r.ok(); ++i) {
        const std::string_view name = r.text();
        const std::string_view value = r.text();
        if (!r.ok()) break;
        // A second message replaces what the first said (RFC 8308 s2.4).
        if (name == "server-sig-algs" && info.role == Role::client)
            info.server_sig_algs = value;
        else if (name == "publickey-hostbound@openssh.com")
            info.peer_hostbound = value == "0";
        else if (name == "ping@openssh.com")
            info.peer_ping = value == "0";
    }
    if (!r.done()) return malformed("EXT_INFO malformed", msg::ext_info);
    return {};
}

bool wants_ext_info(NameList peer_kex, Role peer_role) noexcept {
    return peer_kex.contains(peer_role == Role::client ? marker::kExtInfoClient
                                                       : marker::kExtInfoServer);
}

}  // namespace nacre
