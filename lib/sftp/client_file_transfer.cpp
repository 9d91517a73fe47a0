#include "sftp/kept_attrs.hpp"

#include <nacre/sftp/file_transfer.hpp>

#include <algorithm>
#include <utility>

namespace nacre::sftp {
namespace {

constexpr std::uint32_t kPlainModes = 0777;

constexpr Error kLonger{Errc::local_misuse, Disconnect::none, 0,
                        "what is there is longer than what is to be copied"};

bool keeps_something(const Attrs& kept) noexcept {
    return kept.permissions || kept.mtime;
}

/// What both directions have in common: the handle, where to begin, the end. Kept alive by the
/// replies it waits for.
class FileCopy : public std::enable_shared_from_this<FileCopy> {
  public:
    FileCopy(std::shared_ptr<Client> client, std::string_view path,
             std::shared_ptr<TransferFile> local, FileOptions options, Reply<FileResult> reply)
        : client_(std::move(client)),
          path_(path),
          local_(std::move(local)),
          options_(std::move(options)),
          reply_(std::move(reply)) {}
    virtual ~FileCopy() = default;

    void open(OpenFlags flags, const Attrs& attrs) {
        if (cancelled()) return reply_(kCancelled);
        client_->open(path_, flags, attrs,
                      answer<RemoteHandle>([](FileCopy& copy, Result<RemoteHandle>&& handle) {
                          if (!handle) return copy.reply_(handle.error());
                          copy.handle_ = std::move(*handle);
                          copy.on_open();
                      }));
    }

  protected:
    virtual void on_open() = 0;
    /// Transfers from result_.offset on.
    virtual void transfer() = 0;
    /// Empties what is there.
    virtual void replace() = 0;

    template <class T>
    Reply<T> answer(void (*next)(FileCopy&, Result<T>&&)) {
        return Reply<T>::from([self = shared_from_this(), next](Result<T>&& result) {
            next(*self, std::move(result));
        });
    }

    bool cancelled() const noexcept {
        return options_.control.cancellation != nullptr &&
               options_.control.cancellation->requested();
    }

    /// `there` bytes are where the copy goes; the source has `total`.
    void resume(std::uint64_t there, std::optional<std::uint64_t> total) {
        if (!total || there > *total) return fail(kLonger);
        result_.offset = there;
        // Length 0 would be all of it.
        if (options_.resume != Resume::verified || there == 0) return transfer();
        client_->check_file(handle_, kResumeHashes, 0, there, 0,
                            answer<RemoteHashes>([](FileCopy& copy, Result<RemoteHashes>&& remote) {
                                copy.on_hashes(remote);
                            }));
    }

    /// The transfer is done; what is left to do while the handle is open is done too.
    void succeed() {
        client_->close_handle(handle_, answer<void>([](FileCopy& copy, Result<void>&& closed) {
                                  copy.local_.reset();
                                  // What was written may not be there.
                                  if (!closed && copy.close_matters_)
                                      return copy.reply_(closed.error());
                                  copy.reply_(copy.result_);
                              }));
    }

    void fail(const Error& why) {
        why_ = why;
        client_->close_handle(handle_, answer<void>([](FileCopy& copy, Result<void>&&) {
                                  copy.local_.reset();
                                  copy.reply_(copy.why_);
                              }));
    }

    std::shared_ptr<Client> client_;
    std::string path_;
    std::shared_ptr<TransferFile> local_;
    FileOptions options_;
    Reply<FileResult> reply_;
    RemoteHandle handle_;
    Attrs source_;
    FileResult result_;
    Error why_{};
    bool close_matters_ = false;

  private:
    void on_hashes(const Result<RemoteHashes>& remote) {
        if (!remote && client_->ended()) return fail(remote.error());
        // No check-file, or it does not do for this file: as without verification.
        if (!remote) return transfer();
        const auto ours = local_->digest(remote->algorithm, result_.offset);
        if (!ours || same_bytes(*ours, remote->digests)) return transfer();
        result_.offset = 0;
        replace();
    }
};

class GetFile final : public FileCopy {
  public:
    using FileCopy::FileCopy;

  private:
    void on_open() override {
        if (options_.source) {
            source_ = *options_.source;
            return begin();
        }
        client_->stat(handle_, answer<Attrs>([](FileCopy& copy, Result<Attrs>&& attrs) {
                          auto& self = static_cast<GetFile&>(copy);
                          // Without it the end is found by reading.
                          if (attrs) self.source_ = std::move(*attrs);
                          self.begin();
                      }));
    }

