#include "sftp/attrs_v4.hpp"
#include "sftp/client_codec_parts.hpp"
#include "sftp/codec_open.hpp"
#include "sftp/codec_requests.hpp"

#include <nacre/wire/writer.hpp>

namespace nacre::sftp {
namespace {

/// One overload for each request, as each has fields of its own.
class RequestWriter {
  public:
    RequestWriter(Bytes& out, std::uint32_t id, const Dialect& dialect)
        : out_(out), id_(id), dialect_(dialect), has_(features_of(dialect.version)) {}

    /// The version has no words for it; nothing was appended.
    bool refused() const noexcept { return refused_; }

    void operator()(const OpenRequest& r) {
        Bytes flags;
        if (!open_flags(flags, r.flags)) return refuse();
        auto m = begin(PacketType::open);
        Writer(out_).string(r.path).bytes(flags);
        attrs_and_end(m, r.attrs, ~kAttrLinkCount);
    }
    void operator()(const CloseRequest& r) { strings(PacketType::close, {r.handle}); }
    void operator()(const ReadRequest& r) {
        auto m = begin(PacketType::read);
        Writer(out_).string(r.handle).u64(r.offset).u32(r.length);
        m.finish();
    }
    void operator()(const WriteRequest& r) {
        const std::size_t at = out_.size();
        auto m = begin(PacketType::write);
        Writer(out_).string(r.handle).u64(r.offset).u32(r.length);
        m.finish();
        store_be32(out_.data() + at, load_be32(out_.data() + at) + r.length);
    }
    void operator()(const StatRequest& r) {
        stat(r.follow == Follow::yes ? PacketType::stat : PacketType::lstat, r.path, r.wanted);
    }
    void operator()(const FstatRequest& r) { stat(PacketType::fstat, r.handle, r.wanted); }
    void operator()(const SetstatRequest& r) {
        auto m =
            r.follow == Follow::yes ? begin(PacketType::setstat) : extended("lsetstat@openssh.com");
        Writer(out_).string(r.path);
        attrs_and_end(m, r.attrs, ~kAttrReadOnly);
    }
    void operator()(const FsetstatRequest& r) {
        auto m = begin(PacketType::fsetstat);
        Writer(out_).string(r.handle);
        attrs_and_end(m, r.attrs, ~kAttrReadOnly);
    }
    void operator()(const OpendirRequest& r) { strings(PacketType::opendir, {r.path}); }
    void operator()(const ReaddirRequest& r) { strings(PacketType::readdir, {r.handle}); }
    void operator()(const RemoveRequest& r) { strings(PacketType::remove, {r.path}); }
    void operator()(const MkdirRequest& r) {
        auto m = begin(PacketType::mkdir);
        Writer(out_).string(r.path);
        attrs_and_end(m, r.attrs, ~kAttrLinkCount);
    }
    void operator()(const RmdirRequest& r) { strings(PacketType::rmdir, {r.path}); }
    void operator()(const RealpathRequest& r);
    void operator()(const RenameRequest& r);
    void operator()(const ReadlinkRequest& r) { strings(PacketType::readlink, {r.path}); }
    void operator()(const SymlinkRequest& r) {
        if (!has_.symlink) return link(r.link, r.target, true);
        if (dialect_.symlink_target_first) {
            strings(PacketType::symlink, {r.target, r.link});
        } else {
            strings(PacketType::symlink, {r.link, r.target});
        }
    }
    void operator()(const HardlinkRequest& r) {
        if (!has_.symlink) return link(r.link, r.existing, false);
        extended_strings("hardlink@openssh.com", {r.existing, r.link});
    }
    void operator()(const BlockRequest& r) {
        if (!has_.locks) return refuse();
        auto m = begin(PacketType::block);
        Writer(out_).string(r.handle).u64(r.offset).u64(r.length).u32(r.mask);
        m.finish();
    }
    void operator()(const UnblockRequest& r) {
        if (!has_.locks) return refuse();
        auto m = begin(PacketType::unblock);
        Writer(out_).string(r.handle).u64(r.offset).u64(r.length);
        m.finish();
    }

