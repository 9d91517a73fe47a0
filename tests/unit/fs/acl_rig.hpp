/// \file
/// ACLs to try, written shortly.
#pragma once
#include "fs/posix_acl.hpp"
#include "local_rig.hpp"

namespace nacre::fs::test {
using sftp::Ace;
using sftp::AceType;
using sftp::Acl;
using sftp::Follow;
using sftp::Status;
using Kind = PosixEntry::Kind;

// Ids that nobody has on a machine where tests run.
constexpr std::uint32_t kAlice = 70001;
constexpr std::uint32_t kBob = 70002;
constexpr std::uint32_t kStaff = 70003;
constexpr std::uint32_t kGuests = 70004;

constexpr std::uint32_t kR = sftp::kAceReadData | sftp::kAceReadNamedAttrs;
constexpr std::uint32_t kWriteFile =
    sftp::kAceWriteData | sftp::kAceAppendData | sftp::kAceWriteNamedAttrs;
constexpr std::uint32_t kWriteFolder = kWriteFile | sftp::kAceDeleteChild;
constexpr std::uint32_t kX = sftp::kAceExecute;
constexpr std::uint32_t kAll = sftp::kAceReadAttributes | sftp::kAceReadAcl | sftp::kAceSynchronize;
constexpr std::uint32_t kOwn = sftp::kAceWriteAttributes | sftp::kAceWriteAcl;
constexpr std::uint32_t kGroup = sftp::kAceIdentifierGroup;
constexpr std::uint32_t kBoth = sftp::kAceFileInherit | sftp::kAceDirectoryInherit;
constexpr std::uint32_t kOnly = kBoth | sftp::kAceInheritOnly;

inline Ace allow(std::string who, std::uint32_t mask, std::uint32_t flags = 0) {
    return {AceType::allow, flags, mask, std::move(who)};
}
inline Ace deny(std::string who, std::uint32_t mask, std::uint32_t flags = 0) {
    return {AceType::deny, flags, mask, std::move(who)};
}
inline std::string name(std::uint32_t id) {
    return std::to_string(id);
}

inline PosixNames& names() {
    static PosixNames names;
    return names;
}
inline Acl told(const FileAcl& acl, bool folder) {
    return to_protocol(acl, folder, {&names(), Names::Source::numbers});
}
inline Result<FileAcl> understood(const Acl& acl, bool folder = false, std::uint32_t owner = 0) {
    return from_protocol(acl, {folder, owner}, names());
}
inline Result<FileAcl> understood(std::vector<Ace> entries, bool folder = false,
                                  std::uint32_t owner = 0) {
    return understood(Acl{0, std::move(entries)}, folder, owner);
}
/// As setfacl takes it: "u::rw-,u:70001:r--,g::---,o::---".
inline std::string text_of(const PosixAcl& acl) {
    std::string text;
    for (const auto& entry : acl) {
        const bool user = entry.kind == Kind::owner || entry.kind == Kind::user;
        text += text.empty() ? "" : ",";
        text += entry.kind == Kind::others ? "o:" : user ? "u:" : "g:";
        if (entry.kind == Kind::user || entry.kind == Kind::group) text += name(entry.id);
        text += ":";
        for (const auto& [bit, letter] : {std::pair(4U, 'r'), {2U, 'w'}, {1U, 'x'}})
            text += (entry.rights & bit) != 0 ? letter : '-';
    }
    return text;
}
/// "!" and the number of the status if it is refused.
inline std::string text_of(const Result<FileAcl>& acl) {
    return acl ? text_of(acl->access) : "!" + std::to_string(static_cast<unsigned>(status(acl)));
}

}  // namespace nacre::fs::test
