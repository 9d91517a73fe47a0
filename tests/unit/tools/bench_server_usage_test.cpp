#include "nacre-bench/server_usage.hpp"

#include <catch2/catch_all.hpp>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace nacre::bench;
using Catch::Matchers::WithinAbs;

namespace {

/// A child that does `work`, says how much CPU time it has used and then waits to be killed.
class Child {
  public:
    template <class Work>
    explicit Child(Work work) {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        pid_ = ::fork();
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            work();
            const double used = process_cpu_seconds();
            if (::write(ends[1], &used, sizeof used) != sizeof used) ::_exit(1);
            for (;;) ::pause();
        }
        ::close(ends[1]);
        const bool told = ::read(ends[0], &used_, sizeof used_) == sizeof used_;
        ::close(ends[0]);
        REQUIRE(told);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }

    pid_t pid() const { return pid_; }
    double used() const { return used_; }

  private:
    pid_t pid_ = 0;
    double used_ = 0;
};

void burn(double seconds) {
    while (process_cpu_seconds() < seconds) {
    }
}

}  // namespace

TEST_CASE("a line of /proc/PID/stat is read", "[bench]") {
    const auto stat = parse_process_stat(
        "4711 (sshd) S 4242 4711 4711 0 -1 4194560 1 2 3 4 15 26 37 48 20 0 1 0 99 100 200\n");
    REQUIRE(stat);
    CHECK(stat->parent == 4242);
    CHECK(stat->user == 15);
    CHECK(stat->system == 26);
    CHECK(stat->children_user == 37);
    CHECK(stat->children_system == 48);
    CHECK(stat->children_faults == 2);
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

TEST_CASE("the CPU time of processes that live is exact", "[bench]") {
    // Less than a tick, so that ticks would say 0.
    const Child child([] { burn(0.004); });
    const auto cpu = ServerUsage(child.pid(), "").cpu();
    REQUIRE(cpu);
    CHECK(cpu->time.total() >= child.used());
    CHECK(cpu->time.total() < child.used() + 0.004);
    CHECK(cpu->resolution == 0);
}

TEST_CASE("processes that ended make the CPU time a matter of ticks", "[bench]") {
    const Child child([] {
        const pid_t grandchild = ::fork();
        if (grandchild == 0) ::_exit(0);
        ::waitpid(grandchild, nullptr, 0);
    });
    const auto cpu = ServerUsage(child.pid(), "").cpu();
    REQUIRE(cpu);
    CHECK(cpu->resolution == 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK)));
}