    void operator()(const StatvfsRequest& r) { extended_strings("statvfs@openssh.com", {r.path}); }
    void operator()(const FstatvfsRequest& r) {
        extended_strings("fstatvfs@openssh.com", {r.handle});
    }
    void operator()(const FsyncRequest& r) { extended_strings("fsync@openssh.com", {r.handle}); }
    void operator()(const LimitsRequest&) { extended_strings("limits@openssh.com", {}); }
    void operator()(const ExpandPathRequest& r) {
        extended_strings("expand-path@openssh.com", {r.path});
    }
    void operator()(const CopyDataRequest& r) {
        auto m = extended("copy-data");
        Writer(out_).string(r.from).u64(r.from_offset).u64(r.length).string(r.to).u64(r.to_offset);
        m.finish();
    }
    void operator()(const HomeDirectoryRequest& r) { extended_strings("home-directory", {r.user}); }
    void operator()(const UsersGroupsRequest& r) {
        extended_strings("users-groups-by-id@openssh.com", {r.uids, r.gids});
    }
    void operator()(const TextSeekRequest& r) {
        if (!has_.text_mode) return refuse();
        auto m = extended("text-seek");
        Writer(out_).string(r.handle).u64(r.line);
        m.finish();
    }
    void operator()(const VersionSelectRequest& r) {
        extended_strings("version-select", {r.version});
    }
    void operator()(const CheckFileHandleRequest& r) {
        const bool named = r.form == CheckFileForm::named;
        check_file(named ? "check-file" : "check-file-handle", r.handle, r.algorithms, r.range);
    }
    void operator()(const CheckFileNameRequest& r) {
        check_file("check-file-name", r.path, r.algorithms, r.range);
    }
    void operator()(const Md5HashRequest& r) {
        md5_hash("md5-hash", r.path, r.start, r.length, r.quick_check);
    }
    void operator()(const Md5HashHandleRequest& r) {
        md5_hash("md5-hash-handle", r.handle, r.start, r.length, r.quick_check);
    }
    void operator()(const CopyFileRequest& r) {
        auto m = extended("copy-file");
        Writer(out_).string(r.from).string(r.to).boolean(r.overwrite);
        m.finish();
    }
    void operator()(const SpaceAvailableRequest& r) {
        extended_strings("space-available", {r.path});
    }
    void operator()(const GetTempFolderRequest&) { extended_strings("get-temp-folder", {}); }
    void operator()(const MakeTempFolderRequest&) { extended_strings("make-temp-folder", {}); }
    void operator()(const VendorIdRequest& r) {
        auto m = extended("vendor-id");
        Writer(out_).string(r.vendor).string(r.product).string(r.version).u64(r.build);
        m.finish();
    }
    void operator()(const FilenameTranslationControlRequest& r) {
        if (dialect_.version < 6) return refuse();
        auto m = extended("filename-translation-control");
        Writer(out_).boolean(r.translate);
        m.finish();
    }

  private:
    using Strings = std::initializer_list<std::string_view>;

    void refuse() noexcept { refused_ = true; }
    MessageBuilder begin(PacketType type) { return MessageBuilder(out_, type, id_); }
    MessageBuilder extended(std::string_view name) {
        auto m = begin(PacketType::extended);
        Writer(out_).string(name);
        return m;
    }
    void end_strings(MessageBuilder& m, Strings fields) {
        Writer writer(out_);
        for (const auto field : fields) writer.string(field);
        m.finish();
    }
    void strings(PacketType type, Strings fields) {
        auto m = begin(type);
        end_strings(m, fields);
    }
    void extended_strings(std::string_view name, Strings fields) {
        auto m = extended(name);
        end_strings(m, fields);
    }
    void attrs_and_end(MessageBuilder& m, const Attrs& attrs, AttrMask only) {
        write_attrs(out_, attrs, dialect_, only);
        m.finish();
    }
    bool open_flags(Bytes& fields, const OpenFlags& flags) const;
    void stat(PacketType type, std::string_view what, AttrMask wanted);
    void link(std::string_view link, std::string_view existing, bool symbolic);
    void check_file(std::string_view name, std::string_view what, std::string_view algorithms,
                    const HashRange& range);
    void md5_hash(std::string_view name, std::string_view what, std::uint64_t start,
                  std::uint64_t length, std::string_view quick_check);

