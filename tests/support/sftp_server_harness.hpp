/// \file
/// An SFTP server on a ChannelPortSpy, with a client's hands.
#pragma once
#include "support/channel_port_spy.hpp"
#include "support/det_rng.hpp"
#include "support/sftp_requests.hpp"

#include <nacre/sftp/memory_filesystem.hpp>
#include <nacre/sftp/server.hpp>

#include <stdexcept>

namespace nacre::test {

/// Records what a server tells.
class ServerObserverSpy final : public sftp::ServerObserver {
  public:
    struct Closed {
        std::string path;
        std::uint64_t read, written;
        sftp::HandleEnd why;
    };
    void on_version(std::uint32_t client, std::uint32_t ours) override {
        client_version = client;
        negotiated = ours;
    }
    void on_close_file(std::string_view path, std::uint64_t read, std::uint64_t written,
                       sftp::HandleEnd why) override {
        closed.push_back({std::string(path), read, written, why});
    }
    void on_vendor(const sftp::VendorId& client) override {
        vendor = client.vendor + ' ' + client.product + ' ' + client.version + ' ' +
                 std::to_string(client.build);
    }
    void on_lost(std::string_view path, const Error& error) override {
        lost.emplace_back(path, sftp::status_of(error));
    }
    void on_end(const Error& error) override { ends.push_back(error); }

    std::uint32_t client_version = 0, negotiated = 0;
    std::string vendor;
    std::vector<Closed> closed;
    std::vector<std::pair<std::string, sftp::Status>> lost;
    std::vector<Error> ends;
};

class SftpServerHarness {
  public:
    explicit SftpServerHarness(
        std::shared_ptr<sftp::Filesystem> filesystem = sftp::make_memory_filesystem(),
        sftp::ServerConfig config = {})
        : random(1), observer(std::make_shared<ServerObserverSpy>()) {
        config.random = &random;
        if (config.now == nullptr) config.now = [] { return std::int64_t{1'700'000'000}; };
        server = sftp::make_server(std::move(filesystem), config, observer);
        server->on_open(port);
    }
    ~SftpServerHarness() {
        if (server) server->on_close(CloseReason::by_us);
    }

    /// INIT and its answer, which is dropped.
    SftpServerHarness& init() {
        exchange(sftp_init());
        return *this;
    }
    /// Feeds one piece, not yet ending the batch.
    void feed(ByteView bytes) {
        SlabRef slab = slabs.take(bytes.size());
        std::memcpy(slab.memory().data(), bytes.data(), bytes.size());
        fed += bytes.size();
        server->on_data({slab.memory().first(bytes.size()), slab});
    }
    /// One piece, one batch.
    void send(ByteView bytes) {
        feed(bytes);
        server->on_batch_end();
    }
    std::vector<SftpReply> replies() { return take_replies(port.sent); }
    std::vector<SftpReply> exchange(ByteView bytes) {
        send(bytes);
        return replies();
    }
    /// One request that is answered at once.
    SftpReply ask(const Bytes& request) {
        auto all = exchange(request);
        if (all.size() != 1) throw std::runtime_error("expected exactly one reply");
        return all[0];
    }
    std::uint32_t status(const Bytes& request) {
        const auto reply = ask(request);
        if (reply.type != 101) throw std::runtime_error("expected STATUS");
        return reply.status();
    }
    /// The handle of a successful OPEN.
    std::string open(std::string_view path, std::uint32_t pflags) {
        const auto reply = ask(sftp_open(99, path, pflags));
        if (reply.type != 102) throw std::runtime_error("expected HANDLE");
        return reply.string();
    }
    std::string open_directory(std::string_view path) {
        const auto reply = ask(sftp_simple(11, 99, path));
        if (reply.type != 102) throw std::runtime_error("expected HANDLE");
        return reply.string();
    }

    DetRng random;
    SlabPool slabs;
    ChannelPortSpy port;
    std::shared_ptr<ServerObserverSpy> observer;
    std::unique_ptr<ChannelSink> server;
    std::size_t fed = 0;
};

/// pflags of OPEN.
constexpr std::uint32_t kRead = 1, kWrite = 2, kAppend = 4, kCreate = 8, kTruncate = 16,
                        kExclusive = 32;

}  // namespace nacre::test
