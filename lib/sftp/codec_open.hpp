/// \file
/// How OPEN says in each version how a file is to be opened (draft-ietf-secsh-filexfer-02 s6.3,
/// draft-13 s8.1.1).
#pragma once
#include <nacre/base/result.hpp>
#include <nacre/sftp/file.hpp>

#include <optional>

namespace nacre::sftp {

/// SSH_FXF_* of versions 3 and 4.
constexpr std::uint32_t kOpenRead = 0x01;
constexpr std::uint32_t kOpenWrite = 0x02;
constexpr std::uint32_t kOpenAppend = 0x04;
constexpr std::uint32_t kOpenCreate = 0x08;
constexpr std::uint32_t kOpenTruncate = 0x10;
constexpr std::uint32_t kOpenExclusive = 0x20;
constexpr std::uint32_t kOpenText = 0x40;  ///< version 4

/// SSH_FXF_* of versions 5 and 6. The first three bits are the disposition.
constexpr std::uint32_t kDispositionMask = 0x7;
constexpr std::uint32_t kCreateNew = 0;
constexpr std::uint32_t kCreateTruncate = 1;
constexpr std::uint32_t kOpenExisting = 2;
constexpr std::uint32_t kOpenOrCreate = 3;
constexpr std::uint32_t kTruncateExisting = 4;
constexpr std::uint32_t kAppendData = 0x0008;
constexpr std::uint32_t kAppendDataAtomic = 0x0010;
constexpr std::uint32_t kTextMode = 0x0020;
constexpr std::uint32_t kBlockBits = kBlockRead | kBlockWrite | kBlockDelete;
constexpr std::uint32_t kNoFollow = 0x0400;  ///< version 6, as all that follow
constexpr std::uint32_t kDeleteOnClose = 0x0800;
constexpr std::uint32_t kAuditAlarmInfo = 0x1000;
constexpr std::uint32_t kAccessBackup = 0x2000;
constexpr std::uint32_t kBackupStream = 0x4000;
constexpr std::uint32_t kOverrideOwner = 0x8000;

/// The flags of `version` (5 or 6) that a server here obeys; blocking ones only if it has `locks`.
std::uint32_t supported_open_flags(std::uint32_t version, bool locks) noexcept;

/// The terms of versions 3 and 4 in ours. Bits unknown in the version are ignored.
OpenFlags read_pflags(std::uint32_t pflags, std::uint32_t version) noexcept;
/// Those of versions 5 and 6. APPEND_DATA in `access` is the right to write at the end, which
/// WinSCP asks for whenever it writes; that all writes go there is said in `flags`. Errors:
/// invalid_parameter for a disposition or flag that does not exist, op_unsupported for flags that
/// cannot be obeyed.
Result<OpenFlags> read_access(std::uint32_t access, std::uint32_t flags, std::uint32_t version);

struct AccessAndFlags {
    std::uint32_t access = 0;
    std::uint32_t flags = 0;
};
/// The other way round; nothing if the version has no word for what is wanted.
std::optional<std::uint32_t> pflags_of(const OpenFlags& flags, std::uint32_t version) noexcept;
std::optional<AccessAndFlags> access_of(const OpenFlags& flags, std::uint32_t version) noexcept;

}  // namespace nacre::sftp
