// Open files and directories whose operations pass a handler of events.
#include "sftp/observation.hpp"

#include <vector>

namespace nacre::sftp {
namespace {

std::uint64_t moved(const ReadBuffer& buffer) noexcept {
    return buffer.filled;
}
std::uint64_t moved(const WriteBuffer& buffer) noexcept {
    return buffer.written;
}

/// Counts what goes through replies. Allocates only while more are under way than ever before.
template <class Buffer>
class CountedReplies {
  public:
    Reply<Buffer> counted(Reply<Buffer> reply) {
        if (free_.empty()) {
            free_.reserve(waiting_.size() + 1);
            free_.push_back(waiting_.size());
            waiting_.emplace_back();
        }
        const std::size_t slot = free_.back();
        free_.pop_back();
        waiting_[slot] = std::move(reply);
        return Reply<Buffer>(line_.ref(), slot, deliver);
    }
    void add(std::uint64_t bytes) noexcept { bytes_ += bytes; }
    std::uint64_t bytes() const noexcept { return bytes_; }

  private:
    static void deliver(void* target, std::uint64_t slot, Result<Buffer>&& answer) {
        auto& self = *static_cast<CountedReplies*>(target);
        if (answer) self.add(moved(*answer));
        auto reply = std::move(self.waiting_[slot]);
        self.free_.push_back(slot);
        // Whoever hears it may end the file, and this with it.
        reply(std::move(answer));
    }

    std::uint64_t bytes_ = 0;
    std::vector<Reply<Buffer>> waiting_;
    std::vector<std::size_t> free_;
    Lifeline line_{this};
};

/// What an open file and an open directory have in common. `Open`: File or Directory.
template <class Open>
class Observed : public Open {
  public:
    Observed(std::shared_ptr<Observing> all, std::shared_ptr<Open> inner, std::string path,
             std::uint64_t handle)
        : all_(std::move(all)), inner_(std::move(inner)), path_(std::move(path)), handle_(handle) {}

    void stat(AttrMask wanted, Reply<Attrs> reply) override {
        auto event = event_of(Operation::stat);
        event.wanted = wanted;
        all_->pass<Attrs>(
            std::move(event), std::move(reply),
            [inner = inner_](FileEvent& e, auto done) { inner->stat(e.wanted, std::move(done)); });
    }
    void set_stat(const Attrs& attrs, Reply<void> reply) override {
        auto event = event_of(Operation::set_stat);
        event.attrs = attrs;
        all_->pass<void>(std::move(event), std::move(reply),
                         [inner = inner_](FileEvent& e, auto done) {
                             inner->set_stat(e.attrs, std::move(done));
                         });
    }

  protected:
    FileEvent event_of(Operation operation) const {
        FileEvent event;
        event.operation = operation;
        event.handle = handle_;
        event.path = path_;
        return event;
    }

    std::shared_ptr<Observing> all_;
    std::shared_ptr<Open> inner_;
    std::string path_;

  private:
    std::uint64_t handle_;
};

class ObservedFile final : public Observed<File> {
  public:
    ObservedFile(std::shared_ptr<Observing> all, std::shared_ptr<File> inner, std::string path,
                 std::uint64_t handle)
        : Observed(std::move(all), std::move(inner), std::move(path), handle),
          reads_seen_(all_->wants(Operation::read)),
          writes_seen_(all_->wants(Operation::write)),
          counts_(all_->wants(Operation::close)) {}

