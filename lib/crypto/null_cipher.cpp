#include "crypto/null_cipher.hpp"

namespace nacre {
namespace {

constexpr CipherShape kShape{};

class NullSealer final : public PacketSealer {
  public:
    const CipherShape& shape() const noexcept override { return kShape; }
    bool seal(std::uint32_t /*seq*/, ByteSpan /*packet*/) noexcept override { return true; }
};

class NullOpener final : public PacketOpener {
  public:
    const CipherShape& shape() const noexcept override { return kShape; }
    std::uint32_t length(std::uint32_t /*seq*/, ByteView head) noexcept override {
        return load_be32(head.data());
    }
    bool open(std::uint32_t /*seq*/, ByteSpan /*packet*/) noexcept override { return true; }
};

}  // namespace

std::unique_ptr<PacketSealer> make_null_sealer() {
    return std::make_unique<NullSealer>();
}
std::unique_ptr<PacketOpener> make_null_opener() {
    return std::make_unique<NullOpener>();
}

}  // namespace nacre
