#include "sftp/client_tree.hpp"

namespace nacre::sftp {
namespace {

class TreeGet final : public TreeCopy {
  public:
    using TreeCopy::TreeCopy;

  private:
    using Entries = std::vector<RemoteEntry>;

    void find_root() override {
        client_->stat(remote(""), Follow::yes,
                      step<Attrs>([this](Result<Attrs>&& attrs) { root_known(attrs); }));
    }

    void open_folder(std::shared_ptr<Folder> folder) override {
        list_directory(client_, remote(folder->path),
                       step<Entries>([this, folder](Result<Entries>&& entries) {
                           if (!entries) return folder_failed(folder, entries.error());
                           const auto made = local_->make_directory(folder->path);
                           if (!made) return folder_failed(folder, made.error());
                           std::vector<TransferTree::Entry> found;
                           found.reserve(entries->size());
                           for (auto& entry : *entries)
                               found.push_back({std::move(entry.name), std::move(entry.attrs)});
                           listed(folder, std::move(found));
                       }));
    }

    void copy_file(Node node, FileOptions options) override {
        auto file = local_->create(node.path, options.resume != Resume::no);
        if (!file) return file_done(node, file.error());
        get_file(client_, remote(node.path), std::move(*file), std::move(options),
                 step<FileResult>(
                     [this, node](Result<FileResult>&& result) { file_done(node, result); }));
    }

    void resolve(Node node) override {
        // Of a type not told, it may be a link that is to be treated as one.
        const Follow follow = node.attrs.type == FileType::symlink ? Follow::yes : Follow::no;
        client_->stat(remote(node.path), follow,
                      step<Attrs>([this, node](Result<Attrs>&& attrs) { resolved(node, attrs); }));
    }

    void copy_link(Node node) override {
        client_->read_link(remote(node.path),
                           step<std::string>([this, node](Result<std::string>&& target) {
                               if (!target) return link_done(node, target.error());
                               link_done(node, local_->make_link(*target, node.path));
                           }));
    }

    void close_folder(std::shared_ptr<Folder> folder) override {
        const Attrs attrs = kept(folder->attrs);
        if (attrs.permissions || attrs.mtime) {
            if (const auto set = local_->set_attrs(folder->path, attrs); !set)
                failed(folder->path, set.error());
        }
        folder_done(folder);
    }
};

}  // namespace

void get_tree(std::shared_ptr<Client> client, std::string_view path,
              std::shared_ptr<TransferTree> local, TreeOptions options, Reply<TreeCounts> reply) {
    std::make_shared<TreeGet>(std::move(client), path, std::move(local), std::move(options),
                              std::move(reply))
        ->start();
}

}  // namespace nacre::sftp
