#include "sftp/client_values.hpp"

#include "sftp/extensions_draft.hpp"

namespace nacre::sftp {
namespace {

/// The only name in a NAME that is an answer to a question for one path.
Result<const NameReply::Entry*> only_name(const ReplyBody& body) {
    const auto* reply = std::get_if<NameReply>(&body);
    if (reply == nullptr) return wrong_type();
    if (reply->entries.size() != 1) return misbehaved("SFTP NAME with not exactly one path");
    return &reply->entries.front();
}

/// What `read` makes of the data of an EXTENDED_REPLY.
template <class Read>
auto extended(const ReplyBody& body, Read read) -> decltype(read(ByteView())) {
    const auto* reply = std::get_if<ExtendedReply>(&body);
    if (reply == nullptr) return wrong_type();
    return read(reply->data);
}

}  // namespace

template <>
Result<RemoteHandle> value_in(const ReplyBody& body) {
    const auto* reply = std::get_if<HandleReply>(&body);
    if (reply == nullptr) return wrong_type();
    return RemoteHandle{std::string(reply->handle)};
}

template <>
Result<RemoteData> value_in(const ReplyBody&) {
    return wrong_type();
}

template <>
Result<Attrs> value_in(const ReplyBody& body) {
    const auto* reply = std::get_if<AttrsReply>(&body);
    if (reply == nullptr) return wrong_type();
    return reply->attrs;
}

template <>
Result<std::vector<RemoteEntry>> value_in(const ReplyBody& body) {
    const auto* reply = std::get_if<NameReply>(&body);
    if (reply == nullptr) return wrong_type();
    // Taken for the end it would hide entries, and asked again it could go on for ever.
    if (reply->entries.empty() && !reply->end_of_list) return misbehaved("SFTP NAME without names");
    std::vector<RemoteEntry> entries;
    entries.reserve(reply->entries.size());
    for (const auto& entry : reply->entries)
        entries.push_back({std::string(entry.name), std::string(entry.longname), entry.attrs});
    return entries;
}

template <>
Result<RealPath> value_in(const ReplyBody& body) {
    NACRE_TRY(const auto* entry, only_name(body));
    return RealPath{std::string(entry->name), entry->attrs};
}

template <>
Result<std::string> value_in(const ReplyBody& body) {
    NACRE_TRY(const auto* entry, only_name(body));
    return std::string(entry->name);
}

template <>
Result<FilesystemStats> value_in(const ReplyBody& body) {
    return extended(body, read_statvfs);
}

template <>
Result<Limits> value_in(const ReplyBody& body) {
    return extended(body, read_limits);
}

template <>
Result<Client::Names> value_in(const ReplyBody& body) {
    return extended(body, read_users_groups);
}

template <>
Result<RemoteHashes> value_in(const ReplyBody& body) {
    return extended(body, [](ByteView data) -> Result<RemoteHashes> {
        NACRE_TRY(const auto reply, read_check_file(data));
        RemoteHashes hashes{std::string(reply.algorithm), {}};
        for (const auto digest : reply.digests) append(hashes.digests, digest);
        return hashes;
    });
}

template <>
Result<Bytes> value_in(const ReplyBody& body) {
    return extended(body, [](ByteView data) -> Result<Bytes> {
        NACRE_TRY(const auto digest, read_md5_hash(data));
        return to_bytes(digest);
    });
}

template <>
Result<RemoteSpace> value_in(const ReplyBody& body) {
    return extended(body, [](ByteView data) -> Result<RemoteSpace> {
        NACRE_TRY(const auto space, read_space_available(data));
        return RemoteSpace{space.on_device, space.unused_on_device, space.for_user,
                           space.unused_for_user, space.allocation_unit};
    });
}

}  // namespace nacre::sftp
