/// \file
/// What a channel has to send, in order: data that needs window, and messages that do not.
#pragma once
#include <nacre/transport/layer.hpp>

#include <vector>

namespace nacre::detail {

class OutputQueue {
  public:
    enum class Kind : std::uint8_t {
        data,      ///< payloads of CHANNEL_DATA without header
        extended,  ///< payloads of CHANNEL_EXTENDED_DATA without header
        message,   ///< whole messages
        question,  ///< whole messages that want a reply
    };

    /// Data that waits and small data behind it share frames.
    /// \param type  of extended data, else 0
    void push(Kind kind, std::uint32_t type, FrameList&& frames);
    void push(Kind kind, Frame&& message);

    bool empty() const noexcept { return first_ == segments_.size(); }
    /// Of the first frame. Precondition of these two: not empty.
    Kind kind() const noexcept { return segments_[first_].kind; }
    std::uint32_t type() const noexcept { return segments_[first_].type; }
    /// Takes the first frame. Precondition: not empty.
    Frame pop() noexcept;
    /// Takes at most `most` bytes (> 0) of the first frame. A frame that is larger is cut: the
    /// smaller part is copied into a frame of `port`, the larger one stays where it is. Empty when
    /// memory is exhausted. Precondition: not empty.
    Frame pop(std::size_t most, PacketPort& port) noexcept;
    void clear() noexcept;

    /// Bytes of data and extended data.
    std::size_t data_bytes() const noexcept { return data_bytes_; }
    /// Bytes copied by cutting so far.
    std::uint64_t copied() const noexcept { return copied_; }

  private:
    struct Segment {
        Kind kind;
        std::uint32_t type;
        FrameList frames;
        bool is_data() const noexcept { return kind == Kind::data || kind == Kind::extended; }
    };
    // Frames of at most so many bytes are copied behind one that waits and has room for them: what
    // waits is limited in bytes, and a slot holds up to a hundred times as many.
    static constexpr std::size_t kMaxMerged = 4 * 1024;
    // Used-up segments in front that are kept until this many: erasing moves the others.
    static constexpr std::size_t kMaxUsed = 16;

    Segment& back(Kind kind, std::uint32_t type);
    void drop_used() noexcept;

    std::vector<Segment> segments_;  // those before first_ are used up
    std::size_t first_ = 0;
    std::size_t data_bytes_ = 0;
    std::uint64_t copied_ = 0;
};

}  // namespace nacre::detail
