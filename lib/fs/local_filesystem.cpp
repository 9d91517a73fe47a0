#include "fs/attrs_change.hpp"
#include "fs/background.hpp"
#include "fs/copy_range.hpp"
#include "fs/local_directory.hpp"
#include "fs/local_file.hpp"
#include "fs/local_tree.hpp"

#include <nacre/fs/local_filesystem.hpp>

#include <utility>

namespace nacre::fs {
namespace {

using sftp::Attrs;
using sftp::Follow;

/// Each operation is one call of the LocalTree, made where it may block.
class LocalFilesystem final : public sftp::Filesystem,
                              public sftp::Links,
                              public sftp::Space,
                              public sftp::Users,
                              public sftp::Copies,
                              public sftp::TemporaryFolders {
  public:
    LocalFilesystem(std::shared_ptr<LocalTree> tree, Executor& executor)
        : tree_(std::move(tree)), executor_(executor) {}

    void open(std::string_view path, sftp::OpenFlags flags, const Attrs& attrs,
              Reply<std::shared_ptr<sftp::File>> reply) override {
        answer(!has_acl(attrs) && tree_->opens_at_once(path, flags), std::move(reply),
               [tree = tree_, name = std::string(path), flags, attrs,
                &executor = executor_]() -> Result<std::shared_ptr<sftp::File>> {
                   NACRE_TRY(auto file, tree->open(name, flags, attrs));
                   return std::shared_ptr<sftp::File>(
                       std::make_shared<LocalFile>(std::move(file), executor));
               });
    }
    void open_directory(std::string_view path,
                        Reply<std::shared_ptr<sftp::Directory>> reply) override {
        answer(tree_->opens_at_once(path, {true}), std::move(reply),
               [tree = tree_, name = std::string(path),
                &executor = executor_]() -> Result<std::shared_ptr<sftp::Directory>> {
                   NACRE_TRY(auto directory, tree->open_directory(name));
                   return std::shared_ptr<sftp::Directory>(
                       std::make_shared<LocalDirectory>(std::move(directory), executor));
               });
    }
    void stat(std::string_view path, Follow follow, sftp::AttrMask wanted,
              Reply<Attrs> reply) override {
        if (auto attrs = tree_->stat_at_once(path, follow, wanted)) {
            reply(std::move(*attrs));
            return;
        }
        answer(false, std::move(reply), [tree = tree_, name = std::string(path), follow, wanted] {
            return tree->stat(name, follow, wanted);
        });
    }
    void set_stat(std::string_view path, const Attrs& attrs, Follow follow,
                  Reply<void> reply) override {
        answer(!needs_names(attrs) && tree_->quota_at_once() && tree_->alters_at_once(path),
               std::move(reply), [tree = tree_, name = std::string(path), attrs, follow] {
                   return tree->set_stat(name, attrs, follow);
               });
    }
    void remove(std::string_view path, Reply<void> reply) override {
        if (const auto place = tree_->removes_at_once(path)) return reply(tree_->remove(*place));
        answer(false, std::move(reply),
               [tree = tree_, name = std::string(path)] { return tree->remove(name); });
    }
    void make_directory(std::string_view path, const Attrs& attrs, Reply<void> reply) override {
        answer(!has_acl(attrs) && names(path), std::move(reply),
               [tree = tree_, name = std::string(path), attrs] {
                   return tree->make_directory(name, attrs);
               });
    }
    void remove_directory(std::string_view path, Reply<void> reply) override {
        answer(names(path), std::move(reply),
               [tree = tree_, name = std::string(path)] { return tree->remove_directory(name); });
    }
    void real_path(std::string_view path, sftp::PathCheck check,
                   Reply<sftp::RealPath> reply) override {
        // Attributes have names in them.
        const bool at_once = check == sftp::PathCheck::no_check ||
                             (check == sftp::PathCheck::last_may_miss && looks(path));
        answer(at_once, std::move(reply), [tree = tree_, name = std::string(path), check] {
            return tree->real_path(name, check);
        });
    }
    void rename(std::string_view from, std::string_view to, bool overwrite,
                Reply<void> reply) override {
        answer(names(from) && tree_->removes_at_once(to).has_value(), std::move(reply),
               [tree = tree_, old_name = std::string(from), new_name = std::string(to), overwrite] {
                   return tree->rename(old_name, new_name, overwrite);
               });
    }
    sftp::Links* links() noexcept override { return this; }
    sftp::Space* space() noexcept override { return this; }
    sftp::Users* users() noexcept override { return this; }
    sftp::Copies* copies() noexcept override { return this; }
    sftp::TemporaryFolders* temporary_folders() noexcept override {
        return tree_->config().temporary_folder.empty() ? nullptr : this;
    }
    sftp::FilesystemTraits traits() const noexcept override { return tree_->traits(); }

    void read_link(std::string_view path, Reply<std::string> reply) override {
        answer(tree_->looks_at_once(path, Follow::no), std::move(reply),
               [tree = tree_, name = std::string(path)] { return tree->read_link(name); });
    }
    void symlink(std::string_view target, std::string_view link, Reply<void> reply) override {
        answer(names(link), std::move(reply),
               [tree = tree_, text = std::string(target), name = std::string(link)] {
                   return tree->symlink(text, name);
               });
    }
    void hard_link(std::string_view existing, std::string_view link, Reply<void> reply) override {
        answer(names(existing) && names(link), std::move(reply),
               [tree = tree_, old_name = std::string(existing), name = std::string(link)] {
                   return tree->hard_link(old_name, name);
               });
    }
    void stat_filesystem(std::string_view path, Reply<sftp::FilesystemStats> reply) override {
        answer(tree_->quota_at_once() && looks(path), std::move(reply),
               [tree = tree_, name = std::string(path)] { return tree->stat_filesystem(name); });
    }
    void home_directory(std::string_view user, Reply<std::string> reply) override {
        answer(user.empty(), std::move(reply),
               [tree = tree_, name = std::string(user)] { return tree->home_directory(name); });
    }
    void copy_file(std::string_view from, std::string_view to, bool overwrite,
                   Reply<void> reply) override {
        auto opened = Reply<LocalTree::Copy>::from(
            [reply = std::move(reply), &executor = executor_,
             copying = copying_](Result<LocalTree::Copy>&& copy) mutable {
                if (!copy) return reply(copy.error());
                copying->target = copy->target;
                copy->target->abandoned = copying->ended;
                copy_whole(std::move(*copy), executor, std::move(reply));
            });
        answer(false, std::move(opened),
               [tree = tree_, source = std::string(from), target = std::string(to), overwrite,
                &executor = executor_]() -> Result<LocalTree::Copy> {
                   NACRE_TRY(auto copy, tree->begin_copy(source, target, overwrite));
                   copy.source->closes_in = copy.target->closes_in = &executor;
                   return copy;
               });
    }
    void temporary_folder(Reply<std::string> reply) override {
        answer(false, std::move(reply), [tree = tree_] { return tree->temporary_folder(); });
    }
    void make_temporary_folder(Reply<std::string> reply) override {
        answer(false, std::move(reply), [tree = tree_] { return tree->make_temporary_folder(); });
    }
    void names_of(std::vector<std::uint32_t> uids, std::vector<std::uint32_t> gids,
                  Reply<Names> reply) override {
        answer(false, std::move(reply),
               [tree = tree_, uids = std::move(uids), gids = std::move(gids)]() -> Result<Names> {
                   Names names;
                   PosixNames& known = tree->shared().names;
                   for (const auto uid : uids) names.first.push_back(known.user(uid));
                   for (const auto gid : gids) names.second.push_back(known.group(gid));
                   return names;
               });
    }

    void on_end() override {
        copying_->ended = true;
        if (const auto target = copying_->target.lock()) target->abandoned = true;
    }

  private:
    /// The copy that nobody waits for any more when the session has ended.
    struct Copying {
        std::weak_ptr<OpenFile> target;
        bool ended = false;
    };

    static void copy_whole(LocalTree::Copy copy, Executor& executor, Reply<void> reply) {
        auto copied = Reply<void>::from([target = copy.target, reply = std::move(reply),
                                         &executor](Result<void>&& result) mutable {
            answer_with(executor, true, std::move(reply),
                        [target = std::move(target), result = std::move(result)]() -> Result<void> {
                            target->incomplete = target->incomplete || !result;
                            const auto ended = end_file(target, sftp::HandleEnd::closed);
                            return result ? ended : result;
                        });
        });
        copy_range(copy.source, copy.target, {}, executor, std::move(copied));
    }
    bool looks(std::string_view path) const { return tree_->looks_at_once(path, Follow::yes); }
    bool names(std::string_view path) const { return tree_->names_at_once(path); }

    template <class T, class Work>
    void answer(bool at_once, Reply<T> reply, Work work) {
        answer_with(executor_, !at_once, std::move(reply), std::move(work));
    }

    std::shared_ptr<LocalTree> tree_;
    Executor& executor_;
    std::shared_ptr<Copying> copying_ = std::make_shared<Copying>();
};

}  // namespace

Result<std::shared_ptr<sftp::Filesystem>> make_local_filesystem(LocalFilesystemConfig config,
                                                                Executor& executor) {
    return LocalFolder(std::move(config), executor).filesystem();
}

LocalFolder::LocalFolder(LocalFilesystemConfig config, Executor& executor)
    : config_(std::move(config)), executor_(executor) {
    if (!config_.shared) config_.shared = make_local_shared();
}
LocalFolder::~LocalFolder() = default;
LocalFolder::LocalFolder(LocalFolder&&) noexcept = default;

Result<std::shared_ptr<sftp::Filesystem>> LocalFolder::filesystem() {
    struct stat status {};
    const std::string folder =
        tree_ == nullptr ? std::string() : config_.root + tree_->jail().confine();
    const bool current =
        tree_ != nullptr && ::stat(folder.c_str(), &status) == 0 && tree_->jail().is_top(status);
    if (!current) {
        tree_.reset();
        NACRE_TRY(auto jail,
                  Jail::make(config_.root, config_.home, config_.force_walk, config_.confine));
        tree_ = std::make_shared<LocalTree>(config_, std::move(jail));
        if (config_.atomic_upload.enabled && config_.shared->first_of(config_.root))
            answer_with(executor_, true, Reply<void>::from([](Result<void>&&) {}),
                        [tree = tree_]() -> Result<void> {
                            tree->sweep();
                            return {};
                        });
    }
    return std::shared_ptr<sftp::Filesystem>(std::make_shared<LocalFilesystem>(tree_, executor_));
}

}  // namespace nacre::fs
