#include "sftp/engine.hpp"

#include <algorithm>
#include <limits>

namespace nacre::sftp {
namespace {

constexpr std::uint64_t kMaxOffset = 0x7fff'ffff'ffff'ffff;

std::size_t rest_of(std::size_t length, std::size_t written) noexcept {
    return length - written;
}

/// Takes the first `bytes` bytes out of `pieces`.
std::vector<Payload> take_front(std::vector<Payload>& pieces, std::size_t bytes) {
    std::vector<Payload> taken;
    std::size_t whole = 0;
    while (bytes != 0 && whole < pieces.size()) {
        Payload& piece = pieces[whole];
        if (piece.bytes.size() > bytes) {
            taken.push_back(piece.sub(0, bytes));
            piece = piece.sub(bytes, piece.bytes.size() - bytes);
            break;
        }
        bytes -= piece.bytes.size();
        taken.push_back(std::move(piece));
        ++whole;
    }
    pieces.erase(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(whole));
    return taken;
}

}  // namespace

bool Engine::joins_gathered(const Slot& slot, const WriteRequest& request) const noexcept {
    if (gathered_.first == nullptr || gathered_.last->handle != slot.handle) return false;
    if (gathered_.bytes + request.length > kMaxGatherBytes) return false;
    if (gathered_.first->message.data.size() + slot.message.data.size() > kMaxGatherPieces)
        return false;
    return slot.handle->flags.append || gathered_.last->end == request.offset;
}

void Engine::run(Slot& slot, const WriteRequest&) {
    auto& request = *std::get_if<WriteRequest>(&slot.request);
    if (slot.handle->flags.text) request.offset = slot.handle->text_position;
    if (!slot.handle->flags.write && !slot.handle->flags.append) {
        answer(slot, failure(Status::permission_denied, "Not open for writing"));
        return;
    }
    if (request.offset > kMaxOffset - request.length) {
        answer(slot, failure(Status::invalid_parameter, "Offset too large"));
        return;
    }
    if (request.length == 0) {
        answer(slot, Status::ok);
        return;
    }
    slot.next_write = nullptr;
    slot.alone = false;
    slot.written = 0;
    if (slot.handle->flags.append) {
        // Nothing else is to be under way while the place of these bytes is not known.
        activate(slot, 0, std::numeric_limits<std::uint64_t>::max());
    } else {
        activate(slot, request.offset, request.offset + request.length);
    }
    if (gathered_.first == nullptr) {
        gathered_ = {&slot, &slot, request.length};
        return;
    }
    auto& all = gathered_.first->message.data;
    all.insert(all.end(), std::make_move_iterator(slot.message.data.begin()),
               std::make_move_iterator(slot.message.data.end()));
    slot.message.data.clear();
    gathered_.last->next_write = &slot;
    gathered_.last = &slot;
    gathered_.bytes += request.length;
}

void Engine::flush_writes() {
    if (gathered_.first == nullptr) return;
    Slot& first = *gathered_.first;
    gathered_ = {};
    write_from(first);
}

/// Hands the pieces that `first` holds to the file, from where `first` was left.
void Engine::write_from(Slot& first) {
    const auto offset = std::get_if<WriteRequest>(&first.request)->offset + first.written;
    WriteBuffer buffer;
    buffer.pieces = std::move(first.message.data);
    // The file is kept by its handle, which no CLOSE takes away before we are done.
    first.handle->file->write(offset, std::move(buffer),
                              reply_to<WriteBuffer, &Engine::on_written>(first));
}

void Engine::on_written(Slot& first, Result<WriteBuffer>&& result) {
    if (!result) {
        // Nothing is known of what was written, and the pieces are gone.
        const Error error = result.error();
        const bool pieces_left = first.alone;
        Slot* slot = finish_write(first, &error);
        if (pieces_left) {
            if (slot != nullptr) write_from(*slot);
            return;
        }
        while (slot != nullptr) slot = finish_write(*slot, &error);
        return;
    }
    std::size_t total = 0;
    for (const Slot* slot = &first; slot != nullptr; slot = slot->next_write) {
        total += rest_of(std::get_if<WriteRequest>(&slot->request)->length, slot->written);
        if (slot->alone) break;
    }
    if (result->written < total) {
        on_written_short(first, std::move(*result));
        return;
    }
    // The memory of the list goes back to where it came from.
    result->pieces.clear();
    first.message.data = std::move(result->pieces);
    const bool alone = first.alone;
    Slot* slot = finish_write(first, nullptr);
    if (alone) {
        if (slot != nullptr) write_from(*slot);
        return;
    }
    while (slot != nullptr) slot = finish_write(*slot, nullptr);
}

/// The file took less than it was given. What it took completely has succeeded; the next request
/// is tried again, alone, so that an error is its own; then those behind it are.
void Engine::on_written_short(Slot& first, WriteBuffer&& buffer) {
    std::size_t written = buffer.written;
    take_front(buffer.pieces, written);
    const bool was_single = first.alone || first.next_write == nullptr;
    if (was_single && (buffer.error || written == 0)) {
        const Error error = buffer.error.value_or(failure(Status::failure, "Short write"));
        Slot* next = finish_write(first, &error);
        if (next != nullptr) write_from(*next);
        return;
    }

    Slot* slot = &first;
    std::size_t rest = 0;
    while (true) {
        rest = rest_of(std::get_if<WriteRequest>(&slot->request)->length, slot->written);
        if (written < rest) break;
        written -= rest;
        slot = finish_write(*slot, nullptr);
    }
    slot->written += written;
    rest -= written;
    if (slot->alone) {
        slot->message.data = std::move(buffer.pieces);
    } else {
        slot->alone = true;
        slot->message.data = take_front(buffer.pieces, rest);
        if (slot->next_write != nullptr) slot->next_write->message.data = std::move(buffer.pieces);
    }
    write_from(*slot);
}

/// Answers one WRITE. Returns the one gathered behind it.
Engine::Slot* Engine::finish_write(Slot& slot, const Error* error) {
    Slot* next = slot.next_write;
    deactivate(slot);
    if (error == nullptr) {
        const std::uint32_t length = std::get_if<WriteRequest>(&slot.request)->length;
        slot.handle->bytes_written += length;
        slot.handle->text_position += length;
        answer(slot, Status::ok);
    } else {
        answer(slot, *error);
    }
    return next;
}

}  // namespace nacre::sftp
