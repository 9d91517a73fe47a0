/// \file
/// A file system in memory whose answers come when the test says, in the order that it says, or as
/// failures.
#pragma once
#include <nacre/sftp/memory_filesystem.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace nacre::test {

/// Every operation, of the Filesystem and of its files, passes through here.
class OperationGate {
  public:
    struct Pending {
        std::string what;  ///< "read a 0+10", "stat /x"
        std::function<void()> run;
        std::function<void(Error)> fail;
    };

    bool deferred = false;         ///< operations wait for release(); else they run at once
    std::size_t fail_at = kNever;  ///< the operation of this number (from 0) fails
    std::size_t drop_at = kNever;  ///< this one is never answered: its reply is dropped
    std::size_t started = 0;
    std::vector<std::string> log;  ///< all operations, as they arrived
    std::deque<Pending> pending;
    bool ended = false;
    static constexpr std::size_t kNever = static_cast<std::size_t>(-1);

    template <class T>
    void pass(std::string what, Reply<T> reply, std::function<void(Reply<T>)> work) {
        log.push_back(what);
        const std::size_t number = started++;
        if (number == drop_at) return;
        if (number == fail_at) {
            reply(sftp::failure(sftp::Status::failure, "injected"));
            return;
        }
        if (!deferred) {
            work(std::move(reply));
            return;
        }
        auto held = std::make_shared<Reply<T>>(std::move(reply));
        pending.push_back({std::move(what), [held, work] { work(std::move(*held)); },
                           [held](Error error) { (*held)(error); }});
    }
    /// Lets the i-th waiting operation run and answer.
    void release(std::size_t i = 0) { take(i).run(); }
    void fail(std::size_t i, sftp::Status status) { take(i).fail(sftp::failure(status)); }
    void drop(std::size_t i = 0) { take(i); }
    void release_all() {
        while (!pending.empty()) release();
    }
    std::vector<std::string> waiting() const {
        std::vector<std::string> all;
        for (const auto& p : pending) all.push_back(p.what);
        return all;
    }

  private:
    Pending take(std::size_t i) {
        Pending taken = std::move(pending.at(i));
        pending.erase(pending.begin() + static_cast<std::ptrdiff_t>(i));
        return taken;
    }
};

class DeferringFile final : public sftp::File {
  public:
    DeferringFile(std::shared_ptr<OperationGate> gate, std::shared_ptr<sftp::File> inner,
                  std::string name)
        : gate_(std::move(gate)), inner_(std::move(inner)), name_(std::move(name)) {}

    std::optional<sftp::FileIdentity> identity() const noexcept override {
        return inner_->identity();
    }
    void read(std::uint64_t offset, sftp::ReadBuffer buffer,
              Reply<sftp::ReadBuffer> reply) override {
        auto held = std::make_shared<sftp::ReadBuffer>(std::move(buffer));
        const auto n = held->frames.bytes() - held->skip;
        gate_->pass<sftp::ReadBuffer>(
            name("read ") + " " + std::to_string(offset) + "+" + std::to_string(n),
            std::move(reply), [inner = inner_, offset, held](Reply<sftp::ReadBuffer> r) {
                inner->read(offset, std::move(*held), std::move(r));
            });
    }
    void write(std::uint64_t offset, sftp::WriteBuffer buffer,
               Reply<sftp::WriteBuffer> reply) override {
        std::size_t n = 0;
        for (const auto& piece : buffer.pieces) n += piece.bytes.size();
        auto held = std::make_shared<sftp::WriteBuffer>(std::move(buffer));
        gate_->pass<sftp::WriteBuffer>(
            name("write ") + " " + std::to_string(offset) + "+" + std::to_string(n),
            std::move(reply), [inner = inner_, offset, held](Reply<sftp::WriteBuffer> r) {
                inner->write(offset, std::move(*held), std::move(r));
            });
    }
    void stat(sftp::AttrMask wanted, Reply<sftp::Attrs> reply) override {
        gate_->pass<sftp::Attrs>(
            name("fstat "), std::move(reply),
            [inner = inner_, wanted](auto r) { inner->stat(wanted, std::move(r)); });
    }
    void set_stat(const sftp::Attrs& attrs, Reply<void> reply) override {
        gate_->pass<void>(name("fsetstat "), std::move(reply), [inner = inner_, attrs](auto r) {
            inner->set_stat(attrs, std::move(r));
        });
    }
    void sync(Reply<void> reply) override {
        gate_->pass<void>(name("sync "), std::move(reply),
                          [inner = inner_](auto r) { inner->sync(std::move(r)); });
    }
    void stat_filesystem(Reply<sftp::FilesystemStats> reply) override {
        gate_->pass<sftp::FilesystemStats>(
            name("fstatvfs "), std::move(reply),
            [inner = inner_](auto r) { inner->stat_filesystem(std::move(r)); });
    }
    void copy_to(std::uint64_t from, std::uint64_t length, File& to, std::uint64_t at,
                 Reply<void> reply) override {
        auto& target = static_cast<DeferringFile&>(to);
        gate_->pass<void>(name("copy ") + " " + target.name_, std::move(reply),
                          [inner = inner_, from, length, other = target.inner_, at](auto r) {
                              inner->copy_to(from, length, *other, at, std::move(r));
                          });
    }
    void close(sftp::HandleEnd why, Reply<void> reply) override {
        gate_->pass<void>(name("close "), std::move(reply),
                          [inner = inner_, why](auto r) { inner->close(why, std::move(r)); });
    }

