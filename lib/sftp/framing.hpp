/// \file
/// Length-prefixed messages out of the pieces in which a channel delivers them.
#pragma once
#include "sftp/compactor.hpp"

#include <nacre/base/bytes.hpp>
#include <nacre/base/result.hpp>
#include <nacre/base/slab.hpp>

#include <vector>

namespace nacre::sftp {

/// One message. Reused for the next one, so that its memory is too.
struct Message {
    /// From the type on, without the length. With `data_apart`: up to and including the length of
    /// the data.
    Bytes bytes;
    std::vector<Payload> data;  ///< of a WRITE or DATA, where it was received
    bool data_apart = false;
    std::size_t wire_bytes = 0;  ///< all of it, for the credit

    void clear() noexcept;
};

/// Takes pieces, gives messages. Copies everything but the data of WRITEs or DATAs. What is not
/// asked for stays in its pieces; how much that can be is bounded by the window the channel
/// granted.
class Framing {
  public:
    /// Longest handle of a WRITE whose data stays apart (draft-ietf-secsh-filexfer-02 s6.2).
    static constexpr std::size_t kMaxHandle = 256;

    /// Whose data is left where it was received: a server's input or a client's.
    enum class Apart : std::uint8_t { write, data };

    /// \param max_length  longest message, without its length field
    explicit Framing(std::size_t max_length, Apart apart = Apart::write)
        : max_length_(max_length), apart_(apart) {}

    void push(Payload piece);
    /// The next complete message into `message`: true, or false if it is not all here yet. Errors:
    /// peer_limit, peer_malformed; then the stream has no meaning any more.
    Result<bool> next(Message& message);
    /// A batch is over: what waits here, and in `partial` (the message that next() did not
    /// complete, or null), no longer pins memory out of proportion.
    void settle(Message* partial);
    /// Whether the last message is not all here.
    bool inside_message() const noexcept { return header_have_ != 0 || head_ != pieces_.size(); }
    /// Forgets everything. Returns how many bytes that were.
    std::size_t clear() noexcept;

  private:
    static constexpr std::size_t kHeader = 5;  // length and type

    enum class Part : std::uint8_t { header, body, write_header, write_data, write_rest };

    bool has_data_apart(std::uint8_t type, std::size_t length) const noexcept;

    Result<void> begin_message(Message& message);
    void inspect_write_header(Message& message);
    void take_data(Message& message);
    std::size_t copy_to(std::uint8_t* to, std::size_t most) noexcept;
    std::size_t append_to(Bytes& to, std::size_t most);
    void consume(std::size_t n) noexcept;
    ByteView front() const noexcept { return pieces_[head_].bytes.subspan(front_used_); }
    bool empty() const noexcept { return head_ == pieces_.size(); }

    std::size_t max_length_;
    Apart apart_;
    std::vector<Payload> pieces_;  // from head_ on
    std::size_t head_ = 0;
    std::size_t front_used_ = 0;
    Compactor compactor_;

    Part part_ = Part::header;
    std::uint8_t header_[kHeader] = {};
    std::size_t header_have_ = 0;
    std::size_t rest_ = 0;       // bytes of the message not yet taken
    std::size_t part_rest_ = 0;  // of the header or the data of a WRITE or DATA
};

}  // namespace nacre::sftp
