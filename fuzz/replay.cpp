// The main() of a fuzz harness built without an engine: runs every input named on the command line,
// folders included, in the order of their names.

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> inputs_below(const fs::path& place) {
    std::vector<fs::path> found;
    if (!fs::is_directory(place)) {
        found.push_back(place);
        return found;
    }
    for (const auto& entry : fs::recursive_directory_iterator(place)) {
        if (entry.is_regular_file()) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

bool run(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        std::cerr << path << ": cannot be read\n";
        return false;
    }
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    // A copy of exactly its size, so that a sanitizer sees the first byte read past the end.
    const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
    // Named before it runs: a crash leaves the name as the last line.
    std::cout << path.filename().string() << std::endl;
    LLVMFuzzerTestOneInput(input.data(), input.size());
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t done = 0;
    for (int i = 1; i < argc; ++i) {
        for (const fs::path& path : inputs_below(argv[i])) {
            if (!run(path)) return 1;
            ++done;
        }
    }
    std::cout << done << " inputs\n";
    // A harness without inputs has not been tested.
    return done == 0 ? 1 : 0;
}
