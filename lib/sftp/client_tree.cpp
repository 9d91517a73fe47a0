#include "sftp/client_tree.hpp"

#include <algorithm>

namespace nacre::sftp {
namespace {

/// Requests of all files under way together: leaves the program some of Client::kMaxPending.
constexpr std::size_t kTreeRequests = Client::kMaxPending - 256;
/// Folders being made and listed together.
constexpr std::size_t kTreeFolders = 8;
/// Tasks waiting above which no further folder is opened.
constexpr std::size_t kTreeTasks = 4096;
/// Of a task beside its READs or WRITEs: OPEN, FSETSTAT and CLOSE come one after the other.
constexpr std::size_t kTaskRequests = 2;

}  // namespace

bool is_plain_name(std::string_view name) noexcept {
    return !name.empty() && name != "." && name != ".." &&
           name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

TreeCopy::TreeCopy(std::shared_ptr<Client> client, std::string_view remote,
                   std::shared_ptr<TransferTree> local, TreeOptions options,
                   Reply<TreeCounts> reply)
    : client_(std::move(client)),
      local_(std::move(local)),
      options_(std::move(options)),
      root_(remote),
      reply_(std::move(reply)) {
    options_.max_files = std::max<std::size_t>(options_.max_files, 1);
}

void TreeCopy::start() {
    if (options_.cancellation != nullptr) {
        if (options_.cancellation->requested()) return reply_(kCancelled);
        options_.cancellation->add(weak_from_this());
    }
    ++opening_;
    find_root();
    pump();
}

void TreeCopy::on_cancel() {
    end(kCancelled);
    pump();
}

void TreeCopy::root_known(const Result<Attrs>& attrs) {
    --opening_;
    if (!attrs) return end(attrs.error());
    if (attrs->type != FileType::directory)
        return end({Errc::local_misuse, Disconnect::none, 0, "what is to be copied is no folder"});
    auto root = std::make_shared<Folder>();
    root->attrs = *attrs;
    folders_.push_back(std::move(root));
}

// ---- what is found -----------------------------------------------------------------------------

void TreeCopy::listed(const std::shared_ptr<Folder>& folder,
                      std::vector<TransferTree::Entry> entries) {
    --opening_;
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    const std::string* last = nullptr;
    for (auto& entry : entries) {
        if (error_) break;
        if (entry.name == "." || entry.name == "..") continue;
        if (++entries_ > options_.max_entries) {
            end(over_limit("tree has too many entries"));
            break;
        }
        std::string path = folder->path.empty() ? entry.name : folder->path + "/" + entry.name;
        if (!is_plain_name(entry.name)) {
            failed(path, misbehaved("name that no file can have"));
        } else if (last != nullptr && *last == entry.name) {
            // The second could go where the first leads.
            failed(path, misbehaved("name that is there twice"));
        } else {
            ++folder->unfinished;
            add({std::move(path), std::move(entry.attrs), folder}, false);
        }
        last = &entry.name;
    }
    release(folder);
}

/// `followed`: it is what a link leads to.
void TreeCopy::add(Node node, bool followed) {
    if (error_) return;
    switch (node.attrs.type) {
        case FileType::directory: {
            auto folder = std::make_shared<Folder>();
            folder->depth = node.parent->depth + 1;
            folder->path = std::move(node.path);
            folder->attrs = std::move(node.attrs);
            folder->parent = std::move(node.parent);
            if (folder->depth > options_.max_depth) {
                failed(folder->path, over_limit("folder too deep"));
                return release(folder->parent);
            }
            folders_.push_back(std::move(folder));
            return;
        }
        case FileType::regular:
            tasks_.push_back({Task::Kind::file, std::move(node)});
            return;
        case FileType::symlink:
            if (options_.symlinks == SymlinkPolicy::copy && !followed) {
                links_.push_back(std::move(node));
                return;
            }
            if (options_.symlinks == SymlinkPolicy::follow && !followed) {
                tasks_.push_back({Task::Kind::resolve, std::move(node)});
                return;
            }
            break;
        case FileType::unknown:
            // Some servers tell the type only when asked for the one file.
            if (!followed) {
                tasks_.push_back({Task::Kind::resolve, std::move(node)});
                return;
            }
            break;
        case FileType::special:
        case FileType::socket:
        case FileType::char_device:
        case FileType::block_device:
        case FileType::fifo:
            break;
    }
    ++counts_.skipped;
    release(node.parent);
}

void TreeCopy::resolved(Node node, const Result<Attrs>& attrs) {
    --running_;
    requests_ -= kTaskRequests;
    if (!attrs) {
        failed(node.path, attrs.error());
        return release(node.parent);
    }
    // One of which only the type was asked may still be a link to be followed.
    const bool followed = node.attrs.type == FileType::symlink;
    if (!followed && attrs->type == FileType::unknown) {
        ++counts_.skipped;
        return release(node.parent);
    }
    node.attrs = *attrs;
    add(std::move(node), followed);
}

// ---- what is done ------------------------------------------------------------------------------

void TreeCopy::file_done(const Node& node, const Result<FileResult>& result) {
    --running_;
    requests_ -= cost_of(node.attrs);
    if (!result) {
        failed(node.path, result.error());
    } else {
        ++counts_.files;
        counts_.bytes += result->bytes - std::min(result->bytes, *node.counted);
        report();
    }
    release(node.parent);
}

void TreeCopy::link_done(const Node& node, const Result<void>& result) {
    --running_;
    requests_ -= kTaskRequests;
    if (!result) {
        failed(node.path, result.error());
    } else {
        ++counts_.links;
        report();
    }
    release(node.parent);
}

void TreeCopy::folder_failed(const std::shared_ptr<Folder>& folder, const Error& error) {
    --opening_;
    if (folder->parent == nullptr) return end(error);
    failed(folder->path, error);
    release(folder->parent);
}

/// One of its entries, or its listing, is done.
void TreeCopy::release(const std::shared_ptr<Folder>& folder) {
    if (--folder->unfinished != 0 || error_) return;
    ++closing_;
    close_folder(folder);
}

void TreeCopy::folder_done(const std::shared_ptr<Folder>& folder) {
    --closing_;
    // The root is no entry of the tree.
    if (folder->parent == nullptr) return;
    ++counts_.directories;
    report();
    release(folder->parent);
}

void TreeCopy::failed(std::string_view path, const Error& error) {
    if (error.code == Errc::closed || client_->ended()) return end(error);
    ++counts_.failed;
    if (options_.on_failure) options_.on_failure(path, error);
    report();
}

void TreeCopy::report() {
    if (options_.progress) options_.progress(counts_);
}

void TreeCopy::end(const Error& error) {
    if (!error_) error_ = error;
    folders_.clear();
    tasks_.clear();
    links_.clear();
}

// ---- what is next ------------------------------------------------------------------------------

void TreeCopy::pump() {
    // Answers can come inside of the call that asks.
    if (pumping_) return;
    pumping_ = true;
    while (start_one()) {
    }
    pumping_ = false;
    if (opening_ != 0 || running_ != 0 || closing_ != 0) return;
    if (error_) {
        reply_(*error_);
    } else {
        reply_(counts_);
    }
}

bool TreeCopy::start_one() {
    if (error_) return false;
    const bool room = running_ < options_.max_files;
    if (!tasks_.empty() && room) {
        const Task& next = tasks_.front();
        const std::size_t cost =
            next.kind == Task::Kind::file ? cost_of(next.node.attrs) : kTaskRequests;
        if (running_ == 0 || requests_ + cost <= kTreeRequests) {
            Task task = std::move(tasks_.front());
            tasks_.pop_front();
            ++running_;
            requests_ += cost;
            if (task.kind == Task::Kind::file) {
                start_file(std::move(task));
            } else {
                resolve(std::move(task.node));
            }
            return true;
        }
    }
    if (!folders_.empty() && opening_ < kTreeFolders && tasks_.size() < kTreeTasks) {
        auto folder = std::move(folders_.back());
        folders_.pop_back();
        ++opening_;
        open_folder(std::move(folder));
        return true;
    }
    const bool all_else_done = tasks_.empty() && folders_.empty() && opening_ == 0;
    if (!links_.empty() && all_else_done && room && (copying_links_ || running_ == 0)) {
        copying_links_ = true;
        Node node = std::move(links_.front());
        links_.pop_front();
        ++running_;
        requests_ += kTaskRequests;
        copy_link(std::move(node));
        return true;
    }
    return false;
}

void TreeCopy::start_file(Task task) {
    FileOptions options;
    options.resume = options_.resume;
    options.keep_times = options_.keep_times;
    options.keep_modes = options_.keep_modes;
    options.source = task.node.attrs;
    options.control.cancellation = options_.cancellation;
    options.control.requests = cost_of(task.node.attrs) - kTaskRequests;
    task.node.counted = std::make_shared<std::uint64_t>(0);
    // A resumed file does not say from where on it counts.
    if (options_.resume == Resume::no)
        options.control.progress = [self = weak_from_this(), counted = task.node.counted](
                                       std::uint64_t done, std::optional<std::uint64_t>) {
            const auto copy = self.lock();
            if (copy == nullptr) return;
            copy->counts_.bytes += done - *counted;
            *counted = done;
            copy->report();
        };
    copy_file(std::move(task.node), std::move(options));
}

std::size_t TreeCopy::cost_of(const Attrs& attrs) const noexcept {
    const std::uint64_t per_request = std::max<std::uint32_t>(
        1, std::min(client_->server().max_read, client_->server().max_write));
    const std::uint64_t requests = attrs.size.value_or(0) / per_request + 1;
    return static_cast<std::size_t>(std::min<std::uint64_t>(requests, kTransferRequests)) +
           kTaskRequests;
}

std::string TreeCopy::remote(std::string_view path) const {
    if (path.empty()) return root_;
    std::string whole = root_;
    if (!whole.empty() && whole.back() != '/') whole += '/';
    whole += path;
    return whole;
}

}  // namespace nacre::sftp
