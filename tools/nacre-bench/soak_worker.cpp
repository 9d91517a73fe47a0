#include "soak_worker.hpp"

#include <nacre/sftp/transfer.hpp>

#include <algorithm>

namespace nacre::bench {

namespace {

constexpr Error kMismatch{Errc::crypto_failed, Disconnect::none, 0, "not what was written"};

}  // namespace

SoakWorker::SoakWorker(const Provider& provider, SoakCounts& counts, std::string prefix,
                       std::uint64_t seed)
    : counts_(counts), prefix_(std::move(prefix)), generator_(seed) {
    if (auto hash = provider.hash("SHA-256")) hash_ = std::move(*hash);
}

void SoakWorker::start(std::shared_ptr<sftp::Client> client) {
    client_ = std::move(client);
    stopped_ = interrupted_ = false;
    next();
}

void SoakWorker::next() {
    if (stopped_ || current_ != nullptr) return;
    const auto slot = static_cast<std::size_t>(random(kFiles));
    // What an interrupted operation left behind is cleared away first.
    if (files_[slot].state == State::unknown) return write(slot);
    const bool there = files_[slot].state == State::known;
    switch (random(8)) {
        case 0:
        case 1:
            return write(slot);
        case 2:
        case 3:
            return there ? read(slot) : write(slot);
        case 4:
            return there ? look(slot) : miss();
        case 5:
            return there ? change_mode(slot) : list();
        case 6:
            return there ? rename(slot) : miss();
        default:
            return there ? remove(slot) : list();
    }
}

std::uint64_t SoakWorker::random_size() {
    // Mostly small, sometimes exactly what a request carries, sometimes large.
    switch (random(8)) {
        case 0:
            return random(kMostBytes);
        case 1:
            return 32768 * random(9);
        case 2:
            return 0;
        default:
            return random(64 * 1024);
    }
}

Reply<void> SoakWorker::last() {
    return Reply<void>::from(
        [self = shared_from_this()](Result<void>&& answer) { self->end(answer); });
}

void SoakWorker::end(const Error* error) {
    const char* const name = current_;
    current_ = nullptr;
    if (error == nullptr) {
        ++counts_.operations;
        return next();
    }
    if (interrupted_) {
        ++counts_.interrupted;
        return;
    }
    ++(*error == kMismatch ? counts_.mismatches : counts_.errors);
    if (counts_.first_error.empty()) counts_.first_error = std::string(name) + ": " + error->what;
    // A session that is gone would answer every further operation at once.
    if (error->code == Errc::closed || client_->ended()) {
        stopped_ = true;
        return;
    }
    next();
}

// ---- operations --------------------------------------------------------------------------------

void SoakWorker::write(std::size_t slot) {
    current_ = "write";
    files_[slot].state = State::unknown;
    sftp::OpenFlags flags;
    flags.write = flags.create = flags.truncate = true;
    client_->open(path(slot), flags, {},
                  Reply<sftp::RemoteHandle>::from(
                      [self = shared_from_this(), slot](Result<sftp::RemoteHandle>&& handle) {
                          if (!handle) return self->end(handle);
                          self->upload(slot, *handle);
                      }));
}

void SoakWorker::upload(std::size_t slot, const sftp::RemoteHandle& handle) {
    left_ = random_size();
    files_[slot].size = left_;
    content_.seed(generator_());
    sftp::upload(
        client_, handle, 0,
        [self = shared_from_this()](ByteSpan room) -> Result<std::size_t> {
            const auto count =
                static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), self->left_));
            const ByteSpan filled = room.first(count);
            std::size_t at = 0;
            for (; at + 8 <= count; at += 8) store_be64(&filled[at], self->content_());
            for (; at < count; ++at) filled[at] = static_cast<std::uint8_t>(self->content_());
            self->hash_->update(filled);
            self->left_ -= count;
            return count;
        },
        Reply<std::uint64_t>::from(
            [self = shared_from_this(), slot, handle](Result<std::uint64_t>&& written) {
                File& file = self->files_[slot];
                self->hash_->finish(file.digest);
                if (!written) return self->end(written);
                self->counts_.bytes_written += *written;
                file.state = State::known;
                self->close(handle);
            }));
}

