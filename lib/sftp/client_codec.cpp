#include "sftp/client_codec.hpp"

namespace nacre::sftp {
namespace {

class ClientCodecV3 final : public ClientCodec {
  public:
    std::uint32_t version() const noexcept override { return 3; }
    Result<void> request(Bytes& out, std::uint32_t id, const Request& request) const override {
        const std::size_t begin = out.size();
        write_request_v3(out, id, request);
        if (out.size() == begin)
            return Error{Errc::unsupported, Disconnect::none, 0, "version 3 of SFTP lacks it"};
        return {};
    }
    Result<ReplyMessage> reply(ByteView message) const override { return read_reply_v3(message); }
};

}  // namespace

std::unique_ptr<ClientCodec> make_client_codec(const Dialect&) {
    return std::make_unique<ClientCodecV3>();
}

}  // namespace nacre::sftp
