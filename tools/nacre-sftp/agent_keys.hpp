/// \file
/// The keys in the user's agent.
#pragma once
#include <nacre/agent/signer.hpp>
#include <nacre/transport/layer.hpp>

#include <memory>
#include <string>
#include <vector>

namespace nacre::tools {

/// Without an agent there are no keys, and nothing else happens.
class AgentKeys {
  public:
    /// Connects. `path`: the socket; empty: $SSH_AUTH_SOCK, if it is set; "none": no agent. Says on
    /// standard error what is wrong with an agent that was named.
    AgentKeys(const std::string& path, const Provider& provider);

    /// Takes the agent's keys that belong to the private key file `file`: its public half as
    /// `file`.pub, its certificate as `file`-cert.pub, or `file` itself, if it is a public key.
    /// Each key is taken once.
    std::vector<std::shared_ptr<Signer>> take_for(const std::string& file);
    /// Takes all that were not taken yet.
    std::vector<std::shared_ptr<Signer>> take_rest();

    /// Tells the agent which session its keys are used in, if it wants to know.
    void bind(const SessionInfo& session);

  private:
    std::shared_ptr<agent::Client> client_;
    std::vector<std::shared_ptr<Signer>> left_;
};

}  // namespace nacre::tools