    Bytes& out_;
    std::uint32_t id_;
    const Dialect& dialect_;
    const Features& has_;
    bool refused_ = false;
};

/// Appends what stands between path and attributes; false if the version has no words for it.
bool RequestWriter::open_flags(Bytes& fields, const OpenFlags& flags) const {
    if (has_.access_masks) {
        const auto wire = access_of(flags, dialect_.version);
        if (wire) Writer(fields).u32(wire->access).u32(wire->flags);
        return wire.has_value();
    }
    const auto pflags = pflags_of(flags, dialect_.version);
    if (pflags) Writer(fields).u32(*pflags);
    return pflags.has_value();
}

void RequestWriter::stat(PacketType type, std::string_view what, AttrMask wanted) {
    auto m = begin(type);
    Writer writer(out_);
    writer.string(what);
    if (has_.wanted_attrs) writer.u32(wanted & attrs_of_version(dialect_.version));
    m.finish();
}

void RequestWriter::operator()(const RealpathRequest& r) {
    // Versions without a control byte look the path up, and tell no attributes.
    if (!has_.control_byte && (!r.compose.empty() || r.check == PathCheck::stat_always))
        return refuse();
    if (r.compose.size() > kMaxCompose) return refuse();
    auto m = begin(PacketType::realpath);
    Writer writer(out_);
    writer.string(r.path);
    if (has_.control_byte) {
        // Nearest to looking up what there is: NO_CHECK would follow no links.
        const std::uint8_t control = r.check == PathCheck::no_check      ? kRealpathNoCheck
                                     : r.check == PathCheck::stat_always ? kRealpathStatAlways
                                                                         : kRealpathStatIf;
        writer.u8(control);
        for (const auto path : r.compose) writer.string(path);
    }
    m.finish();
}

void RequestWriter::operator()(const RenameRequest& r) {
    if (!has_.rename_flags) {
        if (r.overwrite) {
            extended_strings("posix-rename@openssh.com", {r.from, r.to});
        } else {
            strings(PacketType::rename, {r.from, r.to});
        }
        return;
    }
    auto m = begin(PacketType::rename);
    const std::uint32_t flags = r.overwrite ? kRenameOverwrite | kRenameAtomic : 0;
    Writer(out_).string(r.from).string(r.to).u32(flags);
    m.finish();
}

void RequestWriter::link(std::string_view link, std::string_view existing, bool symbolic) {
    auto m = begin(PacketType::link);
    Writer(out_).string(link).string(existing).boolean(symbolic);
    m.finish();
}

void RequestWriter::check_file(std::string_view name, std::string_view what,
                               std::string_view algorithms, const HashRange& range) {
    auto m = extended(name);
    Writer(out_)
        .string(what)
        .string(algorithms)
        .u64(range.start)
        .u64(range.length)
        .u32(range.block_size);
    m.finish();
}

void RequestWriter::md5_hash(std::string_view name, std::string_view what, std::uint64_t start,
                             std::uint64_t length, std::string_view quick_check) {
    auto m = extended(name);
    Writer(out_).string(what).u64(start).u64(length).string(quick_check);
    m.finish();
}

}  // namespace

Result<void> write_request(Bytes& out, std::uint32_t id, const Request& request,
                           const Dialect& dialect) {
    RequestWriter writer(out, id, dialect);
    std::visit(writer, request);
    if (writer.refused())
        return Error{Errc::unsupported, Disconnect::none, dialect.version,
                     "not in the version of SFTP that the server speaks"};
    return {};
}

}  // namespace nacre::sftp