    void begin() {
        if (options_.resume == Resume::no) return replace();
        const auto there = local_->size();
        if (!there) return fail(there.error());
        resume(*there, source_.size);
    }

    void replace() override {
        if (const auto emptied = local_->truncate(0); !emptied) return fail(emptied.error());
        transfer();
    }

    void transfer() override {
        if (source_.size && *source_.size == result_.offset && result_.offset != 0) return finish();
        download(
            client_, handle_, result_.offset, source_.size,
            [file = local_, at = result_.offset](ByteView bytes) mutable {
                const auto offset = std::exchange(at, at + bytes.size());
                return file->write(offset, bytes);
            },
            answer<std::uint64_t>([](FileCopy& copy, Result<std::uint64_t>&& bytes) {
                auto& self = static_cast<GetFile&>(copy);
                if (!bytes) return self.fail(bytes.error());
                self.result_.bytes = *bytes;
                self.finish();
            }),
            options_.control);
    }

    void finish() {
        const Attrs kept = kept_attrs(source_, options_);
        result_.attrs_kept = !(options_.keep_modes || options_.keep_times) || keeps_something(kept);
        if (const auto done = local_->finish(kept); !done) return fail(done.error());
        succeed();
    }
};

class PutFile final : public FileCopy {
  public:
    using FileCopy::FileCopy;

    void start() {
        close_matters_ = true;
        if (options_.source) source_ = *options_.source;
        OpenFlags flags;
        flags.write = flags.create = true;
        flags.truncate = options_.resume == Resume::no;
        // For the digest.
        flags.read = options_.resume == Resume::verified;
        Attrs attrs;
        if (source_.permissions)
            attrs.permissions =
                options_.keep_modes ? *source_.permissions : *source_.permissions & kPlainModes;
        open(flags, attrs);
    }

  private:
    void on_open() override {
        if (options_.resume == Resume::no) return transfer();
        client_->stat(handle_, answer<Attrs>([](FileCopy& copy, Result<Attrs>&& there) {
                          auto& self = static_cast<PutFile&>(copy);
                          if (!there) return self.fail(there.error());
                          self.resume(there->size.value_or(0), self.source_.size);
                      }));
    }

    void replace() override {
        Attrs empty;
        empty.size = 0;
        client_->set_stat(handle_, empty, answer<void>([](FileCopy& copy, Result<void>&& done) {
                              auto& self = static_cast<PutFile&>(copy);
                              if (!done) return self.fail(done.error());
                              self.transfer();
                          }));
    }

    void transfer() override {
        upload(
            client_, handle_, result_.offset,
            [file = local_, at = result_.offset](ByteSpan room) mutable {
                auto got = file->read(at, room);
                if (got) at += *got;
                return got;
            },
            answer<std::uint64_t>([](FileCopy& copy, Result<std::uint64_t>&& bytes) {
                auto& self = static_cast<PutFile&>(copy);
                if (!bytes) return self.fail(bytes.error());
                self.result_.bytes = *bytes;
                self.finish();
            }),
            source_.size, options_.control);
    }

    /// Times last, as each WRITE sets them anew.
    void finish() {
        const Attrs kept = kept_attrs(source_, options_);
        if (!keeps_something(kept)) {
            result_.attrs_kept = !(options_.keep_modes || options_.keep_times);
            return succeed();
        }
        client_->set_stat(handle_, kept, answer<void>([](FileCopy& copy, Result<void>&& done) {
                              auto& self = static_cast<PutFile&>(copy);
                              self.result_.attrs_kept = done.has_value();
                              self.succeed();
                          }));
    }
};

}  // namespace

void get_file(std::shared_ptr<Client> client, std::string_view path,
              std::shared_ptr<TransferFile> local, FileOptions options, Reply<FileResult> reply) {
    OpenFlags flags;
    flags.read = true;
    std::make_shared<GetFile>(std::move(client), path, std::move(local), std::move(options),
                              std::move(reply))
        ->open(flags, {});
}

void put_file(std::shared_ptr<Client> client, std::shared_ptr<TransferFile> local,
              std::string_view path, FileOptions options, Reply<FileResult> reply) {
    std::make_shared<PutFile>(std::move(client), path, std::move(local), std::move(options),
                              std::move(reply))
        ->start();
}

}  // namespace nacre::sftp
