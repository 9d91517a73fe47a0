// Requests that become one call of the Filesystem, and what its answers become.
#include "sftp/engine.hpp"

#include <ctime>
#include <iterator>

namespace nacre::sftp {

void Engine::run(Slot& slot, const OpenRequest& request) {
    if (handles_.full()) {
        answer(slot, failure(Status::failure, "too many open handles"));
        return;
    }
    // A client that was given the file would take it for kept from others.
    constexpr BlockMask kKept = kBlockRead | kBlockWrite | kBlockDelete;
    if ((request.flags.block & kKept) != 0 && !filesystem_->traits().locks) {
        answer(slot, failure(Status::op_unsupported, "Files cannot be kept from others"));
        return;
    }
    filesystem_->open(request.path, request.flags, request.attrs,
                      reply_to<std::shared_ptr<File>, &Engine::on_opened>(slot));
}

void Engine::on_opened(Slot& slot, Result<std::shared_ptr<File>>&& result) {
    if (!result || *result == nullptr) {
        answer(slot, result ? failure(Status::failure) : result.error());
        return;
    }
    const auto& request = *std::get_if<OpenRequest>(&slot.request);
    Handles::Wire wire;
    OpenHandle& handle = handles_.add(wire);
    handle.file = std::move(result).value();
    handle.flags = request.flags;
    handle.path = request.path;
    reply(slot, [&](Bytes& out) { codec_->handle(out, slot.id, wire); });
}

void Engine::run(Slot& slot, const OpendirRequest& request) {
    if (handles_.full()) {
        answer(slot, failure(Status::failure, "too many open handles"));
        return;
    }
    filesystem_->open_directory(
        request.path, reply_to<std::shared_ptr<Directory>, &Engine::on_opened_directory>(slot));
}

void Engine::on_opened_directory(Slot& slot, Result<std::shared_ptr<Directory>>&& result) {
    if (!result || *result == nullptr) {
        answer(slot, result ? failure(Status::failure) : result.error());
        return;
    }
    Handles::Wire wire;
    OpenHandle& handle = handles_.add(wire);
    handle.directory = std::move(result).value();
    handle.path = std::get_if<OpendirRequest>(&slot.request)->path;
    reply(slot, [&](Bytes& out) { codec_->handle(out, slot.id, wire); });
}

void Engine::run(Slot& slot, const CloseRequest&) {
    OpenHandle& handle = *std::exchange(slot.handle, nullptr);
    observer_->on_close_file(handle.path, handle.bytes_read, handle.bytes_written,
                             HandleEnd::closed);
    // Kept here during the call and in the slot until the answer.
    const std::shared_ptr<File> file = std::move(handle.file);
    const std::shared_ptr<Directory> directory = std::move(handle.directory);
    handles_.release(handle);
    if (directory) directory->close(HandleEnd::closed);
    if (!file) {
        answer(slot, Status::ok);
        return;
    }
    slot.file = file;
    file->close(HandleEnd::closed, status_reply(slot));
}

void Engine::run(Slot& slot, const StatRequest& request) {
    filesystem_->stat(request.path, request.follow, request.wanted,
                      reply_to<Attrs, &Engine::on_attrs>(slot));
}

void Engine::run(Slot& slot, const FstatRequest& request) {
    auto answer = reply_to<Attrs, &Engine::on_attrs>(slot);
    if (slot.handle->file) {
        slot.handle->file->stat(request.wanted, std::move(answer));
    } else {
        slot.handle->directory->stat(request.wanted, std::move(answer));
    }
}

void Engine::on_attrs(Slot& slot, Result<Attrs>&& result) {
    if (!result) {
        answer(slot, result.error());
        return;
    }
    reply(slot, [&](Bytes& out) { codec_->attrs(out, slot.id, *result); });
}

void Engine::run(Slot& slot, const SetstatRequest& request) {
    filesystem_->set_stat(request.path, request.attrs, request.follow, status_reply(slot));
}

void Engine::run(Slot& slot, const FsetstatRequest& request) {
    if (slot.handle->file) {
        slot.handle->file->set_stat(request.attrs, status_reply(slot));
    } else {
        slot.handle->directory->set_stat(request.attrs, status_reply(slot));
    }
}

std::size_t Engine::entries_at_once() const noexcept {
    return config_.max_entries != 0 ? config_.max_entries : quirks_.name_reply / kEntry;
}

void Engine::run(Slot& slot, const ReaddirRequest&) {
    if (slot.handle->next_entry < slot.handle->entries.size()) {
        send_names(slot);
        return;
    }
    slot.handle->directory->read(entries_at_once(),
                                 reply_to<std::vector<DirEntry>, &Engine::on_entries>(slot));
}

void Engine::on_entries(Slot& slot, Result<std::vector<DirEntry>>&& result) {
    if (!result) {
        answer(slot, result.error());
        return;
    }
    if (result->empty()) {
        answer(slot, Status::eof);
        return;
    }
    OpenHandle& handle = *slot.handle;
    handle.entries = std::move(result).value();
    handle.next_entry = 0;
    if (codec_->has_end_of_list() && handle.entries.size() < entries_at_once()) {
        // It looks like the end. That it is has to be seen before it can be said.
        handle.directory->read(entries_at_once(),
                               reply_to<std::vector<DirEntry>, &Engine::on_more_entries>(slot));
        return;
    }
    send_names(slot);
}

void Engine::on_more_entries(Slot& slot, Result<std::vector<DirEntry>>&& result) {
    OpenHandle& handle = *slot.handle;
    // An error comes again when the client goes on.
    handle.all_read = result && result->empty();
    if (result) std::move(result->begin(), result->end(), std::back_inserter(handle.entries));
    send_names(slot);
}

/// As many entries as one reply may have. The rest waits for the next READDIR.
void Engine::send_names(Slot& slot) {
    OpenHandle& handle = *slot.handle;
    NamesFormat format;
    if (config_.max_entries != 0) format.max_entries = config_.max_entries;
    format.max_bytes = quirks_.name_reply;
    format.now = config_.now != nullptr ? config_.now() : std::time(nullptr);
    format.dates = config_.unix_dates ? LongnameDates::unix_style : LongnameDates::iso;
    format.all_read = handle.all_read;
    reply(slot, [&](Bytes& out) {
        handle.next_entry += codec_->names(
            out, slot.id, std::span(handle.entries).subspan(handle.next_entry), format);
    });
    // A listing is large and soon over; an open folder should not hold on to it.
    if (handle.next_entry == handle.entries.size()) std::vector<DirEntry>().swap(handle.entries);
    if (handle.entries.empty()) handle.next_entry = 0;
}

void Engine::run(Slot& slot, const RemoveRequest& request) {
    filesystem_->remove(request.path, status_reply(slot));
}

void Engine::run(Slot& slot, const MkdirRequest& request) {
    filesystem_->make_directory(request.path, request.attrs, status_reply(slot));
}

void Engine::run(Slot& slot, const RmdirRequest& request) {
    filesystem_->remove_directory(request.path, status_reply(slot));
}

void Engine::run(Slot& slot, const RealpathRequest& request) {
    if (request.compose.empty()) {
        filesystem_->real_path(request.path, request.check,
                               reply_to<RealPath, &Engine::on_real_path>(slot));
        return;
    }
    slot.path = request.path;
    for (const auto part : request.compose) {
        if (part.starts_with('/')) {
            slot.path = part;
        } else if (!part.empty()) {
            if (!slot.path.empty() && !slot.path.ends_with('/')) slot.path += '/';
            slot.path += part;
        }
    }
    if (slot.path.size() > kMaxPath) {
        answer(slot, failure(Status::invalid_filename, "File name too long"));
        return;
    }
    filesystem_->real_path(slot.path, request.check,
                           reply_to<RealPath, &Engine::on_real_path>(slot));
}

void Engine::on_real_path(Slot& slot, Result<RealPath>&& result) {
    if (!result) {
        answer(slot, result.error());
        return;
    }
    reply(slot, [&](Bytes& out) {
        codec_->path_name(out, slot.id, result->path, result->attrs.value_or(Attrs{}));
    });
}

void Engine::run(Slot& slot, const ReadlinkRequest& request) {
    if (!supported(slot, filesystem_->links())) return;
    filesystem_->links()->read_link(request.path, reply_to<std::string, &Engine::on_path>(slot));
}

void Engine::on_path(Slot& slot, Result<std::string>&& result) {
    if (!result) {
        answer(slot, result.error());
        return;
    }
    reply(slot, [&](Bytes& out) { codec_->path_name(out, slot.id, *result, {}); });
}

void Engine::run(Slot& slot, const RenameRequest& request) {
    filesystem_->rename(request.from, request.to, request.overwrite, status_reply(slot));
}

void Engine::run(Slot& slot, const SymlinkRequest& request) {
    if (!supported(slot, filesystem_->links())) return;
    filesystem_->links()->symlink(request.target, request.link, status_reply(slot));
}

void Engine::run(Slot& slot, const HardlinkRequest& request) {
    if (!supported(slot, filesystem_->links())) return;
    filesystem_->links()->hard_link(request.existing, request.link, status_reply(slot));
}

}  // namespace nacre::sftp
