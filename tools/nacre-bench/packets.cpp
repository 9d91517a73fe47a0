#include "packets.hpp"

namespace nacre::bench {

namespace {

constexpr std::size_t kLengthField = 4;
constexpr std::size_t kMinPadding = 4;

std::size_t padding_for(const CipherShape& shape, std::size_t payload) noexcept {
    const std::size_t fixed = (shape.length_outside_padding ? 0 : kLengthField) + 1 + payload;
    const std::size_t padding = shape.block - fixed % shape.block;
    return padding < kMinPadding ? padding + shape.block : padding;
}

SecretBytes random_secret(std::size_t size, Rng& rng) {
    SecretBytes secret(size);
    rng.fill(secret.span());
    return secret;
}

}  // namespace

Result<DirectionKeys> DirectionKeys::make(const Provider& provider, const CipherAndMac& algorithms,
                                          Rng& rng) {
    NACRE_TRY(const CipherKeySizes sizes, provider.key_sizes(algorithms.cipher, algorithms.mac));
    DirectionKeys keys(provider, algorithms);
    keys.iv_ = random_secret(sizes.iv, rng);
    keys.key_ = random_secret(sizes.key, rng);
    keys.mac_key_ = random_secret(sizes.mac_key, rng);
    return keys;
}

Result<Protection> DirectionKeys::protection() const {
    const CipherKeys keys{iv_, key_, mac_key_};
    Protection made;
    NACRE_TRY(made.sealer, provider_->sealer(algorithms_.cipher, algorithms_.mac, keys));
    NACRE_TRY(made.opener, provider_->opener(algorithms_.cipher, algorithms_.mac, keys));
    return made;
}

PacketForm::PacketForm(const CipherShape& shape, std::size_t payload) noexcept
    : padding(padding_for(shape, payload)),
      length(1 + payload + padding),
      size(kLengthField + length + shape.tag) {}

void PacketForm::write_head(ByteSpan packet) const noexcept {
    store_be32(packet.data(), static_cast<std::uint32_t>(length));
    packet[kLengthField] = static_cast<std::uint8_t>(padding);
}

}  // namespace nacre::bench
