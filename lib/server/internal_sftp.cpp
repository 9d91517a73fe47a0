#include "server/internal_sftp.hpp"

#include <vector>

namespace nacre::server {

namespace {

constexpr std::string_view kName = "internal-sftp";
constexpr std::string_view kBlanks = " \t";

std::vector<std::string_view> words(std::string_view command) {
    std::vector<std::string_view> found;
    for (;;) {
        const auto begin = command.find_first_not_of(kBlanks);
        if (begin == std::string_view::npos) return found;
        command.remove_prefix(begin);
        const auto word = command.substr(0, command.find_first_of(kBlanks));
        found.push_back(word);
        command.remove_prefix(word.size());
    }
}

constexpr Error refused(const char* what) noexcept {
    return {Errc::unsupported, Disconnect::none, 0, what};
}

}  // namespace

bool is_internal_sftp(std::string_view command) noexcept {
    return command.starts_with(kName) &&
           (command.size() == kName.size() ||
            kBlanks.find(command[kName.size()]) != std::string_view::npos);
}

Result<InternalSftp> read_internal_sftp(std::string_view command) {
    InternalSftp sftp;
    const auto all = words(command);
    for (std::size_t i = 1; i < all.size(); ++i) {
        const auto word = all[i];
        if (word == "-R") {
            sftp.read_only = true;
            continue;
        }
        if (word == "-e") continue;
        const bool known = word == "-d" || word == "-f" || word == "-l";
        if (!known) return refused("internal-sftp with an option that is not known here");
        if (++i == all.size()) return refused("internal-sftp with an option without its value");
        // Quotes and tokens such as %u are for a shell and for more users than one.
        if (all[i].find_first_of("\"'\\%") != std::string_view::npos)
            return refused("internal-sftp with a quoted value");
        if (word == "-d") sftp.directory = all[i];
    }
    return sftp;
}

}  // namespace nacre::server
