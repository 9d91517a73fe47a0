#include "sftp/codec_requests.hpp"

#include "sftp/attrs_v4.hpp"
#include "sftp/codec_open.hpp"
#include "sftp/extensions_requests.hpp"

#include <optional>

namespace nacre::sftp {
namespace {

/// The fields of one request. In braces, the initialisers read them in the order they stand in.
class Fields {
  public:
    Fields(Reader& reader, const Dialect& dialect)
        : r_(reader), dialect_(dialect), has_(features_of(dialect.version)) {}

    Result<Request> request(PacketType type, bool data_apart);

  private:
    Attrs attrs() { return read_attrs(r_, dialect_); }
    /// Some clients leave the attributes of a MKDIR out.
    Attrs optional_attrs() { return r_.remaining() == 0 ? Attrs{} : attrs(); }
    AttrMask wanted();
    Result<Request> open();
    Result<Request> realpath();
    Result<Request> block();
    RenameRequest rename();
    SymlinkRequest symlink();
    Request link();

    Reader& r_;
    const Dialect& dialect_;
    const Features& has_;
};

AttrMask Fields::wanted() {
    if (!has_.wanted_attrs) return kAttrCommon;
    AttrMask mask = r_.u32() & attrs_of_version(dialect_.version);
    // Who asks for nothing does not know what to ask for.
    if (mask == 0) return kAttrCommon;
    // Numbers stand in for names that are not known.
    if ((mask & kAttrOwnerGroup) != 0) mask |= kAttrUidGid;
    return mask;
}

Result<Request> Fields::open() {
    OpenRequest request;
    request.path = r_.text();
    if (has_.access_masks) {
        const std::uint32_t access = r_.u32();
        const std::uint32_t flags = r_.u32();
        if (!r_.ok()) return failure(Status::bad_message);
        NACRE_TRY(request.flags, read_access(access, flags, dialect_.version));
    } else {
        request.flags = read_pflags(r_.u32(), dialect_.version);
    }
    request.attrs = attrs();
    return Request{std::move(request)};
}

Result<Request> Fields::realpath() {
    RealpathRequest request{r_.text()};
    if (!has_.control_byte) return Request{std::move(request)};
    const std::uint8_t control = r_.remaining() == 0 ? kRealpathNoCheck : r_.u8();
    if (control < kRealpathNoCheck || control > kRealpathStatAlways)
        return failure(Status::invalid_parameter);
    constexpr PathCheck kChecks[] = {PathCheck::no_check, PathCheck::stat_if,
                                     PathCheck::stat_always};
    request.check = kChecks[control - kRealpathNoCheck];
    while (r_.remaining() != 0) {
        if (request.compose.size() == kMaxCompose) return failure(Status::invalid_parameter);
        request.compose.push_back(r_.text());
    }
    return Request{std::move(request)};
}

RenameRequest Fields::rename() {
    RenameRequest request{r_.text(), r_.text(), false};
    // In versions without flags some clients send them all the same.
    if (has_.rename_flags)
        request.overwrite = (r_.u32() & (kRenameOverwrite | kRenameAtomic | kRenameNative)) != 0;
    return request;
}

SymlinkRequest Fields::symlink() {
    // The drafts have the link first, OpenSSH and nearly everybody since has it second.
    SymlinkRequest request{r_.text(), r_.text()};
    if (!dialect_.symlink_target_first) std::swap(request.target, request.link);
    return request;
}

Request Fields::link() {
    const auto link = r_.text();
    const auto existing = r_.text();
    if (r_.boolean()) return SymlinkRequest{existing, link};
    return HardlinkRequest{existing, link};
}

Result<Request> Fields::block() {
    const BlockRequest request{r_.text(), r_.u64(), r_.u64(), r_.u32()};
    constexpr BlockMask kKnown = kBlockRead | kBlockWrite | kBlockDelete | kBlockAdvisory;
    if ((request.mask & ~kKnown) != 0) return failure(Status::invalid_parameter);
    return Request{request};
}

Result<Request> Fields::request(PacketType type, bool data_apart) {
    switch (type) {
        case PacketType::open:
            return open();
        case PacketType::close:
            return Request{CloseRequest{r_.text()}};
        case PacketType::read:
            return Request{ReadRequest{r_.text(), r_.u64(), r_.u32()}};
        case PacketType::write: {
            const WriteRequest request{r_.text(), r_.u64(), r_.u32()};
            // Whole in the message: its data is shorter than it says.
            if (!data_apart) return failure(Status::bad_message);
            return Request{request};
        }
        case PacketType::lstat:
            return Request{StatRequest{r_.text(), Follow::no, wanted()}};
        case PacketType::fstat:
            return Request{FstatRequest{r_.text(), wanted()}};
        case PacketType::setstat:
            return Request{SetstatRequest{r_.text(), attrs(), Follow::yes}};
        case PacketType::fsetstat:
            return Request{FsetstatRequest{r_.text(), attrs()}};
        case PacketType::opendir:
            return Request{OpendirRequest{r_.text()}};
        case PacketType::readdir:
            return Request{ReaddirRequest{r_.text()}};
        case PacketType::remove:
            return Request{RemoveRequest{r_.text()}};
        case PacketType::mkdir:
            return Request{MkdirRequest{r_.text(), optional_attrs()}};
        case PacketType::rmdir:
            return Request{RmdirRequest{r_.text()}};
        case PacketType::realpath:
            return realpath();
        case PacketType::stat:
            return Request{StatRequest{r_.text(), Follow::yes, wanted()}};
        case PacketType::rename:
            return Request{rename()};
        case PacketType::readlink:
            return Request{ReadlinkRequest{r_.text()}};
        case PacketType::symlink:
            if (!has_.symlink) break;
            return Request{symlink()};
        case PacketType::link:
            if (has_.symlink) break;
            return link();
        case PacketType::block:
            if (!has_.locks) break;
            return block();
        case PacketType::unblock:
            if (!has_.locks) break;
            return Request{UnblockRequest{r_.text(), r_.u64(), r_.u64()}};
        case PacketType::extended: {
            const auto name = r_.text();
            if (!r_.ok()) return failure(Status::bad_message);
            return decode_extended(name, r_, dialect_);
        }
        // As OpenSSH for a second INIT.
        case PacketType::init:
            return failure(Status::failure);
        case PacketType::version:
        case PacketType::status:
        case PacketType::handle:
        case PacketType::data:
        case PacketType::name:
        case PacketType::attrs:
        case PacketType::extended_reply:
            break;
    }
    return failure(Status::op_unsupported);
}

/// Looks at the attributes that a request is to set.
Result<void> check_attrs(Attrs& attrs, bool of_existing, const Features& has) {
    if (attrs.extra && !attrs.extra->extended.empty()) {
        // There are none that we know.
        if (has.strict_extended) return failure(Status::op_unsupported, "Unknown attribute");
        attrs.extra->extended.clear();
    }
    if (!of_existing) return {};
    if (attrs.link_count || attrs.text_hint) return failure(Status::invalid_parameter);
    if (attrs.size && attrs.allocation_size && *attrs.allocation_size < *attrs.size)
        return failure(Status::invalid_parameter);
    return {};
}

}  // namespace

Result<Request> decode_request(const Message& message, const Dialect& dialect) {
    Reader reader(message.bytes);
    const auto type = static_cast<PacketType>(reader.u8());
    reader.u32();  // the id
    auto request = Fields(reader, dialect).request(type, message.data_apart);
    if (!request) return request;
    if (!reader.ok()) return failure(Status::bad_message);
    NACRE_CHECK(std::visit(
        [&](auto& r) -> Result<void> {
            if constexpr (requires { r.attrs; }) {
                // A new file may be told what it will be.
                using R = std::remove_reference_t<decltype(r)>;
                constexpr bool kOfExisting =
                    std::is_same_v<R, SetstatRequest> || std::is_same_v<R, FsetstatRequest>;
                return check_attrs(r.attrs, kOfExisting, features_of(dialect.version));
            }
            return {};
        },
        *request));
    return request;
}

}  // namespace nacre::sftp
