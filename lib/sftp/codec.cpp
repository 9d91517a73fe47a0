#include "sftp/codec.hpp"

#include "sftp/codec_v3.hpp"

#include <algorithm>

namespace nacre::sftp {

DataHeader data_header(std::uint32_t id, std::uint32_t length) noexcept {
    DataHeader header;
    store_be32(header.data(), static_cast<std::uint32_t>(kDataHeader - 4) + length);
    header[4] = static_cast<std::uint8_t>(PacketType::data);
    store_be32(header.data() + 5, id);
    store_be32(header.data() + 9, length);
    return header;
}

MessageBuilder::MessageBuilder(Bytes& out, PacketType type) : out_(out), begin_(out.size()) {
    out_.resize(begin_ + 4);
    out_.push_back(static_cast<std::uint8_t>(type));
}

MessageBuilder::MessageBuilder(Bytes& out, PacketType type, std::uint32_t id)
    : MessageBuilder(out, type) {
    out_.resize(begin_ + 4 + 1 + 4);
    store_be32(out_.data() + begin_ + 5, id);
}

void MessageBuilder::finish() noexcept {
    store_be32(out_.data() + begin_, static_cast<std::uint32_t>(out_.size() - begin_ - 4));
}

std::uint32_t negotiate_version(std::uint32_t client_version, std::uint32_t highest) noexcept {
    return std::clamp(client_version, std::uint32_t{3}, std::min(highest, kMaxVersion));
}

std::unique_ptr<Codec> make_codec(const Dialect& dialect) {
    return make_codec_v3(dialect);
}

}  // namespace nacre::sftp
