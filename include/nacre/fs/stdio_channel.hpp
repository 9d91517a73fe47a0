/// \file
/// A channel over a pair of descriptors: for programs that speak SFTP on standard input and output.
#pragma once
#include <nacre/base/frame.hpp>
#include <nacre/base/slab.hpp>
#include <nacre/connection/channel.hpp>

#include <cstdint>
#include <optional>

namespace nacre::fs {

/// Reads and writes with poll(), on the caller's thread. Works with pipes, sockets, files and
/// terminals. The program should ignore SIGPIPE: a reader that went away is then on_close
/// (write_error).
///
/// There are no windows on the wire; what is received and not credited is bounded by kWindow, and
/// nothing more is read above it. Channel requests are refused, extended data is dropped.
class StdioChannel final : public ChannelPort {
  public:
    static constexpr std::size_t kMaxPacket = 256 * 1024;    ///< bytes in one frame
    static constexpr std::size_t kWindow = 2 * 1024 * 1024;  ///< bytes received, not yet credited

    /// Takes over both descriptors, which may be the same one, and makes them non-blocking; they
    /// get their old flags back before they are closed, as other processes may share them.
    StdioChannel(int in, int out);
    StdioChannel(const StdioChannel&) = delete;
    StdioChannel& operator=(const StdioChannel&) = delete;
    ~StdioChannel();

    /// Calls on_open of `sink`, which must outlive the channel or its on_close. Once.
    void open(ChannelSink& sink);
    /// Waits at most `timeout_ms` (-1: for ever) until something can be read or written, or is due,
    /// and does it. False when the channel is closed: on_close was called.
    bool turn(int timeout_ms);
    /// open(), then turn() until the end. Returns exit_code().
    int run(ChannelSink& sink);
    /// What exit_status() was called with, cut to 0..255; 1 if the channel ended without.
    int exit_code() const noexcept;

    std::size_t max_packet() const noexcept override { return kMaxPacket; }
    FrameList frames(std::size_t bytes) noexcept override;
    void submit(FrameList&& data) noexcept override;
    void submit_extended(std::uint32_t type, FrameList&& data) noexcept override;
    std::size_t backlog() const noexcept override { return backlog_; }
    void credit(std::size_t n) noexcept override;
    void request(std::string_view type, ByteView data, Reply<void> reply) noexcept override;
    void request(std::string_view type, ByteView data) noexcept override;
    void exit_status(std::uint32_t status) noexcept override { status_ = status; }
    void eof() noexcept override { eof_wanted_ = true; }
    void close() noexcept override { close_wanted_ = true; }
    Instant now() const noexcept override { return now_; }

  private:
    void wait(int timeout_ms);
    void receive();
    ByteSpan receive_space();
    void flush();
    void consume(std::size_t n) noexcept;
    void end_output();
    void finish(CloseReason why);
    bool wants_input() const noexcept;

    FramePool frames_;
    SlabPool slabs_;
    int in_;
    int out_;
    int in_flags_ = -1;  // as they were; -1: unknown
    int out_flags_ = -1;
    ChannelSink* sink_ = nullptr;
    Instant now_{};

    FrameList output_;
    std::size_t backlog_ = 0;
    std::size_t peak_ = 0;  // of the backlog, since the user was told that it drained
    SlabRef slab_;          // being received into
    std::size_t slab_used_ = 0;
    std::size_t uncredited_ = 0;

    std::optional<std::uint32_t> status_;
    bool readable_ = false;
    bool input_ended_ = false;
    bool eof_wanted_ = false;
    bool close_wanted_ = false;
    bool output_ended_ = false;
    bool closed_ = false;
};

}  // namespace nacre::fs
