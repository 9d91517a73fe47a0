#include "transport/key_schedule.hpp"

#include <algorithm>
#include <array>

namespace nacre {

namespace {

void update_string(Hash& hash, ByteView data) {
    std::array<std::uint8_t, 4> length{};
    store_be32(length.data(), static_cast<std::uint32_t>(data.size()));
    hash.update(length);
    hash.update(data);
}

//= RFC 4253 s7.2
//# K1 = HASH(K || H || X || session_id)   (X is e.g., "A")
//# K2 = HASH(K || H || K1)
//# K3 = HASH(K || H || K1 || K2)
SecretBytes derive(Hash& hash, ByteView shared_secret, ByteView h, ByteView session_id, char letter,
                   std::size_t size) {
    SecretBytes key(size);
    SecretBytes block(hash.size());
    std::size_t done = 0;
    while (done < size) {
        hash.update(shared_secret);
        hash.update(h);
        if (done == 0) {
            const auto x = static_cast<std::uint8_t>(letter);
            hash.update({&x, 1});
            hash.update(session_id);
        } else {
            hash.update(key.view().first(done));
        }
        hash.finish(block.span());
        const std::size_t n = std::min(block.size(), size - done);
        std::memcpy(key.data() + done, block.data(), n);
        done += n;
    }
    return key;
}

}  // namespace

Bytes exchange_hash(Hash& hash, const ExchangeTranscript& transcript, ByteView k_s,
                    ByteView hash_fields, ByteView shared_secret) {
    update_string(hash, as_bytes(transcript.v_c));
    update_string(hash, as_bytes(transcript.v_s));
    update_string(hash, transcript.i_c);
    update_string(hash, transcript.i_s);
    update_string(hash, k_s);
    hash.update(hash_fields);
    hash.update(shared_secret);
    Bytes h(hash.size());
    hash.finish(h);
    return h;
}

DirectionKeys derive_keys(Hash& hash, ByteView shared_secret, ByteView h, ByteView session_id,
                          bool c2s, const CipherKeySizes& sizes) {
    const auto make = [&](char for_c2s, char for_s2c, std::size_t size) {
        return derive(hash, shared_secret, h, session_id, c2s ? for_c2s : for_s2c, size);
    };
    DirectionKeys keys;
    keys.iv = make('A', 'B', sizes.iv);
    keys.key = make('C', 'D', sizes.key);
    keys.mac_key = make('E', 'F', sizes.mac_key);
    return keys;
}

}  // namespace nacre
