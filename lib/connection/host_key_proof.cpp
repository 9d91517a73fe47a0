#include "connection/host_key_proof.hpp"

#include "transport/signing.hpp"

#include <nacre/crypto/certificate.hpp>
#include <nacre/wire/message/connection.hpp>

#include <algorithm>

namespace nacre::detail {
namespace {

constexpr std::string_view kProve = "hostkeys-prove-00@openssh.com";

/// One request for proofs, shared by the answers of its signers.
struct Proof {
    Reply<Bytes> reply;
    std::vector<Bytes> signatures;
    std::size_t missing = 0;
};

/// The number at the start of `text`, which it is cut from. At most 9,999.
unsigned cut_number(std::string_view& text) noexcept {
    unsigned number = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9' && number < 1000) {
        number = number * 10 + static_cast<unsigned>(text.front() - '0');
        text.remove_prefix(1);
    }
    return number;
}

template <class Pointer>
bool contains(const std::vector<Pointer>& signers, ByteView blob) {
    return std::any_of(signers.begin(), signers.end(),
                       [&](const Pointer& s) { return same_bytes(s->public_blob(), blob); });
}

/// The algorithm a key signs its proof with; empty when the client knows none of them. RSA keys
/// have several: the one of the key exchange if that was RSA, else the best the client listed.
std::string_view proof_algorithm(const SessionInfo& session, const Signer& key) {
    const auto names = key.algorithms();
    if (key.type() != "ssh-rsa") return names.empty() ? std::string_view{} : names.front();
    const auto can = [&](std::string_view name) {
        return std::find(names.begin(), names.end(), name) != names.end();
    };
    const std::string used = plain_name(session.host_key_algorithm);
    for (const std::string_view name : {"ssh-rsa", "rsa-sha2-256", "rsa-sha2-512"})
        if (used == name) return can(name) ? name : std::string_view{};
    const NameList listed(session.peer_host_key_algorithms);
    for (const std::string_view name : {"rsa-sha2-512", "rsa-sha2-256"})
        if (can(name) && listed.contains(name)) return name;
    return {};
}

void on_signature(Proof& proof, std::size_t index, Result<Signature>&& signature) {
    if (!signature) {
        proof.reply(signature.error());
        return;
    }
    proof.signatures[index] = std::move(signature->blob);
    if (--proof.missing != 0) return;
    Bytes all;
    Writer<Bytes> writer(all);
    for (const auto& one : proof.signatures) writer.string(one);
    proof.reply(std::move(all));
}

}  // namespace

bool takes_host_keys(std::string_view version) noexcept {
    // "SSH-" protoversion "-" softwareversion (RFC 4253 s4.2); neither holds another "-".
    const auto dash = version.find('-', version.find('-') + 1);
    if (dash == std::string_view::npos) return true;
    std::string_view software = version.substr(dash + 1);
    if (software.substr(0, 8) == "Cisco-1.") return false;
    constexpr std::string_view kTeraTerm = "TTSSH/";
    if (software.substr(0, kTeraTerm.size()) != kTeraTerm) return true;
    software.remove_prefix(kTeraTerm.size());
    const unsigned major = cut_number(software);
    if (!software.empty()) software.remove_prefix(1);
    const unsigned minor = cut_number(software);
    return major > 2 || (major == 2 && minor > 72);
}

void announce_host_keys(PacketPort& port, HostKeys keys) {
    Bytes data;
    Writer<Bytes> writer(data);
    std::vector<Signer*> announced;
    for (const auto& key : keys) {
        const bool certificate = key->type().find("-cert-v0") != std::string_view::npos;
        if (certificate || contains(announced, key->public_blob())) continue;
        announced.push_back(key.get());
        writer.string(key->public_blob());
    }
    if (announced.empty()) return;
    msg::GlobalRequest m;
    m.request_name = "hostkeys-00@openssh.com";
    m.data = {data};
    send(port, m);
}

void prove_host_keys(PacketPort& port, HostKeys keys, ByteView data, Reply<Bytes> reply) {
    const SessionInfo& session = port.info();
    constexpr Error kUnknown{Errc::not_found, Disconnect::none, 0, "host key not ours"};
    std::vector<std::shared_ptr<Signer>> asked;
    Reader reader(data);
    while (reader.remaining() != 0) {
        const auto blob = reader.string();
        const auto key = std::find_if(keys.begin(), keys.end(), [&](const auto& k) {
            return same_bytes(k->public_blob(), blob);
        });
        // Each once: signatures cost more than asking for them.
        if (!reader.ok() || key == keys.end() || contains(asked, blob) ||
            proof_algorithm(session, **key).empty()) {
            reply(kUnknown);
            return;
        }
        asked.push_back(*key);
    }
    if (asked.empty()) {
        reply(kUnknown);
        return;
    }

    auto proof = std::make_shared<Proof>();
    proof->reply = std::move(reply);
    proof->signatures.resize(asked.size());
    proof->missing = asked.size();
    for (std::size_t i = 0; i < asked.size(); ++i) {
        Bytes signed_data;
        Writer<Bytes> writer(signed_data);
        writer.string(kProve).string(ByteView(session.session_id)).string(asked[i]->public_blob());
        sign_in(port.executor(), asked[i], signed_data, proof_algorithm(session, *asked[i]),
                Reply<Signature>::from([proof, i](Result<Signature>&& signature) {
                    on_signature(*proof, i, std::move(signature));
                }));
    }
}

}  // namespace nacre::detail
