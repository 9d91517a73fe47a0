/// \file
/// The AuthorizedPrincipalsFile of sshd_config(5), and files of authorities.
#pragma once
#include <nacre/keys/authorized_keys.hpp>
#include <nacre/keys/certificate_policy.hpp>

#include <string_view>
#include <vector>

namespace nacre {

struct AuthorizedPrincipals {
    std::vector<AuthorizedPrincipal> principals;
    std::vector<SkippedLine> skipped;
};

/// One principal a line, options of authorized_keys in front; what follows a '#' is a comment. As
/// in sshd a line with options that are wrong, or for authorities, is skipped. Errors: local_limit
/// when the file has too many bytes or lines; nothing is granted then.
Result<AuthorizedPrincipals> parse_authorized_principals(std::string_view text);

struct UserAuthorities {
    std::vector<Bytes> keys;  ///< blobs
    std::vector<SkippedLine> skipped;
};

/// A file of TrustedUserCAKeys: one public key a line, without options. Errors: as above.
Result<UserAuthorities> parse_user_authorities(std::string_view text);

}  // namespace nacre
