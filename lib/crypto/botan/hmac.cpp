#include "crypto/botan/macs.hpp"

#include <nacre/crypto/hash.hpp>

#include <botan/mac.h>

#include <algorithm>
#include <array>

namespace nacre::detail {
namespace {

class HmacMac final : public PacketMac {
  public:
    HmacMac(std::string_view primitive, ByteView key)
        : mac_(Botan::MessageAuthenticationCode::create_or_throw(primitive)) {
        mac_->set_key(key);
    }

    void compute(std::uint32_t seq, ByteView packet, ByteSpan tag) override {
        std::array<std::uint8_t, 4> prefix;
        store_be32(prefix.data(), seq);
        mac_->update(prefix);
        mac_->update(packet);
        std::array<std::uint8_t, Hash::kMaxSize> full;
        mac_->final(ByteSpan(full).first(mac_->output_length()));
        std::copy_n(full.begin(), tag.size(), tag.begin());
    }

  private:
    std::unique_ptr<Botan::MessageAuthenticationCode> mac_;
};

}  // namespace

std::unique_ptr<PacketMac> make_hmac(const MacEntry& entry, ByteView key) {
    return std::make_unique<HmacMac>(entry.primitive, key);
}

}  // namespace nacre::detail
