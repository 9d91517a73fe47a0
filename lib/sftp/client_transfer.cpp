#include <nacre/sftp/transfer.hpp>

#include <algorithm>
#include <deque>
#include <limits>
#include <optional>

namespace nacre::sftp {
namespace {

/// Whether the transfer may begin.
bool enlist(TransferControl& control, std::weak_ptr<Cancellable> transfer) {
    control.requests = std::clamp<std::size_t>(control.requests, 1, kTransferRequests);
    if (control.cancellation == nullptr) return true;
    if (control.cancellation->requested()) return false;
    control.cancellation->add(std::move(transfer));
    return true;
}

/// Kept alive by the replies it waits for.
class Download final : public Cancellable, public std::enable_shared_from_this<Download> {
  public:
    Download(std::shared_ptr<Client> client, RemoteHandle handle, std::uint64_t offset,
             std::optional<std::uint64_t> expected, TransferOut out, Reply<std::uint64_t> reply,
             TransferControl control)
        : client_(std::move(client)),
          handle_(std::move(handle)),
          offset_(offset),
          total_(expected),
          expected_(expected.value_or(std::numeric_limits<std::uint64_t>::max())),
          next_(offset),
          out_(std::move(out)),
          reply_(std::move(reply)),
          control_(std::move(control)) {}

    void start() {
        if (enlist(control_, weak_from_this())) return fill();
        end(kCancelled);
    }
    void on_cancel() override {
        const auto self = shared_from_this();
        chunks_.clear();
        end(kCancelled);
    }
    /// Asks for as much as may be under way.
    void fill() {
        const std::uint32_t length = client_->server().max_read;
        while (!over() && !end_seen_ && chunks_.size() < control_.requests &&
               (chunks_.empty() || (next_ < expected_ && asked_ + length <= kTransferBytes))) {
            chunks_.push_back({first_ + chunks_.size(), next_, length, {}, false});
            next_ += length;
            asked_ += length;
            ask(chunks_.back());
        }
    }

  private:
    /// A range of the file, asked for once or, after short answers, in several steps.
    struct Chunk {
        std::uint64_t number;
        std::uint64_t offset;
        std::uint32_t missing;
        std::vector<Payload> pieces;
        bool done;
    };

    bool over() const noexcept { return !reply_; }

    void ask(const Chunk& chunk) {
        client_->read(handle_, chunk.offset, chunk.missing,
                      Reply<RemoteData>::from([self = shared_from_this(),
                                               number = chunk.number](Result<RemoteData>&& answer) {
                          self->on_data(number, std::move(answer));
                      }));
    }

    void on_data(std::uint64_t number, Result<RemoteData>&& answer) {
        if (over() || number < first_ || number - first_ >= chunks_.size()) return;
        if (!answer) return end(answer.error());
        Chunk& chunk = chunks_[static_cast<std::size_t>(number - first_)];
        if (answer->size == 0) {
            // Nothing is here, so nothing is behind it.
            end_seen_ = true;
            chunk.done = true;
            const std::uint64_t rest = chunk.number - first_ + 1;
            while (chunks_.size() > rest) chunks_.pop_back();
        } else {
            std::move(answer->pieces.begin(), answer->pieces.end(),
                      std::back_inserter(chunk.pieces));
            chunk.offset += answer->size;
            chunk.missing -= static_cast<std::uint32_t>(answer->size);
            if (chunk.missing == 0) {
                chunk.done = true;
            } else {
                ask(chunk);
            }
        }
        if (!over()) deliver();
        if (!over()) fill();
    }

    /// Hands out what has no gap before it.
    void deliver() {
        const std::uint32_t length = client_->server().max_read;
        while (!chunks_.empty() && chunks_.front().done) {
            const Chunk chunk = std::move(chunks_.front());
            chunks_.pop_front();
            ++first_;
            asked_ -= length;
            for (const auto& piece : chunk.pieces) {
                if (auto taken = out_(piece.bytes); !taken) return end(taken.error());
                delivered_ += piece.bytes.size();
            }
            if (control_.progress) control_.progress(offset_ + delivered_, total_);
        }
        if (chunks_.empty() && end_seen_) reply_(delivered_);
    }

    void end(const Error& error) { reply_(error); }

    std::shared_ptr<Client> client_;
    RemoteHandle handle_;
    std::uint64_t offset_;
    std::optional<std::uint64_t> total_;
    std::uint64_t expected_;
    std::uint64_t next_;  // offset of the next chunk
    TransferOut out_;
    Reply<std::uint64_t> reply_;
    TransferControl control_;
    std::deque<Chunk> chunks_;  // in the order of the file
    std::uint64_t first_ = 0;   // number of the first of them
    std::uint64_t asked_ = 0;   // bytes they are for
    std::uint64_t delivered_ = 0;
    bool end_seen_ = false;
};

class Upload final : public Cancellable, public std::enable_shared_from_this<Upload> {
  public:
    Upload(std::shared_ptr<Client> client, RemoteHandle handle, std::uint64_t offset, TransferIn in,
           Reply<std::uint64_t> reply, std::optional<std::uint64_t> expected,
           TransferControl control)
        : client_(std::move(client)),
          handle_(std::move(handle)),
          offset_(offset),
          total_(expected),
          next_(offset),
          in_(std::move(in)),
          reply_(std::move(reply)),
          control_(std::move(control)),
          buffer_(buffer_size(client_->server().max_write)) {}

