/// \file
/// Access control lists as the protocol has them: NFSv4's (draft-ietf-secsh-filexfer-13 s7.8).
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace nacre::sftp {

enum class AceType : std::uint32_t { allow = 0, deny = 1, audit = 2, alarm = 3 };

/// Bits of Ace::flags.
constexpr std::uint32_t kAceFileInherit = 0x01;
constexpr std::uint32_t kAceDirectoryInherit = 0x02;
constexpr std::uint32_t kAceNoPropagateInherit = 0x04;
constexpr std::uint32_t kAceInheritOnly = 0x08;
constexpr std::uint32_t kAceSuccessfulAccess = 0x10;
constexpr std::uint32_t kAceFailedAccess = 0x20;
constexpr std::uint32_t kAceIdentifierGroup = 0x40;

/// Bits of Ace::mask; of OpenFlags::access too.
constexpr std::uint32_t kAceReadData = 0x0000'0001;  ///< of a directory: list it
constexpr std::uint32_t kAceListDirectory = kAceReadData;
constexpr std::uint32_t kAceWriteData = 0x0000'0002;  ///< of a directory: add a file
constexpr std::uint32_t kAceAddFile = kAceWriteData;
constexpr std::uint32_t kAceAppendData = 0x0000'0004;  ///< of a directory: add a directory
constexpr std::uint32_t kAceAddSubdirectory = kAceAppendData;
constexpr std::uint32_t kAceReadNamedAttrs = 0x0000'0008;
constexpr std::uint32_t kAceWriteNamedAttrs = 0x0000'0010;
constexpr std::uint32_t kAceExecute = 0x0000'0020;
constexpr std::uint32_t kAceDeleteChild = 0x0000'0040;
constexpr std::uint32_t kAceReadAttributes = 0x0000'0080;
constexpr std::uint32_t kAceWriteAttributes = 0x0000'0100;
constexpr std::uint32_t kAceDelete = 0x0001'0000;
constexpr std::uint32_t kAceReadAcl = 0x0002'0000;
constexpr std::uint32_t kAceWriteAcl = 0x0004'0000;
constexpr std::uint32_t kAceWriteOwner = 0x0008'0000;
constexpr std::uint32_t kAceSynchronize = 0x0010'0000;

/// One entry: a rule for one user, one group (kAceIdentifierGroup) or a special name such as
/// "OWNER@", "GROUP@", "EVERYONE@".
struct Ace {
    AceType type = AceType::allow;
    std::uint32_t flags = 0;
    std::uint32_t mask = 0;
    std::string who;
    friend bool operator==(const Ace&, const Ace&) = default;
};

/// Bits of Acl::flags (version 6).
constexpr std::uint32_t kAclControlIncluded = 0x01;
constexpr std::uint32_t kAclControlPresent = 0x02;
constexpr std::uint32_t kAclControlInherited = 0x04;
constexpr std::uint32_t kAclAuditAlarmIncluded = 0x10;
constexpr std::uint32_t kAclAuditAlarmInherited = 0x20;

struct Acl {
    /// Most entries that are taken from a peer.
    static constexpr std::size_t kMaxEntries = 1024;

    std::uint32_t flags = 0;
    std::vector<Ace> entries;  ///< in order; the first that matches decides
    friend bool operator==(const Acl&, const Acl&) = default;
};

}  // namespace nacre::sftp
