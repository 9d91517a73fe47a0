// What the requests of OpenSSH's extensions become.
#include "sftp/engine.hpp"
#include "sftp/extensions_openssh.hpp"

namespace nacre::sftp {
namespace {

/// OpenSSH's own margin between its longest message and the data in it.
constexpr std::uint64_t kMessageOverhead = 1024;

}  // namespace

void Engine::run(Slot& slot, const StatvfsRequest& request) {
    if (!supported(slot, filesystem_->space())) return;
    filesystem_->space()->stat_filesystem(request.path,
                                          reply_to<FilesystemStats, &Engine::on_statvfs>(slot));
}

void Engine::run(Slot& slot, const FstatvfsRequest&) {
    slot.handle->file->stat_filesystem(reply_to<FilesystemStats, &Engine::on_statvfs>(slot));
}

void Engine::on_statvfs(Slot& slot, Result<FilesystemStats>&& result) {
    if (!result) {
        answer(slot, result.error());
        return;
    }
    FilesystemStats stats = *result;
    stats.read_only = stats.read_only || config_.read_only;
    reply(slot, [&](Bytes& out) { write_statvfs(out, slot.id, stats); });
}

void Engine::run(Slot& slot, const FsyncRequest&) {
    slot.handle->file->sync(status_reply(slot));
}

void Engine::run(Slot& slot, const LimitsRequest&) {
    Limits limits;
    limits.max_packet = config_.max_packet_length;
    limits.max_read = config_.max_read_length;
    limits.max_write = config_.max_packet_length > kMessageOverhead
                           ? config_.max_packet_length - kMessageOverhead
                           : 0;
    limits.max_handles = config_.max_handles;
    reply(slot, [&](Bytes& out) { write_limits(out, slot.id, limits); });
}

void Engine::run(Slot& slot, const ExpandPathRequest& request) {
    if (!request.path.starts_with('~')) {
        filesystem_->real_path(request.path, PathCheck::last_may_miss,
                               reply_to<RealPath, &Engine::on_real_path>(slot));
        return;
    }
    const auto user_end = std::min(request.path.find('/'), request.path.size());
    slot.path = request.path.substr(user_end);
    if (!supported(slot, filesystem_->users())) return;
    filesystem_->users()->home_directory(request.path.substr(1, user_end - 1),
                                         reply_to<std::string, &Engine::on_home>(slot));
}

/// The home is known; the rest of the path to expand is in the slot.
void Engine::on_home(Slot& slot, Result<std::string>&& result) {
    if (!result) {
        answer(slot, result.error());
        return;
    }
    slot.path.insert(0, *result);
    if (slot.path.size() > kMaxPath) {
        answer(slot, failure(Status::invalid_filename, "File name too long"));
        return;
    }
    filesystem_->real_path(slot.path, PathCheck::last_may_miss,
                           reply_to<RealPath, &Engine::on_real_path>(slot));
}

void Engine::run(Slot& slot, const CopyDataRequest& request) {
    const auto& from = *slot.handle;
    const auto& to = *slot.target;
    if (&from == &to) {
        answer(slot, failure(Status::failure, "Source and target are the same"));
        return;
    }
    if (!from.flags.read || !(to.flags.write || to.flags.append)) {
        answer(slot, failure(Status::permission_denied));
        return;
    }
    constexpr std::uint64_t kMaxOffset = 0x7fff'ffff'ffff'ffff;
    if (request.from_offset > kMaxOffset || request.to_offset > kMaxOffset ||
        request.length > kMaxOffset - request.from_offset ||
        request.length > kMaxOffset - request.to_offset) {
        answer(slot, failure(Status::invalid_parameter, "Offset too large"));
        return;
    }
    from.file->copy_to(request.from_offset, request.length, *to.file, request.to_offset,
                       status_reply(slot));
}

void Engine::run(Slot& slot, const HomeDirectoryRequest& request) {
    if (!supported(slot, filesystem_->users())) return;
    filesystem_->users()->home_directory(request.user,
                                         reply_to<std::string, &Engine::on_path>(slot));
}

void Engine::run(Slot& slot, const UsersGroupsRequest& request) {
    auto uids = unpack_ids(request.uids);
    auto gids = unpack_ids(request.gids);
    if (!uids || !gids) {
        answer(slot, failure(Status::bad_message));
        return;
    }
    if (uids->size() + gids->size() > kMaxIds) {
        answer(slot, failure(Status::failure, "too many ids"));
        return;
    }
    if (!supported(slot, filesystem_->users())) return;
    filesystem_->users()->names_of(std::move(*uids), std::move(*gids),
                                   reply_to<Names, &Engine::on_names_of>(slot));
}

void Engine::on_names_of(Slot& slot, Result<Names>&& result) {
    if (!result) {
        answer(slot, result.error());
        return;
    }
    reply(slot,
          [&](Bytes& out) { write_users_groups(out, slot.id, result->first, result->second); });
}

}  // namespace nacre::sftp
