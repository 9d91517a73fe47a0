// Target functions: Jail::open, Jail::canonical, Jail::place, by the kernel and by the walk.
// An input is a path, name by name, in a tree with links of every kind. Whatever it says, it leads
// to nothing outside of the root, and the walk finds what the kernel finds.
#include "fs/jail.hpp"
#include "fuzz.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

using namespace nacre;

namespace {

/// A folder of our own, made once: jail/ is the root, outside/ what nobody may reach.
class Tree {
  public:
    Tree() {
        std::string name = std::filesystem::temp_directory_path().string() + "/nacre-fuzz-XXXXXX";
        NACRE_FUZZ_CHECK(::mkdtemp(name.data()) != nullptr);
        top_ = std::filesystem::canonical(name).string();
        for (const char* folder : {"/jail", "/jail/a", "/jail/a/b", "/jail/home", "/outside"})
            std::filesystem::create_directory(top_ + folder);
        for (const char* file : {"/jail/f", "/jail/a/b/f", "/outside/secret", "/secret"})
            std::ofstream(top_ + file) << "text";
        link("..", "up");
        link("../..", "a/up");
        link("../../../..", "a/b/up");
        link("/", "root");
        link("/a/b", "a/far");
        link("../outside", "out");
        link(top_ + "/outside", "a/out");
        link("/../outside/secret", "secret");
        link("loop", "loop");
        link("a/b/../../up/../a", "round");
        link("nothing", "dangling");
        link("/proc/self/root", "magic");
    }
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;
    ~Tree() {
        std::error_code ignored;
        std::filesystem::remove_all(top_, ignored);
    }
    std::string root() const { return top_ + "/jail"; }

  private:
    void link(const std::string& target, const std::string& name) const {
        std::filesystem::create_symlink(target, root() + '/' + name);
    }
    std::string top_;
};

constexpr std::string_view kNames[] = {"..",   ".",    "",      "a",      "b",    "f",
                                       "up",   "far",  "out",   "secret", "loop", "round",
                                       "root", "home", "magic", "proc",   "self", "dangling"};

std::string path_of(fuzz::FuzzInput& in) {
    std::string path = in.flag() ? "/" : std::string();
    for (std::size_t i = 0; i < 64 && !in.empty(); ++i) {
        const std::size_t which = in.below(std::size(kNames) + 1);
        path += which < std::size(kNames) ? kNames[which] : as_text(in.bytes(in.u8()));
        if (in.flag()) path += '/';
    }
    return path;
}

std::string name_of(int fd) {
    std::array<char, 8192> text{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t n = ::readlink(link.c_str(), text.data(), text.size());
    NACRE_FUZZ_CHECK(n > 0);
    return {text.data(), static_cast<std::size_t>(n)};
}

void check_inside(int fd, const std::string& root) {
    const std::string name = name_of(fd);
    NACRE_FUZZ_CHECK(name == root || name.starts_with(root + '/'));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Tree tree;
    static const auto by_kernel = fs::Jail::make(tree.root(), "/home", false);
    static const auto by_walk = fs::Jail::make(tree.root(), "/home", true);
    static const auto confined = fs::Jail::make(tree.root(), "/a", false, "/a");
    NACRE_FUZZ_CHECK(by_kernel && by_walk && confined);
    fuzz::FuzzInput in(data, size);
    const int flags = in.flag() ? O_PATH | O_NOFOLLOW : O_PATH;
    const std::string path = path_of(in);

    const auto kernel = by_kernel->open(path, flags);
    const auto walk = by_walk->open(path, flags);
    NACRE_FUZZ_CHECK(kernel.has_value() == walk.has_value());
    if (kernel) {
        check_inside(kernel->get(), tree.root());
        NACRE_FUZZ_CHECK(name_of(kernel->get()) == name_of(walk->get()));
    }
    if (const auto opened = confined->open(path, flags))
        check_inside(opened->get(), tree.root() + "/a");
    for (const fs::Jail* jail : {&*by_kernel, &*by_walk}) {
        if (const auto place = jail->place(path); place && place->has_name()) {
            check_inside(place->folder.get(), tree.root());
            NACRE_FUZZ_CHECK(place->name.find('/') == std::string::npos);
            NACRE_FUZZ_CHECK(place->name != "." && place->name != "..");
        }
        // A canonical path is its own.
        const auto canonical = jail->canonical(path);
        if (!canonical) continue;
        NACRE_FUZZ_CHECK(canonical->starts_with('/'));
        NACRE_FUZZ_CHECK((*canonical + '/').find("/../") == std::string::npos);
        const auto again = jail->canonical(*canonical);
        NACRE_FUZZ_CHECK(again && *again == *canonical);
    }
    return 0;
}
