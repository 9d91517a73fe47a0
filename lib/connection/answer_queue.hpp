/// \file
/// Answers that leave in the order of the questions, in whatever order they are found (RFC 4254 s4,
/// s5.4).
#pragma once
#include "base/ring.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace nacre::detail {

template <class T>
class AnswerQueue {
  public:
    /// \param limit  questions that may wait at a time
    explicit AnswerQueue(std::size_t limit) : limit_(limit) {}

    /// A question was asked: the token that answers it, or nothing when too many wait.
    std::optional<std::uint64_t> ask() {
        if (answers_.size() >= limit_) return {};
        answers_.push_back({});
        return first_ + answers_.size() - 1;
    }
    /// Only the first answer to a token counts.
    void answer(std::uint64_t token, T value) {
        if (token < first_ || token - first_ >= answers_.size()) return;
        auto& slot = answers_[token - first_];
        if (!slot) slot = std::move(value);
    }
    /// The answer to the oldest question, once it is known.
    std::optional<T> next() {
        if (answers_.empty() || !answers_.front()) return {};
        auto value = std::move(answers_.front());
        answers_.pop_front();
        ++first_;
        return value;
    }
    std::size_t waiting() const noexcept { return answers_.size(); }

  private:
    std::size_t limit_;
    std::uint64_t first_ = 0;  // the token of answers_.front()
    Ring<std::optional<T>> answers_;
};

}  // namespace nacre::detail
