// What a handle holds beside bytes, when a system call fails: locks that other programs see, and an
// upload that is kept although it was not finished.
#include "fs/owned_fd.hpp"
#include "support/system_faults.hpp"
#include "unit/fs/local_rig.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace nacre::fs::test {
namespace {

using namespace nacre::test;
using nacre::detail::OwnedFd;
using sftp::HandleEnd;
using sftp::Status;
using Unfinished = AtomicUpload::Unfinished;

constexpr int kErrors[] = {ENOSPC, EDQUOT, EIO, EAGAIN, EMFILE, ENOMEM, EDEADLK};
constexpr std::uint64_t kOffset = 100, kLength = 50;

/// Whether another program could write there.
bool free_for_others(const Folders& folders, std::uint64_t offset = kOffset) {
    const OwnedFd other(::open(folders.jail("file").c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(other);
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = static_cast<off_t>(offset);
    lock.l_len = 1;
    if (::fcntl(other.get(), F_OFD_SETLK, &lock) == 0) return true;
    REQUIRE(errno == EAGAIN);
    return false;
}

struct Opened {
    explicit Opened(sftp::BlockMask keeps = 0) : local(config_for(folders, false)) {
        folders.file("file", std::string(1000, 'x'));
        auto flags = flags_of("rw");
        flags.block = keeps;
        auto opened = local.open("file", flags);
        REQUIRE(opened);
        file = std::move(*opened);
    }
    Result<void> block(sftp::BlockMask mask = sftp::kBlockWrite) const {
        return ask<void>([&](auto r) { file->block(kOffset, kLength, mask, std::move(r)); });
    }
    Result<void> unblock() const {
        return ask<void>([&](auto r) { file->unblock(kOffset, kLength, std::move(r)); });
    }
    Folders folders;
    Local local;
    std::shared_ptr<sftp::File> file;
};

/// How many system calls `work` makes.
template <class F>
std::size_t calls_of(F&& work) {
    const SystemFault none(SystemFault::kNever);
    REQUIRE(work());
    return none.calls().size();
}

}  // namespace

TEST_CASE("a range that is locked, or not, is so for other programs too", "[session][faults]") {
    const Opened counted;
    const std::size_t calls = calls_of([&] { return counted.block(); });
    REQUIRE(calls > 0);
    for (std::size_t at = 0; at < calls; ++at) {
        for (const int error : kErrors) {
            INFO(at << ' ' << std::strerror(error));
            const Opened opened;
            std::optional<SystemFault> fault(std::in_place, at, error);
            const auto blocked = opened.block();
            fault.reset();
            REQUIRE_FALSE(blocked);
            CHECK(status(blocked) ==
                  (error == EAGAIN ? Status::byte_range_lock_refused : status(blocked)));
            CHECK(free_for_others(opened.folders));
            CHECK(status(opened.unblock()) == Status::no_matching_byte_range_lock);
            CHECK(opened.block());
            CHECK_FALSE(free_for_others(opened.folders));
        }
    }
}

TEST_CASE("a range whose unlocking fails stays locked, and the client knows", "[session][faults]") {
    const sftp::BlockMask keeps = GENERATE(0U, sftp::kBlockWrite);
    const Opened counted(keeps);
    REQUIRE(counted.block());
    const std::size_t calls = calls_of([&] { return counted.unblock(); });
    REQUIRE(calls > 0);
    for (std::size_t at = 0; at < calls; ++at) {
        for (const int error : kErrors) {
            INFO(at << ' ' << std::strerror(error) << ", the open keeps " << keeps);
            Opened opened(keeps);
            REQUIRE(opened.block());
            std::optional<SystemFault> fault(std::in_place, at, error);
            const auto unblocked = opened.unblock();
            fault.reset();
            CHECK_FALSE(unblocked);
            CHECK_FALSE(free_for_others(opened.folders));
            // It can be tried again, and the open keeps what it kept.
            CHECK(opened.unblock());
            CHECK(free_for_others(opened.folders) == (keeps == 0));
            CHECK(status(opened.unblock()) == Status::no_matching_byte_range_lock);
            CHECK(close(*opened.file));
            CHECK(free_for_others(opened.folders));
        }
    }
}

TEST_CASE("a range locked for less than the open keeps from others is not open to them", "[fs]") {
    const Opened opened(sftp::kBlockRead | sftp::kBlockWrite);
    const auto others_read = [&] {
        const OwnedFd other(::open(opened.folders.jail("file").c_str(), O_RDONLY | O_CLOEXEC));
        struct flock lock {};
        lock.l_type = F_RDLCK;
        lock.l_start = kOffset;
        lock.l_len = 1;
        return ::fcntl(other.get(), F_OFD_SETLK, &lock) == 0;
    };
    CHECK_FALSE(others_read());
    REQUIRE(opened.block(sftp::kBlockWrite));
    CHECK_FALSE(others_read());
    CHECK(opened.unblock());
    CHECK_FALSE(others_read());
}

TEST_CASE("an upload that is to be kept is kept, or somebody hears that it is lost",
          "[session][faults]") {
    const bool named = GENERATE(false, true);
    const auto why = GENERATE(HandleEnd::link_lost, HandleEnd::by_client);
    const std::string text(70'000, 'y');
    struct Upload {
        explicit Upload(bool named) {
            auto config = config_for(folders, false);
            config.atomic_upload.enabled = true;
            config.atomic_upload.always_named = named;
            config.atomic_upload.unfinished = Unfinished::keep;
            local.emplace(std::move(config));
            auto opened = local->open("new", flags_of("wc"));
            REQUIRE(opened);
            file = std::move(*opened);
        }
        /// The name that it is kept by, or none.
        std::string partial() const {
            for (const auto& entry : std::filesystem::directory_iterator(folders.jail(""))) {
                std::string name = entry.path().filename().string();
                if (name.starts_with("new.partial-")) return name;
            }
            return {};
        }
        Folders folders;
        std::optional<Local> local;
        std::shared_ptr<sftp::File> file;
    };
    std::size_t calls = 0, kept = 0, told = 0;
    {
        Upload upload(named);
        REQUIRE(write_to(*upload.file, 0, write_buffer({text})));
        calls = calls_of([&] { return close(*upload.file, why); });
        REQUIRE_FALSE(upload.partial().empty());
    }
    for (std::size_t at = 0; at < calls; ++at) {
        for (const int error : kErrors) {
            Upload upload(named);
            REQUIRE(write_to(*upload.file, 0, write_buffer({text})));
            std::optional<SystemFault> fault(std::in_place, at, error);
            const auto ended = close(*upload.file, why);
            const std::string failed = fault->failed();
            fault.reset();
            INFO(failed << ' ' << std::strerror(error) << " -> "
                        << (ended ? "success" : ended.error().what));
            const std::string name = upload.partial();
            CHECK((!ended || !name.empty()));
            ++(ended ? kept : told);
            if (!name.empty()) CHECK(Folders::read(upload.folders.jail(name)) == text);
        }
    }
    CHECK(kept > 0);
    CHECK(told > 0);
}

}  // namespace nacre::fs::test
