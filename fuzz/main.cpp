// Replays inputs without a fuzzing engine: every file that is named and every file in the folders
// that are named. Fails when there is none, so that a lost corpus is noticed.

#include "fuzz.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

bool replay(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    // A copy of exactly the file's size, so that a sanitizer sees every read behind it.
    const nacre::Bytes bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in.is_open() || in.bad()) {
        std::fprintf(stderr, "%s: cannot be read\n", path.c_str());
        return false;
    }
    // Named before it runs: the last name printed is the input that crashed.
    std::printf("%s (%zu bytes)\n", path.c_str(), bytes.size());
    std::fflush(stdout);
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    namespace fs = std::filesystem;
    std::size_t count = 0;
    bool all_read = true;
    for (int i = 1; i < argc; ++i) {
        std::error_code error;
        if (!fs::is_directory(argv[i], error)) {
            all_read = replay(argv[i]) && all_read;
            ++count;
            continue;
        }
        for (fs::recursive_directory_iterator it(argv[i], error), end; !error && it != end;
             it.increment(error)) {
            if (!it->is_regular_file()) continue;
            all_read = replay(it->path()) && all_read;
            ++count;
        }
        if (error) {
            std::fprintf(stderr, "%s: %s\n", argv[i], error.message().c_str());
            all_read = false;
        }
    }
    std::printf("%zu inputs\n", count);
    return count != 0 && all_read ? 0 : 1;
}
