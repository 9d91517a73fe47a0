#include "sftp/extensions_openssh.hpp"

#include <nacre/wire/writer.hpp>

namespace nacre::sftp {

void write_statvfs(Bytes& out, std::uint32_t id, const FilesystemStats& stats) {
    MessageBuilder message(out, PacketType::extended_reply, id);
    const std::uint64_t flags =
        (stats.read_only ? kStatvfsReadOnly : 0) | (stats.no_setuid ? kStatvfsNoSetuid : 0);
    Writer(out)
        .u64(stats.block_size)
        .u64(stats.fragment_size)
        .u64(stats.blocks)
        .u64(stats.blocks_free)
        .u64(stats.blocks_available)
        .u64(stats.files)
        .u64(stats.files_free)
        .u64(stats.files_available)
        .u64(stats.id)
        .u64(flags)
        .u64(stats.max_name);
    message.finish();
}

void write_limits(Bytes& out, std::uint32_t id, const Limits& values) {
    MessageBuilder message(out, PacketType::extended_reply, id);
    Writer(out)
        .u64(values.max_packet)
        .u64(values.max_read)
        .u64(values.max_write)
        .u64(values.max_handles);
    message.finish();
}

void write_users_groups(Bytes& out, std::uint32_t id, const std::vector<std::string>& users,
                        const std::vector<std::string>& groups) {
    MessageBuilder message(out, PacketType::extended_reply, id);
    for (const auto* names : {&users, &groups}) {
        const std::size_t begin = out.size();
        Writer writer(out);
        writer.u32(0);
        for (const auto& name : *names) writer.string(name);
        store_be32(out.data() + begin, static_cast<std::uint32_t>(out.size() - begin - 4));
    }
    message.finish();
}

Result<FilesystemStats> read_statvfs(ByteView data) {
    Reader r(data);
    FilesystemStats stats;
    stats.block_size = r.u64();
    stats.fragment_size = r.u64();
    stats.blocks = r.u64();
    stats.blocks_free = r.u64();
    stats.blocks_available = r.u64();
    stats.files = r.u64();
    stats.files_free = r.u64();
    stats.files_available = r.u64();
    stats.id = r.u64();
    const std::uint64_t flags = r.u64();
    stats.read_only = (flags & kStatvfsReadOnly) != 0;
    stats.no_setuid = (flags & kStatvfsNoSetuid) != 0;
    stats.max_name = r.u64();
    if (!r.ok()) return malformed("reply to statvfs too short");
    return stats;
}

Result<Limits> read_limits(ByteView data) {
    Reader r(data);
    const Limits values{r.u64(), r.u64(), r.u64(), r.u64()};
    if (!r.ok()) return malformed("reply to limits too short");
    return values;
}

Result<std::pair<std::vector<std::string>, std::vector<std::string>>> read_users_groups(
    ByteView data) {
    Reader r(data);
    std::pair<std::vector<std::string>, std::vector<std::string>> names;
    for (auto* list : {&names.first, &names.second}) {
        Reader packed(r.string());
        while (packed.remaining() != 0) list->emplace_back(packed.text());
        if (!packed.ok()) r.fail();
    }
    if (!r.ok()) return malformed("reply to users-groups-by-id with a broken list");
    return names;
}

Result<std::vector<std::uint32_t>> unpack_ids(std::string_view packed) {
    if (packed.size() % 4 != 0) return failure(Status::bad_message);
    std::vector<std::uint32_t> ids;
    ids.reserve(packed.size() / 4);
    Reader reader(as_bytes(packed));
    while (reader.remaining() != 0) ids.push_back(reader.u32());
    return ids;
}

std::string pack_ids(const std::vector<std::uint32_t>& ids) {
    std::string packed(ids.size() * 4, '\0');
    for (std::size_t i = 0; i < ids.size(); ++i)
        store_be32(reinterpret_cast<std::uint8_t*>(packed.data()) + 4 * i, ids[i]);
    return packed;
}

}  // namespace nacre::sftp
