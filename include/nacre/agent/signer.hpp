/// \file
/// Keys in an agent as Signers.
#pragma once
#include <nacre/agent/client.hpp>
#include <nacre/crypto/provider.hpp>

namespace nacre::agent {

/// A signer for one of the agent's keys or certificates. It is immediate() and costly(): sign()
/// blocks until the agent has answered, and may be called from any thread. Certificates have the
/// type of their blob, and algorithms named after it; their signatures name the algorithm of the
/// key. RSA signatures are verified before they are answered (crypto_failed). Errors:
/// peer_malformed, when the blob is no public key; unsupported, when it is a certificate whose type
/// does not end with kCertificateSuffix; those of Provider::public_key() for RSA.
Result<std::shared_ptr<Signer>> make_signer(std::shared_ptr<Client> client,
                                            const Identity& identity, const Provider& provider);

/// One signer for each identity, in the agent's order; those that make_signer() has none for are
/// left out.
/// Errors: those of Client::identities().
Result<std::vector<std::shared_ptr<Signer>>> make_signers(const std::shared_ptr<Client>& client,
                                                          const Provider& provider);

}  // namespace nacre::agent
