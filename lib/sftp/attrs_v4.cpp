#include "sftp/attrs_v4.hpp"

#include "sftp/acl_wire.hpp"
#include "sftp/attrs_v3.hpp"

#include <nacre/wire/writer.hpp>

namespace nacre::sftp {
namespace {

constexpr std::uint32_t kPermissionMask = 07777;
constexpr std::uint32_t kNanoseconds = 1'000'000'000;
// Those of version 5, which has no word for those that mean something.
constexpr std::uint32_t kAllBits = 0x7ff;

struct In {
    Reader& r;
    Attrs& attrs;
    const Dialect& dialect;
    bool subseconds;
};

struct Out {
    Bytes& bytes;
    const Attrs& attrs;
    const Dialect& dialect;
    bool subseconds;
    Writer<Bytes> writer() const { return Writer<Bytes>(bytes); }
};

/// One field of ATTRS.
struct Field {
    AttrMask flag;
    std::uint32_t since;
    bool (*present)(const Attrs&);
    void (*read)(const In&);
    void (*write)(const Out&);
};

template <auto Member>
bool has(const Attrs& attrs) {
    return (attrs.*Member).has_value();
}
template <auto Member>
bool has_extra(const Attrs& attrs) {
    return attrs.extra && ((*attrs.extra).*Member).has_value();
}

template <auto Member>
void read_u64(const In& in) {
    in.attrs.*Member = in.r.u64();
}
template <auto Member>
void write_u64(const Out& out) {
    out.writer().u64(*(out.attrs.*Member));
}

template <auto Member>
void read_time(const In& in) {
    FileTime time;
    time.seconds = static_cast<std::int64_t>(in.r.u64());
    if (in.subseconds) time.nanoseconds = in.r.u32();
    if (time.nanoseconds >= kNanoseconds) in.r.fail();
    in.attrs.*Member = time;
}
template <auto Member>
void write_time(const Out& out) {
    const FileTime& time = *(out.attrs.*Member);
    out.writer().u64(static_cast<std::uint64_t>(time.seconds));
    if (out.subseconds) out.writer().u32(time.nanoseconds);
}

template <auto Member>
void read_text(const In& in) {
    in.attrs.extra.make().*Member = std::string(in.r.text());
}
template <auto Member>
void write_text(const Out& out) {
    out.writer().string(std::string_view(*((*out.attrs.extra).*Member)));
}

bool has_owner(const Attrs& attrs) {
    return attrs.owner || attrs.group || (attrs.uid && attrs.gid);
}
void read_owner(const In& in) {
    in.attrs.owner = std::string(in.r.text());
    in.attrs.group = std::string(in.r.text());
}
void write_principal(const Out& out, const std::optional<std::string>& name,
                     const std::optional<std::uint32_t>& id) {
    if (name && !name->empty()) {
        out.writer().string(std::string_view(*name));
    } else {
        out.writer().string(std::string_view(id ? std::to_string(*id) : std::string()));
    }
}
void write_owner(const Out& out) {
    write_principal(out, out.attrs.owner, out.attrs.uid);
    write_principal(out, out.attrs.group, out.attrs.gid);
}

void read_permissions(const In& in) {
    in.attrs.permissions = in.r.u32() & kPermissionMask;
}
void write_permissions(const Out& out) {
    out.writer().u32(*out.attrs.permissions & kPermissionMask);
}

void read_acl_field(const In& in) {
    Reader field(in.r.string());
    in.attrs.extra.make().acl = read_acl(field, in.dialect.version);
    if (!field.ok()) in.r.fail();
}
void write_acl_field(const Out& out) {
    write_acl(out.bytes, *out.attrs.extra->acl, out.dialect.version);
}

bool two_words(const Dialect& dialect) {
    return dialect.version >= 6 || (dialect.version == 5 && dialect.two_words_of_bits);
}
void read_bits(const In& in) {
    AttribBits bits;
    bits.bits = in.r.u32();
    bits.valid = two_words(in.dialect) ? in.r.u32() : kAllBits;
    // Servers of VanDyke send them in version 4, where they mean nothing.
    if (in.dialect.version >= 5) in.attrs.bits = bits;
}
void write_bits(const Out& out) {
    const AttribBits& bits = *out.attrs.bits;
    out.writer().u32(bits.bits & bits.valid);
    if (two_words(out.dialect)) out.writer().u32(bits.valid);
}

void read_text_hint(const In& in) {
    const std::uint8_t hint = in.r.u8();
    if (hint > static_cast<std::uint8_t>(TextHint::guessed_binary)) in.r.fail();
    in.attrs.text_hint = static_cast<TextHint>(hint);
}
void write_text_hint(const Out& out) {
    out.writer().u8(static_cast<std::uint8_t>(*out.attrs.text_hint));
}

void read_link_count(const In& in) {
    in.attrs.link_count = in.r.u32();
}
void write_link_count(const Out& out) {
    out.writer().u32(*out.attrs.link_count);
}

bool has_extended(const Attrs& attrs) {
    return attrs.extra && !attrs.extra->extended.empty();
}
void read_extended(const In& in) {
    // A pair is at least two lengths.
    const std::uint32_t pairs = in.r.count(8);
    if (pairs > ExtraAttrs::kMaxExtended) in.r.fail();
    for (std::uint32_t i = 0; i < pairs && in.r.ok(); ++i) {
        const auto type = in.r.text();
        const auto data = in.r.text();
        in.attrs.extra.make().extended.emplace_back(type, data);
    }
}
void write_extended(const Out& out) {
    const auto& pairs = out.attrs.extra->extended;
    out.writer().u32(static_cast<std::uint32_t>(pairs.size()));
    for (const auto& [type, data] : pairs) out.writer().string(type).string(data);
}

template <auto Member>
constexpr Field number(AttrMask flag, std::uint32_t since) {
    return {flag, since, has<Member>, read_u64<Member>, write_u64<Member>};
}
template <auto Member>
constexpr Field time(AttrMask flag, std::uint32_t since) {
    return {flag, since, has<Member>, read_time<Member>, write_time<Member>};
}
template <auto Member>
constexpr Field text(AttrMask flag, std::uint32_t since) {
    return {flag, since, has_extra<Member>, read_text<Member>, write_text<Member>};
}

/// In the order of the wire.
constexpr Field kFields[] = {
    number<&Attrs::size>(kAttrSize, 4),
    number<&Attrs::allocation_size>(kAttrAllocationSize, 6),
    {kAttrOwnerGroup, 4, has_owner, read_owner, write_owner},
    {kAttrPermissions, 4, has<&Attrs::permissions>, read_permissions, write_permissions},
    time<&Attrs::atime>(kAttrAccessTime, 4),
    time<&Attrs::createtime>(kAttrCreateTime, 4),
    time<&Attrs::mtime>(kAttrModifyTime, 4),
    time<&Attrs::ctime>(kAttrCtime, 6),
    {kAttrAcl, 4, has_extra<&ExtraAttrs::acl>, read_acl_field, write_acl_field},
    {kAttrBits, 5, has<&Attrs::bits>, read_bits, write_bits},
    {kAttrTextHint, 6, has<&Attrs::text_hint>, read_text_hint, write_text_hint},
    text<&ExtraAttrs::mime_type>(kAttrMimeType, 6),
    {kAttrLinkCount, 6, has<&Attrs::link_count>, read_link_count, write_link_count},
    text<&ExtraAttrs::untranslated_name>(kAttrUntranslatedName, 6),
    {kAttrExtended, 4, has_extended, read_extended, write_extended},
};

constexpr AttrMask known_to(std::uint32_t version) {
    AttrMask known = kAttrSubsecondTimes;
    for (const auto& field : kFields)
        if (field.since <= version) known |= field.flag;
    return known;
}
constexpr AttrMask kKnown[] = {known_to(4), known_to(5), known_to(6)};

/// Whether a time that is to be sent has nanoseconds.
bool has_subseconds(const Attrs& attrs, AttrMask sent) {
    const auto some = [&](AttrMask flag, const std::optional<FileTime>& time) {
        return (sent & flag) != 0 && time->nanoseconds != 0;
    };
    return some(kAttrAccessTime, attrs.atime) || some(kAttrCreateTime, attrs.createtime) ||
           some(kAttrModifyTime, attrs.mtime) || some(kAttrCtime, attrs.ctime);
}

/// Of `type`, which has the names of sockets and devices from version 5 on.
FileType type_in(FileType type, std::uint32_t version) {
    return version < 5 && type >= FileType::socket ? FileType::special : type;
}

}  // namespace

AttrMask attrs_of_version(std::uint32_t version) noexcept {
    if (version < 4)
        return kAttrV3Size | kAttrV3UidGid | kAttrV3Permissions | kAttrAccessTime | kAttrModifyTime;
    return kKnown[version - 4];
}

Attrs read_attrs_v4(Reader& reader, const Dialect& dialect) {
    Attrs attrs;
    const AttrMask flags = reader.u32();
    const std::uint8_t type = reader.u8();
    if (type != 0 && type <= static_cast<std::uint8_t>(FileType::fifo)) {
        const auto read = static_cast<FileType>(type);
        if (type_in(read, dialect.version) == read) attrs.type = read;
    }
    // Servers of VanDyke send the bits in version 4.
    const AttrMask tolerated = attrs_of_version(dialect.version) | kAttrUidGid | kAttrBits;
    if ((flags & ~tolerated) != 0) reader.fail();
    const In in{reader, attrs, dialect, (flags & kAttrSubsecondTimes) != 0};
    for (const auto& field : kFields)
        if ((flags & field.flag) != 0) field.read(in);
    return attrs;
}

void write_attrs_v4(Bytes& out, const Attrs& attrs, const Dialect& dialect, AttrMask only) {
    const AttrMask allowed = only & attrs_of_version(dialect.version);
    AttrMask flags = 0;
    for (const auto& field : kFields)
        if ((allowed & field.flag) != 0 && field.present(attrs)) flags |= field.flag;
    const AttrMask fields = flags;
    if (has_subseconds(attrs, flags)) flags |= kAttrSubsecondTimes;

    const Out to{out, attrs, dialect, flags != fields};
    to.writer().u32(flags).u8(static_cast<std::uint8_t>(type_in(attrs.type, dialect.version)));
    for (const auto& field : kFields)
        if ((fields & field.flag) != 0) field.write(to);
}

Attrs read_attrs(Reader& reader, const Dialect& dialect) {
    return dialect.version < 4 ? read_attrs_v3(reader) : read_attrs_v4(reader, dialect);
}

void write_attrs(Bytes& out, const Attrs& attrs, const Dialect& dialect, AttrMask only) {
    if (dialect.version < 4) {
        write_attrs_v3(out, attrs);
    } else {
        write_attrs_v4(out, attrs, dialect, only);
    }
}

}  // namespace nacre::sftp
