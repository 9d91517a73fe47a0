#include <nacre/sftp/filesystem.hpp>

namespace nacre::sftp {

void Filesystem::home_directory(std::string_view user, Reply<std::string> reply) {
    if (user.empty()) {
        reply(std::string("/"));
    } else {
        reply(failure(Status::no_such_file, "no such user"));
    }
}

void Filesystem::names_of(std::vector<std::uint32_t> uids, std::vector<std::uint32_t> gids,
                          Reply<std::pair<std::vector<std::string>, std::vector<std::string>>> r) {
    r(std::pair{std::vector<std::string>(uids.size()), std::vector<std::string>(gids.size())});
}

}  // namespace nacre::sftp
