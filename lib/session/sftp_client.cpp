#include <nacre/session/sftp_client.hpp>

namespace nacre {
namespace {

class SftpClientHandler final : public ConnectionHandler {
  public:
    explicit SftpClientHandler(sftp::ClientChannel channel) : channel_(std::move(channel)) {}

    void on_ready(ConnectionPort& port) override {
        channel_.client->identify(port.info().peer_version, port.info().our_version);
        port.open_channel("session", {}, std::move(channel_.sink),
                          Reply<void>::from([client = channel_.client](Result<void>&& opened) {
                              if (!opened) client->close(opened.error());
                          }));
    }
    void on_close(const CloseInfo& why) noexcept override { channel_.client->close(why.error); }

  private:
    sftp::ClientChannel channel_;
};

}  // namespace

std::unique_ptr<ConnectionHandler> make_sftp_client_handler(sftp::ClientChannel channel) {
    return std::make_unique<SftpClientHandler>(std::move(channel));
}

}  // namespace nacre
