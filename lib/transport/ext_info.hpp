/// \file
/// EXT_INFO (RFC 8308): what we tell and what we note.
#pragma once
#include <nacre/transport/layer.hpp>
#include <nacre/wire/message/transport.hpp>

namespace nacre {

/// Entries accepted in one message; OpenSSH's bound.
constexpr std::uint32_t kMaxExtensions = 1024;
/// EXT_INFO messages accepted by a client: after NEWKEYS, and before USERAUTH_SUCCESS.
constexpr std::uint32_t kMaxExtInfos = 2;

/// The body of our message. `user_key_algorithms`: server; empty: the provider's defaults.
Bytes make_ext_info(Role role, const std::vector<std::string>& user_key_algorithms,
                    const Provider& provider);

/// Notes what is known, ignores the rest. Errors: peer_malformed, peer_limit.
Result<void> read_ext_info(ByteView body, SessionInfo& info);

/// Whether `peer_kex` (the list in the peer's first KEXINIT) asks for EXT_INFO.
bool wants_ext_info(NameList peer_kex, Role peer_role) noexcept;

}  // namespace nacre
