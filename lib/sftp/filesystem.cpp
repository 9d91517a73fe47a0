// What a Filesystem that does not override them answers.
#include <nacre/sftp/filesystem.hpp>

namespace nacre::sftp {
namespace {

template <class T>
void refuse(Reply<T>& reply) {
    reply(failure(Status::op_unsupported));
}

}  // namespace

void File::read(std::uint64_t, ReadBuffer, Reply<ReadBuffer> reply) {
    refuse(reply);
}
void File::write(std::uint64_t, WriteBuffer, Reply<WriteBuffer> reply) {
    refuse(reply);
}
void File::stat(AttrMask, Reply<Attrs> reply) {
    refuse(reply);
}
void File::set_stat(const Attrs&, Reply<void> reply) {
    refuse(reply);
}
void File::sync(Reply<void> reply) {
    refuse(reply);
}
void File::stat_filesystem(Reply<FilesystemStats> reply) {
    refuse(reply);
}
void File::copy_to(std::uint64_t, std::uint64_t, File&, std::uint64_t, Reply<void> reply) {
    refuse(reply);
}
void File::block(std::uint64_t, std::uint64_t, BlockMask, Reply<void> reply) {
    refuse(reply);
}
void File::unblock(std::uint64_t, std::uint64_t, Reply<void> reply) {
    refuse(reply);
}
void File::close(HandleEnd, Reply<void> reply) {
    reply({});
}

void Directory::stat(AttrMask, Reply<Attrs> reply) {
    refuse(reply);
}
void Directory::set_stat(const Attrs&, Reply<void> reply) {
    refuse(reply);
}
void Directory::close(HandleEnd) {}

void Filesystem::open(std::string_view, OpenFlags, const Attrs&,
                      Reply<std::shared_ptr<File>> reply) {
    refuse(reply);
}
void Filesystem::open_directory(std::string_view, Reply<std::shared_ptr<Directory>> reply) {
    refuse(reply);
}
void Filesystem::stat(std::string_view, Follow, AttrMask, Reply<Attrs> reply) {
    refuse(reply);
}
void Filesystem::set_stat(std::string_view, const Attrs&, Follow, Reply<void> reply) {
    refuse(reply);
}
void Filesystem::remove(std::string_view, Reply<void> reply) {
    refuse(reply);
}
void Filesystem::make_directory(std::string_view, const Attrs&, Reply<void> reply) {
    refuse(reply);
}
void Filesystem::remove_directory(std::string_view, Reply<void> reply) {
    refuse(reply);
}
void Filesystem::real_path(std::string_view, PathCheck, Reply<RealPath> reply) {
    refuse(reply);
}
void Filesystem::rename(std::string_view, std::string_view, bool, Reply<void> reply) {
    refuse(reply);
}

}  // namespace nacre::sftp
