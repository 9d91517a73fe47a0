/// \file
/// What goes back to the client: one reply for each request, in the order the requests came in.
///
/// The protocol leaves the order of replies to the server (draft-ietf-secsh-filexfer-02 s6), but
/// OpenSSH's server has always kept it, and clients came to rely on that: Paramiko (seen in 2.12)
/// reads the acknowledgements of pipelined WRITEs one after the other, throws away any that is not
/// the next, and then waits for it for good.
#pragma once
#include <nacre/base/bytes.hpp>
#include <nacre/base/frame.hpp>
#include <nacre/connection/channel.hpp>

#include <cstdint>
#include <vector>

namespace nacre::sftp {

class Replies {
  public:
    /// A request's place in the order.
    using Ticket = std::uint64_t;
    /// Small replies are sent together; at this size at the latest.
    static constexpr std::size_t kMaxHeld = 16 * 1024;

    /// Where replies go; null when the channel is gone: they are dropped then.
    void attach(ChannelPort* port) noexcept { port_ = port; }

    /// A place for the next request's reply.
    Ticket expect();
    /// Places whose reply has not been given, or waits for an earlier one.
    std::size_t pending() const noexcept { return static_cast<std::size_t>(next_ - first_); }
    /// Bytes of replies that were given and not submitted.
    std::size_t bytes() const noexcept { return out_.size() + waiting_; }

    /// Gives the reply for `ticket`, once: write(Bytes&) appends it. False when there is no memory
    /// to send it.
    template <class Write>
    [[nodiscard]] bool give(Ticket ticket, Write&& write) {
        if (ticket == first_) {
            write(out_);
            ++first_;
            return release();
        }
        Place& place = at(ticket);
        write(place.bytes);
        waiting_ += place.bytes.size();
        place.given = true;
        return true;
    }
    /// The same for a reply that is in frames already. It is submitted as soon as its turn comes.
    [[nodiscard]] bool give(Ticket ticket, FrameList&& frames);

    /// Submits the replies whose turn has come. Copies them, as each is small. False when there is
    /// no memory for that.
    [[nodiscard]] bool flush();
    /// Gives back the memory of replies that are submitted.
    void trim() noexcept {
        if (out_.empty()) Bytes().swap(out_);
    }

  private:
    /// Memory for replies that a place keeps for its next use.
    static constexpr std::size_t kKeptBytes = 256;

    struct Place {
        Bytes bytes;
        FrameList frames;
        bool given = false;
    };

    Place& at(Ticket ticket) noexcept { return places_[ticket & (places_.size() - 1)]; }
    bool release();
    bool submit(FrameList&& frames);

    ChannelPort* port_ = nullptr;
    Bytes out_;                  // replies whose turn has come
    std::vector<Place> places_;  // a ring of [first_, next_); its size is a power of two
    Ticket first_ = 0;
    Ticket next_ = 0;
    std::size_t waiting_ = 0;  // bytes in places_
};

}  // namespace nacre::sftp
