#include <nacre/sftp/cancellation.hpp>

#include <algorithm>
#include <utility>

namespace nacre::sftp {

void Cancellation::request() {
    requested_ = true;
    for (const auto& task : std::exchange(tasks_, {}))
        if (const auto running = task.lock()) running->on_cancel();
}

void Cancellation::add(std::weak_ptr<Cancellable> task) {
    if (tasks_.size() >= sweep_at_) {
        tasks_.erase(
            std::remove_if(tasks_.begin(), tasks_.end(), [](const auto& t) { return t.expired(); }),
            tasks_.end());
        sweep_at_ = std::max(sweep_at_, 2 * tasks_.size());
    }
    tasks_.push_back(std::move(task));
}

}  // namespace nacre::sftp
