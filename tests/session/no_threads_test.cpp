// A system that starts no thread any more.
#include "support/system_faults.hpp"

#include <nacre/fs/worker_pool.hpp>

#include <catch2/catch_all.hpp>

namespace nacre {
namespace {

TEST_CASE("without threads long chains of jobs run one after the other", "[session][faults]") {
    struct Link final : Job {
        Link(fs::WorkerExecutor& e, int& n) : executor(e), left(n) {}
        void run() override { --left; }
        void finish() override {
            if (left != 0) executor.submit(std::make_unique<Link>(executor, left));
        }
        fs::WorkerExecutor& executor;
        int& left;
    };
    const test::SystemFault without(test::SystemFault::kNever, test::SystemFault::kShort,
                                    "pthread_create");
    fs::WorkerPool pool(2, 4);
    const auto executor = pool.executor([] {});
    int left = 1'000'000;
    executor->submit(std::make_unique<Link>(*executor, left));
    CHECK(left == 0);
}

}  // namespace
}  // namespace nacre
