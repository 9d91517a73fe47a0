#include "sftp/announce.hpp"

#include "sftp/attrs_v4.hpp"
#include "sftp/codec_open.hpp"
#include "sftp/extensions_requests.hpp"

#include <nacre/wire/writer.hpp>

#include <algorithm>

namespace nacre::sftp {
namespace {

// Bit n of a block vector: the combination n of these can be had (draft-13 s5.4). All but those
// with DELETE, which names cannot be kept from, and ADVISORY alone.
constexpr std::uint16_t kLocks = 0x0e0f;
constexpr std::uint16_t kNoLocks = 0x0001;

/// All that an access mask can ask for: what the file then allows, OPEN tells.
constexpr std::uint32_t kAccessMask =
    kAceReadData | kAceWriteData | kAceAppendData | kAceReadNamedAttrs | kAceWriteNamedAttrs |
    kAceExecute | kAceDeleteChild | kAceReadAttributes | kAceWriteAttributes | kAceDelete |
    kAceReadAcl | kAceWriteAcl | kAceWriteOwner | kAceSynchronize;

bool has(const Announcement& what, Needs needs) {
    switch (needs) {
        case Needs::nothing:
            return true;
        case Needs::links:
            return what.links;
        case Needs::space:
            return what.space;
        case Needs::users:
            return what.users;
        case Needs::copies:
            return what.copies;
        case Needs::temporary_folders:
            return what.temporary_folders;
        case Needs::hashes:
            return what.hashes;
        case Needs::charset:
            return !what.charset.empty();
    }
    return false;
}

class Announcer {
  public:
    explicit Announcer(const Announcement& what) : what_(what) {}
    std::vector<Extension> all();

  private:
    void add(std::string_view name, std::string data) {
        if (!omitted(name)) list_.push_back({std::string(name), std::move(data)});
    }
    bool omitted(std::string_view name) const {
        return std::find(what_.omitted.begin(), what_.omitted.end(), name) != what_.omitted.end();
    }
    bool offered(const ExtendedRequest& request) const {
        const bool refused =
            what_.read_only && kRequestTraits[request.request].mutates == Mutates::yes;
        return request.since <= what_.version && has(what_, request.needs) && !refused &&
               !omitted(request.name);
    }
    std::vector<std::string_view> request_names() const;
    std::string versions() const;
    std::string vendor_id() const;
    std::string supported() const;
    std::string supported2() const;
    void write_masks(Bytes& out) const;

