/// \file
/// The command line of nacre-sftp.
#pragma once
#include "copying.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace nacre::tools {

/// Exit statuses.
constexpr int kDone = 0;
constexpr int kFailed = 1;       ///< the server or a file said no
constexpr int kWrongUsage = 2;   ///< of the command line
constexpr int kNoSession = 255;  ///< no session came about, or it was lost

struct ClientOptions {
    std::string user, host;
    std::uint16_t port = 22;
    std::vector<std::string> keys;          ///< files; empty: those of ~/.ssh
    std::vector<std::string> certificates;  ///< files, for any of the keys
    std::string identity_agent;             ///< socket; empty: $SSH_AUTH_SOCK; "none": no agent
    bool identities_only = false;           ///< of the agent's keys only those that `keys` name
    std::string fingerprint;    ///< of the host key, "SHA256:..."; empty: by known_hosts
    std::string known_hosts;    ///< file
    bool accept_new = false;    ///< keys of hosts never seen are added to the file
    std::string password_file;  ///< its first line; empty: asked for
    std::uint32_t required_rsa_size = 2048;  ///< bits, of the host's key and of the user's
    std::uint32_t sftp_version = 6;          ///< the highest that is spoken
    std::string x509_trust, x509_crl;        ///< PEM files
    std::string host_key_algorithms, pubkey_algorithms;  ///< lists, as the next
    std::string kex, ciphers, macs;  ///< lists as select_algorithms() takes them; empty: defaults
    std::string batch;               ///< file of commands; "-": standard input; empty: none
    CopyOptions copies;              ///< of every get and put
    /// Name and arguments, as many as the command takes, as of split_words(). Empty: `batch`, or
    /// what is typed.
    std::vector<std::string> command;
};

/// The options, or the exit status after everything was said: help, or what is wrong.
std::variant<ClientOptions, int> read_options(int argc, char** argv);

}  // namespace nacre::tools