  private:
    std::string name(const char* operation) const { return operation + name_; }

    std::shared_ptr<OperationGate> gate_;
    std::shared_ptr<sftp::File> inner_;
    std::string name_;
};

class DeferringDirectory final : public sftp::Directory {
  public:
    DeferringDirectory(std::shared_ptr<OperationGate> gate, std::shared_ptr<sftp::Directory> inner)
        : gate_(std::move(gate)), inner_(std::move(inner)) {}
    void read(std::size_t most, Reply<std::vector<sftp::DirEntry>> reply) override {
        gate_->pass<std::vector<sftp::DirEntry>>(
            "readdir", std::move(reply),
            [inner = inner_, most](auto r) { inner->read(most, std::move(r)); });
    }

  private:
    std::shared_ptr<OperationGate> gate_;
    std::shared_ptr<sftp::Directory> inner_;
};

class DeferringFilesystem final : public sftp::Filesystem,
                                  public sftp::Links,
                                  public sftp::Space,
                                  public sftp::Users {
  public:
    explicit DeferringFilesystem(
        std::shared_ptr<sftp::Filesystem> inner = sftp::make_memory_filesystem())
        : inner_(std::move(inner)) {}

    OperationGate& gate() noexcept { return *gate_; }

    void open(std::string_view path, sftp::OpenFlags flags, const sftp::Attrs& attrs,
              Reply<std::shared_ptr<sftp::File>> reply) override {
        const std::string p(path);
        gate_->pass<std::shared_ptr<sftp::File>>(
            "open " + p, std::move(reply), [this, p, flags, attrs](auto r) {
                auto held = std::make_shared<decltype(r)>(std::move(r));
                inner_->open(p, flags, attrs,
                             Reply<std::shared_ptr<sftp::File>>::from(
                                 [this, p, held](Result<std::shared_ptr<sftp::File>>&& file) {
                                     if (file) {
                                         (*held)(std::shared_ptr<sftp::File>(
                                             std::make_shared<DeferringFile>(gate_, *file, p)));
                                     } else {
                                         (*held)(file.error());
                                     }
                                 }));
            });
    }
    void open_directory(std::string_view path,
                        Reply<std::shared_ptr<sftp::Directory>> reply) override {
        const std::string p(path);
        gate_->pass<std::shared_ptr<sftp::Directory>>(
            "opendir " + p, std::move(reply), [this, p](auto r) {
                auto held = std::make_shared<decltype(r)>(std::move(r));
                inner_->open_directory(
                    p, Reply<std::shared_ptr<sftp::Directory>>::from(
                           [this, held](Result<std::shared_ptr<sftp::Directory>>&& directory) {
                               if (directory) {
                                   (*held)(std::shared_ptr<sftp::Directory>(
                                       std::make_shared<DeferringDirectory>(gate_, *directory)));
                               } else {
                                   (*held)(directory.error());
                               }
                           }));
            });
    }
    void stat(std::string_view path, sftp::Follow follow, sftp::AttrMask wanted,
              Reply<sftp::Attrs> reply) override {
        const std::string p(path);
        gate_->pass<sftp::Attrs>("stat " + p, std::move(reply), [this, p, follow, wanted](auto r) {
            inner_->stat(p, follow, wanted, std::move(r));
        });
    }
    void set_stat(std::string_view path, const sftp::Attrs& attrs, sftp::Follow follow,
                  Reply<void> reply) override {
        const std::string p(path);
        gate_->pass<void>("setstat " + p, std::move(reply), [this, p, attrs, follow](auto r) {
            inner_->set_stat(p, attrs, follow, std::move(r));
        });
    }
    void remove(std::string_view path, Reply<void> reply) override {
        one("remove ", path, std::move(reply), &sftp::Filesystem::remove);
    }
    void make_directory(std::string_view path, const sftp::Attrs& attrs,
                        Reply<void> reply) override {
        const std::string p(path);
        gate_->pass<void>("mkdir " + p, std::move(reply), [this, p, attrs](auto r) {
            inner_->make_directory(p, attrs, std::move(r));
        });
    }
    void remove_directory(std::string_view path, Reply<void> reply) override {
        one("rmdir ", path, std::move(reply), &sftp::Filesystem::remove_directory);
    }
    void real_path(std::string_view path, sftp::PathCheck check,
                   Reply<sftp::RealPath> reply) override {
        const std::string p(path);
        gate_->pass<sftp::RealPath>("realpath " + p, std::move(reply), [this, p, check](auto r) {
            inner_->real_path(p, check, std::move(r));
        });
    }
    void rename(std::string_view from, std::string_view to, bool overwrite,
                Reply<void> reply) override {
        const std::string a(from), b(to);
        gate_->pass<void>(
            "rename " + a + " " + b, std::move(reply),
            [this, a, b, overwrite](auto r) { inner_->rename(a, b, overwrite, std::move(r)); });
    }
    void read_link(std::string_view path, Reply<std::string> reply) override {
        const std::string p(path);
        gate_->pass<std::string>("readlink " + p, std::move(reply), [this, p](auto r) {
            inner_->links()->read_link(p, std::move(r));
        });
    }
    void symlink(std::string_view target, std::string_view link, Reply<void> reply) override {
        const std::string a(target), b(link);
        gate_->pass<void>("symlink " + a + " " + b, std::move(reply),
                          [this, a, b](auto r) { inner_->links()->symlink(a, b, std::move(r)); });
    }
    void hard_link(std::string_view existing, std::string_view link, Reply<void> reply) override {
        const std::string a(existing), b(link);
        gate_->pass<void>("link " + a + " " + b, std::move(reply),
                          [this, a, b](auto r) { inner_->links()->hard_link(a, b, std::move(r)); });
    }
    void stat_filesystem(std::string_view path, Reply<sftp::FilesystemStats> reply) override {
        const std::string p(path);
        gate_->pass<sftp::FilesystemStats>("statvfs " + p, std::move(reply), [this, p](auto r) {
            inner_->space()->stat_filesystem(p, std::move(r));
        });
    }
    void home_directory(std::string_view user, Reply<std::string> reply) override {
        const std::string name(user);
        gate_->pass<std::string>("home " + name, std::move(reply), [name](auto r) {
            if (name.empty()) {
                r(std::string("/"));
            } else {
                r(sftp::failure(sftp::Status::no_such_file, "no such user"));
            }
        });
    }
    void names_of(std::vector<std::uint32_t> uids, std::vector<std::uint32_t> gids,
                  Reply<Names> r) override {
        gate_->pass<Names>("names", std::move(r), [uids, gids](auto reply) {
            Names names;
            for (const auto id : uids) names.first.push_back("u" + std::to_string(id));
            for (const auto id : gids) names.second.push_back("g" + std::to_string(id));
            reply(std::move(names));
        });
    }
    sftp::Links* links() noexcept override { return inner_->links() != nullptr ? this : nullptr; }
    sftp::Space* space() noexcept override { return inner_->space() != nullptr ? this : nullptr; }
    sftp::Users* users() noexcept override { return this; }
    void on_end() override { gate_->ended = true; }

  private:
    template <class T>
    void one(const char* what, std::string_view path, Reply<T> reply,
             void (sftp::Filesystem::*method)(std::string_view, Reply<T>)) {
        const std::string p(path);
        gate_->pass<T>(what + p, std::move(reply),
                       [this, p, method](Reply<T> r) { ((*inner_).*method)(p, std::move(r)); });
    }

    std::shared_ptr<sftp::Filesystem> inner_;
    std::shared_ptr<OperationGate> gate_ = std::make_shared<OperationGate>();
};

}  // namespace nacre::test
