#include "fs/local_shared.hpp"

namespace nacre::fs {

LocalShared::LocalShared() {
    // The clock that the kernel stamps files with.
    ::clock_gettime(CLOCK_REALTIME_COARSE, &started_);
}

bool LocalShared::first_of(const std::string& root) {
    const std::lock_guard lock(mutex_);
    return roots_.insert(root).second;
}

std::shared_ptr<LocalShared> make_local_shared() {
    return std::make_shared<LocalShared>();
}

}  // namespace nacre::fs
