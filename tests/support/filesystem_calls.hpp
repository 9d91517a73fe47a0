/// \file
/// The operations of a Filesystem as functions that return what was answered inside them.
#pragma once
#include <nacre/sftp/filesystem.hpp>

#include <catch2/catch_all.hpp>

#include <optional>
#include <string>
#include <vector>

namespace nacre::test {

/// For file systems that answer at once; REQUIREs that they do.
struct FilesystemCalls {
    std::shared_ptr<sftp::Filesystem> fs;
    explicit FilesystemCalls(std::shared_ptr<sftp::Filesystem> filesystem)
        : fs(std::move(filesystem)) {}

    template <class T, class F>
    static Result<T> get(F&& call) {
        std::optional<Result<T>> answer;
        call(Reply<T>::from([&answer](Result<T>&& r) { answer.emplace(std::move(r)); }));
        REQUIRE(answer);
        return std::move(*answer);
    }
    static sftp::Status code(const Result<void>& r) {
        return r ? sftp::Status::ok : sftp::status_of(r.error());
    }

    sftp::Status create(std::string_view path) {
        auto file = open(path, "wc");
        return file ? sftp::Status::ok : sftp::status_of(file.error());
    }
    Result<std::shared_ptr<sftp::File>> open(std::string_view path, std::string_view how) {
        sftp::OpenFlags flags;
        const auto has = [&](char c) { return how.find(c) != std::string_view::npos; };
        flags.read = has('r');
        flags.write = has('w');
        flags.append = has('a');
        flags.create = has('c');
        flags.truncate = has('t');
        flags.exclusive = has('x');
        return get<std::shared_ptr<sftp::File>>(
            [&](auto r) { fs->open(path, flags, {}, std::move(r)); });
    }
    sftp::Status mkdir(std::string_view path) {
        return code(get<void>([&](auto r) { fs->make_directory(path, {}, std::move(r)); }));
    }
    sftp::Status rmdir(std::string_view path) {
        return code(get<void>([&](auto r) { fs->remove_directory(path, std::move(r)); }));
    }
    sftp::Status remove(std::string_view path) {
        return code(get<void>([&](auto r) { fs->remove(path, std::move(r)); }));
    }
    sftp::Status rename(std::string_view from, std::string_view to, bool overwrite = false) {
        return code(get<void>([&](auto r) { fs->rename(from, to, overwrite, std::move(r)); }));
    }
    sftp::Status symlink(std::string_view target, std::string_view link) {
        return code(get<void>([&](auto r) { fs->links()->symlink(target, link, std::move(r)); }));
    }
    sftp::Status link(std::string_view existing, std::string_view name) {
        return code(
            get<void>([&](auto r) { fs->links()->hard_link(existing, name, std::move(r)); }));
    }
    sftp::Status set(std::string_view path, const sftp::Attrs& attrs,
                     sftp::Follow follow = sftp::Follow::yes) {
        return code(get<void>([&](auto r) { fs->set_stat(path, attrs, follow, std::move(r)); }));
    }
    Result<sftp::Attrs> stat(std::string_view path, sftp::Follow follow = sftp::Follow::yes) {
        return get<sftp::Attrs>(
            [&](auto r) { fs->stat(path, follow, sftp::kAttrCommon, std::move(r)); });
    }
    sftp::Status exists(std::string_view path, sftp::Follow follow = sftp::Follow::yes) {
        auto attrs = stat(path, follow);
        return attrs ? sftp::Status::ok : sftp::status_of(attrs.error());
    }
    std::string real(std::string_view path) {
        auto r = get<sftp::RealPath>([&](auto reply) {
            fs->real_path(path, sftp::PathCheck::last_may_miss, std::move(reply));
        });
        return r ? r->path : sftp::text_of(r.error());
    }
    sftp::Status write(sftp::File& file, std::uint64_t offset, std::string_view data,
                       std::size_t* written = nullptr) {
        sftp::WriteBuffer buffer;
        buffer.pieces.push_back({as_bytes(data), {}});
        auto r = get<sftp::WriteBuffer>(
            [&](auto reply) { file.write(offset, std::move(buffer), std::move(reply)); });
        REQUIRE(r);
        if (written != nullptr) *written = r->written;
        return r->error ? sftp::status_of(*r->error) : sftp::Status::ok;
    }
    std::string read(sftp::File& file, std::uint64_t offset, std::size_t n) {
        FramePool pool;
        sftp::ReadBuffer buffer;
        Frame frame = pool.take(n);
        frame.append(n);
        buffer.frames.push_back(std::move(frame));
        auto r = get<sftp::ReadBuffer>(
            [&](auto reply) { file.read(offset, std::move(buffer), std::move(reply)); });
        REQUIRE(r);
        std::string text;
        r->frames.for_each([&](ByteSpan bytes) { text += as_text(bytes); });
        return text.substr(0, r->filled);
    }
    std::vector<std::string> list(std::string_view path, std::size_t page = 100) {
        auto directory = get<std::shared_ptr<sftp::Directory>>(
            [&](auto r) { fs->open_directory(path, std::move(r)); });
        std::vector<std::string> names;
        while (directory) {
            auto entries = get<std::vector<sftp::DirEntry>>(
                [&](auto r) { directory.value()->read(page, std::move(r)); });
            REQUIRE(entries);
            CHECK(entries->size() <= page);
            if (entries->empty()) break;
            for (const auto& entry : entries.value()) names.push_back(entry.name);
        }
        return names;
    }
    sftp::FilesystemStats stats() {
        return get<sftp::FilesystemStats>(
                   [&](auto r) { fs->space()->stat_filesystem("/", std::move(r)); })
            .value();
    }
    Result<sftp::RealPath> resolve(std::string_view path, sftp::PathCheck check) {
        return get<sftp::RealPath>([&](auto r) { fs->real_path(path, check, std::move(r)); });
    }
    Result<std::string> read_link(std::string_view path) {
        return get<std::string>([&](auto r) { fs->links()->read_link(path, std::move(r)); });
    }
    sftp::Status copy(std::string_view from, std::string_view to, bool overwrite = false) {
        return code(
            get<void>([&](auto r) { fs->copies()->copy_file(from, to, overwrite, std::move(r)); }));
    }
    sftp::Status block(sftp::File& file, std::uint64_t offset, std::uint64_t length,
                       sftp::BlockMask mask = sftp::kBlockWrite) {
        return code(get<void>([&](auto r) { file.block(offset, length, mask, std::move(r)); }));
    }
    sftp::Status unblock(sftp::File& file, std::uint64_t offset, std::uint64_t length) {
        return code(get<void>([&](auto r) { file.unblock(offset, length, std::move(r)); }));
    }
    sftp::Status close(sftp::File& file, sftp::HandleEnd why = sftp::HandleEnd::closed) {
        return code(get<void>([&](auto r) { file.close(why, std::move(r)); }));
    }
    /// The whole contents of a file; "(none)" if it cannot be opened.
    std::string contents(std::string_view path) {
        auto file = open(path, "r");
        if (!file) return "(none)";
        constexpr std::size_t kPiece = 16384;
        std::string all;
        while (true) {
            const auto piece = read(**file, all.size(), kPiece);
            all += piece;
            if (piece.size() < kPiece) return all;
        }
    }
    /// Makes or replaces a file.
    sftp::Status put(std::string_view path, std::string_view data) {
        auto file = open(path, "wct");
        if (!file) return sftp::status_of(file.error());
        const auto written = write(**file, 0, data);
        const auto closed = close(**file);
        return written == sftp::Status::ok ? closed : written;
    }
};

}  // namespace nacre::test
