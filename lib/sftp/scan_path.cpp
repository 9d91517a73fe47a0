// Requests for which the engine reads a file itself (see Scan).
#include "sftp/engine.hpp"
#include "sftp/extensions_draft.hpp"
#include "sftp/scan.hpp"

#include <algorithm>

namespace nacre::sftp {
namespace {

/// Read and worked on between two turns of others: less than a millisecond.
constexpr std::size_t kPiece = 256 * 1024;

void set_range(Scan& scan, std::uint64_t start, std::uint64_t length) {
    scan.at = std::min(start, Scan::kNoEnd);
    scan.end = length == 0 || length > Scan::kNoEnd - scan.at ? Scan::kNoEnd : scan.at + length;
}

std::unique_ptr<Scan> digest_scan(const MakeFileHash& make, std::string_view algorithms,
                                  const HashRange& range) {
    auto [name, hash] = choose_hash(make, algorithms);
    if (hash == nullptr) return nullptr;
    auto scan = std::make_unique<DigestScan>(std::string(name), std::move(hash), range.block_size);
    set_range(*scan, range.start, range.length);
    return scan;
}

std::unique_ptr<Scan> md5_scan(const MakeFileHash& make, std::uint64_t start, std::uint64_t length,
                               std::string_view quick_check) {
    auto hash = make("md5");
    auto quick = make("md5");
    if (hash == nullptr || quick == nullptr) return nullptr;
    auto scan = std::make_unique<Md5Scan>(std::move(hash), std::move(quick), quick_check);
    set_range(*scan, start, length);
    return scan;
}

bool is_block_size(std::uint32_t size) noexcept {
    return size == 0 || size >= DigestScan::kMinBlock;
}

}  // namespace

void Engine::run(Slot& slot, const CheckFileHandleRequest& request) {
    hash(slot, is_block_size(request.range.block_size),
         digest_scan(config_.make_hash, request.algorithms, request.range), {});
}

void Engine::run(Slot& slot, const CheckFileNameRequest& request) {
    hash(slot, is_block_size(request.range.block_size),
         digest_scan(config_.make_hash, request.algorithms, request.range), request.path);
}

void Engine::run(Slot& slot, const Md5HashRequest& request) {
    if (!supported(slot, config_.make_hash ? this : nullptr)) return;
    hash(slot, true,
         md5_scan(config_.make_hash, request.start, request.length, request.quick_check),
         request.path);
}

void Engine::run(Slot& slot, const Md5HashHandleRequest& request) {
    if (!supported(slot, config_.make_hash ? this : nullptr)) return;
    hash(slot, true,
         md5_scan(config_.make_hash, request.start, request.length, request.quick_check), {});
}

/// Begins to hash the slot's handle or, without one, what `path` names.
void Engine::hash(Slot& slot, bool valid, std::unique_ptr<Scan> scan, std::string_view path) {
    if (!valid) {
        answer(slot, failure(Status::invalid_parameter, "Block size below 256"));
    } else if (scan == nullptr) {
        answer(slot, failure(Status::op_unsupported, "No such hash algorithm"));
    } else if (slot.handle == nullptr) {
        slot.scan = std::move(scan);
        filesystem_->open(path, {true}, {},
                          reply_to<std::shared_ptr<File>, &Engine::on_scan_opened>(slot));
    } else if (!slot.handle->flags.read) {
        answer(slot, failure(Status::permission_denied, "Not open for reading"));
    } else {
        scan->file = slot.handle->file;
        slot.scan = std::move(scan);
        scan_further(slot);
    }
}

void Engine::on_scan_opened(Slot& slot, Result<std::shared_ptr<File>>&& result) {
    if (!result || *result == nullptr) {
        slot.scan.reset();
        answer(slot, result ? failure(Status::failure) : result.error());
        return;
    }
    slot.scan->file = std::move(result).value();
    slot.scan->opened_here = true;
    scan_further(slot);
}

/// Lines are counted from 0, the first.
void Engine::run(Slot& slot, const TextSeekRequest& request) {
    if (!slot.handle->flags.text) {
        answer(slot, failure(Status::invalid_parameter, "Not open in text mode"));
        return;
    }
    if (request.line == 0) {
        slot.handle->text_position = 0;
        answer(slot, Status::ok);
        return;
    }
    slot.scan = std::make_unique<LineScan>(config_.newline, request.line);
    slot.scan->file = slot.handle->file;
    scan_further(slot);
}

void Engine::scan_further(Slot& slot) {
    scan_due_ = nullptr;
    Scan& scan = *slot.scan;
    const std::uint64_t length = std::min<std::uint64_t>(kPiece, scan.end - scan.at);
    if (length == 0) {
        end_scan(slot, {});
        return;
    }
    ReadBuffer buffer{port_->frames(length), 0, 0};
    if (buffer.frames.empty()) {
        end({Errc::out_of_memory, Disconnect::none, 0, "no memory for SFTP data"}, 1, true);
        return;
    }
    scan.file->read(scan.at, std::move(buffer), reply_to<ReadBuffer, &Engine::on_scanned>(slot));
}

void Engine::on_scanned(Slot& slot, Result<ReadBuffer>&& result) {
    if (!result) {
        end_scan(slot, result.error());
        return;
    }
    Scan& scan = *slot.scan;
    std::size_t left = std::min(result->filled, result->frames.bytes());
    const bool at_end =
        !result->stopped && left < std::min<std::uint64_t>(kPiece, scan.end - scan.at);
    scan.at += left;
    bool wanted = true;
    result->frames.for_each([&](ByteSpan frame) {
        const std::size_t n = std::min(left, frame.size());
        left -= n;
        if (wanted && n != 0) wanted = scan.take(frame.first(n));
    });
    if (wanted && !at_end && scan.at != scan.end) {
        // The session's other work and other sessions come first; see deadline().
        scan_due_ = &slot;
    } else {
        end_scan(slot, {});
    }
}

std::optional<Instant> Engine::deadline() const noexcept {
    if (scan_due_ == nullptr || port_ == nullptr) return {};
    return port_->now();
}

void Engine::on_deadline(Instant) {
    if (scan_due_ == nullptr) return;
    scan_further(*scan_due_);
    pump(true);
}

void Engine::end_scan(Slot& slot, Result<void> how) {
    const auto scan = std::move(slot.scan);
    if (scan->opened_here)
        scan->file->close(HandleEnd::closed, Reply<void>::from([](Result<void>&&) {}));
    if (!how) {
        answer(slot, how.error());
        return;
    }
    scan->finish();
    if (const auto* lines = dynamic_cast<const LineScan*>(scan.get())) {
        if (!lines->found()) {
            answer(slot, Status::eof);
            return;
        }
        slot.handle->text_position = lines->position();
        answer(slot, Status::ok);
    } else if (const auto* md5 = dynamic_cast<const Md5Scan*>(scan.get())) {
        reply(slot, [&](Bytes& out) { write_md5_hash(out, slot.id, md5->digest()); });
    } else if (const auto* digests = dynamic_cast<const DigestScan*>(scan.get())) {
        if (digests->too_many()) {
            answer(slot, failure(Status::invalid_parameter, "Too many blocks for one reply"));
            return;
        }
        const auto* by_handle = std::get_if<CheckFileHandleRequest>(&slot.request);
        const auto form = by_handle != nullptr ? by_handle->form : CheckFileForm::digests;
        reply(slot, [&](Bytes& out) {
            write_check_file(out, slot.id, form, digests->algorithm(), digests->digests());
        });
    }
}

}  // namespace nacre::sftp
