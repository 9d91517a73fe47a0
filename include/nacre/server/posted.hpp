/// \file
/// A reply that may be answered or dropped on any thread.
#pragma once
#include <nacre/base/reply.hpp>
#include <nacre/server/server.hpp>

#include <memory>

namespace nacre::server {

/// Wraps a Reply of a session for use elsewhere: the answer, or the drop, is posted to the
/// session's thread. Move-only. Allocates.
template <class T>
class Posted {
  public:
    Posted(Loop& loop, Reply<T> reply)
        : loop_(&loop), reply_(std::make_shared<Reply<T>>(std::move(reply))) {}
    Posted(Posted&&) noexcept = default;
    Posted& operator=(Posted&& other) noexcept {
        drop();
        loop_ = other.loop_;
        reply_ = std::move(other.reply_);
        return *this;
    }
    ~Posted() { drop(); }

    void operator()(Result<T> answer) {
        if (reply_ == nullptr) return;
        auto held = std::make_shared<Result<T>>(std::move(answer));
        loop_->post([reply = std::move(reply_), held] { (*reply)(std::move(*held)); });
    }

  private:
    void drop() {
        if (reply_ != nullptr) loop_->post([reply = std::move(reply_)] { *reply = Reply<T>(); });
    }
    Loop* loop_;
    std::shared_ptr<Reply<T>> reply_;
};

}  // namespace nacre::server
