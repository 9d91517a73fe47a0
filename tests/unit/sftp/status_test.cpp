#include <nacre/sftp/status.hpp>

#include <catch2/catch_all.hpp>

#include <cerrno>
#include <cstring>

using namespace nacre;
using namespace nacre::sftp;

TEST_CASE("a failure carries its status and text", "[sftp][status]") {
    CHECK(status_of(failure(Status::dir_not_empty)) == Status::dir_not_empty);
    CHECK(std::string(text_of(failure(Status::no_such_file))) == "No such file");
    CHECK(std::string(text_of(failure(Status::failure, "why"))) == "why");
}

TEST_CASE("other errors tell the client nothing", "[sftp][status]") {
    const Error other{Errc::internal, Disconnect::none, 2, "secret"};
    CHECK(status_of(other) == Status::failure);
    CHECK(std::string(text_of(other)) == "Failure");
    // An error is never a success.
    CHECK(status_of(failure(Status::ok)) == Status::failure);
}

TEST_CASE("the first texts are OpenSSH's", "[sftp][status]") {
    const char* const texts[] = {"Success",           "End of file",     "No such file",
                                 "Permission denied", "Failure",         "Bad message",
                                 "No connection",     "Connection lost", "Operation unsupported"};
    for (std::uint32_t i = 0; i < 9; ++i)
        CHECK(std::string(text_of(static_cast<Status>(i))) == texts[i]);
    CHECK(std::string(text_of(static_cast<Status>(1000))) == "Failure");
}

TEST_CASE("errno values", "[sftp][status]") {
    CHECK(status_of(failure_from_errno(ENOENT)) == Status::no_such_file);
    CHECK(status_of(failure_from_errno(EACCES)) == Status::permission_denied);
    CHECK(status_of(failure_from_errno(EEXIST)) == Status::file_already_exists);
    CHECK(status_of(failure_from_errno(ENOSPC)) == Status::no_space_on_filesystem);
    CHECK(status_of(failure_from_errno(EROFS)) == Status::write_protect);
    CHECK(status_of(failure_from_errno(EIO)) == Status::failure);
    CHECK(status_of(failure_from_errno(123456)) == Status::failure);
    // Where we have a text of our own, it is the system's.
    for (const int error : {ENOENT, EACCES, EPERM, EEXIST, ENOSPC, ENOTEMPTY, ENOTDIR, ELOOP,
                            EISDIR, EROFS, EDQUOT, EIO, EXDEV, ENAMETOOLONG, EINVAL, EFBIG})
        CHECK(std::string(failure_from_errno(error).what) == std::strerror(error));
}
