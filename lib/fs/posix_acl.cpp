#include "fs/posix_acl.hpp"

#include <nacre/sftp/status.hpp>

#include <set>
#include <string>
#include <utility>

namespace nacre::fs {
namespace {

using sftp::Ace;
using sftp::AceType;
using sftp::failure;
using sftp::Status;
using Kind = PosixEntry::Kind;

constexpr std::uint32_t kRead = sftp::kAceReadData | sftp::kAceReadNamedAttrs;
constexpr std::uint32_t kWriteCore = sftp::kAceWriteData | sftp::kAceAppendData;
constexpr std::uint32_t kEverybody =
    sftp::kAceReadAttributes | sftp::kAceReadAcl | sftp::kAceSynchronize;
constexpr std::uint32_t kOwners = sftp::kAceWriteAttributes | sftp::kAceWriteAcl;
/// What rwx decide.
constexpr std::uint32_t kDeniable =
    kRead | kWriteCore | sftp::kAceDeleteChild | sftp::kAceWriteNamedAttrs | sftp::kAceExecute;
constexpr std::uint32_t kInherit = sftp::kAceFileInherit | sftp::kAceDirectoryInherit;
/// The last two mean something to AUDIT and ALARM only.
constexpr std::uint32_t kNotInheritance =
    sftp::kAceIdentifierGroup | sftp::kAceSuccessfulAccess | sftp::kAceFailedAccess;
constexpr std::uint32_t kControl = sftp::kAclControlIncluded | sftp::kAclControlPresent;

/// All of them are what w gives.
std::uint32_t write_mask(bool folder) noexcept {
    return kWriteCore | (folder ? sftp::kAceDeleteChild : 0);
}

std::uint32_t mask_of(std::uint32_t rights, bool folder) noexcept {
    std::uint32_t mask = 0;
    if ((rights & 4) != 0) mask |= kRead;
    if ((rights & 2) != 0) mask |= write_mask(folder) | sftp::kAceWriteNamedAttrs;
    if ((rights & 1) != 0) mask |= sftp::kAceExecute;
    return mask;
}

bool is_group(Kind kind) noexcept {
    return kind == Kind::group_owner || kind == Kind::group;
}

/// Where its rights stand in a mode.
unsigned shift_of(Kind kind) noexcept {
    return kind == Kind::owner ? 6 : kind == Kind::others ? 0 : 3;
}

std::string who_of(const PosixEntry& entry, const Names& names) {
    switch (entry.kind) {
        case Kind::owner:
            return "OWNER@";
        case Kind::user:
            return names.user(entry.id);
        case Kind::group_owner:
            return "GROUP@";
        case Kind::group:
            return names.group(entry.id);
        case Kind::others:
            break;
    }
    return "EVERYONE@";
}

void add_entries(sftp::Acl& acl, const PosixAcl& posix, std::uint32_t flags, bool folder,
                 const Names& names) {
    const auto add = [&](AceType type, const PosixEntry& entry, std::uint32_t mask) {
        const std::uint32_t group = entry.kind == Kind::group ? sftp::kAceIdentifierGroup : 0;
        acl.entries.push_back({type, flags | group, mask, who_of(entry, names)});
    };
    const auto allow = [&](const PosixEntry& entry) {
        add(AceType::allow, entry,
            mask_of(entry.rights, folder) | kEverybody | (entry.kind == Kind::owner ? kOwners : 0));
    };
    const auto deny = [&](const PosixEntry& entry, std::uint32_t rights) {
        if (rights != 0) add(AceType::deny, entry, mask_of(rights, folder));
    };
    const std::uint32_t others = posix.back().rights;
    for (std::size_t i = 0; !is_group(posix[i].kind); ++i) {
        std::uint32_t later = 0;
        for (std::size_t k = i + 1; k < posix.size(); ++k) later |= posix[k].rights;
        allow(posix[i]);
        deny(posix[i], later & ~posix[i].rights);
    }
    for (const auto& entry : posix)
        if (is_group(entry.kind)) allow(entry);
    for (const auto& entry : posix)
        if (is_group(entry.kind)) deny(entry, others & ~entry.rights);
    allow(posix.back());
}

/// One entry of a client, understood.
struct Rule {
    Kind kind;
    std::uint32_t id;
    bool allows;
    std::uint32_t mask;
};

/// Names that mean a way of logging in, or anything else that is no user of the system.
bool is_special(const std::string& who) noexcept {
    return !who.empty() && who.back() == '@';
}

Result<Rule> rule_of(const Ace& ace, PosixNames& names) {
    if (ace.type != AceType::allow && ace.type != AceType::deny)
        return failure(Status::op_unsupported);
    Rule rule{Kind::others, 0, ace.type == AceType::allow, ace.mask};
    if (ace.who == "EVERYONE@") return rule;
    if (ace.who == "OWNER@") {
        rule.kind = Kind::owner;
    } else if (ace.who == "GROUP@") {
        rule.kind = Kind::group_owner;
    } else if (is_special(ace.who)) {
        return failure(Status::op_unsupported);
    } else if ((ace.flags & sftp::kAceIdentifierGroup) != 0) {
        const auto gid = names.find_gid(ace.who);
        if (!gid) return failure(Status::group_invalid);
        rule.kind = Kind::group;
        rule.id = *gid;
    } else {
        const auto uid = names.find_uid(ace.who);
        if (!uid) return failure(Status::owner_invalid);
        rule.kind = Kind::user;
        rule.id = *uid;
    }
    return rule;
}

enum class Match : std::uint8_t { no, maybe, yes };

/// What one of the two ACLs of an object is made of.
struct Rules {
    std::vector<Rule> list;
    bool folder;
    std::optional<std::uint32_t> owner;

