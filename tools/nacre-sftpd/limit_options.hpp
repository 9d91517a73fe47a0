/// \file
/// The options that limit what a connection, or all of them, may ask for, by OpenSSH's names.
#pragma once
#include "options.hpp"

namespace nacre::sftpd {

// Each takes a value over: what is wrong with it, or nothing.

/// BEGIN:RATE:FULL as MaxStartups of sshd_config(5), one number, or "off".
std::string set_max_startups(Options& options, const std::string& value);
/// Seconds, or a number with s, m or h behind it; 0: no limit.
std::string set_login_grace_time(Options& options, const std::string& value);
std::string set_max_auth_tries(Options& options, const std::string& value);
std::string set_max_sessions(Options& options, const std::string& value);

}  // namespace nacre::sftpd
