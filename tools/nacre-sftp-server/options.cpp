#include "options.hpp"

#include "../numbers.hpp"

#include <climits>

#include <getopt.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace nacre::tools {

namespace {

constexpr int kWrongUsage = 2;

constexpr char kHelp[] =
    "Usage: nacre-sftp-server [-R] [-e] [-d FOLDER] [-u UMASK] [--root FOLDER] [--sftp-version N]\n"
    "\n"
    "Serves SFTP on standard input and output, for \"Subsystem sftp\" of an SSH server.\n"
    "\n"
    "  -R             read-only: nothing is changed\n"
    "  -d FOLDER      where relative paths begin (default: the current folder, or / below --root)\n"
    "  --root FOLDER  the client's \"/\": nothing outside of it is reached (default: /)\n"
    "  -u UMASK       instead of the one that is inherited, in octal\n"
    "  --sftp-version N  the highest version that is spoken, 3 to 6 (default: 6)\n"
    "  -e             log to standard error\n"
    "  -h, --help     this text\n";

int wrong(const char* what, const std::string& value) {
    std::fprintf(stderr, "nacre-sftp-server: %s%s\n", what, value.c_str());
    return kWrongUsage;
}

/// A number of that base from `least` to `most`, or nothing.
std::optional<std::uint32_t> number_in(std::string_view text, int base, std::uint32_t least,
                                       std::uint32_t most) {
    const auto number = parse_number<std::uint32_t>(text, base);
    return number && *number >= least && *number <= most ? number : std::nullopt;
}

std::string current_folder() {
    char path[PATH_MAX];
    return ::getcwd(path, sizeof path) != nullptr ? path : "/";
}

/// Where relative paths begin, in the client's eyes.
std::string home_of(const std::string& root, const std::string& asked) {
    if (!asked.empty() && asked.front() == '/') return asked;
    std::string home = root == "/" ? current_folder() : "/";
    if (asked.empty()) return home;
    if (home.back() != '/') home += '/';
    return home + asked;
}

}  // namespace

std::variant<ServerOptions, int> read_options(int argc, char** argv) {
    constexpr int kRoot = 256;
    constexpr int kVersion = 257;
    static const option kLong[] = {
        {"root", required_argument, nullptr, kRoot},
        {"sftp-version", required_argument, nullptr, kVersion},
        {"help", no_argument, nullptr, 'h'},
        {nullptr, 0, nullptr, 0},
    };
    ServerOptions options;
    std::string folder;
    opterr = 0;
    for (int given = 0; (given = ::getopt_long(argc, argv, ":Red:u:h", kLong, nullptr)) != -1;) {
        switch (given) {
            case 'R':
                options.read_only = true;
                break;
            case 'e':
                options.log = true;
                break;
            case 'd':
                folder = optarg;
                break;
            case 'u': {
                const auto mask = number_in(optarg, 8, 0, 0777);
                if (!mask) return wrong("no umask in octal: ", optarg);
                options.umask = mask;
                break;
            }
            case kVersion: {
                const auto version = number_in(optarg, 10, 3, 6);
                if (!version) return wrong("no version from 3 to 6: ", optarg);
                options.sftp_version = *version;
                break;
            }
            case kRoot:
                options.root = optarg;
                break;
            case 'h':
                std::fputs(kHelp, stdout);
                return EXIT_SUCCESS;
            case ':':
                return wrong("a value must follow ", argv[optind - 1]);
            default:
                return wrong("unknown option ", argv[optind - 1]);
        }
    }
    if (optind < argc) return wrong("unexpected argument ", argv[optind]);
    if (options.root.empty()) return wrong("the root must have a name", "");
    options.home = home_of(options.root, folder);
    return options;
}

}  // namespace nacre::tools
