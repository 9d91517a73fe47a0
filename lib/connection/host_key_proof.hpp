/// \file
/// hostkeys-00@openssh.com and hostkeys-prove-00@openssh.com (OpenSSH PROTOCOL s2.5,
/// draft-miller-sshm-hostkey-update): a server tells clients all of its host keys and proves that
/// it has them.
#pragma once
#include <nacre/transport/layer.hpp>

#include <memory>
#include <span>

namespace nacre::detail {

using HostKeys = std::span<const std::shared_ptr<Signer>>;

/// Whether the peer can take the announcement; `version` is its identification string. Tera Term up
/// to 2.72 and Cisco's clients end the connection at it.
bool takes_host_keys(std::string_view version) noexcept;

/// Sends the announcement. Certificates and repeated keys are left out.
void announce_host_keys(PacketPort& port, HostKeys keys);

/// Answers a request for proofs, whose `data` is a sequence of public key blobs, with a sequence of
/// signatures; or with an error when the data is malformed, names a key that is not ours or one
/// twice, or when a key cannot sign.
void prove_host_keys(PacketPort& port, HostKeys keys, ByteView data, Reply<Bytes> reply);

}  // namespace nacre::detail
