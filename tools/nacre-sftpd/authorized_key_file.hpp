/// \file
/// The keys that may log in, as the file has them at the moment.
#pragma once
#include <nacre/fs/trusted_file.hpp>
#include <nacre/keys/authorized_keys.hpp>
#include <nacre/keys/certificate_policy.hpp>

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace nacre::sftpd {

/// What a line of the file says of a key.
struct KeyGrant {
    bool granted = false;
    /// granted: what the login may not do; null: it may do everything.
    std::shared_ptr<const LoginRestrictions> restrictions{};
    const char* refusal = "key refused";  ///< not granted: why, a literal
};

/// Read anew for each login, so that a key can be added or taken away while the server runs. Usable
/// from every thread.
class AuthorizedKeyFile {
  public:
    /// Told, from the thread that reads, why the file or a line of it grants nothing.
    using OnTrouble = std::function<void(const std::string&)>;

    AuthorizedKeyFile(std::string path, StrictModes strict, OnTrouble on_trouble);

    /// The keys now. Skipped lines are told of when the file has changed. Blocks.
    FileResult<std::shared_ptr<const AuthorizedKeys>> read();
    /// Whether exactly this key may log in from there and then. A file that cannot be used grants
    /// nothing. Blocks.
    KeyGrant match(ByteView blob, const LoginOrigin& origin);
    /// The authorities in its cert-authority lines. Blocks.
    std::vector<UserAuthority> authorities();
    /// Whether these would not block at the moment.
    bool at_once() { return file_.can_read_at_once(); }

  private:
    TrustedFile file_;
    const OnTrouble on_trouble_;
    std::mutex mutex_;
    std::shared_ptr<const std::string> text_;
    std::shared_ptr<const AuthorizedKeys> keys_;  // what text_ says
};

}  // namespace nacre::sftpd