    void start() {
        if (!enlist(control_, weak_from_this())) error_ = kCancelled;
        fill();
    }
    void on_cancel() override {
        if (!reply_) return;
        if (!error_) error_ = kCancelled;
        fill();
    }

    void fill() {
        // The client answers inside write() when it is over.
        if (filling_) return;
        filling_ = true;
        while (!input_ended_ && !error_ && writing_ < control_.requests &&
               (writing_ == 0 || ((writing_ + 1) * buffer_.size() <= kTransferBytes &&
                                  client_->backlog() < kTransferBacklog)))
            write_next();
        filling_ = false;
        if (writing_ != 0 || (!input_ended_ && !error_)) return;
        if (error_) {
            reply_(*error_);
        } else {
            reply_(written_);
        }
    }

  private:
    /// One byte more than is expected, so that the first time tells that it was all.
    std::size_t buffer_size(std::uint32_t most) const noexcept {
        constexpr std::uint64_t kLeast = 4096;
        if (!total_) return most;
        const std::uint64_t rest = *total_ - std::min(*total_, offset_);
        return static_cast<std::size_t>(std::min<std::uint64_t>(most, std::max(rest + 1, kLeast)));
    }

    void write_next() {
        const auto got = in_(buffer_);
        if (!got) {
            error_ = got.error();
            return;
        }
        input_ended_ = *got < buffer_.size();
        if (*got == 0) return;
        const auto offset = next_;
        next_ += *got;
        ++writing_;
        client_->write(
            handle_, offset, ByteView(buffer_).first(*got),
            Reply<void>::from([self = shared_from_this(), n = *got](Result<void>&& answer) {
                self->on_written(n, answer);
            }));
    }

    void on_written(std::size_t n, const Result<void>& answer) {
        --writing_;
        if (answer) {
            written_ += n;
            // Bytes are acknowledged in any order; all that counts is how many.
            if (control_.progress) control_.progress(offset_ + written_, total_);
        } else if (!error_) {
            error_ = answer.error();
        }
        fill();
    }

    std::shared_ptr<Client> client_;
    RemoteHandle handle_;
    std::uint64_t offset_;
    std::optional<std::uint64_t> total_;
    std::uint64_t next_;
    TransferIn in_;
    Reply<std::uint64_t> reply_;
    TransferControl control_;
    Bytes buffer_;
    std::size_t writing_ = 0;  // WRITEs under way
    std::uint64_t written_ = 0;
    std::optional<Error> error_;
    bool input_ended_ = false;
    bool filling_ = false;
};

class Listing final : public std::enable_shared_from_this<Listing> {
  public:
    Listing(std::shared_ptr<Client> client, Reply<std::vector<RemoteEntry>> reply)
        : client_(std::move(client)), reply_(std::move(reply)) {}

    void start(std::string_view path) {
        client_->open_directory(
            path,
            Reply<RemoteHandle>::from([self = shared_from_this()](Result<RemoteHandle>&& answer) {
                if (!answer) return self->reply_(answer.error());
                self->handle_ = std::move(*answer);
                self->read();
            }));
    }

  private:
    using Entries = std::vector<RemoteEntry>;

    void read() {
        client_->read_directory(
            handle_, Reply<Entries>::from([self = shared_from_this()](Result<Entries>&& answer) {
                self->on_entries(std::move(answer));
            }));
    }

    void on_entries(Result<Entries>&& answer) {
        if (!answer) return finish(answer.error());
        if (answer->empty()) return finish({});
        if (answer->size() > kMaxListing - entries_.size())
            return finish(over_limit("directory of the server has too many entries"));
        std::move(answer->begin(), answer->end(), std::back_inserter(entries_));
        read();
    }

    /// Whether the directory closes well changes nothing in what was read.
    void finish(std::optional<Error> error) {
        client_->close_handle(handle_,
                              Reply<void>::from([self = shared_from_this(), error](Result<void>&&) {
                                  if (error) {
                                      self->reply_(*error);
                                  } else {
                                      self->reply_(std::move(self->entries_));
                                  }
                              }));
    }

    std::shared_ptr<Client> client_;
    Reply<Entries> reply_;
    RemoteHandle handle_;
    Entries entries_;
};

}  // namespace

void download(std::shared_ptr<Client> client, RemoteHandle handle, std::uint64_t offset,
              std::optional<std::uint64_t> expected, TransferOut out, Reply<std::uint64_t> reply,
              TransferControl control) {
    std::make_shared<Download>(std::move(client), std::move(handle), offset, expected,
                               std::move(out), std::move(reply), std::move(control))
        ->start();
}

void upload(std::shared_ptr<Client> client, RemoteHandle handle, std::uint64_t offset,
            TransferIn in, Reply<std::uint64_t> reply, std::optional<std::uint64_t> expected,
            TransferControl control) {
    std::make_shared<Upload>(std::move(client), std::move(handle), offset, std::move(in),
                             std::move(reply), expected, std::move(control))
        ->start();
}

void list_directory(std::shared_ptr<Client> client, std::string_view path,
                    Reply<std::vector<RemoteEntry>> reply) {
    std::make_shared<Listing>(std::move(client), std::move(reply))->start(path);
}

}  // namespace nacre::sftp
