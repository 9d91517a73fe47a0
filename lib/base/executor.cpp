#include <nacre/base/executor.hpp>

#include <new>

namespace nacre {
namespace {

class InlineExecutor final : public Executor {
  public:
    void submit(std::unique_ptr<Job> job) override {
        job->run();
        job->finish();
    }
};

}  // namespace

Executor& inline_executor() noexcept {
    alignas(InlineExecutor) static unsigned char memory[sizeof(InlineExecutor)];
    static Executor* const executor = ::new (static_cast<void*>(memory)) InlineExecutor;
    return *executor;
}

}  // namespace nacre
