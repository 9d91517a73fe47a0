#include "sftp/attrs_v3.hpp"

#include <nacre/wire/writer.hpp>

#include <algorithm>
#include <limits>

namespace nacre::sftp {
namespace {

constexpr std::uint32_t kTypeMask = 0170000;
constexpr std::uint32_t kPermissionMask = 07777;

std::uint32_t time_v3(const std::optional<FileTime>& time) noexcept {
    if (!time) return 0;
    return static_cast<std::uint32_t>(
        std::clamp<std::int64_t>(time->seconds, 0, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

Attrs read_attrs_v3(Reader& reader) {
    Attrs attrs;
    const std::uint32_t flags = reader.u32();
    if ((flags & kAttrV3Size) != 0) attrs.size = reader.u64();
    if ((flags & kAttrV3UidGid) != 0) {
        attrs.uid = reader.u32();
        attrs.gid = reader.u32();
    }
    if ((flags & kAttrV3Permissions) != 0) {
        const std::uint32_t mode = reader.u32();
        attrs.permissions = mode & kPermissionMask;
        attrs.type = type_of_mode(mode);
    }
    if ((flags & kAttrV3AcModTime) != 0) {
        attrs.atime = FileTime{reader.u32(), 0};
        attrs.mtime = FileTime{reader.u32(), 0};
    }
    if ((flags & kAttrV3Extended) != 0) {
        // A pair is at least two lengths.
        const std::uint32_t pairs = reader.count(8);
        for (std::uint32_t i = 0; i < pairs && reader.ok(); ++i) {
            reader.string();
            reader.string();
        }
    }
    return attrs;
}

void write_attrs_v3(Bytes& out, const Attrs& attrs) {
    const bool ids = attrs.uid && attrs.gid;
    const bool times = attrs.atime || attrs.mtime;
    std::uint32_t flags = 0;
    if (attrs.size) flags |= kAttrV3Size;
    if (ids) flags |= kAttrV3UidGid;
    if (attrs.permissions) flags |= kAttrV3Permissions;
    if (times) flags |= kAttrV3AcModTime;

    Writer writer(out);
    writer.u32(flags);
    if (attrs.size) writer.u64(*attrs.size);
    if (ids) writer.u32(*attrs.uid).u32(*attrs.gid);
    if (attrs.permissions) writer.u32((*attrs.permissions & kPermissionMask) | mode_of(attrs.type));
    // The flag is for both; who knows one of them knows the other no worse.
    if (times) {
        writer.u32(time_v3(attrs.atime ? attrs.atime : attrs.mtime));
        writer.u32(time_v3(attrs.mtime ? attrs.mtime : attrs.atime));
    }
}

std::uint32_t mode_of(FileType type) noexcept {
    switch (type) {
        case FileType::regular:
            return 0100000;
        case FileType::directory:
            return 0040000;
        case FileType::symlink:
            return 0120000;
        case FileType::socket:
            return 0140000;
        case FileType::char_device:
            return 0020000;
        case FileType::block_device:
            return 0060000;
        case FileType::fifo:
            return 0010000;
        case FileType::special:
        case FileType::unknown:
            return 0;
    }
    return 0;
}

FileType type_of_mode(std::uint32_t mode) noexcept {
    switch (mode & kTypeMask) {
        case 0100000:
            return FileType::regular;
        case 0040000:
            return FileType::directory;
        case 0120000:
            return FileType::symlink;
        case 0140000:
            return FileType::socket;
        case 0020000:
            return FileType::char_device;
        case 0060000:
            return FileType::block_device;
        case 0010000:
            return FileType::fifo;
        default:
            return FileType::unknown;
    }
}

}  // namespace nacre::sftp
