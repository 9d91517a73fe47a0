#include "sftp/acl_wire.hpp"

#include <nacre/wire/writer.hpp>

namespace nacre::sftp {
namespace {

// The first with flags of the list.
constexpr std::uint32_t kWithFlags = 6;

}  // namespace

Acl read_acl(Reader& field, std::uint32_t version) {
    // Type, flags, mask and the length of a name.
    constexpr std::size_t kMinEntry = 16;
    Acl acl;
    if (version >= kWithFlags) acl.flags = field.u32();
    const std::uint32_t count = field.count(kMinEntry);
    if (count > Acl::kMaxEntries) {
        field.fail();
        return acl;
    }
    acl.entries.reserve(count);
    for (std::uint32_t i = 0; i < count && field.ok(); ++i) {
        Ace ace;
        const std::uint32_t type = field.u32();
        if (type > static_cast<std::uint32_t>(AceType::alarm)) field.fail();
        ace.type = static_cast<AceType>(type);
        ace.flags = field.u32();
        ace.mask = field.u32();
        ace.who = field.text();
        acl.entries.push_back(std::move(ace));
    }
    return acl;
}

void write_acl(Bytes& out, const Acl& acl, std::uint32_t version) {
    const std::size_t begin = out.size();
    Writer writer(out);
    writer.u32(0);
    if (version >= kWithFlags) writer.u32(acl.flags);
    writer.u32(static_cast<std::uint32_t>(acl.entries.size()));
    for (const auto& ace : acl.entries)
        writer.u32(static_cast<std::uint32_t>(ace.type))
            .u32(ace.flags)
            .u32(ace.mask)
            .string(ace.who);
    store_be32(out.data() + begin, static_cast<std::uint32_t>(out.size() - begin - 4));
}

}  // namespace nacre::sftp
