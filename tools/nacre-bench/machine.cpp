#include "machine.hpp"

#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <fstream>

namespace nacre::bench {

namespace {

std::string processor() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);)
        if (const auto colon = line.find(": ");
            colon != std::string::npos && line.starts_with("model name"))
            return line.substr(colon + 2);
    return "unknown";
}

std::string kernel() {
    utsname name{};
    if (::uname(&name) != 0) return "unknown";
    return std::string(name.sysname) + " " + name.release + " " + name.machine;
}

std::string compiler() {
#if defined(__clang__)
    std::string text = "clang++ " __clang_version__;
#else
    std::string text = "g++ " __VERSION__;
#endif
#if defined(__OPTIMIZE__)
    return text;
#else
    return text + ", not optimised";
#endif
}

std::string date() {
    const time_t now = ::time(nullptr);
    tm parts{};
    ::gmtime_r(&now, &parts);
    char text[32];
    ::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

}  // namespace

Facts machine_facts() {
    return {{"processor", processor()},
            {"processors", std::to_string(::sysconf(_SC_NPROCESSORS_ONLN))},
            {"kernel", kernel()},
            {"compiler", compiler()},
            {"Botan", NACRE_BENCH_BOTAN},
            {"Nacre", NACRE_VERSION},
            {"date", date()}};
}

}  // namespace nacre::bench
