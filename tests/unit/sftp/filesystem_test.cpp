// What a program's file system has not, it refuses.
#include "support/sftp_client_harness.hpp"

#include <nacre/sftp/filesystem.hpp>

#include <catch2/catch_all.hpp>

using namespace nacre;
using namespace nacre::sftp;
using nacre::test::Answered;

namespace {

/// Whether `f(reply)` is answered, at once, that there is no such operation.
template <class T, class F>
bool refused(F f) {
    Answered<T> answered;
    f(answered.reply());
    return answered.detail() == static_cast<std::uint32_t>(Status::op_unsupported);
}

class Nothing final : public Filesystem {};
class NothingOfFile final : public File {};
class NothingOfDirectory final : public Directory {
  public:
    void read(std::size_t, Reply<std::vector<DirEntry>> reply) override {
        reply(std::vector<DirEntry>());
    }
};

}  // namespace

TEST_CASE("a file system without operations refuses all of them", "[sftp]") {
    Nothing none;
    CHECK(refused<std::shared_ptr<File>>([&](auto r) { none.open("/", {}, {}, std::move(r)); }));
    CHECK(refused<std::shared_ptr<Directory>>(
        [&](auto r) { none.open_directory("/", std::move(r)); }));
    CHECK(refused<Attrs>([&](auto r) { none.stat("/", Follow::yes, kAttrCommon, std::move(r)); }));
    CHECK(refused<void>([&](auto r) { none.set_stat("/", {}, Follow::yes, std::move(r)); }));
    CHECK(refused<void>([&](auto r) { none.remove("/", std::move(r)); }));
    CHECK(refused<void>([&](auto r) { none.make_directory("/", {}, std::move(r)); }));
    CHECK(refused<void>([&](auto r) { none.remove_directory("/", std::move(r)); }));
    CHECK(refused<RealPath>([&](auto r) { none.real_path("/", PathCheck{}, std::move(r)); }));
    CHECK(refused<void>([&](auto r) { none.rename("/", "/", false, std::move(r)); }));
    CHECK(none.links() == nullptr);
    CHECK(none.space() == nullptr);
    CHECK(none.users() == nullptr);
    CHECK(none.copies() == nullptr);
    CHECK(none.temporary_folders() == nullptr);
    CHECK(none.name_translation() == nullptr);
}

TEST_CASE("a file without operations refuses all but its end", "[sftp]") {
    NothingOfFile none;
    CHECK_FALSE(none.identity());
    CHECK(refused<ReadBuffer>([&](auto r) { none.read(0, {}, std::move(r)); }));
    CHECK(refused<WriteBuffer>([&](auto r) { none.write(0, {}, std::move(r)); }));
    CHECK(refused<Attrs>([&](auto r) { none.stat(kAttrCommon, std::move(r)); }));
    CHECK(refused<void>([&](auto r) { none.set_stat({}, std::move(r)); }));
    CHECK(refused<void>([&](auto r) { none.sync(std::move(r)); }));
    CHECK(refused<FilesystemStats>([&](auto r) { none.stat_filesystem(std::move(r)); }));
    CHECK(refused<void>([&](auto r) { none.copy_to(0, 0, none, 0, std::move(r)); }));
    CHECK(refused<void>([&](auto r) { none.block(0, 0, kBlockRead, std::move(r)); }));
    CHECK(refused<void>([&](auto r) { none.unblock(0, 0, std::move(r)); }));
    Answered<void> closed;
    none.close(HandleEnd::closed, closed.reply());
    CHECK(closed.good());
    NothingOfDirectory folder;
    CHECK(refused<Attrs>([&](auto r) { folder.stat(kAttrCommon, std::move(r)); }));
    CHECK(refused<void>([&](auto r) { folder.set_stat({}, std::move(r)); }));
}
