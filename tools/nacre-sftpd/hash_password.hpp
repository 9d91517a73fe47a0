/// \file
/// nacre-sftpd --hash-password
#pragma once

namespace nacre::sftpd {

/// Reads one line from standard input, without echo when it is a terminal, and prints its hash.
/// The program's exit status.
int run_hash_password();

}  // namespace nacre::sftpd
