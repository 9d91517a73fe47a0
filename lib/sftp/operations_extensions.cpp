// What the requests of version 6 and of the drafts' extensions become.
#include "sftp/engine.hpp"
#include "sftp/extensions_draft.hpp"

namespace nacre::sftp {

void Engine::run(Slot& slot, const BlockRequest& request) {
    slot.handle->file->block(request.offset, request.length, request.mask, status_reply(slot));
}

void Engine::run(Slot& slot, const UnblockRequest& request) {
    slot.handle->file->unblock(request.offset, request.length, status_reply(slot));
}

void Engine::run(Slot& slot, const CopyFileRequest& request) {
    if (!supported(slot, filesystem_->copies())) return;
    filesystem_->copies()->copy_file(request.from, request.to, request.overwrite,
                                     status_reply(slot));
}

void Engine::run(Slot& slot, const SpaceAvailableRequest& request) {
    if (!supported(slot, filesystem_->space())) return;
    filesystem_->space()->stat_filesystem(request.path,
                                          reply_to<FilesystemStats, &Engine::on_space>(slot));
}

void Engine::on_space(Slot& slot, Result<FilesystemStats>&& result) {
    if (!result) {
        answer(slot, result.error());
        return;
    }
    reply(slot, [&](Bytes& out) { write_space_available(out, slot.id, *result); });
}

void Engine::run(Slot& slot, const GetTempFolderRequest&) {
    if (!supported(slot, filesystem_->temporary_folders())) return;
    filesystem_->temporary_folders()->temporary_folder(
        reply_to<std::string, &Engine::on_path>(slot));
}

void Engine::run(Slot& slot, const MakeTempFolderRequest&) {
    if (!supported(slot, filesystem_->temporary_folders())) return;
    filesystem_->temporary_folders()->make_temporary_folder(
        reply_to<std::string, &Engine::on_path>(slot));
}

}  // namespace nacre::sftp
