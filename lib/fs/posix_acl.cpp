#include "fs/posix_acl.hpp"

#include <nacre/sftp/status.hpp>

#include <algorithm>
#include <string>
#include <tuple>

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
constexpr std::uint32_t kInherit = sftp::kAceFileInherit | sftp::kAceDirectoryInherit;

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

/// What any of these bits is a part of.
std::uint32_t rights_touched(std::uint32_t mask, bool folder) noexcept {
    std::uint32_t rights = 0;
    if ((mask & sftp::kAceReadData) != 0) rights |= 4;
    if ((mask & write_mask(folder)) != 0) rights |= 2;
    if ((mask & sftp::kAceExecute) != 0) rights |= 1;
    return rights;
}

bool is_group(Kind kind) noexcept {
    return kind == Kind::group_owner || kind == Kind::group;
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
    for (std::size_t i = 0; i < posix.size() && !is_group(posix[i].kind); ++i) {
        if (posix[i].kind == Kind::others) break;
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
    std::uint32_t rights;

    bool same_who(const Rule& other) const noexcept { return kind == other.kind && id == other.id; }
};

Result<Rule> rule_of(const Ace& ace, bool folder, PosixNames& names) {
    Rule rule{Kind::others, 0, ace.type == AceType::allow, 0};
    if (ace.type != AceType::allow && ace.type != AceType::deny)
        return failure(Status::op_unsupported);
    if (ace.who == "OWNER@") {
        rule.kind = Kind::owner;
    } else if (ace.who == "GROUP@") {
        rule.kind = Kind::group_owner;
    } else if ((ace.flags & sftp::kAceIdentifierGroup) != 0 && ace.who != "EVERYONE@") {
        const auto gid = names.find_gid(ace.who);
        if (!gid) return failure(Status::group_invalid);
        rule.kind = Kind::group;
        rule.id = *gid;
    } else if (ace.who != "EVERYONE@") {
        const auto uid = names.find_uid(ace.who);
        if (!uid) return failure(Status::owner_invalid);
        rule.kind = Kind::user;
        rule.id = *uid;
    }
    rule.rights = rights_touched(ace.mask, folder);
    if (rule.allows) {
        const bool writes = (rule.rights & 2) != 0;
        if (writes && (ace.mask & write_mask(folder)) != write_mask(folder))
            return failure(Status::op_unsupported, "Not a POSIX ACL");
    } else {
        const bool owner = rule.kind == Kind::owner || rule.kind == Kind::others;
        if ((ace.mask & (kEverybody | (owner ? kOwners : 0))) != 0)
            return failure(Status::op_unsupported, "Cannot be denied");
    }
    return rule;
}

/// Whether a POSIX ACL keeps what `deny` takes from what `later` gives.
bool keeps(const Rule& deny, const Rule& later) noexcept {
    if ((deny.rights & later.rights) == 0 || deny.same_who(later)) return true;
    if (later.kind == Kind::others || deny.kind == Kind::owner || deny.kind == Kind::others)
        return true;
    return deny.kind == Kind::user && is_group(later.kind);
}

Result<PosixAcl> posix_of(const std::vector<Rule>& rules) {
    for (std::size_t i = 0; i < rules.size(); ++i)
        for (std::size_t k = i + 1; k < rules.size(); ++k)
            if (!rules[i].allows && rules[k].allows && !keeps(rules[i], rules[k]))
                return failure(Status::op_unsupported, "Not a POSIX ACL");

    // In order: what was denied before, to everyone or to the same, is not given later.
    const auto given = [&rules](Kind kind, std::uint32_t id) {
        std::uint32_t rights = 0;
        std::uint32_t denied = 0;
        for (const auto& rule : rules) {
            const bool same = rule.kind == kind && rule.id == id;
            if (!rule.allows && (same || rule.kind == Kind::others))
                denied |= rule.rights & ~rights;
            if (rule.allows && same) rights |= rule.rights & ~denied;
        }
        return std::pair(rights, denied);
    };
    const std::uint32_t others = given(Kind::others, 0).first;
    PosixAcl acl;
    const auto add = [&](Kind kind, std::uint32_t id) {
        const auto found = std::any_of(acl.begin(), acl.end(), [&](const auto& entry) {
            return entry.kind == kind && entry.id == id;
        });
        if (found) return;
        const bool allowed = std::any_of(rules.begin(), rules.end(), [&](const auto& rule) {
            return rule.allows && rule.kind == kind && rule.id == id;
        });
        const auto [rights, denied] = given(kind, id);
        acl.push_back({kind, id, allowed ? rights : others & ~denied});
    };
    for (const auto& rule : rules) add(rule.kind, rule.id);
    for (const Kind kind : {Kind::owner, Kind::group_owner, Kind::others}) add(kind, 0);
    std::sort(acl.begin(), acl.end(), [](const auto& a, const auto& b) {
        return std::tie(a.kind, a.id) < std::tie(b.kind, b.id);
    });
    return acl;
}

}  // namespace

sftp::Acl to_protocol(const FileAcl& acl, bool folder, const Names& names) {
    sftp::Acl result;
    add_entries(result, acl.access, 0, folder, names);
    if (acl.inherited)
        add_entries(result, *acl.inherited, kInherit | sftp::kAceInheritOnly, folder, names);
    return result;
}

Result<FileAcl> from_protocol(const sftp::Acl& acl, bool folder, PosixNames& names) {
    std::vector<Rule> access;
    std::vector<Rule> inherited;
    for (const auto& ace : acl.entries) {
        const std::uint32_t how = ace.flags & ~sftp::kAceIdentifierGroup;
        if (how != 0 && !folder) return failure(Status::invalid_parameter);
        if (how != 0 && (how & ~sftp::kAceInheritOnly) != kInherit)
            return failure(Status::op_unsupported, "Not a POSIX ACL");
        NACRE_TRY(const auto rule, rule_of(ace, folder, names));
        if ((how & sftp::kAceInheritOnly) == 0) access.push_back(rule);
        if (how != 0) inherited.push_back(rule);
    }
    FileAcl result;
    NACRE_TRY(result.access, posix_of(access));
    if (!inherited.empty()) {
        NACRE_TRY(result.inherited, posix_of(inherited));
    }
    return result;
}

}  // namespace nacre::fs
