// Somebody who owns a folder of the jail exchanges it for a link to the outside, over and over,
// while others use paths that lead through it.
#include "local_rig.hpp"

#include <fcntl.h>
#include <stdio.h>

#include <atomic>
#include <thread>

namespace nacre::fs::test {
namespace {

constexpr int kSwaps = 10'000;
constexpr int kRounds = 1000;

sftp::OpenFlags creating() {
    sftp::OpenFlags flags;
    flags.write = flags.create = true;
    return flags;
}

TEST_CASE("Exchanging a folder for a link opens no way out", "[fs][jail][race]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.folder("d");
    folders.folder("d/sub");
    folders.file("d/secret", "inside");
    folders.file("d/sub/file", "inside");
    folders.file("top", "inside");
    folders.link(folders.outside(""), "evil");
    folders.link("../outside", "evil_relative");
    const Local local(config_for(folders, walk));

    std::atomic<bool> stop{false};
    std::atomic<int> swaps{0};
    std::thread swapper([&] {
        for (int i = 0; i < kSwaps || !stop; ++i) {
            const std::string other = folders.jail(i % 4 < 2 ? "evil" : "evil_relative");
            ::renameat2(AT_FDCWD, folders.jail("d").c_str(), AT_FDCWD, other.c_str(),
                        RENAME_EXCHANGE);
            ++swaps;
        }
    });
    int found = 0;
    int missed = 0;
    int leaks = 0;
    int rounds = 0;
    while (swaps < kSwaps || rounds < kRounds) {
        ++rounds;
        const std::string name = std::to_string(rounds % 3);
        for (const char* path : {"d/secret", "d/sub/../secret", "d/../d/./secret", "evil/secret"}) {
            const std::string text = local.contents(path);
            if (text == "inside") {
                ++found;
            } else if (text.front() == '!') {
                ++missed;
            } else {
                ++leaks;
            }
        }
        // Where a check and a use far apart would be found out.
        for (int i = 0; i < 10; ++i)
            if (local.contents("d/secret") == "SECRET") ++leaks;
        // Up from inside must come back to the root, whatever "d" is now.
        if (local.contents("d/sub/../../top") == "SECRET") ++leaks;
        const auto real = local.real_path("d/sub/file");
        if (real && real->find("outside") != std::string::npos) ++leaks;
        static_cast<void>(local.open("d/new" + name, creating()));
        static_cast<void>(local.make_directory("d/sub/../folder" + name));
        static_cast<void>(local.symlink("x", "d/link" + name));
        static_cast<void>(local.rename("d/new" + name, "d/renamed" + name, rounds % 2 == 0));
        static_cast<void>(local.hard_link("top", "d/hard" + name));
        static_cast<void>(local.remove("d/hard" + name));
        static_cast<void>(local.remove("d/renamed" + name));
        static_cast<void>(local.remove("d/link" + name));
        static_cast<void>(local.remove_directory("d/folder" + name));
        if (rounds % 16 == 0) {
            sftp::Attrs attrs;
            attrs.permissions = 0600;
            attrs.size = 6;
            static_cast<void>(local.set_stat("d/secret", attrs));
        }
    }
    stop = true;
    swapper.join();
    INFO(rounds << " rounds, " << found << " found, " << missed << " missed");
    CHECK(leaks == 0);
    CHECK(found > 0);
    CHECK(missed > 0);
    CHECK(folders.outside_is_untouched());
    struct stat secret {};
    REQUIRE(::stat(folders.outside("secret").c_str(), &secret) == 0);
    CHECK(secret.st_nlink == 1);
    CHECK((secret.st_mode & 0777) == 0644);
}

TEST_CASE("Moving a folder while it is walked up from leads nowhere else", "[fs][jail][race]") {
    const bool walk = GENERATE(false, true);
    const Folders folders;
    folders.folder("a");
    folders.folder("a/b");
    folders.folder("a/b/c");
    folders.file("secret", "inside");
    const Local local(config_for(folders, walk));
    std::atomic<bool> stop{false};
    std::atomic<int> moves{0};
    // Out of the jail and back: ".." of the folder is then the outside.
    std::thread mover([&] {
        for (int i = 0; i < kSwaps || !stop; ++i) {
            ::rename(folders.jail("a/b").c_str(), folders.outside("b").c_str());
            ::rename(folders.outside("b").c_str(), folders.jail("a/b").c_str());
            ++moves;
        }
    });
    int leaks = 0;
    int found = 0;
    for (int rounds = 0; moves < kSwaps || rounds < kRounds; ++rounds) {
        for (const char* path : {"a/b/../../secret", "a/b/c/../../../secret", "a/b/../secret"}) {
            const std::string text = local.contents(path);
            if (text == "SECRET") ++leaks;
            if (text == "inside") ++found;
        }
        const auto real = local.real_path("a/b/c/../..");
        if (real && *real != "/a") ++leaks;
    }
    stop = true;
    mover.join();
    CHECK(leaks == 0);
    CHECK(found > 0);
    CHECK(folders.outside_is_untouched());
}

}  // namespace
}  // namespace nacre::fs::test
