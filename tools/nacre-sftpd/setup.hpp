/// \file
/// From the options of nacre-sftpd to the configuration of a server: files are read, keys are made.
#pragma once
#include "connection_log.hpp"
#include "login.hpp"
#include "options.hpp"

#include <nacre/server/server.hpp>

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace nacre::sftpd {

/// What main() needs to run a server and to say what it does.
struct Setup {
    server::Config config;
    std::vector<ListenAddress> listen;
    std::string user;
    std::vector<std::string> fingerprints;  ///< of the host keys: "ED25519 SHA256:..."
    std::string random_password;            ///< one was made, for it to be told; else empty
};

/// What is wrong with the options, as one line.
struct SetupError {
    std::string text;
};

/// \param sink  where warnings and the lines of connections go; from every thread
std::variant<Setup, SetupError> make_setup(const Options& options, const Provider& provider,
                                           LogSink sink);

/// Who runs this program, from the user database or, if it does not know, from the environment.
struct CurrentUser {
    std::string name;
    std::string home;
};
CurrentUser current_user();

/// A file of text as a whole, at most `limit` bytes; or why not.
std::variant<std::string, SetupError> read_text_file(const std::string& path, std::size_t limit);

/// The algorithms that the value of an option selects of those that are known, empty for an empty
/// one; warns of those that are not secure. What is wrong, or nothing.
std::string take_list(const char* option, const std::string& list,
                      std::span<const AlgorithmInfo> known, const LogSink& sink,
                      std::vector<std::string>& names);

/// The rules from --user, --authorized-keys, --password-file and --require. Without keys and
/// password file a password is made, and put into `random_password`.
std::variant<std::shared_ptr<const LoginRules>, SetupError> make_login_rules(
    const Options& options, const Provider& provider, const LogSink& sink,
    std::string& random_password);

}  // namespace nacre::sftpd
