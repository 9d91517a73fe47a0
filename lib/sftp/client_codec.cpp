#include "sftp/client_codec.hpp"

#include "sftp/client_codec_parts.hpp"

namespace nacre::sftp {
namespace {

class VersionedClientCodec final : public ClientCodec {
  public:
    explicit VersionedClientCodec(const Dialect& dialect) : dialect_(dialect) {}

    std::uint32_t version() const noexcept override { return dialect_.version; }
    Result<void> request(Bytes& out, std::uint32_t id, const Request& request) const override {
        return write_request(out, id, request, dialect_);
    }
    Result<ReplyMessage> reply(ByteView message) const override {
        return read_reply(message, dialect_);
    }

  private:
    Dialect dialect_;
};

}  // namespace

std::unique_ptr<ClientCodec> make_client_codec(const Dialect& dialect) {
    return std::make_unique<VersionedClientCodec>(dialect);
}

}  // namespace nacre::sftp
