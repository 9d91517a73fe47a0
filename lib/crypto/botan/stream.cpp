#include "crypto/botan/ciphers.hpp"
#include "crypto/botan/text_mac.hpp"

#include <botan/stream_cipher.h>

namespace nacre::detail {
namespace {

class StreamText final : public TextCipher {
  public:
    StreamText(const CipherEntry& entry, const CipherKeys& keys)
        : cipher_(Botan::StreamCipher::create_or_throw(entry.primitive)) {
        cipher_->set_key(keys.key);
        cipher_->set_iv(keys.iv);
    }

    void run(ByteSpan text) override { cipher_->cipher1(text); }

  private:
    std::unique_ptr<Botan::StreamCipher> cipher_;
};

}  // namespace

std::unique_ptr<PacketSealer> make_stream_sealer(const CipherEntry& entry, const MacEntry* mac,
                                                 const CipherKeys& keys) {
    return make_text_mac_sealer(entry, *mac, keys.mac_key,
                                std::make_unique<StreamText>(entry, keys));
}

std::unique_ptr<PacketOpener> make_stream_opener(const CipherEntry& entry, const MacEntry* mac,
                                                 const CipherKeys& keys) {
    return make_text_mac_opener(entry, *mac, keys.mac_key,
                                std::make_unique<StreamText>(entry, keys));
}

}  // namespace nacre::detail
