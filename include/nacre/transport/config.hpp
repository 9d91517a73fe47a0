/// \file
/// What a program chooses for the transport of its sessions.
#pragma once
#include <nacre/base/executor.hpp>
#include <nacre/base/frame.hpp>
#include <nacre/base/random.hpp>
#include <nacre/base/slab.hpp>
#include <nacre/crypto/provider.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace nacre {

/// draft-ietf-sshm-strict-kex; CVE-2023-48795.
enum class StrictKex : std::uint8_t {
    off,      ///< not offered
    on,       ///< offered, used with peers that offer it too
    filter,   ///< offered; without the peer's offer, chacha20-poly1305 and CBC with EtM are refused
    require,  ///< offered; peers that do not offer it are refused
};

/// Names in order of preference. Empty: the provider's defaults.
struct AlgorithmLists {
    std::vector<std::string> kex;
    std::vector<std::string> host_key;
    std::vector<std::string> ciphers;
    std::vector<std::string> macs;
    std::vector<std::string> compression;  ///< defaults: none, zlib@openssh.com
};

struct RekeyLimits {
    std::uint64_t bytes = 0;  ///< each direction; 0: the cipher's own limit only
    std::uint64_t packets = std::uint64_t{1} << 31;
    std::chrono::seconds time{3600};  ///< 0: never
};

/// Client: whether to trust a host key. Answer success, or an error to end the session with
/// reason 9.
class HostKeyVerifier {
  public:
    virtual ~HostKeyVerifier() = default;
    virtual void verify(const PublicKey& key, Reply<void> reply) = 0;
};

struct TransportConfig {
    AlgorithmLists algorithms;
    StrictKex strict_kex = StrictKex::on;
    RekeyLimits rekey;
    /// In our identification string behind "SSH-2.0-" (RFC 4253 s4.2): printable ASCII without
    /// blanks and '-'; empty: "Nacre_<version>". Peers go by it, see lib/sftp/quirks.hpp.
    std::string software_version;
    /// Behind it and a blank; printable ASCII. With "FlowSsh" in it WinSCP offers SFTP 6 instead
    /// of 3, as it does to few servers that it knows by name.
    std::string version_comment;
    /// Server: one for each type offered; at least one. The negotiated algorithm chooses.
    std::vector<std::shared_ptr<Signer>> host_keys;
    /// Server: groups for diffie-hellman-group-exchange, ascending; null: the built-in ones.
    std::shared_ptr<const std::vector<DhGroup>> dh_groups;
    /// Client.
    std::shared_ptr<HostKeyVerifier> host_key_verifier;
    /// Signature algorithms that the server accepts from users (server-sig-algs); empty: defaults.
    std::vector<std::string> user_key_algorithms;
    /// RSA host keys of fewer bits are refused, the peer's and our own (1,024 to 16,384).
    std::uint32_t min_rsa_bits = 2048;
    /// A key exchange before authentication that takes longer ends the session; 0: no limit.
    std::chrono::seconds kex_timeout{120};
    /// The same for later ones. None, as in OpenSSH: who sleeps answers after waking up, and what
    /// waits meanwhile is bounded.
    std::chrono::seconds rekey_timeout{0};
    /// What the peer may send for a key exchange, its KEXINIT and what else is not of the
    /// connection protocol until its NEWKEYS, in bytes of payload; 0: no limit. A longer one ends
    /// the session. Those of the methods here have less than 16 KiB.
    std::uint64_t max_kex_size = 256 * 1024;
    /// Queued output that stops the reading until it drains.
    std::size_t output_limit = 256 * 1024;
    /// Memory of received packets that stops the reading until there is less: what layers and
    /// handlers keep, in slabs (SlabPool::kSlabSize) as long as any part of one is kept, and what
    /// is received. At least 4 MiB; 0: no limit but that of the windows.
    std::size_t input_limit = 128 * 1024 * 1024;
    /// The level of zlib compression, 1..9.
    int compression_level = 6;
};

/// What a thread of sessions shares. All of it outlives the sessions and is used on their thread
/// only, except provider.
struct SessionResources {
    const Provider* provider = nullptr;
    Rng* rng = nullptr;
    Executor* executor = nullptr;
    FramePool* frames = nullptr;
    SlabPool* slabs = nullptr;
};

}  // namespace nacre
