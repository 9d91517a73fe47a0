#include "sftp/observation.hpp"

#include <nacre/sftp/observed_filesystem.hpp>

namespace nacre::sftp {

/// Shortens a text to what goes into a reply: one line, no half character at its end.
void Observing::say(std::string message) {
    if (message.size() > FileEvent::kMaxMessage) {
        std::size_t end = FileEvent::kMaxMessage;
        while (end != 0 && (static_cast<unsigned char>(message[end]) & 0xc0) == 0x80) --end;
        message.resize(end);
    }
    for (char& c : message) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) c = ' ';
    }
    message_ = std::move(message);
}

namespace {

FileEvent event_of(Operation operation, std::string_view path, std::string_view other = {}) {
    FileEvent event;
    event.operation = operation;
    event.path = path;
    event.other = other;
    return event;
}

class ObservedFilesystem final : public Filesystem,
                                 public Links,
                                 public Space,
                                 public Users,
                                 public Copies,
                                 public TemporaryFolders {
  public:
    ObservedFilesystem(std::shared_ptr<Filesystem> inner, std::shared_ptr<FilesystemEvents> events)
        : all_(std::make_shared<Observing>(std::move(inner), std::move(events))) {}

    void open(std::string_view path, OpenFlags flags, const Attrs& attrs,
              Reply<std::shared_ptr<File>> reply) override {
        auto event = event_of(Operation::open, path);
        event.flags = flags;
        event.attrs = attrs;
        event.handle = all_->next_handle();
        auto wrapped = wrap(std::move(reply), event, observe_file);
        all_->pass<std::shared_ptr<File>>(
            std::move(event), std::move(wrapped), [all = all_](FileEvent& e, auto done) {
                all->inner().open(e.path, e.flags, e.attrs, std::move(done));
            });
    }
    void open_directory(std::string_view path, Reply<std::shared_ptr<Directory>> reply) override {
        auto event = event_of(Operation::open_directory, path);
        event.handle = all_->next_handle();
        auto wrapped = wrap(std::move(reply), event, observe_directory);
        all_->pass<std::shared_ptr<Directory>>(
            std::move(event), std::move(wrapped), [all = all_](FileEvent& e, auto done) {
                all->inner().open_directory(e.path, std::move(done));
            });
    }
    void stat(std::string_view path, Follow follow, AttrMask wanted, Reply<Attrs> reply) override {
        if (!all_->wants(Operation::stat)) {
            all_->inner().stat(path, follow, wanted, std::move(reply));
            return;
        }
        auto event = event_of(Operation::stat, path);
        event.follow = follow;
        event.wanted = wanted;
        all_->pass<Attrs>(std::move(event), std::move(reply),
                          [all = all_](FileEvent& e, auto done) {
                              all->inner().stat(e.path, e.follow, e.wanted, std::move(done));
                          });
    }
    void set_stat(std::string_view path, const Attrs& attrs, Follow follow,
                  Reply<void> reply) override {
        auto event = event_of(Operation::set_stat, path);
        event.attrs = attrs;
        event.follow = follow;
        all_->pass<void>(std::move(event), std::move(reply), [all = all_](FileEvent& e, auto done) {
            all->inner().set_stat(e.path, e.attrs, e.follow, std::move(done));
        });
    }
    void remove(std::string_view path, Reply<void> reply) override {
        all_->pass<void>(event_of(Operation::remove, path), std::move(reply),
                         [all = all_](FileEvent& e, auto done) {
                             all->inner().remove(e.path, std::move(done));
                         });
    }
    void make_directory(std::string_view path, const Attrs& attrs, Reply<void> reply) override {
        auto event = event_of(Operation::make_directory, path);
        event.attrs = attrs;
        all_->pass<void>(std::move(event), std::move(reply), [all = all_](FileEvent& e, auto done) {
            all->inner().make_directory(e.path, e.attrs, std::move(done));
        });
    }
    void remove_directory(std::string_view path, Reply<void> reply) override {
        all_->pass<void>(event_of(Operation::remove_directory, path), std::move(reply),
                         [all = all_](FileEvent& e, auto done) {
                             all->inner().remove_directory(e.path, std::move(done));
                         });
    }
    void real_path(std::string_view path, PathCheck check, Reply<RealPath> reply) override {
        auto event = event_of(Operation::real_path, path);
        event.check = check;
        all_->pass<RealPath>(std::move(event), std::move(reply),
                             [all = all_](FileEvent& e, auto done) {
                                 all->inner().real_path(e.path, e.check, std::move(done));
                             });
    }
    void rename(std::string_view from, std::string_view to, bool overwrite,
                Reply<void> reply) override {
        auto event = event_of(Operation::rename, from, to);
        event.overwrite = overwrite;
        all_->pass<void>(std::move(event), std::move(reply), [all = all_](FileEvent& e, auto done) {
            all->inner().rename(e.path, e.other, e.overwrite, std::move(done));
        });
    }
    Links* links() noexcept override { return all_->inner().links() ? this : nullptr; }
    Space* space() noexcept override { return all_->inner().space() ? this : nullptr; }
    Users* users() noexcept override { return all_->inner().users() ? this : nullptr; }
    Copies* copies() noexcept override { return all_->inner().copies() ? this : nullptr; }
    TemporaryFolders* temporary_folders() noexcept override {
        return all_->inner().temporary_folders() ? this : nullptr;
    }
    NameTranslation* name_translation() noexcept override {
        return all_->inner().name_translation();
    }
    FilesystemTraits traits() const noexcept override { return all_->inner().traits(); }
    std::string take_message() override {
        auto message = all_->take_message();
        return message.empty() ? all_->inner().take_message() : message;
    }
    void on_end() override { all_->inner().on_end(); }

    void read_link(std::string_view path, Reply<std::string> reply) override {
        all_->pass<std::string>(event_of(Operation::read_link, path), std::move(reply),
                                [all = all_](FileEvent& e, auto done) {
                                    all->inner().links()->read_link(e.path, std::move(done));
                                });
    }
    void symlink(std::string_view target, std::string_view link, Reply<void> reply) override {
        all_->pass<void>(event_of(Operation::symlink, link, target), std::move(reply),
                         [all = all_](FileEvent& e, auto done) {
                             all->inner().links()->symlink(e.other, e.path, std::move(done));
                         });
    }
    void hard_link(std::string_view existing, std::string_view link, Reply<void> reply) override {
        all_->pass<void>(event_of(Operation::hard_link, link, existing), std::move(reply),
                         [all = all_](FileEvent& e, auto done) {
                             all->inner().links()->hard_link(e.other, e.path, std::move(done));
                         });
    }
    void stat_filesystem(std::string_view path, Reply<FilesystemStats> reply) override {
        all_->pass<FilesystemStats>(event_of(Operation::stat_filesystem, path), std::move(reply),
                                    [all = all_](FileEvent& e, auto done) {
                                        all->inner().space()->stat_filesystem(e.path,
                                                                              std::move(done));
                                    });
    }
    void home_directory(std::string_view user, Reply<std::string> reply) override {
        all_->pass<std::string>(event_of(Operation::home_directory, user), std::move(reply),
                                [all = all_](FileEvent& e, auto done) {
                                    all->inner().users()->home_directory(e.path, std::move(done));
                                });
    }
    void names_of(std::vector<std::uint32_t> uids, std::vector<std::uint32_t> gids,
                  Reply<Names> reply) override {
        auto event = event_of(Operation::names_of, {});
        event.uids = std::move(uids);
        event.gids = std::move(gids);
        all_->pass<Names>(std::move(event), std::move(reply),
                          [all = all_](FileEvent& e, auto done) {
                              all->inner().users()->names_of(e.uids, e.gids, std::move(done));
                          });
    }
    void copy_file(std::string_view from, std::string_view to, bool overwrite,
                   Reply<void> reply) override {
        auto event = event_of(Operation::copy_file, from, to);
        event.overwrite = overwrite;
        all_->pass<void>(std::move(event), std::move(reply), [all = all_](FileEvent& e, auto done) {
            all->inner().copies()->copy_file(e.path, e.other, e.overwrite, std::move(done));
        });
    }
    void temporary_folder(Reply<std::string> reply) override {
        all_->pass<std::string>(
            event_of(Operation::temporary_folder, {}), std::move(reply),
            [all = all_](FileEvent&, auto done) {
                all->inner().temporary_folders()->temporary_folder(std::move(done));
            });
    }
    void make_temporary_folder(Reply<std::string> reply) override {
        all_->pass<std::string>(
            event_of(Operation::make_temporary_folder, {}), std::move(reply),
            [all = all_](FileEvent&, auto done) {
                all->inner().temporary_folders()->make_temporary_folder(std::move(done));
            });
    }

  private:
    /// A reply that puts what was opened, by whomever, behind the events.
    template <class T, class Make>
    Reply<std::shared_ptr<T>> wrap(Reply<std::shared_ptr<T>> reply, const FileEvent& event,
                                   Make make) {
        auto held = std::make_shared<Reply<std::shared_ptr<T>>>(std::move(reply));
        return Reply<std::shared_ptr<T>>::from(
            [all = all_, held, make, path = event.path,
             handle = event.handle](Result<std::shared_ptr<T>>&& opened) {
                if (opened) {
                    (*held)(make(all, std::move(opened).value(), path, handle));
                } else {
                    (*held)(opened.error());
                }
            });
    }

    std::shared_ptr<Observing> all_;
};

}  // namespace

std::shared_ptr<Filesystem> make_observed_filesystem(std::shared_ptr<Filesystem> filesystem,
                                                     std::shared_ptr<FilesystemEvents> events) {
    return std::make_shared<ObservedFilesystem>(std::move(filesystem), std::move(events));
}

}  // namespace nacre::sftp
