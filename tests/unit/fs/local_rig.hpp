/// \file
/// A LocalFilesystem on a folder of our own, with a folder outside it that nothing may touch.
#pragma once
#include <nacre/fs/local_filesystem.hpp>

#include <catch2/catch_all.hpp>

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace nacre::fs::test {

/// tmp/jail is the root, tmp/outside/secret a file that is not to be read.
class Folders {
  public:
    explicit Folders(const std::string& parent = std::filesystem::temp_directory_path().string()) {
        std::string name = parent + "/nacre-fs-XXXXXX";
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = std::filesystem::canonical(name).string();
        REQUIRE(::mkdir(jail("").c_str(), 0755) == 0);
        REQUIRE(::mkdir(outside("").c_str(), 0755) == 0);
        write(outside("secret"), "SECRET");
    }
    Folders(const Folders&) = delete;
    Folders& operator=(const Folders&) = delete;
    ~Folders() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::string jail(const std::string& name) const { return path_ + "/jail/" + name; }
    std::string outside(const std::string& name) const { return path_ + "/outside/" + name; }

    static void write(const std::string& path, const std::string& text) {
        std::ofstream(path, std::ios::binary) << text;
        REQUIRE(std::filesystem::exists(path));
    }
    static std::string read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        REQUIRE(file.is_open());
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }
    void file(const std::string& name, const std::string& text = "text") const {
        write(jail(name), text);
    }
    void folder(const std::string& name) const { REQUIRE(::mkdir(jail(name).c_str(), 0755) == 0); }
    void link(const std::string& target, const std::string& name) const {
        REQUIRE(::symlink(target.c_str(), jail(name).c_str()) == 0);
    }
    bool has(const std::string& name) const {
        return std::filesystem::exists(std::filesystem::symlink_status(jail(name)));
    }
    /// Whether outside/ holds what it held at first, and nothing else.
    bool outside_is_untouched() const {
        std::size_t entries = 0;
        for (const auto& entry : std::filesystem::directory_iterator(outside(""))) {
            static_cast<void>(entry);
            ++entries;
        }
        return entries == 1 && read(outside("secret")) == "SECRET";
    }

  private:
    std::string path_;
};

/// The answer of an operation that answers at once.
template <class T, class F>
Result<T> ask(F&& operation) {
    std::optional<Result<T>> answer;
    operation(Reply<T>::from([&answer](Result<T>&& result) { answer.emplace(std::move(result)); }));
    REQUIRE(answer.has_value());
    return std::move(*answer);
}

template <class T>
sftp::Status status(const Result<T>& result) {
    return result ? sftp::Status::ok : sftp::status_of(result.error());
}

/// The file system, with its operations as calls that return.
class Local {
  public:
    using Attrs = sftp::Attrs;
    using Follow = sftp::Follow;
    using FilePtr = std::shared_ptr<sftp::File>;
    using DirectoryPtr = std::shared_ptr<sftp::Directory>;

    explicit Local(LocalFilesystemConfig config, Executor& executor = inline_executor()) {
        auto made = make_local_filesystem(std::move(config), executor);
        REQUIRE(made);
        fs_ = std::move(made).value();
    }
    sftp::Filesystem& operator*() const { return *fs_; }

    Result<FilePtr> open(std::string_view path, sftp::OpenFlags flags = {true},
                         const Attrs& attrs = {}) const {
        return ask<FilePtr>([&](auto r) { fs_->open(path, flags, attrs, std::move(r)); });
    }
    Result<DirectoryPtr> open_directory(std::string_view path) const {
        return ask<DirectoryPtr>([&](auto r) { fs_->open_directory(path, std::move(r)); });
    }
    Result<Attrs> stat(std::string_view path, Follow follow = Follow::yes,
                       sftp::AttrMask wanted = sftp::kAttrCommon) const {
        return ask<Attrs>([&](auto r) { fs_->stat(path, follow, wanted, std::move(r)); });
    }
    Result<void> set_stat(std::string_view path, const Attrs& attrs,
                          Follow follow = Follow::yes) const {
        return ask<void>([&](auto r) { fs_->set_stat(path, attrs, follow, std::move(r)); });
    }
    Result<void> remove(std::string_view path) const {
        return ask<void>([&](auto r) { fs_->remove(path, std::move(r)); });
    }
    Result<void> make_directory(std::string_view path, const Attrs& attrs = {}) const {
        return ask<void>([&](auto r) { fs_->make_directory(path, attrs, std::move(r)); });
    }
    Result<void> remove_directory(std::string_view path) const {
        return ask<void>([&](auto r) { fs_->remove_directory(path, std::move(r)); });
    }
    Result<std::string> real_path(std::string_view path) const {
        NACRE_TRY(auto found, ask<sftp::RealPath>([&](auto r) {
                      fs_->real_path(path, sftp::PathCheck::last_may_miss, std::move(r));
                  }));
        return std::move(found.path);
    }
    Result<sftp::RealPath> real_path(std::string_view path, sftp::PathCheck check) const {
        return ask<sftp::RealPath>([&](auto r) { fs_->real_path(path, check, std::move(r)); });
    }
    /// The names in a folder, sorted.
    std::vector<std::string> list(std::string_view path) const {
        std::vector<std::string> names;
        const auto folder = open_directory(path);
        REQUIRE(folder);
        for (;;) {
            const auto entries = ask<std::vector<sftp::DirEntry>>(
                [&](auto r) { (*folder)->read(100, std::move(r)); });
            REQUIRE(entries);
            if (entries->empty()) break;
            for (const auto& entry : *entries) names.push_back(entry.name);
        }
        std::sort(names.begin(), names.end());
        return names;
    }
    /// The canonical path, or "!" and the number of the status.
    std::string real(std::string_view path) const {
        const auto result = real_path(path);
        return result ? *result : "!" + std::to_string(static_cast<unsigned>(status(result)));
    }
    Result<void> rename(std::string_view from, std::string_view to, bool overwrite = false) const {
        return ask<void>([&](auto r) { fs_->rename(from, to, overwrite, std::move(r)); });
    }
    Result<std::string> read_link(std::string_view path) const {
        return ask<std::string>([&](auto r) { fs_->links()->read_link(path, std::move(r)); });
    }
    Result<void> symlink(std::string_view target, std::string_view link) const {
        return ask<void>([&](auto r) { fs_->links()->symlink(target, link, std::move(r)); });
    }
    Result<void> hard_link(std::string_view existing, std::string_view link) const {
        return ask<void>([&](auto r) { fs_->links()->hard_link(existing, link, std::move(r)); });
    }
    Result<sftp::FilesystemStats> stats(std::string_view path) const {
        return ask<sftp::FilesystemStats>(
            [&](auto r) { fs_->space()->stat_filesystem(path, std::move(r)); });
    }

