#include "sftp/extensions_draft.hpp"

#include <nacre/wire/writer.hpp>

#include <algorithm>
#include <limits>

namespace nacre::sftp {
namespace {

constexpr std::string_view kNamed = "check-file";
constexpr std::string_view kMd5Hash = "md5-hash";

struct Digest {
    std::string_view name;
    std::size_t size;
};
constexpr Digest kDigests[] = {
    {"md5", 16},    {"sha1", 20},   {"sha224", 28}, {"sha256", 32},
    {"sha384", 48}, {"sha512", 64}, {"crc32", 4},
};

/// Bytes of a digest; 0 if unknown.
std::size_t digest_size(std::string_view algorithm) {
    for (const auto& digest : kDigests)
        if (digest.name == algorithm) return digest.size;
    return 0;
}

/// Whether `data` is digests of `size` bytes with the length in front of each.
bool have_lengths(ByteView data, std::size_t size) {
    if (data.empty() || data.size() % (4 + size) != 0) return false;
    for (; !data.empty(); data = data.subspan(4 + size))
        if (load_be32(data.data()) != size) return false;
    return true;
}

std::uint64_t bytes_in(std::uint64_t blocks, std::uint64_t block_size) noexcept {
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    return block_size != 0 && blocks > kMost / block_size ? kMost : blocks * block_size;
}

}  // namespace

void write_check_file(Bytes& out, std::uint32_t id, CheckFileForm form, std::string_view algorithm,
                      ByteView digests) {
    MessageBuilder message(out, PacketType::extended_reply, id);
    Writer writer(out);
    if (form == CheckFileForm::named) writer.string(kNamed);
    writer.string(algorithm).bytes(digests);
    message.finish();
}

void write_md5_hash(Bytes& out, std::uint32_t id, ByteView digest) {
    MessageBuilder message(out, PacketType::extended_reply, id);
    Writer(out).string(kMd5Hash).string(digest);
    message.finish();
}

void write_space_available(Bytes& out, std::uint32_t id, const FilesystemStats& stats) {
    MessageBuilder message(out, PacketType::extended_reply, id);
    const std::uint64_t unit = stats.fragment_size != 0 ? stats.fragment_size : stats.block_size;
    // What is kept for the superuser is no part of what the user has.
    const std::uint64_t reserved =
        stats.blocks_free - std::min(stats.blocks_free, stats.blocks_available);
    const std::uint64_t for_user = stats.blocks - std::min(stats.blocks, reserved);
    constexpr std::uint64_t kMostUnit = std::numeric_limits<std::uint32_t>::max();
    Writer(out)
        .u64(bytes_in(stats.blocks, unit))
        .u64(bytes_in(stats.blocks_free, unit))
        .u64(bytes_in(for_user, unit))
        .u64(bytes_in(stats.blocks_available, unit))
        .u32(static_cast<std::uint32_t>(std::min(unit, kMostUnit)));
    message.finish();
}

Result<CheckFile> read_check_file(ByteView data) {
    Reader r(data);
    CheckFile reply;
    reply.algorithm = r.text();
    if (reply.algorithm == kNamed) reply.algorithm = r.text();
    if (!r.ok()) return malformed("reply to check-file without an algorithm");
    const std::size_t size = digest_size(reply.algorithm);
    const ByteView all = r.rest();
    if (size == 0) {
        reply.digests.push_back(all);
        return reply;
    }
    const std::size_t prefix = have_lengths(all, size) ? 4 : 0;
    if (all.size() % (prefix + size) != 0)
        return malformed("reply to check-file with half a digest");
    for (ByteView rest = all; !rest.empty(); rest = rest.subspan(prefix + size))
        reply.digests.push_back(rest.subspan(prefix, size));
    return reply;
}

Result<ByteView> read_md5_hash(ByteView data) {
    Reader r(data);
    const auto name = r.text();
    const ByteView digest = r.string();
    const bool whole = digest.empty() || digest.size() == digest_size("md5");
    if (!r.ok() || name != kMd5Hash || !whole) return malformed("reply to md5-hash is none");
    return digest;
}

Result<SpaceAvailable> read_space_available(ByteView data) {
    Reader r(data);
    const SpaceAvailable space{r.u64(), r.u64(), r.u64(), r.u64(), r.u32()};
    if (!r.ok()) return malformed("reply to space-available too short");
    return space;
}

}  // namespace nacre::sftp