    std::optional<FileIdentity> identity() const noexcept override { return inner_->identity(); }
    void read(std::uint64_t offset, ReadBuffer buffer, Reply<ReadBuffer> reply) override {
        if (counts_) reply = reads_.counted(std::move(reply));
        if (!reads_seen_) {
            inner_->read(offset, std::move(buffer), std::move(reply));
            return;
        }
        auto event = event_of(Operation::read);
        event.offset = offset;
        event.length = buffer.frames.bytes() - buffer.skip;
        event.value = std::move(buffer);
        all_->pass<ReadBuffer>(std::move(event), std::move(reply),
                               [inner = inner_](FileEvent& e, Reply<ReadBuffer> done) {
                                   if (auto* to = std::get_if<ReadBuffer>(&e.value))
                                       inner->read(e.offset, std::move(*to), std::move(done));
                               });
    }
    void write(std::uint64_t offset, WriteBuffer buffer, Reply<WriteBuffer> reply) override {
        if (counts_) reply = writes_.counted(std::move(reply));
        if (!writes_seen_) {
            inner_->write(offset, std::move(buffer), std::move(reply));
            return;
        }
        auto event = event_of(Operation::write);
        event.offset = offset;
        for (const auto& piece : buffer.pieces) event.length += piece.bytes.size();
        event.value = std::move(buffer);
        all_->pass<WriteBuffer>(std::move(event), std::move(reply),
                                [inner = inner_](FileEvent& e, Reply<WriteBuffer> done) {
                                    if (auto* from = std::get_if<WriteBuffer>(&e.value))
                                        inner->write(e.offset, std::move(*from), std::move(done));
                                });
    }
    void sync(Reply<void> reply) override {
        all_->pass<void>(event_of(Operation::sync), std::move(reply),
                         [inner = inner_](FileEvent&, auto done) { inner->sync(std::move(done)); });
    }
    void stat_filesystem(Reply<FilesystemStats> reply) override {
        all_->pass<FilesystemStats>(
            event_of(Operation::stat_filesystem), std::move(reply),
            [inner = inner_](FileEvent&, auto done) { inner->stat_filesystem(std::move(done)); });
    }
    void copy_to(std::uint64_t from, std::uint64_t length, File& to, std::uint64_t at,
                 Reply<void> reply) override {
        auto* target = dynamic_cast<ObservedFile*>(&to);
        if (target == nullptr) {
            reply(failure(Status::op_unsupported));
            return;
        }
        auto event = event_of(Operation::copy_data);
        event.other = target->path_;
        event.offset = from;
        event.length = length;
        event.other_offset = at;
        all_->pass<void>(std::move(event), std::move(reply),
                         [inner = inner_, other = target->inner_](FileEvent& e, auto done) {
                             inner->copy_to(e.offset, e.length, *other, e.other_offset,
                                            std::move(done));
                         });
    }
    void block(std::uint64_t offset, std::uint64_t length, BlockMask mask,
               Reply<void> reply) override {
        auto event = event_of(Operation::block);
        event.offset = offset;
        event.length = length;
        event.mask = mask;
        all_->pass<void>(std::move(event), std::move(reply),
                         [inner = inner_](FileEvent& e, auto done) {
                             inner->block(e.offset, e.length, e.mask, std::move(done));
                         });
    }
    void unblock(std::uint64_t offset, std::uint64_t length, Reply<void> reply) override {
        auto event = event_of(Operation::unblock);
        event.offset = offset;
        event.length = length;
        all_->pass<void>(std::move(event), std::move(reply),
                         [inner = inner_](FileEvent& e, auto done) {
                             inner->unblock(e.offset, e.length, std::move(done));
                         });
    }
    void close(HandleEnd why, Reply<void> reply) override {
        auto event = event_of(Operation::close);
        event.end = why;
        event.bytes_read = reads_.bytes();
        event.bytes_written = writes_.bytes();
        all_->pass<void>(
            std::move(event), std::move(reply),
            [inner = inner_, why](FileEvent&, auto done) { inner->close(why, std::move(done)); });
    }

  private:
    bool reads_seen_;
    bool writes_seen_;
    bool counts_;
    CountedReplies<ReadBuffer> reads_;
    CountedReplies<WriteBuffer> writes_;
};

class ObservedDirectory final : public Observed<Directory> {
  public:
    using Observed::Observed;

    void read(std::size_t max_entries, Reply<std::vector<DirEntry>> reply) override {
        if (!all_->wants(Operation::read_directory)) {
            inner_->read(max_entries, std::move(reply));
            return;
        }
        auto event = event_of(Operation::read_directory);
        event.length = max_entries;
        all_->pass<std::vector<DirEntry>>(std::move(event), std::move(reply),
                                          [inner = inner_, max_entries](FileEvent&, auto done) {
                                              inner->read(max_entries, std::move(done));
                                          });
    }
    void close(HandleEnd why) override {
        auto event = event_of(Operation::close);
        event.end = why;
        // Nobody waits for the end of a directory.
        all_->pass<void>(std::move(event), Reply<void>(),
                         [inner = inner_, why](FileEvent&, Reply<void> done) {
                             inner->close(why);
                             done({});
                         });
    }
};

}  // namespace

std::shared_ptr<File> observe_file(std::shared_ptr<Observing> all, std::shared_ptr<File> file,
                                   std::string path, std::uint64_t handle) {
    if (!file) return nullptr;
    return std::make_shared<ObservedFile>(std::move(all), std::move(file), std::move(path), handle);
}

std::shared_ptr<Directory> observe_directory(std::shared_ptr<Observing> all,
                                             std::shared_ptr<Directory> directory, std::string path,
                                             std::uint64_t handle) {
    if (!directory) return nullptr;
    return std::make_shared<ObservedDirectory>(std::move(all), std::move(directory),
                                               std::move(path), handle);
}

}  // namespace nacre::sftp