    /// What is in the file, or "!" and the number of the status.
    std::string contents(std::string_view path) const;

  private:
    std::shared_ptr<sftp::Filesystem> fs_;
};

/// r, w, a (append), c (create), t (truncate), x (exclusive), n (no_follow), d (delete_on_close)
inline sftp::OpenFlags flags_of(std::string_view letters) {
    sftp::OpenFlags flags;
    const auto has = [letters](char letter) { return letters.find(letter) != std::string::npos; };
    flags.read = has('r');
    flags.write = has('w');
    flags.append = has('a');
    flags.create = has('c');
    flags.truncate = has('t');
    flags.exclusive = has('x');
    flags.no_follow = has('n');
    flags.delete_on_close = has('d');
    return flags;
}

/// Jobs run when the test says.
class LateExecutor final : public Executor {
  public:
    void submit(std::unique_ptr<Job> job) override { jobs.push_back(std::move(job)); }
    void step() {
        auto job = std::move(jobs.front());
        jobs.pop_front();
        job->run();
        job->finish();
    }
    std::size_t run() {
        std::size_t n = 0;
        for (; !jobs.empty(); ++n) step();
        return n;
    }
    std::deque<std::unique_ptr<Job>> jobs;
};

/// Frames for `size` bytes behind `skip` others, in pieces of at most `piece` bytes.
inline sftp::ReadBuffer read_buffer(FramePool& pool, std::size_t size, std::size_t skip = 0,
                                    std::size_t piece = 32768) {
    sftp::ReadBuffer buffer;
    buffer.skip = skip;
    for (std::size_t left = size + skip; left != 0;) {
        const std::size_t n = std::min(left, piece);
        Frame frame = pool.take(n);
        frame.append(n);
        buffer.frames.push_back(std::move(frame));
        left -= n;
    }
    return buffer;
}

/// The bytes that were read.
inline std::string text_of(const sftp::ReadBuffer& buffer) {
    std::string all;
    buffer.frames.for_each([&](ByteSpan frame) {
        all.append(reinterpret_cast<const char*>(frame.data()), frame.size());
    });
    return all.substr(buffer.skip, buffer.filled);
}

inline Result<sftp::ReadBuffer> read_from(sftp::File& file, std::uint64_t offset,
                                          sftp::ReadBuffer buffer) {
    return ask<sftp::ReadBuffer>(
        [&](auto r) { file.read(offset, std::move(buffer), std::move(r)); });
}

inline std::string read_text(sftp::File& file, std::uint64_t offset, std::size_t size) {
    FramePool pool;
    const auto result = read_from(file, offset, read_buffer(pool, size));
    return result ? text_of(*result) : "!" + std::to_string(static_cast<unsigned>(status(result)));
}

inline sftp::WriteBuffer write_buffer(std::initializer_list<std::string_view> pieces) {
    sftp::WriteBuffer buffer;
    for (const auto piece : pieces) buffer.pieces.push_back({as_bytes(piece), {}});
    return buffer;
}

inline Result<sftp::WriteBuffer> write_to(sftp::File& file, std::uint64_t offset,
                                          sftp::WriteBuffer buffer) {
    return ask<sftp::WriteBuffer>(
        [&](auto r) { file.write(offset, std::move(buffer), std::move(r)); });
}

inline Result<void> close(sftp::File& file, sftp::HandleEnd why = sftp::HandleEnd::closed) {
    return ask<void>([&](auto r) { file.close(why, std::move(r)); });
}

inline std::string Local::contents(std::string_view path) const {
    const auto file = open(path);
    if (!file) return "!" + std::to_string(static_cast<unsigned>(status(file)));
    return read_text(**file, 0, 65536);
}

/// Folders, and the same file system resolved by the kernel and by our walk.
inline LocalFilesystemConfig config_for(const Folders& folders, bool walk) {
    LocalFilesystemConfig config;
    config.root = folders.jail("");
    config.force_walk = walk;
    return config;
}

}  // namespace nacre::fs::test
