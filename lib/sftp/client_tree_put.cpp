#include "sftp/client_tree.hpp"

namespace nacre::sftp {
namespace {

/// Without them nothing could be put into a folder.
constexpr std::uint32_t kOwnerModes = 0700;

class TreePut final : public TreeCopy {
  public:
    using TreeCopy::TreeCopy;

  private:
    void find_root() override { root_known(local_->stat("")); }

    void open_folder(std::shared_ptr<Folder> folder) override {
        Attrs attrs;
        if (options_.keep_modes && folder->attrs.permissions)
            attrs.permissions = *folder->attrs.permissions | kOwnerModes;
        client_->make_directory(remote(folder->path), attrs,
                                step<void>([this, folder](Result<void>&& made) {
                                    if (made) return list(folder);
                                    see_whether_there(folder, made.error());
                                }));
    }

    /// Servers of version 3 do not say why a folder cannot be made.
    void see_whether_there(const std::shared_ptr<Folder>& folder, const Error& why) {
        client_->stat(remote(folder->path), Follow::yes,
                      step<Attrs>([this, folder, why](Result<Attrs>&& attrs) {
                          if (attrs && attrs->type == FileType::directory) return list(folder);
                          folder_failed(folder, why);
                      }));
    }

    void list(const std::shared_ptr<Folder>& folder) {
        auto entries = local_->list(folder->path);
        if (!entries) return folder_failed(folder, entries.error());
        listed(folder, std::move(*entries));
    }

    void copy_file(Node node, FileOptions options) override {
        auto file = local_->open(node.path);
        if (!file) return file_done(node, file.error());
        put_file(client_, std::move(*file), remote(node.path), std::move(options),
                 step<FileResult>(
                     [this, node](Result<FileResult>&& result) { file_done(node, result); }));
    }

    void resolve(Node node) override { resolved(node, local_->stat(node.path)); }

    void copy_link(Node node) override {
        const auto target = local_->read_link(node.path);
        if (!target) return link_done(node, target.error());
        client_->symlink(*target, remote(node.path),
                         step<void>([this, node](Result<void>&& made) { link_done(node, made); }));
    }

    void close_folder(std::shared_ptr<Folder> folder) override {
        const Attrs attrs = kept(folder->attrs);
        if (!attrs.permissions && !attrs.mtime) return folder_done(folder);
        client_->set_stat(remote(folder->path), attrs, Follow::yes,
                          step<void>([this, folder](Result<void>&& set) {
                              if (!set) failed(folder->path, set.error());
                              folder_done(folder);
                          }));
    }
};

}  // namespace

void put_tree(std::shared_ptr<Client> client, std::shared_ptr<TransferTree> local,
              std::string_view path, TreeOptions options, Reply<TreeCounts> reply) {
    std::make_shared<TreePut>(std::move(client), path, std::move(local), std::move(options),
                              std::move(reply))
        ->start();
}

}  // namespace nacre::sftp
