#include "agent_keys.hpp"

#include "../terminal.hpp"

#include <nacre/keys/public_key.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace nacre::tools {

namespace {

/// The text of a small file; empty when it cannot be read or is no small one.
std::string public_key_text(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    std::string text(kMaxPublicKeyFile + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text.size() > kMaxPublicKeyFile ? std::string() : text;
}

}  // namespace

AgentKeys::AgentKeys(const std::string& path, const Provider& provider) {
    if (path == "none") return;
    agent::ClientConfig config;
    config.path = path.empty() ? agent::agent_path() : path;
    if (config.path.empty()) return;
    const char* fault = nullptr;
    if (auto client = agent::Client::connect(config); !client) {
        fault = client.error().what;
    } else if (auto keys = agent::make_signers(*client, provider); !keys) {
        fault = keys.error().what;
    } else {
        client_ = *std::move(client);
        left_ = *std::move(keys);
    }
    // An agent that only the environment names may be one that is no more.
    if (fault != nullptr && !path.empty())
        std::fprintf(stderr, "nacre-sftp: %s: %s\n", safe_line(path).c_str(), fault);
}

std::vector<std::shared_ptr<Signer>> AgentKeys::take_for(const std::string& file) {
    std::vector<std::shared_ptr<Signer>> taken;
    if (left_.empty()) return taken;
    for (const auto& name : {file + "-cert.pub", file + ".pub", file}) {
        const auto key = parse_public_key_file(public_key_text(name));
        if (!key) continue;
        const auto found = std::find_if(left_.begin(), left_.end(), [&](const auto& signer) {
            return same_bytes(signer->public_blob(), key->blob);
        });
        if (found == left_.end()) continue;
        taken.push_back(*found);
        left_.erase(found);
    }
    return taken;
}

std::vector<std::shared_ptr<Signer>> AgentKeys::take_rest() {
    return std::exchange(left_, {});
}

void AgentKeys::bind(const SessionInfo& session) {
    if (client_ == nullptr || !session.host_key_signature) return;
    // Most agents know nothing of sessions, and then there is nothing that they would forbid.
    static_cast<void>(client_->bind_session(
        {session.host_key, session.session_id, *session.host_key_signature, false}));
}

}  // namespace nacre::tools
