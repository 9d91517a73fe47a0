/// \file
/// The server's host keys: from files, made by the server itself, in an agent; their certificates.
#pragma once
#include "options.hpp"
#include "setup.hpp"

namespace nacre::sftpd {

/// Puts the host keys that the options name, and their fingerprints, into `setup`. Returns what is
/// wrong, or nothing.
std::string take_host_keys(const Options& options, const Provider& provider, Setup& setup);

/// Puts the host certificates that the options name, OpenSSH's and those of X.509, each of one of
/// the keys there, in front of the keys. Returns what is wrong, or nothing.
std::string take_host_certificates(const Options& options, const Provider& provider, Setup& setup);

}  // namespace nacre::sftpd
