/// \file
/// A function in an executor, its result in a Reply.
#pragma once
#include <nacre/base/executor.hpp>
#include <nacre/base/reply.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace nacre::fs {

template <class T, class Work>
class BackgroundJob final : public Job {
  public:
    BackgroundJob(Reply<T> reply, Work work) : reply_(std::move(reply)), work_(std::move(work)) {}
    void run() override { result_.emplace(work_()); }
    void finish() override { reply_(std::move(*result_)); }

  private:
    Reply<T> reply_;
    Work work_;
    std::optional<Result<T>> result_;
};

/// Answers with what `work()` returns, a Result<T>. It is called in the executor, or here if it is
/// said not to block.
template <class T, class Work>
void answer_with(Executor& executor, bool blocks, Reply<T> reply, Work work) {
    if (!blocks) {
        reply(work());
        return;
    }
    executor.submit(std::make_unique<BackgroundJob<T, Work>>(std::move(reply), std::move(work)));
}

}  // namespace nacre::fs
