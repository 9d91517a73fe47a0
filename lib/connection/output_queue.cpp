#include "connection/output_queue.hpp"

namespace nacre::detail {

void OutputQueue::push(Kind kind, std::uint32_t type, FrameList&& frames) {
    if (frames.empty()) return;
    data_bytes_ += frames.bytes();
    FrameList& queue = back(kind, type).frames;
    while (!frames.empty() && frames.front().size() <= kMaxMerged && queue.append(frames.front()))
        frames.pop_front();
    queue.splice_back(std::move(frames));
}

void OutputQueue::push(Kind kind, Frame&& message) {
    back(kind, 0).frames.push_back(std::move(message));
}

OutputQueue::Segment& OutputQueue::back(Kind kind, std::uint32_t type) {
    if (empty() || segments_.back().kind != kind || segments_.back().type != type)
        segments_.push_back({kind, type, {}});
    return segments_.back();
}

Frame OutputQueue::pop() noexcept {
    auto& segment = segments_[first_];
    Frame frame = segment.frames.pop_front();
    if (segment.is_data()) data_bytes_ -= frame.size();
    if (segment.frames.empty()) drop_used();
    return frame;
}

Frame OutputQueue::pop(std::size_t most, PacketPort& port) noexcept {
    auto& segment = segments_[first_];
    const std::size_t size = segment.frames.front().size();
    if (size <= most) return pop();

    const bool copy_front = most <= size / 2;
    Frame copy = port.bulk_frame(copy_front ? most : size - most);
    if (!copy) return {};
    Frame frame = segment.frames.pop_front();
    const auto part = copy_front ? frame.payload().first(most) : frame.payload().subspan(most);
    std::memcpy(copy.append(part.size()).data(), part.data(), part.size());
    copied_ += part.size();
    data_bytes_ -= most;
    if (copy_front) {
        frame.drop_front(most);
        segment.frames.push_front(std::move(frame));
        return copy;
    }
    frame.truncate(most);
    segment.frames.push_front(std::move(copy));
    return frame;
}

void OutputQueue::clear() noexcept {
    segments_.clear();
    first_ = 0;
    data_bytes_ = 0;
}

void OutputQueue::drop_used() noexcept {
    ++first_;
    if (first_ == segments_.size()) {
        segments_.clear();
        first_ = 0;
    } else if (first_ == kMaxUsed) {
        segments_.erase(segments_.begin(), segments_.begin() + kMaxUsed);
        first_ = 0;
    }
}

}  // namespace nacre::detail