    Match match(const Rule& rule, Kind kind, std::uint32_t id) const noexcept;
    Result<std::uint32_t> rights_of(Kind kind, std::uint32_t id) const;
    Result<PosixAcl> posix() const;
};

/// Whether `rule` means whoever falls under that entry of a POSIX ACL.
Match Rules::match(const Rule& rule, Kind kind, std::uint32_t id) const noexcept {
    if (rule.kind == Kind::others || (rule.kind == kind && rule.id == id)) return Match::yes;
    if (kind == Kind::owner && rule.kind == Kind::user) {
        if (!owner) return Match::maybe;
        return rule.id == *owner ? Match::yes : Match::no;
    }
    // Who has no entry is in no group that has one.
    return is_group(rule.kind) && kind != Kind::others ? Match::maybe : Match::no;
}

Result<std::uint32_t> Rules::rights_of(Kind kind, std::uint32_t id) const {
    std::uint32_t allowed = 0;
    std::uint32_t denied = 0;
    std::uint32_t doubtful = 0;  // of what is denied
    for (const auto& rule : list) {
        const Match found = match(rule, kind, id);
        if (found == Match::no || (found == Match::maybe && rule.allows)) continue;
        const std::uint32_t undecided = rule.mask & ~(allowed | denied);
        if (!rule.allows) {
            denied |= undecided;
            if (found == Match::maybe) doubtful |= undecided;
            continue;
        }
        if (rule.kind != Kind::others && (rule.mask & doubtful & kDeniable) != 0)
            return failure(Status::op_unsupported, "Not a POSIX ACL");
        allowed |= undecided;
    }
    // Who is not the owner has none of the owner's rights in any case.
    if ((denied & ~(kDeniable | (kind == Kind::owner ? 0 : kOwners | sftp::kAceWriteOwner))) != 0)
        return failure(Status::op_unsupported, "Cannot be denied");
    const std::uint32_t write = write_mask(folder);
    if ((allowed & write) != 0 && ((allowed | denied) & write) != write)
        return failure(Status::op_unsupported, "Not a POSIX ACL");

    std::uint32_t rights = 0;
    if ((allowed & sftp::kAceReadData) != 0 && (denied & kRead) == 0) rights |= 4;
    if ((allowed & write) == write && (denied & sftp::kAceWriteNamedAttrs) == 0) rights |= 2;
    if ((allowed & sftp::kAceExecute) != 0) rights |= 1;
    return rights;
}

Result<PosixAcl> Rules::posix() const {
    if (list.empty()) return failure(Status::op_unsupported, "Not a POSIX ACL");
    std::set<std::pair<Kind, std::uint32_t>> whom{
        {Kind::owner, 0}, {Kind::group_owner, 0}, {Kind::others, 0}};
    for (const auto& rule : list) whom.emplace(rule.kind, rule.id);
    PosixAcl acl;
    for (const auto& who : whom) {
        NACRE_TRY(const auto rights, rights_of(who.first, who.second));
        acl.push_back({who.first, who.second, rights});
    }
    return acl;
}

void limit(PosixAcl& acl, mode_t allowed) noexcept {
    for (auto& entry : acl) entry.rights &= allowed >> shift_of(entry.kind);
}

}  // namespace

sftp::Acl to_protocol(const FileAcl& acl, bool folder, const Names& names) {
    sftp::Acl result;
    result.flags = kControl;
    add_entries(result, acl.access, 0, folder, names);
    if (acl.inherited)
        add_entries(result, *acl.inherited, kInherit | sftp::kAceInheritOnly, folder, names);
    return result;
}

Result<FileAcl> from_protocol(const sftp::Acl& acl, const AclTarget& target, PosixNames& names) {
    // Versions 4 and 5 have no flags.
    if (acl.flags != 0 && acl.flags != kControl) return failure(Status::op_unsupported);
    Rules access{{}, target.folder, target.owner};
    Rules inherited{{}, target.folder, std::nullopt};
    for (const auto& ace : acl.entries) {
        const std::uint32_t how = ace.flags & ~kNotInheritance;
        if (how != 0 && !target.folder) return failure(Status::invalid_parameter);
        if (how != 0 && (how & ~sftp::kAceInheritOnly) != kInherit)
            return failure(Status::op_unsupported, "Not a POSIX ACL");
        NACRE_TRY(const auto rule, rule_of(ace, names));
        if ((how & sftp::kAceInheritOnly) == 0) access.list.push_back(rule);
        if (how != 0) inherited.list.push_back(rule);
    }
    FileAcl result;
    NACRE_TRY(result.access, access.posix());
    if (!inherited.list.empty()) {
        NACRE_TRY(result.inherited, inherited.posix());
    }
    return result;
}

void limit_acl(FileAcl& acl, mode_t allowed) noexcept {
    limit(acl.access, allowed);
    if (acl.inherited) limit(*acl.inherited, allowed);
}

mode_t mode_of(const PosixAcl& acl) noexcept {
    mode_t mode = 0;
    for (const auto& entry : acl) mode |= entry.rights << shift_of(entry.kind);
    return mode;
}

}  // namespace nacre::fs
