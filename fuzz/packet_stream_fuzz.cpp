// Target functions: PacketReader::next, ReceiveBuffer, for each cipher.
// Bytes that nobody sealed never come out as a packet of an authenticated cipher.
#include "fuzz.hpp"
#include "support/det_rng.hpp"
#include "transport/packet_reader.hpp"

#include <nacre/crypto/botan.hpp>

using namespace nacre;

namespace {

constexpr std::string_view kCiphers[][2] = {{"", ""},
                                            {"aes256-gcm@openssh.com", ""},
                                            {"chacha20-poly1305@openssh.com", ""},
                                            {"aes128-ctr", "hmac-sha2-256"},
                                            {"aes128-ctr", "umac-64-etm@openssh.com"}};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::FuzzInput input(data, size);
    // Kept: making slabs would take most of the time.
    static SlabPool pool;
    static SlabShare slabs(pool);
    ReceiveBuffer buffer(slabs);
    PacketReader reader(buffer, slabs);
    const auto& [cipher, mac] = kCiphers[input.below(std::size(kCiphers))];
    const bool sealed = !cipher.empty();
    if (sealed) {
        const auto sizes = *botan_provider().key_sizes(cipher, mac);
        test::DetRng rng(1);
        const Bytes iv = rng.bytes(sizes.iv), key = rng.bytes(sizes.key),
                    mac_key = rng.bytes(sizes.mac_key);
        ReceiveEpoch epoch;
        epoch.opener = *botan_provider().opener(cipher, mac, {iv, key, mac_key});
        reader.install(std::move(epoch), true);
    }
    while (!input.empty()) {
        const ByteView chunk = input.bytes(1 + input.u8());
        const ByteSpan space = buffer.space(std::max(chunk.size(), reader.missing()));
        NACRE_FUZZ_CHECK(space.size() >= chunk.size());
        if (!chunk.empty()) std::memcpy(space.data(), chunk.data(), chunk.size());
        buffer.commit(chunk.size());
        for (;;) {
            const auto packet = reader.next();
            if (!packet) return 0;
            if (!*packet) break;
            NACRE_FUZZ_CHECK(!sealed);
            NACRE_FUZZ_CHECK((*packet)->body.bytes.size() < kMaxPacketBeforeKeys);
        }
        NACRE_FUZZ_CHECK(reader.missing() >= 1 && reader.missing() <= kMaxPacketLength + 128);
        buffer.release_if_empty();
    }
    return 0;
}
