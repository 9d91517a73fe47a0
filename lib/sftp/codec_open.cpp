#include "sftp/codec_open.hpp"

#include "sftp/dialect.hpp"

#include <nacre/sftp/acl.hpp>

namespace nacre::sftp {
namespace {

struct Pflag {
    std::uint32_t bit;
    bool OpenFlags::*member;
};
constexpr Pflag kPflags[] = {
    {kOpenRead, &OpenFlags::read},         {kOpenWrite, &OpenFlags::write},
    {kOpenAppend, &OpenFlags::append},     {kOpenCreate, &OpenFlags::create},
    {kOpenTruncate, &OpenFlags::truncate}, {kOpenExclusive, &OpenFlags::exclusive},
    {kOpenText, &OpenFlags::text},
};

struct Disposition {
    std::uint32_t number;
    bool create, truncate, exclusive;
};
constexpr Disposition kDispositions[] = {
    {kCreateNew, true, false, true},         {kCreateTruncate, true, true, false},
    {kOpenExisting, false, false, false},    {kOpenOrCreate, true, false, false},
    {kTruncateExisting, false, true, false},
};

/// The flags that `version` has, obeyed here or not.
std::uint32_t known_flags(std::uint32_t version) noexcept {
    return supported_open_flags(version, true) |
           (version >= 6 ? kAuditAlarmInfo | kAccessBackup | kBackupStream | kOverrideOwner : 0);
}

std::uint32_t disposition_of(const OpenFlags& flags) noexcept {
    // As the table of the drafts for open() of POSIX has it.
    if (flags.create && flags.exclusive) return kCreateNew;
    if (flags.create) return flags.truncate ? kCreateTruncate : kOpenOrCreate;
    return flags.truncate ? kTruncateExisting : kOpenExisting;
}

}  // namespace

std::uint32_t supported_open_flags(std::uint32_t version, bool locks) noexcept {
    std::uint32_t flags = kDispositionMask | kAppendData | kAppendDataAtomic | kTextMode;
    if (locks) flags |= kBlockBits;
    if (version >= 6) flags |= kNoFollow | kDeleteOnClose | (locks ? kBlockAdvisory : 0);
    return flags;
}

OpenFlags read_pflags(std::uint32_t pflags, std::uint32_t version) noexcept {
    OpenFlags flags;
    for (const auto& p : kPflags) flags.*p.member = (pflags & p.bit) != 0;
    if (!features_of(version).text_mode) flags.text = false;
    return flags;
}

Result<OpenFlags> read_access(std::uint32_t access, std::uint32_t wire, std::uint32_t version) {
    const std::uint32_t disposition = wire & kDispositionMask;
    if (disposition > kTruncateExisting || (wire & ~known_flags(version)) != 0)
        return failure(Status::invalid_parameter);
    // They change what the bytes are, or who the owner will be.
    if ((wire & (kBackupStream | kOverrideOwner)) != 0) return failure(Status::op_unsupported);

    OpenFlags flags;
    flags.create = kDispositions[disposition].create;
    flags.truncate = kDispositions[disposition].truncate;
    flags.exclusive = kDispositions[disposition].exclusive;
    // Rights to attributes need no file that is open for its bytes.
    flags.read = (access & kAceReadData) != 0;
    flags.write = (access & (kAceWriteData | kAceAppendData)) != 0;
    flags.append = flags.write && (wire & (kAppendData | kAppendDataAtomic)) != 0;
    flags.text = (wire & kTextMode) != 0;
    flags.block = wire & (kBlockBits | kBlockAdvisory);
    flags.no_follow = (wire & kNoFollow) != 0;
    flags.delete_on_close = (wire & kDeleteOnClose) != 0;
    flags.access = access;
    return flags;
}

std::optional<std::uint32_t> pflags_of(const OpenFlags& flags, std::uint32_t version) noexcept {
    if (flags.block != 0 || flags.no_follow || flags.delete_on_close) return std::nullopt;
    if (flags.text && !features_of(version).text_mode) return std::nullopt;
    std::uint32_t pflags = 0;
    for (const auto& p : kPflags)
        if (flags.*p.member) pflags |= p.bit;
    return pflags;
}

std::optional<AccessAndFlags> access_of(const OpenFlags& flags, std::uint32_t version) noexcept {
    AccessAndFlags wire;
    wire.flags = disposition_of(flags) | flags.block | (flags.append ? kAppendData : 0) |
                 (flags.text ? kTextMode : 0) | (flags.no_follow ? kNoFollow : 0) |
                 (flags.delete_on_close ? kDeleteOnClose : 0);
    if ((wire.flags & ~known_flags(version)) != 0) return std::nullopt;
    wire.access = flags.access;
    if (flags.access == 0) {
        if (flags.read) wire.access |= kAceReadData | kAceReadAttributes;
        if (flags.write) wire.access |= kAceWriteData | kAceWriteAttributes;
        if (flags.append) wire.access |= kAceAppendData;
    }
    return wire;
}

}  // namespace nacre::sftp
