/// \file
/// Who may log in: one user, by key, by password, or by both.
#pragma once
#include "authorized_key_file.hpp"
#include "certificate_files.hpp"

#include <nacre/auth/server.hpp>
#include <nacre/base/executor.hpp>
#include <nacre/crypto/password_hash.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nacre::sftpd {

/// Shared by all connections, and by the threads that check passwords. Immutable, but for the file
/// of keys, which takes care of itself.
struct LoginRules {
    std::string user;
    std::shared_ptr<AuthorizedKeyFile> keys;         ///< null: there is none
    std::shared_ptr<CertificateFiles> certificates;  ///< null: no certificates, nothing revoked
    std::optional<std::string> password_hash;        ///< argon2id or bcrypt
    std::optional<SecretBytes> plain_password;       ///< used when there is no hash
    /// check_password(), which tests count the calls of. Usable from every thread.
    std::function<Result<bool>(std::string_view password, std::string_view hash)> check_hash =
        check_password;
    std::vector<AuthMethod> require;  ///< all are needed; empty: one of those there are
};

/// What finishes attempts want to be told to.
using AttemptObserver = std::function<void(const AuthAttempt&)>;

/// The handler of one connection. Files are read and passwords hashed in `executor`, which outlives
/// the handler. `address` is where the client is, numeric. For a user that is not `rules->user` all
/// the same is done, and then refused.
std::unique_ptr<AuthHandler> make_login(std::shared_ptr<const LoginRules> rules, Executor& executor,
                                        std::string address, AttemptObserver on_attempt);

}  // namespace nacre::sftpd
