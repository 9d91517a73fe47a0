#include "nacre-bench/server_usage.hpp"

#include <catch2/catch_all.hpp>

#include <sys/wait.h>
#include <unistd.h>

using namespace nacre::bench;
using Catch::Matchers::WithinAbs;

TEST_CASE("a line of /proc/PID/stat is read", "[bench]") {
    const auto stat = parse_process_stat(
        "4711 (sshd) S 4242 4711 4711 0 -1 4194560 1 2 3 4 15 26 37 48 20 0 1 0 99 100 200\n");
    REQUIRE(stat);
    CHECK(stat->parent == 4242);
    CHECK(stat->user == 15);
    CHECK(stat->system == 26);
    CHECK(stat->children_user == 37);
    CHECK(stat->children_system == 48);
}

TEST_CASE("the name of a program may hold anything", "[bench]") {
    const auto stat = parse_process_stat("1 (a) R 9 (b ) S 7 1 1 0 -1 0 0 0 0 0 1 2 3 4 0");
    REQUIRE(stat);
    CHECK(stat->parent == 7);
    CHECK(stat->children_system == 4);
}

TEST_CASE("what is no such line is refused", "[bench]") {
    CHECK_FALSE(parse_process_stat(""));
    CHECK_FALSE(parse_process_stat("1 sshd S 7 1 1 0 -1 0 0 0 0 0 1 2 3 4"));
    CHECK_FALSE(parse_process_stat("1 (sshd) S 7 1 1 0 -1 0 0 0 0 0 1 2 3"));
    CHECK_FALSE(parse_process_stat("1 (sshd) S seven 1 1 0 -1 0 0 0 0 0 1 2 3 4"));
}

TEST_CASE("CPU time of a control group, first version: the exact sum in the ticks' parts",
          "[bench]") {
    const auto time = parse_cpuacct("8000000000\n", "user 300\nsystem 100\n", 100);
    REQUIRE(time);
    CHECK_THAT(time->user, WithinAbs(6, 1e-9));
    CHECK_THAT(time->system, WithinAbs(2, 1e-9));
    CHECK_THAT(parse_cpuacct("5000", "user 0\nsystem 0\n", 100)->total(), WithinAbs(5e-6, 1e-12));
    CHECK_FALSE(parse_cpuacct("", "user 300\nsystem 100\n", 100));
    CHECK_FALSE(parse_cpuacct("8000000000", "user 300\n", 100));
}

TEST_CASE("CPU time of a control group, second version", "[bench]") {
    const auto time =
        parse_cpu_stat("usage_usec 5000000\nuser_usec 3000000\nsystem_usec 2000000\n");
    REQUIRE(time);
    CHECK_THAT(time->user, WithinAbs(3, 1e-9));
    CHECK_THAT(time->system, WithinAbs(2, 1e-9));
    CHECK_FALSE(parse_cpu_stat("usage_usec 5000000\n"));
}

TEST_CASE("our own usage: memory, descriptors, processes", "[bench]") {
    const ServerUsage usage(::getpid(), "");
    CHECK(usage.known());
    CHECK(usage.cpu());
    const ServerMemory before = usage.memory();
    CHECK(before.processes >= 1);
    CHECK(before.pss_kib > 0);
    CHECK(before.rss_kib >= before.pss_kib);
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    CHECK(usage.memory().descriptors == before.descriptors + 2);

    // A child counts as long as it is there.
    const pid_t child = ::fork();
    if (child == 0) {
        char byte = 0;
        ::close(ends[1]);
        ::_exit(::read(ends[0], &byte, 1) == 0 ? 0 : 1);
    }
    CHECK(usage.memory().processes == before.processes + 1);
    ::close(ends[1]);
    ::close(ends[0]);
    ::waitpid(child, nullptr, 0);
    CHECK(usage.memory().processes == before.processes);
}

TEST_CASE("what is unknown or gone uses nothing", "[bench]") {
    CHECK_FALSE(ServerUsage(0, "").known());
    CHECK_FALSE(ServerUsage(0, "").cpu());
    CHECK_FALSE(ServerUsage(0, "/no/such/folder").cpu());
    CHECK(ServerUsage(0, "").memory().processes == 0);
}
