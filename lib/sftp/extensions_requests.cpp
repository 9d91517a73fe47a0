#include "sftp/extensions_requests.hpp"

#include "sftp/attrs_v4.hpp"

namespace nacre::sftp {
namespace {

// In braces, the initialisers read the fields in the order they stand in.

/// A request that is nothing but texts.
template <class R, std::size_t N>
Request texts(Reader& r, const Dialect&) {
    if constexpr (N == 0) {
        return R{};
    } else if constexpr (N == 1) {
        return R{r.text()};
    } else {
        return R{r.text(), r.text()};
    }
}

Request posix_rename(Reader& r, const Dialect&) {
    return RenameRequest{r.text(), r.text(), true};
}
Request lsetstat(Reader& r, const Dialect& dialect) {
    SetstatRequest request{r.text(), read_attrs(r, dialect), Follow::no};
    // A link has no size that could be set.
    if (request.attrs.size) r.fail();
    return request;
}
Request copy_data(Reader& r, const Dialect&) {
    return CopyDataRequest{r.text(), r.u64(), r.u64(), r.text(), r.u64()};
}
Request text_seek(Reader& r, const Dialect&) {
    return TextSeekRequest{r.text(), r.u64()};
}
Request check_file_handle(Reader& r, const Dialect&) {
    return CheckFileHandleRequest{
        r.text(), r.text(), {r.u64(), r.u64(), r.u32()}, CheckFileForm::digests};
}
Request check_file_named(Reader& r, const Dialect&) {
    return CheckFileHandleRequest{
        r.text(), r.text(), {r.u64(), r.u64(), r.u32()}, CheckFileForm::named};
}
Request check_file_name(Reader& r, const Dialect&) {
    return CheckFileNameRequest{r.text(), r.text(), {r.u64(), r.u64(), r.u32()}};
}
template <class R>
Request md5_hash(Reader& r, const Dialect&) {
    return R{r.text(), r.u64(), r.u64(), r.text()};
}
Request copy_file(Reader& r, const Dialect&) {
    return CopyFileRequest{r.text(), r.text(), r.boolean()};
}
Request vendor_id(Reader& r, const Dialect&) {
    return VendorIdRequest{r.text(), r.text(), r.text(), r.u64()};
}
Request translation_control(Reader& r, const Dialect&) {
    return FilenameTranslationControlRequest{r.boolean()};
}

template <class R>
constexpr ExtendedRequest row(std::string_view name, std::string_view data, std::uint32_t since,
                              Needs needs, Request (*decode)(Reader&, const Dialect&)) {
    return {name, data, since, needs, index_of<R>(), decode};
}

// What check-file can compute, the best first.
constexpr std::string_view kHashes = "sha256,sha512,sha384,sha224,sha1,md5,crc32";

constexpr ExtendedRequest kRequests[] = {
    row<RenameRequest>("posix-rename@openssh.com", "1", 3, Needs::nothing, posix_rename),
    row<StatvfsRequest>("statvfs@openssh.com", "2", 3, Needs::space, texts<StatvfsRequest, 1>),
    row<FstatvfsRequest>("fstatvfs@openssh.com", "2", 3, Needs::space, texts<FstatvfsRequest, 1>),
    row<HardlinkRequest>("hardlink@openssh.com", "1", 3, Needs::links, texts<HardlinkRequest, 2>),
    row<FsyncRequest>("fsync@openssh.com", "1", 3, Needs::nothing, texts<FsyncRequest, 1>),
    row<SetstatRequest>("lsetstat@openssh.com", "1", 3, Needs::nothing, lsetstat),
    row<LimitsRequest>("limits@openssh.com", "1", 3, Needs::nothing, texts<LimitsRequest, 0>),
    row<ExpandPathRequest>("expand-path@openssh.com", "1", 3, Needs::nothing,
                           texts<ExpandPathRequest, 1>),
    row<CopyDataRequest>("copy-data", "1", 3, Needs::nothing, copy_data),
    row<HomeDirectoryRequest>("home-directory", "1", 3, Needs::users,
                              texts<HomeDirectoryRequest, 1>),
    row<UsersGroupsRequest>("users-groups-by-id@openssh.com", "1", 3, Needs::users,
                            texts<UsersGroupsRequest, 2>),
    row<CheckFileHandleRequest>("check-file", kHashes, 3, Needs::hashes, check_file_named),
    row<CheckFileHandleRequest>("check-file-handle", {}, 3, Needs::hashes, check_file_handle),
    row<CheckFileNameRequest>("check-file-name", {}, 3, Needs::hashes, check_file_name),
    row<Md5HashRequest>("md5-hash", "1", 3, Needs::hashes, md5_hash<Md5HashRequest>),
    row<Md5HashHandleRequest>("md5-hash-handle", "1", 3, Needs::hashes,
                              md5_hash<Md5HashHandleRequest>),
    row<CopyFileRequest>("copy-file", "1", 3, Needs::copies, copy_file),
    row<SpaceAvailableRequest>("space-available", "1", 3, Needs::space,
                               texts<SpaceAvailableRequest, 1>),
    row<GetTempFolderRequest>("get-temp-folder", "1", 3, Needs::temporary_folders,
                              texts<GetTempFolderRequest, 0>),
    row<MakeTempFolderRequest>("make-temp-folder", "1", 3, Needs::temporary_folders,
                               texts<MakeTempFolderRequest, 0>),
    row<TextSeekRequest>("text-seek", "1", 4, Needs::nothing, text_seek),
    row<VersionSelectRequest>("version-select", {}, 3, Needs::nothing,
                              texts<VersionSelectRequest, 1>),
    row<VendorIdRequest>("vendor-id", {}, 3, Needs::nothing, vendor_id),
    row<FilenameTranslationControlRequest>("filename-translation-control", {}, 6, Needs::charset,
                                           translation_control),
};

}  // namespace

std::span<const ExtendedRequest> extended_requests() noexcept {
    return kRequests;
}

Result<Request> decode_extended(std::string_view name, Reader& fields, const Dialect& dialect) {
    for (const auto& known : kRequests) {
        if (known.name != name || known.since > dialect.version) continue;
        Request request = known.decode(fields, dialect);
        if (!fields.ok()) return failure(Status::bad_message);
        return request;
    }
    return failure(Status::op_unsupported);
}

}  // namespace nacre::sftp
