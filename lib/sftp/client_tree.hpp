/// \file
/// What copies of trees in both directions share: what is to be done, and how much of it at a time.
#pragma once
#include "sftp/kept_attrs.hpp"

#include <nacre/sftp/tree_transfer.hpp>

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nacre::sftp {

/// Kept alive by the replies it waits for.
class TreeCopy : public Cancellable, public std::enable_shared_from_this<TreeCopy> {
  public:
    TreeCopy(std::shared_ptr<Client> client, std::string_view remote,
             std::shared_ptr<TransferTree> local, TreeOptions options, Reply<TreeCounts> reply);
    virtual ~TreeCopy() = default;

    void start();
    void on_cancel() override;

  protected:
    /// A folder that is being copied.
    struct Folder {
        std::string path;
        Attrs attrs;
        std::size_t depth = 0;  // of the root: 0
        std::shared_ptr<Folder> parent;
        std::size_t unfinished = 1;  // entries, and its listing
    };
    /// An entry that is to be copied.
    struct Node {
        std::string path;
        Attrs attrs;
        std::shared_ptr<Folder> parent;
        /// Bytes of a file that are counted already.
        std::shared_ptr<std::uint64_t> counted = {};
    };

    /// Finds out what the root is, then root_known().
    virtual void find_root() = 0;
    /// Makes the folder where it goes and lists it where it comes from, then listed().
    virtual void open_folder(std::shared_ptr<Folder> folder) = 0;
    virtual void copy_file(Node node, FileOptions options) = 0;
    /// Finds out what a link points to, then resolved().
    virtual void resolve(Node node) = 0;
    virtual void copy_link(Node node) = 0;
    /// All is there: sets what is to be kept, then folder_done().
    virtual void close_folder(std::shared_ptr<Folder> folder) = 0;

    void root_known(const Result<Attrs>& attrs);
    void listed(const std::shared_ptr<Folder>& folder, std::vector<TransferTree::Entry> entries);
    void folder_failed(const std::shared_ptr<Folder>& folder, const Error& error);
    void resolved(Node node, const Result<Attrs>& attrs);
    void file_done(const Node& node, const Result<FileResult>& result);
    void link_done(const Node& node, const Result<void>& result);
    void folder_done(const std::shared_ptr<Folder>& folder);

    std::string remote(std::string_view path) const;
    /// What of `attrs` is to be kept.
    Attrs kept(const Attrs& attrs) const { return kept_attrs(attrs, options_); }
    void failed(std::string_view path, const Error& error);
    /// A reply for one step; `f(Result<T>&&)` runs, then whatever can go on does.
    template <class T, class F>
    Reply<T> step(F f) {
        return Reply<T>::from([self = shared_from_this(), f = std::move(f)](Result<T>&& answer) {
            f(std::move(answer));
            self->pump();
        });
    }

    std::shared_ptr<Client> client_;
    std::shared_ptr<TransferTree> local_;
    TreeOptions options_;
    TreeCounts counts_;

  private:
    struct Task {
        enum class Kind : std::uint8_t { file, resolve } kind;
        Node node;
    };

    void pump();
    bool start_one();
    void start_file(Task task);
    std::size_t cost_of(const Attrs& attrs) const noexcept;
    void add(Node node, bool followed);
    void task_done(const std::shared_ptr<Folder>& parent);
    void release(const std::shared_ptr<Folder>& folder);
    void end(const Error& error);
    void report();

    std::string root_;
    Reply<TreeCounts> reply_;
    std::vector<std::shared_ptr<Folder>> folders_;  // to be opened, the last one first
    std::deque<Task> tasks_;
    std::deque<Node> links_;    // to be copied when all else is done
    std::size_t entries_ = 0;   // seen
    std::size_t opening_ = 0;   // folders
    std::size_t running_ = 0;   // tasks and links
    std::size_t requests_ = 0;  // that the running tasks may have under way
    std::size_t closing_ = 0;   // folders
    std::optional<Error> error_;
    bool pumping_ = false;
    bool copying_links_ = false;
};

}  // namespace nacre::sftp
