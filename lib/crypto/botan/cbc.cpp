#include "crypto/botan/ciphers.hpp"
#include "crypto/botan/text_mac.hpp"

#include <botan/cipher_mode.h>

namespace nacre::detail {
namespace {

//= RFC 4253 s6.3
//# The encrypted data in all packets sent in one direction SHOULD be considered a single data
//# stream.  For example, initialization vectors SHOULD be passed from the end of one packet to the
//# beginning of the next packet.
/// The mode is started once and never finished, so that the last block of a packet is the IV of the
/// next.
class CbcText final : public TextCipher {
  public:
    CbcText(const CipherEntry& entry, Botan::Cipher_Dir direction, const CipherKeys& keys)
        : mode_(Botan::Cipher_Mode::create_or_throw(entry.primitive, direction)) {
        mode_->set_key(keys.key);
        mode_->start(keys.iv);
    }

    bool replays_tell() const noexcept override { return true; }
    void run(ByteSpan text) override { mode_->process(text); }

  private:
    std::unique_ptr<Botan::Cipher_Mode> mode_;
};

}  // namespace

std::unique_ptr<PacketSealer> make_cbc_sealer(const CipherEntry& entry, const MacEntry* mac,
                                              const CipherKeys& keys) {
    return make_text_mac_sealer(
        entry, *mac, keys.mac_key,
        std::make_unique<CbcText>(entry, Botan::Cipher_Dir::Encryption, keys));
}

std::unique_ptr<PacketOpener> make_cbc_opener(const CipherEntry& entry, const MacEntry* mac,
                                              const CipherKeys& keys) {
    return make_text_mac_opener(
        entry, *mac, keys.mac_key,
        std::make_unique<CbcText>(entry, Botan::Cipher_Dir::Decryption, keys));
}

}  // namespace nacre::detail
