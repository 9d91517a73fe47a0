#include "options.hpp"

#include <climits>

#include <getopt.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace nacre::tools {

namespace {

constexpr int kWrongUsage = 2;

constexpr char kHelp[] =
    "Usage: nacre-sftp-server [-R] [-e] [-d FOLDER] [--root FOLDER]\n"
    "\n"
    "Serves SFTP on standard input and output, for \"Subsystem sftp\" of an SSH server.\n"
    "\n"
    "  -R             read-only: nothing is changed\n"
    "  -d FOLDER      where relative paths begin (default: the current folder, or / below --root)\n"
    "  --root FOLDER  the client's \"/\": nothing outside of it is reached (default: /)\n"
    "  -e             log to standard error\n"
    "  -h, --help     this text\n";

int wrong(const char* what, const std::string& value) {
    std::fprintf(stderr, "nacre-sftp-server: %s%s\n", what, value.c_str());
    return kWrongUsage;
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
    static const option kLong[] = {
        {"root", required_argument, nullptr, kRoot},
        {"help", no_argument, nullptr, 'h'},
        {nullptr, 0, nullptr, 0},
    };
    ServerOptions options;
    std::string folder;
    opterr = 0;
    for (int given = 0; (given = ::getopt_long(argc, argv, ":Red:h", kLong, nullptr)) != -1;) {
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
            case kRoot:
                options.root = optarg;
                break;
            case 'h':
                std::fputs(kHelp, stdout);
                return EXIT_SUCCESS;
            case ':':
                return wrong("a folder must follow ", argv[optind - 1]);
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