void SoakWorker::close(const sftp::RemoteHandle& handle) {
    client_->close_handle(handle, last());
}

void SoakWorker::read(std::size_t slot) {
    current_ = "read";
    sftp::OpenFlags flags;
    flags.read = true;
    client_->open(path(slot), flags, {},
                  Reply<sftp::RemoteHandle>::from(
                      [self = shared_from_this(), slot](Result<sftp::RemoteHandle>&& handle) {
                          if (!handle) return self->end(handle);
                          self->download(slot, *handle);
                      }));
}

void SoakWorker::download(std::size_t slot, const sftp::RemoteHandle& handle) {
    sftp::download(
        client_, handle, 0, files_[slot].size,
        [self = shared_from_this()](ByteView bytes) -> Result<void> {
            self->hash_->update(bytes);
            return {};
        },
        Reply<std::uint64_t>::from(
            [self = shared_from_this(), slot, handle](Result<std::uint64_t>&& got) {
                Digest digest{};
                self->hash_->finish(digest);
                if (!got) return self->end(got);
                self->counts_.bytes_read += *got;
                if (digest != self->files_[slot].digest) return self->end(&kMismatch);
                self->close(handle);
            }));
}

void SoakWorker::look(std::size_t slot) {
    current_ = "stat";
    client_->stat(
        path(slot), sftp::Follow::yes,
        Reply<sftp::Attrs>::from([self = shared_from_this(), slot](Result<sftp::Attrs>&& attrs) {
            if (!attrs) return self->end(attrs);
            const bool same = attrs->size == self->files_[slot].size;
            self->end(same ? nullptr : &kMismatch);
        }));
}

void SoakWorker::change_mode(std::size_t slot) {
    current_ = "set_stat";
    sftp::Attrs attrs;
    attrs.permissions = random(2) == 0 ? 0600 : 0644;
    client_->set_stat(path(slot), attrs, sftp::Follow::yes, last());
}

void SoakWorker::rename(std::size_t slot) {
    const auto free = std::find_if(files_.begin(), files_.end(),
                                   [](const File& file) { return file.state == State::absent; });
    if (free == files_.end()) return remove(slot);
    current_ = "rename";
    const auto to = static_cast<std::size_t>(free - files_.begin());
    // Where it stands if the answer is lost nobody knows.
    const File moved = files_[slot];
    files_[slot].state = files_[to].state = State::unknown;
    client_->rename(
        path(slot), path(to), false,
        Reply<void>::from([self = shared_from_this(), slot, to, moved](Result<void>&& renamed) {
            if (renamed) {
                self->files_[slot].state = State::absent;
                self->files_[to] = moved;
            }
            self->end(renamed);
        }));
}

void SoakWorker::remove(std::size_t slot) {
    current_ = "remove";
    files_[slot].state = State::unknown;
    client_->remove(path(slot),
                    Reply<void>::from([self = shared_from_this(), slot](Result<void>&& removed) {
                        if (removed) self->files_[slot].state = State::absent;
                        self->end(removed);
                    }));
}

void SoakWorker::list() {
    current_ = "list";
    const auto slash = prefix_.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : prefix_.substr(0, slash);
    sftp::list_directory(
        client_, folder,
        Reply<std::vector<sftp::RemoteEntry>>::from(
            [self = shared_from_this()](Result<std::vector<sftp::RemoteEntry>>&& entries) {
                self->end(entries);
            }));
}

/// Looks for what is not there.
void SoakWorker::miss() {
    current_ = "stat of a missing file";
    client_->stat(
        prefix_ + "missing", sftp::Follow::no,
        Reply<sftp::Attrs>::from([self = shared_from_this()](Result<sftp::Attrs>&& attrs) {
            if (attrs) return self->end(&kMismatch);
            self->end(attrs.error().code == Errc::peer_refused ? nullptr : &attrs.error());
        }));
}

}  // namespace nacre::bench
