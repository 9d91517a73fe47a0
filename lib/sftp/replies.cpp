#include "sftp/replies.hpp"

#include "sftp/small_frames.hpp"

#include <utility>

namespace nacre::sftp {

Replies::Ticket Replies::expect() {
    if (pending() == places_.size()) {
        std::vector<Place> larger(places_.empty() ? 4 : places_.size() * 2);
        for (Ticket i = first_; i != next_; ++i) larger[i & (larger.size() - 1)] = std::move(at(i));
        places_ = std::move(larger);
    }
    return next_++;
}

bool Replies::give(Ticket ticket, FrameList&& frames) {
    if (ticket == first_) {
        ++first_;
        return submit(std::move(frames)) && release();
    }
    Place& place = at(ticket);
    waiting_ += frames.bytes();
    place.frames = std::move(frames);
    place.given = true;
    return true;
}

/// The turn of the next reply has come: takes those that wait for it.
bool Replies::release() {
    while (first_ != next_ && at(first_).given) {
        Place& place = at(first_);
        place.given = false;
        ++first_;
        waiting_ -= place.bytes.size() + place.frames.bytes();
        append(out_, place.bytes);
        place.bytes.clear();
        if (place.bytes.capacity() > kKeptBytes) Bytes().swap(place.bytes);
        if (!place.frames.empty() && !submit(std::move(place.frames))) return false;
    }
    return out_.size() < kMaxHeld || flush();
}

/// Submits frames behind all whose turn came before.
bool Replies::submit(FrameList&& frames) {
    if (!flush()) return false;
    if (port_ != nullptr) port_->submit(std::move(frames));
    return true;
}

bool Replies::flush() {
    if (out_.empty()) return true;
    if (port_ == nullptr) {
        out_.clear();
        return true;
    }
    FrameList frames = frames_of(*port_, out_);
    out_.clear();
    if (frames.empty()) return false;
    port_->submit(std::move(frames));
    return true;
}

}  // namespace nacre::sftp