    const Announcement& what_;
    std::vector<Extension> list_;
};

std::string text_of(const Bytes& bytes) {
    return std::string(as_text(bytes));
}

std::vector<std::string_view> Announcer::request_names() const {
    std::vector<std::string_view> names;
    for (const auto& request : extended_requests())
        if (offered(request)) names.push_back(request.name);
    return names;
}

std::string Announcer::versions() const {
    std::string list;
    for (std::uint32_t v = kMinVersion; v <= std::min(what_.highest_version, kMaxVersion); ++v) {
        if (!list.empty()) list += ',';
        list += std::to_string(v);
    }
    return list;
}

std::string Announcer::vendor_id() const {
    Bytes out;
    const VendorId& id = what_.vendor;
    Writer(out).string(id.vendor).string(id.product).string(id.version).u64(id.build);
    return text_of(out);
}

void Announcer::write_masks(Bytes& out) const {
    const auto& traits = what_.traits;
    Writer(out)
        .u32(traits.attrs & attrs_of_version(what_.version))
        .u32(traits.attrib_bits)
        .u32(supported_open_flags(what_.version, traits.locks))
        .u32(kAccessMask)
        .u32(what_.max_read);
}

std::string Announcer::supported() const {
    Bytes out;
    write_masks(out);
    for (const auto name : request_names()) Writer(out).string(name);
    return text_of(out);
}

std::string Announcer::supported2() const {
    Bytes out;
    write_masks(out);
    const std::uint16_t vector = what_.traits.locks ? kLocks : kNoLocks;
    const auto names = request_names();
    Writer writer(out);
    // Of OPEN and of BLOCK.
    writer.u32(std::uint32_t{vector} << 16 | vector);
    writer.u32(0);  // extended attributes
    writer.u32(static_cast<std::uint32_t>(names.size()));
    for (const auto name : names) writer.string(name);
    return text_of(out);
}

std::vector<Extension> Announcer::all() {
    if (features_of(what_.version).text_mode) add("newline", std::string(what_.newline));
    const VendorId& id = what_.vendor;
    if (!id.vendor.empty() || !id.product.empty() || !id.version.empty())
        add("vendor-id", vendor_id());
    if (what_.highest_version > kMinVersion) add("versions", versions());
    if (what_.version == 5) add("supported", supported());
    if (what_.version >= 6) {
        add("supported2", supported2());
        if (what_.traits.acl_capabilities != 0) {
            Bytes capabilities;
            Writer(capabilities).u32(what_.traits.acl_capabilities);
            add("acl-supported", text_of(capabilities));
        }
        if (!what_.charset.empty()) add("filename-charset", std::string(what_.charset));
    }
    for (const auto& request : extended_requests())
        if (!request.data.empty() && offered(request)) add(request.name, std::string(request.data));
    return std::move(list_);
}

/// The names that follow, to the end or `count` of them.
Result<std::vector<std::string>> read_names(Reader& r, std::optional<std::uint32_t> count) {
    std::vector<std::string> names;
    while (count ? names.size() < *count && r.ok() : r.remaining() != 0) {
        if (names.size() == kMaxSupportedNames)
            return over_limit("SFTP server with too many supported extensions");
        names.emplace_back(r.text());
    }
    if (!r.ok()) return malformed("SFTP extension with a broken list of names");
    return names;
}

void read_masks(Reader& r, Supported& supported) {
    supported.attrs = r.u32();
    supported.attrib_bits = r.u32();
    supported.open_flags = r.u32();
    supported.access_mask = r.u32();
    supported.max_read = r.u32();
}

Result<void> read_both_lists(Reader& r, Supported& supported) {
    NACRE_TRY(supported.attrib_extensions, read_names(r, r.count(4)));
    NACRE_TRY(supported.extensions, read_names(r, r.count(4)));
    return {};
}

}  // namespace

std::vector<Extension> announced_extensions(const Announcement& what) {
    return Announcer(what).all();
}

Result<Supported> read_supported(ByteView data) {
    Reader r(data);
    Supported supported;
    read_masks(r, supported);
    if (!r.ok()) return malformed("SFTP extension supported too short");
    // No extension has an empty name: this counts the attributes.
    Reader ahead = r;
    if (ahead.u32() == 0 && ahead.ok()) {
        NACRE_CHECK(read_both_lists(r, supported));
    } else {
        NACRE_TRY(supported.extensions, read_names(r, std::nullopt));
    }
    return supported;
}

Result<Supported> read_supported2(ByteView data) {
    Reader r(data);
    Supported supported;
    read_masks(r, supported);
    const std::uint32_t vectors = r.u32();
    supported.open_block_vector = static_cast<std::uint16_t>(vectors >> 16);
    supported.block_vector = static_cast<std::uint16_t>(vectors & 0xffff);
    if (!r.ok()) return malformed("SFTP extension supported2 too short");
    NACRE_CHECK(read_both_lists(r, supported));
    return supported;
}

Result<std::vector<std::uint32_t>> read_versions(ByteView data) {
    Reader nested(data);
    const ByteView inner = nested.string();
    std::string_view list = as_text(nested.done() ? inner : data);
    std::vector<std::uint32_t> versions;
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        const auto token = list.substr(0, comma);
        list.remove_prefix(std::min(comma + 1, list.size()));
        if (token.size() != 1 || token[0] < '0' || token[0] > '9') continue;
        const auto version = static_cast<std::uint32_t>(token[0] - '0');
        if (std::find(versions.begin(), versions.end(), version) == versions.end())
            versions.push_back(version);
    }
    if (versions.empty()) return malformed("SFTP extension versions names none");
    return versions;
}

Result<std::string> read_newline(ByteView data) {
    const auto newline = as_text(data);
    if (newline != "\n" && newline != "\r" && newline != "\r\n")
        return malformed("SFTP extension newline is none");
    return std::string(newline);
}

Result<std::uint32_t> read_acl_supported(ByteView data) {
    Reader r(data);
    const std::uint32_t capabilities = r.u32();
    if (!r.ok()) return malformed("SFTP extension acl-supported too short");
    return capabilities;
}

Result<VendorId> read_vendor_id(ByteView data) {
    Reader r(data);
    VendorId id;
    id.vendor = r.text();
    id.product = r.text();
    id.version = r.text();
    id.build = r.u64();
    if (!r.ok()) return malformed("SFTP extension vendor-id too short");
    return id;
}

}  // namespace nacre::sftp
