#include <nacre/sftp/status.hpp>

#include <array>
#include <cerrno>
#include <cstddef>

namespace nacre::sftp {
namespace {

// In the order of the codes. The first nine are OpenSSH's, which people search for.
constexpr std::array<const char*, 32> kTexts{
    "Success",
    "End of file",
    "No such file",
    "Permission denied",
    "Failure",
    "Bad message",
    "No connection",
    "Connection lost",
    "Operation unsupported",
    "Invalid handle",
    "No such path",
    "File already exists",
    "Write protected",
    "No media",
    "No space left on device",
    "Quota exceeded",
    "Unknown principal",
    "Lock conflict",
    "Directory not empty",
    "Not a directory",
    "Invalid file name",
    "Too many levels of symbolic links",
    "Cannot delete",
    "Invalid parameter",
    "Is a directory",
    "Byte range lock conflict",
    "Byte range lock refused",
    "Delete pending",
    "File corrupt",
    "Invalid owner",
    "Invalid group",
    "No matching byte range lock",
};

}  // namespace

const char* text_of(Status status) noexcept {
    const auto index = static_cast<std::size_t>(status);
    return index < kTexts.size() ? kTexts[index]
                                 : kTexts[static_cast<std::size_t>(Status::failure)];
}

Error failure(Status status, const char* what) noexcept {
    return {Errc::local_failed, Disconnect::none, static_cast<std::uint32_t>(status),
            what == nullptr ? text_of(status) : what};
}

Status status_of(const Error& error) noexcept {
    const bool ours = error.code == Errc::local_failed && error.detail < kTexts.size() &&
                      error.detail != static_cast<std::uint32_t>(Status::ok);
    return ours ? static_cast<Status>(error.detail) : Status::failure;
}

const char* text_of(const Error& error) noexcept {
    // The text of any other error is for our log, not for the client.
    const bool ours = error.code == Errc::local_failed && error.detail < kTexts.size();
    return ours && error.what != nullptr ? error.what : text_of(Status::failure);
}

Error failure_from_errno(int error) noexcept {
    switch (error) {
        case ENOENT:
            return failure(Status::no_such_file, "No such file or directory");
        case EACCES:
            return failure(Status::permission_denied);
        case EPERM:
            return failure(Status::permission_denied, "Operation not permitted");
        case EFAULT:
            return failure(Status::permission_denied, "Bad address");
        case EBADF:
            return failure(Status::invalid_handle, "Bad file descriptor");
        case EEXIST:
            return failure(Status::file_already_exists, "File exists");
        case EROFS:
            return failure(Status::write_protect, "Read-only file system");
        case ENOMEDIUM:
            return failure(Status::no_media, "No medium found");
        case ENXIO:
            return failure(Status::no_media, "No such device or address");
        case ENOSPC:
            return failure(Status::no_space_on_filesystem);
        case EDQUOT:
            return failure(Status::quota_exceeded, "Disk quota exceeded");
        case ENOTEMPTY:
            return failure(Status::dir_not_empty);
        case ENOTDIR:
            return failure(Status::not_a_directory);
        case ENAMETOOLONG:
            return failure(Status::invalid_filename, "File name too long");
        case EILSEQ:
            return failure(Status::invalid_filename);
        case ELOOP:
            return failure(Status::link_loop);
        case EINVAL:
            return failure(Status::invalid_parameter, "Invalid argument");
        case EISDIR:
            return failure(Status::file_is_a_directory);
        case ENOSYS:
            return failure(Status::op_unsupported, "Function not implemented");
        case EOPNOTSUPP:
            return failure(Status::op_unsupported, "Operation not supported");
        case ETXTBSY:
            return failure(Status::lock_conflict, "Text file busy");
        case EBUSY:
            return failure(Status::failure, "Device or resource busy");
        case EFBIG:
            return failure(Status::failure, "File too large");
        case EIO:
            return failure(Status::failure, "Input/output error");
        case EMFILE:
        case ENFILE:
            return failure(Status::failure, "Too many open files");
        case EMLINK:
            return failure(Status::failure, "Too many links");
        case ENODEV:
            return failure(Status::failure, "No such device");
        case ENOMEM:
            return failure(Status::failure, "Cannot allocate memory");
        case EPIPE:
            return failure(Status::failure, "Broken pipe");
        case ESPIPE:
            return failure(Status::failure, "Illegal seek");
        case ESTALE:
            return failure(Status::failure, "Stale file handle");
        case ETIMEDOUT:
            return failure(Status::failure, "Operation timed out");
        case EXDEV:
            return failure(Status::failure, "Invalid cross-device link");
        default:
            return failure(Status::failure);
    }
}

}  // namespace nacre::sftp
