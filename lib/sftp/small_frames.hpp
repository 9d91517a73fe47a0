/// \file
/// Small messages on their way into a channel.
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/connection/channel.hpp>

#include <cstring>

namespace nacre::sftp {

/// A copy of `bytes`, which are not empty, for submit(). Empty when there is no memory for it.
inline FrameList frames_of(ChannelPort& port, ByteView bytes) noexcept {
    FrameList frames = port.frames(bytes.size());
    const std::uint8_t* from = bytes.data();
    frames.for_each([&](ByteSpan to) {
        std::memcpy(to.data(), from, to.size());
        from += to.size();
    });
    return frames;
}

}  // namespace nacre::sftp
