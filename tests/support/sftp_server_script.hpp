/// \file
/// An SFTP client whose server is the test.
#pragma once
#include "support/channel_pair.hpp"
#include "support/sftp_client_harness.hpp"
#include "support/sftp_requests.hpp"

#include <cstring>

namespace nacre::test {

/// The client has sent INIT; what it sends is in end.queued.
class SftpServerScript {
  public:
    explicit SftpServerScript(sftp::ClientConfig config = {}) {
        config.subsystem.clear();
        auto made = sftp::make_client(std::move(config), ready.reply());
        client = made.client;
        sink = std::move(made.sink);
        sink->on_open(end);
    }
    ~SftpServerScript() {
        if (sink) sink->on_close(CloseReason::by_us);
    }
    SftpServerScript(const SftpServerScript&) = delete;
    SftpServerScript& operator=(const SftpServerScript&) = delete;

    /// One piece, one batch.
    void send(ByteView bytes) {
        SlabRef slab = slabs.take(bytes.size());
        std::memcpy(slab.memory().data(), bytes.data(), bytes.size());
        end.uncredited += bytes.size();
        sink->on_data({slab.memory().first(bytes.size()), slab});
        sink->on_batch_end();
    }
    static Bytes status(std::uint32_t id, std::uint32_t code) {
        return sftp_message(101, id,
                            SftpFields() << code << ""
                                         << "");
    }

    Answered<void> ready;
    SlabPool slabs;
    ChannelEnd end;
    std::shared_ptr<sftp::Client> client;
    std::unique_ptr<ChannelSink> sink;
};

}  // namespace nacre::test
